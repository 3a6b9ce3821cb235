//! How long a service asks us to wait. Reads headers; waits for nothing.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderMap;

/// A longer pause is a broken clock or a broken server; a day outlives every job.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The pause that the headers ask for. The standard `Retry-After` (RFC 9110, section
/// 10.2.3) goes before vendors' own headers.
pub(crate) fn from_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map(str::trim)
    };
    header("retry-after-ms")
        .and_then(milliseconds)
        .or_else(|| header("retry-after").and_then(|text| seconds_or_date(text, now)))
        .or_else(|| exhausted_window(&header))
        .or_else(|| header("ratelimit-reset").and_then(seconds))
        .or_else(|| header("x-ratelimit-reset").and_then(|text| moment_or_seconds(text, now)))
        .map(|pause| pause.min(LONGEST))
}

/// A duration as Go and Google write it: `34s`, `2m59.56s`, `1h5m`, `20ms`.
pub(crate) fn written(text: &str) -> Option<Duration> {
    let mut total = 0.0;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |end| digits + end);
        total += rest[..digits].parse::<f64>().ok()? * unit_seconds(&rest[digits..unit_end])?;
        rest = &rest[unit_end..];
    }
    from_seconds(total)
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    })
}

/// OpenAI and Groq count requests and tokens apart; the window that is empty decides.
fn exhausted_window<'a>(header: &impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
    let window = |what: &str| {
        let empty = header(&format!("x-ratelimit-remaining-{what}")) == Some("0");
        let reset = header(&format!("x-ratelimit-reset-{what}"));
        reset
            .filter(|_| empty)
            .and_then(|text| written(text).or_else(|| seconds(text)))
    };
    window("requests").max(window("tokens"))
}

fn seconds_or_date(text: &str, now: SystemTime) -> Option<Duration> {
    seconds(text).or_else(|| {
        let moment = httpdate::parse_http_date(text).ok()?;
        Some(moment.duration_since(now).unwrap_or_default())
    })
}

/// Seconds from now, or a Unix time in seconds or milliseconds: services disagree.
fn moment_or_seconds(text: &str, now: SystemTime) -> Option<Duration> {
    const UNIX_SECONDS: f64 = 1e9;
    const UNIX_MILLISECONDS: f64 = 1e12;
    let number: f64 = text.parse().ok()?;
    let moment = match number {
        n if n >= UNIX_MILLISECONDS => n / 1000.0,
        n if n >= UNIX_SECONDS => n,
        n => return from_seconds(n),
    };
    let moment = SystemTime::UNIX_EPOCH + from_seconds(moment)?;
    Some(moment.duration_since(now).unwrap_or_default())
}

fn milliseconds(text: &str) -> Option<Duration> {
    from_seconds(text.parse::<f64>().ok()? / 1000.0)
}

fn seconds(text: &str) -> Option<Duration> {
    from_seconds(text.parse().ok()?)
}

fn from_seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    /// Wed, 21 Oct 2015 07:28:00 GMT, the example of RFC 9110.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480)
    }

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], expected: Option<f64>) {
        let map = headers
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect();
        let seen = from_headers(&map, now());
        assert_eq!(seen, expected.map(Duration::from_secs_f64), "{headers:?}");
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        check(&[("retry-after", "7")], Some(7.0));
        check(&[("retry-after", "0.5")], Some(0.5));
        check(&[("retry-after", "Wed, 21 Oct 2015 07:29:30 GMT")], Some(90.0));
        check(&[("retry-after", "Wed, 21 Oct 2015 07:00:00 GMT")], Some(0.0));
        check(&[("retry-after-ms", "1500"), ("retry-after", "9")], Some(1.5));
    }

    #[test]
    fn nonsense_is_no_pause() {
        for text in ["", "soon", "-5", "NaN", "inf", "1e400"] {
            check(&[("retry-after", text)], None);
        }
    }

    #[test]
    fn a_pause_is_at_most_a_day() {
        check(&[("retry-after", "99999999")], Some(86_400.0));
    }

    #[test]
    fn the_exhausted_window_decides() {
        let both = [
            ("x-ratelimit-remaining-requests", "12"),
            ("x-ratelimit-reset-requests", "2m59.5s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "7.66s"),
        ];
        check(&both, Some(7.66));
        check(&both[..2], None);
    }

    #[test]
    fn a_reset_is_a_moment_or_a_number_of_seconds() {
        check(&[("ratelimit-reset", "30")], Some(30.0));
        check(&[("x-ratelimit-reset", "30")], Some(30.0));
        check(&[("x-ratelimit-reset", "1445412490")], Some(10.0));
        check(&[("x-ratelimit-reset", "1445412490000")], Some(10.0));
    }

    #[test]
    fn written_durations_are_read() {
        for (text, expected) in [
            ("34s", 34.0),
            ("2m59.56s", 179.56),
            ("20ms", 0.02),
            ("1h5m", 3900.0),
            ("6m0s", 360.0),
        ] {
            assert_eq!(written(text), Some(Duration::from_secs_f64(expected)), "{text}");
        }
        for text in ["", "s", "5", "5x", "1.2.3s", "5 s"] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}

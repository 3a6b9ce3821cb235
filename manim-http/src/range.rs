//! Which bytes of a film are asked for (RFC 9110, section 14). One range at most: players ask
//! for one, and several would let a small request make a large answer.

use std::ops::Range;

/// What a `Range` header asks of a body of known length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it: there is no header, or none that we have to follow.
    Whole,
    /// These bytes; never none.
    Part(Range<u64>),
    /// Bytes that are not there.
    Nothing,
}

impl Wanted {
    pub(crate) fn of(header: Option<&str>, len: u64) -> Self {
        let Some(range) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        let Some((first, last)) = range.trim().split_once('-') else {
            return Self::Whole;
        };
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first > last => Self::Whole,
            (Some(first), last) if last.is_some() || last_is_open(range) => part(
                first,
                last.map_or(len, |last| last.saturating_add(1).min(len)),
                len,
            ),
            (None, Some(suffix)) if first.trim().is_empty() => part(len.saturating_sub(suffix), len, len),
            _ => Self::Whole,
        }
    }
}

fn part(start: u64, end: u64, len: u64) -> Wanted {
    if start < end && start < len {
        Wanted::Part(start..end)
    } else {
        Wanted::Nothing
    }
}

fn last_is_open(range: &str) -> bool {
    range.trim_end().ends_with('-')
}

/// Digits only: `u64::from_str` takes a plus sign too. More than fit mean "very far".
fn number(text: &str) -> Option<u64> {
    let text = text.trim();
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: Wanted) {
        assert_eq!(Wanted::of(Some(header), 10), expected, "{header:?}");
    }

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(Wanted::of(None, 10), Wanted::Whole);
        check("bytes=0-", Wanted::Part(0..10));
        check("bytes=0-0", Wanted::Part(0..1));
        check("bytes=2-4", Wanted::Part(2..5));
        check("bytes=8-99", Wanted::Part(8..10));
        check("bytes=-3", Wanted::Part(7..10));
        check("bytes=-99", Wanted::Part(0..10));
        check("bytes=0-18446744073709551615", Wanted::Part(0..10));
    }

    #[test]
    fn bytes_that_are_not_there_are_nothing() {
        check("bytes=10-", Wanted::Nothing);
        check("bytes=99999999999999999999999-", Wanted::Nothing);
        check("bytes=-0", Wanted::Nothing);
        assert_eq!(Wanted::of(Some("bytes=0-"), 0), Wanted::Nothing);
    }

    #[test]
    fn what_need_not_be_followed_is_not() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=4-2",
            "lines=1-2",
            "bytes=0-1,3-4",
            "bytes=1-x",
            "bytes=x-",
        ] {
            check(header, Wanted::Whole);
        }
    }
}

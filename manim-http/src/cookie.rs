//! Reads the cookies we set, and sets them: never readable by a script, never sent along by a
//! page of another site.

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

/// A cookie's name. Over TLS it carries the prefix that keeps neighbours of the host from
/// setting it (<https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix>).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookie {
    name: &'static str,
    secure: bool,
}

impl Cookie {
    /// Whose jobs to show.
    pub(crate) const fn session(secure: bool) -> Self {
        Self {
            name: "manim_session",
            secure,
        }
    }

    /// Who may come back to a film.
    pub(crate) const fn viewer(secure: bool) -> Self {
        Self {
            name: "manim_viewer",
            secure,
        }
    }

    fn name(self) -> String {
        let prefix = if self.secure { "__Host-" } else { "" };
        format!("{prefix}{}", self.name)
    }

    /// The value sent.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<&str> {
        let name = self.name();
        let lines = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok());
        lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// The header that sets it; without `max_age_s`, until the browser is closed.
    pub(crate) fn write(self, value: &str, max_age_s: Option<u64>) -> String {
        let age = max_age_s.map_or(String::new(), |seconds| format!("; Max-Age={seconds}"));
        let secure = if self.secure { "; Secure" } else { "" };
        format!(
            "{}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}",
            self.name()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=1; manim_session=x.y".parse().unwrap());
        headers.append(COOKIE, "b=2".parse().unwrap());
        assert_eq!(Cookie::session(false).read(&headers), Some("x.y"));
        assert_eq!(Cookie::session(true).read(&headers), None);
    }

    #[test]
    fn over_tls_a_cookie_belongs_to_its_host_alone() {
        let set = Cookie::session(true).write("v", Some(60));
        assert!(
            set.starts_with("__Host-manim_session=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure")
        );
    }
}

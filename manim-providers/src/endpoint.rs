//! Where a service is. An address may hold a password or a token in its query, so it is
//! shown without them, and only this file builds one.

use std::fmt;

use reqwest::Url;

use crate::config::ConfigError;

/// An http or https address. Shows scheme, host, port and path, never the rest.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(Url);

impl Endpoint {
    /// Reads a base URL. A query is kept and sent (Azure's `api-version` lives there).
    pub(crate) fn parse(provider: &str, text: &str) -> Result<Self, ConfigError> {
        let refuse = |reason: String| ConfigError::InvalidUrl {
            provider: provider.to_owned(),
            reason,
        };
        let url = Url::parse(text.trim()).map_err(|error| refuse(error.to_string()))?;
        match url.scheme() {
            "http" | "https" => Ok(Self(url)),
            other => Err(refuse(format!("the scheme is {other:?}"))),
        }
    }

    /// This address with path segments appended, each percent-encoded.
    pub(crate) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Self {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        Self(url)
    }

    /// This address with a pair added to its query.
    #[cfg(feature = "gemini")]
    pub(crate) fn with_pair(mut self, name: &str, value: &str) -> Self {
        self.0.query_pairs_mut().append_pair(name, value);
        self
    }

    /// The whole address, for the one place that sends to it.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    pub(crate) fn is_plain_http(&self) -> bool {
        self.0.scheme() == "http"
    }

    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// Whether a key would travel in clear text beyond this machine.
    pub(crate) fn exposes_keys(&self) -> bool {
        self.is_plain_http() && !self.is_loopback()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            self.0.scheme(),
            self.0.host_str().unwrap_or_default()
        )?;
        if let Some(port) = self.0.port() {
            write!(f, ":{port}")?;
        }
        f.write_str(self.0.path())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(text: &str) -> Endpoint {
        Endpoint::parse("p", text).unwrap()
    }

    #[test]
    fn an_address_is_shown_without_credentials_and_query() {
        let seen = endpoint("https://user:pw@host.test:8443/v1/x?key=s3cret#frag");
        assert_eq!(
            format!("{seen} {seen:?}"),
            "https://host.test:8443/v1/x https://host.test:8443/v1/x"
        );
    }

    #[test]
    fn an_address_is_http_and_an_error_does_not_repeat_it() {
        assert!(Endpoint::parse("p", " https://host/v1 ").is_ok());
        for text in ["", "host/v1", "ftp://user:s3cret@host/", "http://"] {
            let message = Endpoint::parse("p", text).unwrap_err().to_string();
            assert!(!message.contains("s3cret"), "{message}");
        }
    }

    #[test]
    fn segments_are_appended_before_the_query() {
        let url = endpoint("https://host/v1/?api-version=2").join(["models", "a/b ..", ".."]);
        assert_eq!(
            url.url().as_str(),
            "https://host/v1/models/a%2Fb%20..?api-version=2"
        );
    }

    #[test]
    fn keys_are_exposed_only_by_plain_http_to_another_machine() {
        assert!(endpoint("http://192.168.1.5:11434/v1").exposes_keys());
        for safe in [
            "https://api.test/v1",
            "http://localhost:1/v1",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert!(!endpoint(safe).exposes_keys(), "{safe}");
        }
    }
}

//! Where a server may send to: a list of origins, so that nobody can point it at a machine
//! behind its wall.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;

/// Scheme, host and port of an address that may be called, for example
/// `https://films.example.org` or `http://10.0.0.7:8080`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// A text that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidOrigin(String);

impl fmt::Display for InvalidOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not an origin: write http:// or https://, a host and a port, and nothing else",
            self.0
        )
    }
}

impl std::error::Error for InvalidOrigin {}

impl Origin {
    /// Whether `url` is an address of this origin, without a user's name in it.
    pub(crate) fn admits(&self, url: &Url) -> bool {
        let named = !url.username().is_empty() || url.password().is_some();
        !named && url.origin().ascii_serialization() == self.0
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let invalid = || InvalidOrigin(text.chars().take(80).collect());
        let url = Url::parse(text.trim()).map_err(|_| invalid())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let origin = Self(url.origin().ascii_serialization());
        let web = matches!(url.scheme(), "http" | "https");
        if bare && web && origin.admits(&url) {
            Ok(origin)
        } else {
            Err(invalid())
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The address, if it is of an origin in the list.
#[cfg(feature = "server")]
pub(crate) fn admitted(text: &str, allowed: &[Origin]) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    allowed.iter().any(|origin| origin.admits(&url)).then_some(url)
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_list_are_admitted() {
        let allowed = ["https://films.example.org", "http://10.0.0.7:8080"].map(|text| text.parse().unwrap());
        for text in [
            "https://films.example.org/x?y=1",
            "https://films.example.org:443/",
            "http://10.0.0.7:8080/callbacks/render",
        ] {
            assert!(admitted(text, &allowed).is_some(), "{text}");
        }
        for text in [
            "http://films.example.org/",
            "https://films.example.org:444/",
            "https://films.example.org.evil.example/",
            "https://films.example.org@evil.example/",
            "https://user:pw@films.example.org/",
            "http://10.0.0.7/",
            "http://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "films.example.org",
            "",
        ] {
            assert!(admitted(text, &allowed).is_none(), "{text}");
        }
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for text in [
            "",
            "films.example.org",
            "ftp://a",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "file:///",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
        assert_eq!(
            "HTTPS://A.example:443/".parse::<Origin>().unwrap().to_string(),
            "https://a.example"
        );
    }
}

//! How a key travels: in a header that nobody logs.

pub use manim_core::Secret;
use reqwest::header::{HeaderValue, InvalidHeaderValue};

/// A header value that HTTP libraries neither log nor index.
pub(crate) trait AsHeader {
    fn header(&self, prefix: &str) -> Result<HeaderValue, InvalidHeaderValue>;
}

impl AsHeader for Secret {
    fn header(&self, prefix: &str) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut value = HeaderValue::try_from(format!("{prefix}{}", self.expose()))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_header() {
        let shown = format!("{:?}", Secret::new("sk-1234").header("Bearer ").unwrap());
        assert!(!shown.contains("1234"), "{shown}");
    }

    #[test]
    fn a_key_with_a_line_break_inside_is_not_a_header() {
        assert!(Secret::new("sk\n1").header("Bearer ").is_err());
    }
}

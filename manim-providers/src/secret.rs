//! Keys that cannot be printed by accident. There is no `Display`, no `Serialize`.

use std::fmt;
use std::sync::Arc;

use reqwest::header::{HeaderValue, InvalidHeaderValue};

/// An API key. `Debug` shows nothing of it; clones share one copy.
///
/// ```
/// use manim_providers::Secret;
///
/// let key = Secret::new("sk-very-private");
/// assert_eq!(format!("{key:?}"), "Secret(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a key. White space around it, as files and shells leave it, is dropped.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// The key itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A header value that HTTP libraries neither log nor index.
    pub(crate) fn header(&self, prefix: &str) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut value = HeaderValue::try_from(format!("{prefix}{}", self.0))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// `text` without this key, and without words that are a masked key: some vendors
    /// echo the ends of a refused one (`sk-ab***yz`).
    pub(crate) fn redact(&self, text: &str) -> String {
        let plain = match self.0.is_empty() {
            true => text.to_owned(),
            false => text.replace(&*self.0, REDACTED),
        };
        let word = |word: &str| {
            if word.contains("**") {
                REDACTED.to_owned()
            } else {
                word.to_owned()
            }
        };
        plain.split(' ').map(word).collect::<Vec<_>>().join(" ")
    }
}

const REDACTED: &str = "[key]";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_key() {
        let shown = format!(
            "{:?} {:?}",
            Secret::new("sk-1234"),
            Secret::new("sk-1234").header("Bearer ").unwrap()
        );
        assert!(!shown.contains("1234"), "{shown}");
    }

    #[test]
    fn white_space_around_a_key_is_dropped() {
        assert_eq!(Secret::new(" sk-1234\n").expose(), "sk-1234");
    }

    #[test]
    fn a_key_and_a_masked_key_are_taken_out_of_a_message() {
        let message = Secret::new("sk-1234").redact("wrong key sk-1234, or sk-1****34. See the docs");
        assert_eq!(message, "wrong key [key], or [key] See the docs");
    }

    #[test]
    fn a_key_with_a_line_break_inside_is_not_a_header() {
        assert!(Secret::new("sk\n1").header("Bearer ").is_err());
    }
}

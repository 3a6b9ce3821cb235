//! Text that cannot be printed by accident. There is no `Display`, no `Serialize`.

use std::fmt;
use std::sync::Arc;

/// A key, a password, an address that holds one. `Debug` shows nothing of it; clones share one
/// copy.
///
/// ```
/// use manim_core::Secret;
///
/// let key = Secret::new("sk-very-private");
/// assert_eq!(format!("{key:?}"), "Secret(..)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Takes a secret. White space around it, as files and shells leave it, is dropped.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().into())
    }

    /// The secret itself, for the one place that uses it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// `text` without this secret, and without words that are a masked key: some services
    /// echo the ends of a refused one (`sk-ab***yz`).
    pub fn redact(&self, text: &str) -> String {
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
        let shown = format!("{:?} {:#?}", Secret::new("sk-1234"), Some(Secret::new("sk-1234")));
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
}

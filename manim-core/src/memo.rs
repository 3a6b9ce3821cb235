//! A short text that an adapter keeps with a job. The core never reads it.

use serde::{Deserialize, Serialize};

/// At most [`Memo::MAX_BYTES`] bytes of anything: where an answer is to go, which message
/// of a chat shows the progress. No secrets: records are read by people.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Memo(String);

/// A text too long for a [`Memo`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a memo has at most {} bytes", Memo::MAX_BYTES)]
pub struct MemoTooLong;

impl Memo {
    /// Every record carries its memos through every transition.
    pub const MAX_BYTES: usize = 256;

    /// Proves the length of `text`.
    pub fn parse(text: impl Into<String>) -> Result<Self, MemoTooLong> {
        let text = text.into();
        if text.len() <= Self::MAX_BYTES {
            Ok(Self(text))
        } else {
            Err(MemoTooLong)
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Memo {
    type Error = MemoTooLong;

    fn try_from(text: String) -> Result<Self, MemoTooLong> {
        Self::parse(text)
    }
}

impl From<Memo> for String {
    fn from(memo: Memo) -> Self {
        memo.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_length_is_bounded_in_bytes() {
        assert!(Memo::parse("é".repeat(Memo::MAX_BYTES / 2)).is_ok());
        assert_eq!(Memo::parse("é".repeat(Memo::MAX_BYTES / 2 + 1)), Err(MemoTooLong));
        assert!(serde_json::from_value::<Memo>("x".repeat(257).into()).is_err());
    }
}

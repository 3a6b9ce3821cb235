//! One shape for every failure: what kind, during which operation, on what, and
//! whether trying again can help. `Display` never repeats `source()`.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

/// Whether the same call may succeed if it is made again.
///
/// Decided by the adapter that understands the reply, never guessed later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The same call fails the same way; change something first.
    Never,
    /// Try again at will, with backoff.
    Now,
    /// The other side asked for a pause of at least this long.
    After(Duration),
}

/// What callers match on. Each trait has one kind enum of its own.
pub trait Kind: fmt::Debug + fmt::Display + Copy + Send + Sync + 'static {
    /// The usual retryability of this kind, used unless the adapter knows better.
    fn retry(self) -> Retry;
}

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// A failure of kind `K`, with the operation and the subject it concerned.
///
/// Prints as `operation subject: kind`, for example
/// `generate with openai: the provider is rate limited`.
pub struct Error<K> {
    kind: K,
    operation: &'static str,
    subject: Box<str>,
    retry: Retry,
    source: Option<Source>,
}

impl<K: Kind> Error<K> {
    /// A failure of `kind` while doing `operation` to `subject`.
    pub fn new(kind: K, operation: &'static str, subject: impl Into<String>) -> Self {
        Self {
            kind,
            operation,
            subject: subject.into().into_boxed_str(),
            retry: kind.retry(),
            source: None,
        }
    }

    /// Keeps the cause. It is shown by error reporters, not by `Display`.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Overrides the kind's usual retryability with what the reply said.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// What failed, for callers to match on.
    pub fn kind(&self) -> K {
        self.kind
    }

    /// The operation that failed, a verb phrase.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// What the operation was done to, and any detail that a person needs.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Whether and when trying again can help.
    pub fn retry(&self) -> Retry {
        self.retry
    }
}

impl<K: Kind> fmt::Display for Error<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.operation, self.subject, self.kind)
    }
}

impl<K: Kind> fmt::Debug for Error<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("operation", &self.operation)
            .field("subject", &self.subject)
            .field("retry", &self.retry)
            .field("source", &self.source)
            .finish()
    }
}

impl<K: Kind> StdError for Error<K> {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Writes an error and its causes on one line, outermost first.
pub fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::ProviderErrorKind;

    fn sample() -> Error<ProviderErrorKind> {
        Error::new(ProviderErrorKind::RateLimited, "generate with", "openai")
            .with_source(std::io::Error::other("429"))
    }

    #[test]
    fn display_names_operation_subject_and_kind_but_not_the_source() {
        let text = sample().to_string();
        assert!(text.starts_with("generate with openai: "), "{text}");
        assert!(!text.contains("429"), "{text}");
    }

    #[test]
    fn the_chain_ends_with_the_cause() {
        assert!(chain(&sample()).ends_with(": 429"));
    }

    #[test]
    fn a_reply_overrides_the_kinds_retryability() {
        let pause = Retry::After(Duration::from_secs(7));
        assert_eq!(sample().with_retry(pause).retry(), pause);
    }
}

//! The trace that a job belongs to, across every process it passes through.

use serde::{Deserialize, Serialize};

/// A W3C `traceparent` header value, for example
/// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent(String);

/// A text that is not a `traceparent` of version 00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a W3C traceparent")]
pub struct InvalidTraceParent;

impl TraceParent {
    /// Proves `text` (<https://www.w3.org/TR/trace-context/#traceparent-header>).
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidTraceParent> {
        let text = text.into();
        let widths: Vec<usize> = text.split('-').map(str::len).collect();
        let hex = text
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-'));
        let whole = widths == [2, 32, 16, 2] && text.starts_with("00-");
        let named = |part: usize| {
            text.split('-')
                .nth(part)
                .is_some_and(|id| id.bytes().any(|b| b != b'0'))
        };
        if hex && whole && named(1) && named(2) {
            Ok(Self(text))
        } else {
            Err(InvalidTraceParent)
        }
    }

    /// The header value.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TraceParent {
    type Error = InvalidTraceParent;

    fn try_from(text: String) -> Result<Self, InvalidTraceParent> {
        Self::parse(text)
    }
}

impl From<TraceParent> for String {
    fn from(trace: TraceParent) -> Self {
        trace.0
    }
}

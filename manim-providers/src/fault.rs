//! A failure that does not yet know which provider it belongs to.

use std::error::Error as StdError;

use manim_core::{ProviderError, ProviderErrorKind, Retry};

type Source = Box<dyn StdError + Send + Sync + 'static>;

/// What went wrong during a call, in words that hold no key and no problem text.
#[derive(Debug)]
pub(crate) struct Fault {
    kind: ProviderErrorKind,
    detail: String,
    retry: Option<Retry>,
    source: Option<Source>,
}

impl Fault {
    pub(crate) fn new(kind: ProviderErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            retry: None,
            source: None,
        }
    }

    pub(crate) fn bad_reply(detail: impl Into<String>) -> Self {
        Self::new(ProviderErrorKind::BadReply, detail)
    }

    pub(crate) fn tool_call() -> Self {
        Self::bad_reply("the model called a tool although none was offered")
    }

    pub(crate) fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = Some(retry);
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The error of the provider called `name`.
    pub(crate) fn blame(self, name: &str) -> ProviderError {
        let mut error = ProviderError::new(self.kind, "generate with", format!("{name} ({})", self.detail));
        if let Some(retry) = self.retry {
            error = error.with_retry(retry);
        }
        match self.source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

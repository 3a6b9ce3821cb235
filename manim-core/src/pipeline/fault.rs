//! The machinery failed at a step: what that means for the job.

use crate::error::{Retry, chain};
use crate::failure::{Failure, FailureKind};
use crate::renderer::RenderError;
use crate::session::StoreError;

/// The machinery failed at a step.
pub(super) enum Fault {
    Renderer(RenderError),
    Store(StoreError),
    /// Logged where it happened.
    Notifier(Retry),
}

impl Fault {
    pub(super) fn retry(&self) -> Retry {
        match self {
            Self::Renderer(error) => error.retry(),
            Self::Store(error) => error.retry(),
            Self::Notifier(retry) => *retry,
        }
    }

    pub(super) fn text(&self) -> String {
        match self {
            Self::Renderer(error) => chain(error),
            Self::Store(error) => chain(error),
            Self::Notifier(_) => "a notifier failed".to_owned(),
        }
    }

    /// How the job fails by it. A film that nobody could be told of still waits.
    pub(super) fn failure(&self) -> Option<Failure> {
        match self {
            Self::Renderer(error) => Some(Failure::new(FailureKind::RendererFailed, error.to_string())),
            Self::Store(error) => Some(Failure::new(FailureKind::StorageFailed, error.to_string())),
            Self::Notifier(_) => None,
        }
    }
}

impl From<RenderError> for Fault {
    fn from(error: RenderError) -> Self {
        Self::Renderer(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) fn poisoned(deliveries: u32) -> Failure {
    Failure::new(
        FailureKind::Poisoned,
        format!("The job was given up after {deliveries} workers failed on it."),
    )
}

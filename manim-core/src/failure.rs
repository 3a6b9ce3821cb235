//! Why a job has no film.

use serde::{Deserialize, Serialize};

/// Why a job has no film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs.
    pub kind: FailureKind,
    /// One sentence for the person who asked.
    pub message: String,
}

impl Failure {
    /// A failure of `kind`, explained by `message`.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }
}

/// What kind of failure ended a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// No provider can do this kind of problem.
    Unsupported,
    /// Every provider failed.
    ProvidersFailed,
    /// The code was still wrong after the last repair.
    CodeRejected,
    /// The renderer could not do its job.
    RendererFailed,
    /// The blob store could not keep the film.
    StorageFailed,
    /// Workers kept dying with it.
    Poisoned,
    /// A fault of ours.
    Internal,
}

//! Where a job can be, and what follows from the place alone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a job is. The snake_case names are the names on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a worker.
    Queued,
    /// A provider writes or mends the code.
    AiGenerating,
    /// The code is checked and dry-run.
    CodeValidating,
    /// Frames are made and encoded.
    Rendering,
    /// The film goes to the blob store.
    Uploading,
    /// The film waits for its single access.
    Ready,
    /// The film was handed over. Terminal.
    Delivered,
    /// No film, and the record says why. Terminal.
    Failed,
    /// Its owner stopped it. Terminal.
    Cancelled,
    /// Nobody fetched the film in time. Terminal.
    Expired,
}

impl Status {
    /// Every status, in the order of the flow.
    pub const ALL: [Self; 10] = [
        Self::Queued,
        Self::AiGenerating,
        Self::CodeValidating,
        Self::Rendering,
        Self::Uploading,
        Self::Ready,
        Self::Delivered,
        Self::Failed,
        Self::Cancelled,
        Self::Expired,
    ];

    /// Whether nothing can happen to the job any more.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Delivered | Self::Failed | Self::Cancelled | Self::Expired
        )
    }

    /// Whether a worker has nothing left to do: the job is terminal or waits for its access.
    pub const fn is_settled(self) -> bool {
        self.is_terminal() || matches!(self, Self::Ready)
    }

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::AiGenerating => "ai_generating",
            Self::CodeValidating => "code_validating",
            Self::Rendering => "rendering",
            Self::Uploading => "uploading",
            Self::Ready => "ready",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

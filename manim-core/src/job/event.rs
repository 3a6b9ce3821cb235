//! What can happen to a job.

use crate::access::Access;
use crate::attempt::Attempt;
use crate::claim::{CheckedClaim, Claim};
use crate::diagnostic::Diagnostics;
use crate::failure::Failure;
use crate::film::StoredFilm;
use crate::scene::SceneCode;
use crate::status::Status;

/// What happened to a job.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A worker took it from the queue.
    Started,
    /// A provider's reply held code.
    CodeWritten {
        /// The code.
        code: SceneCode,
        /// What the reply says is true of its answer.
        claims: Vec<Claim>,
        /// The calls made to get it, the last one successful.
        attempts: Vec<Attempt>,
    },
    /// A provider's reply held no usable code.
    NoCode {
        /// Why, for the next request.
        findings: Diagnostics,
        /// The calls made.
        attempts: Vec<Attempt>,
    },
    /// No provider replied.
    ProvidersFailed {
        /// The sentence for the person.
        failure: Failure,
        /// The calls made.
        attempts: Vec<Attempt>,
    },
    /// What came of checking the claims.
    ClaimsChecked(Vec<CheckedClaim>),
    /// Check and dry run passed; the code may have been fixed on the way.
    CodeAccepted {
        /// The code to render.
        code: SceneCode,
        /// Frames that the film will have.
        frames: u64,
        /// Notes and warnings.
        findings: Diagnostics,
    },
    /// Check, dry run or render found the scene at fault.
    CodeRejected(Diagnostics),
    /// The film is made and in this worker's hands.
    Rendered,
    /// The worker that held the film is gone: make it again.
    FilmLost,
    /// The film is in the blob store (just now, or from an equal job).
    Stored(StoredFilm),
    /// A notifier has handed the film over: its single access took place.
    Accessed,
    /// A viewer has opened the film: its single access took place, and the viewer may come
    /// back for a while.
    Opened(Access),
    /// The machinery failed for good.
    Broken(Failure),
    /// The owner stopped the job.
    Cancelled,
    /// The job's time is over.
    Expired,
}

impl Event {
    /// A stable name, for errors and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::CodeWritten { .. } => "code written",
            Self::NoCode { .. } => "no code",
            Self::ProvidersFailed { .. } => "providers failed",
            Self::ClaimsChecked(_) => "claims checked",
            Self::CodeAccepted { .. } => "code accepted",
            Self::CodeRejected(_) => "code rejected",
            Self::Rendered => "rendered",
            Self::FilmLost => "film lost",
            Self::Stored(_) => "stored",
            Self::Accessed => "accessed",
            Self::Opened(_) => "opened",
            Self::Broken(_) => "broken",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// An event that cannot happen to a job in this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {status} cannot take the event {event:?}")]
pub struct Illegal {
    /// Where the job was.
    pub status: Status,
    /// What was said to have happened.
    pub event: &'static str,
}

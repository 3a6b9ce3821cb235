//! Telling the world: the contract of everything that brings news and films to people.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::error::{Error, Kind, Retry};
use crate::film::Content;
use crate::film::StoredFilm;
use crate::job::Job;
use crate::memo::Memo;
use crate::status::Status;

/// Told of a job's transitions, and offered its film.
///
/// # Contract
/// 1. `notify` may be called more than once with the same [`Notice::number`] of the same job;
///    the repeats have no further effect where the service allows it.
/// 2. Notices of one job come in order.
/// 3. `deliver` answers [`Receipt::Taken`] only once the film is with its recipient for good:
///    the film's single access is then used up, and its blobs are deleted.
/// 4. A notifier that has nothing to do with a job answers at once, `Ok(None)` and
///    [`Receipt::NotMine`].
///
/// What `notify` returns is kept in the job's record and handed back by [`Job::memo`]: the
/// number of the message that later notices edit, for example. It is written with the job's
/// next save, so a crash between may lose it.
///
/// # Cancellation
/// Either call may be dropped at any moment and is then made again later.
///
/// # Errors
/// [`NotifyErrorKind`]; one with [`Retry::Never`] is not tried again.
#[async_trait]
pub trait Notifier: fmt::Debug + Send + Sync + 'static {
    /// A stable name, for logs and health.
    fn name(&self) -> &str;

    /// The job entered `notice.status`.
    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError>;

    /// The film is ready.
    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, NotifyError>;
}

/// A transition that must still be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Counts the job's transitions from 1; with the job's id it is the idempotency key.
    pub number: u64,
    /// The status entered.
    pub status: Status,
    /// When.
    pub at: Timestamp,
}

/// A film on offer.
#[derive(Debug)]
pub struct Delivery<'a> {
    /// The job.
    pub job: &'a Job,
    /// What is known of the film.
    pub film: &'a StoredFilm,
    /// The video.
    pub video: Content,
    /// The poster (PNG).
    pub poster: Content,
}

/// What became of a film on offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// Its recipient has it.
    Taken,
    /// Its recipient was told where to fetch it.
    Announced,
    /// Not for this notifier.
    NotMine,
}

/// A notifier's failure.
pub type NotifyError = Error<NotifyErrorKind>;

/// What failed in telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotifyErrorKind {
    /// The recipient is gone or has blocked us.
    Gone,
    /// The service asks for fewer messages.
    RateLimited,
    /// The service is out of reach.
    Unavailable,
    /// The service refuses the message.
    Refused,
    /// The film is larger than the service takes.
    TooLarge,
}

impl Kind for NotifyErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::RateLimited | Self::Unavailable => Retry::Now,
            Self::Gone | Self::Refused | Self::TooLarge => Retry::Never,
        }
    }
}

impl fmt::Display for NotifyErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "the recipient cannot be reached any more",
            Self::RateLimited => "the service asks for fewer messages",
            Self::Unavailable => "the service is out of reach",
            Self::Refused => "the service refuses the message",
            Self::TooLarge => "the film is too large for the service",
        })
    }
}

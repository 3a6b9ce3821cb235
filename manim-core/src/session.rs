//! Sessions and jobs at rest: the contract of everything that keeps them.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, later};
use crate::error::{Error, Kind, Retry};
use crate::id::{JobId, Revision, SessionId};
use crate::job::Job;
use crate::scene::RenderSettings;
use crate::status::Status;

/// Keeps sessions and jobs.
///
/// # Contract
/// 1. What `save_job` returned is what `job` loads, on every handle of the same store.
/// 2. A save names the revision that was read (`None`: the job must be new); any other
///    save in between makes it a `Conflict`, and nothing is changed.
/// 3. Revisions of a job grow by one from [`Revision::FIRST`].
/// 4. `jobs` lists a session's jobs, newest first (by `created_at`, then by id), none of another
///    session's, `limit` at most, and goes on before `before`; a `before` that is not kept any
///    more ends the listing.
/// 5. `touch` makes a session, or puts off its end by [`Retention::session`]; so does every
///    save of one of its jobs.
/// 6. What has expired by [`Retention`] is neither loaded nor listed any more; a save finds it
///    gone.
/// 7. What `prefer` was given is in the session (`touch`, `session`) until it ends; a session
///    that nobody has preferred anything for has the default settings.
/// 8. `untold` lists jobs whose outbox is not empty, oldest `updated_at` first, `limit` at most.
///
/// # Cancellation
/// A dropped save has happened wholly or not at all.
///
/// # Errors
/// [`StoreErrorKind`].
#[async_trait]
pub trait SessionStore: fmt::Debug + Send + Sync + 'static {
    /// Makes the session, or puts off its end.
    async fn touch(&self, session: SessionId) -> Result<Session, StoreError>;

    /// The session, if it has not expired.
    async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError>;

    /// Makes the session, or puts off its end, and keeps how its films are to be made.
    async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<Session, StoreError>;

    /// The job, if it has not expired.
    async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError>;

    /// Writes the job if its stored revision is still `expected`.
    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError>;

    /// A session's jobs, newest first.
    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError>;

    /// Jobs with something still to be told, `limit` at most.
    async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError>;
}

/// A record and the revision it was read at.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// The record.
    pub value: T,
    /// Its revision.
    pub revision: Revision,
}

/// One person's anonymous series of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name; knowing it is owning it.
    pub id: SessionId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends unless it is used again.
    pub expires_at: Timestamp,
    /// How its films are made where a submission does not say.
    pub settings: RenderSettings,
}

/// A part of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub limit: usize,
    /// Only jobs older than this one.
    pub before: Option<JobId>,
}

impl Page {
    /// The newest `limit` jobs.
    pub const fn first(limit: usize) -> Self {
        Self { limit, before: None }
    }

    /// The `limit` jobs before `job`.
    pub const fn before(job: JobId, limit: usize) -> Self {
        Self {
            limit,
            before: Some(job),
        }
    }
}

/// How long records are kept after their last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// A session, from its last use. Default 7 days.
    pub session: Duration,
    /// A job that is being worked on. Default 7 days: longer than any outage we expect to survive.
    pub active: Duration,
    /// A job whose film waits. Default 2 days: outlives the film's own 24 hours.
    pub ready: Duration,
    /// A job that has ended. Default 7 days, like the session that lists it.
    pub ended: Duration,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Default for Retention {
    fn default() -> Self {
        Self {
            session: 7 * DAY,
            active: 7 * DAY,
            ready: 2 * DAY,
            ended: 7 * DAY,
        }
    }
}

impl Retention {
    /// When a job written at `written` in `status` is no longer kept.
    pub fn job_expiry(&self, status: Status, written: Timestamp) -> Timestamp {
        later(written, self.job(status))
    }

    /// How long a job in `status` is kept after it was written.
    pub const fn job(&self, status: Status) -> Duration {
        match status {
            Status::Ready => self.ready,
            status if status.is_terminal() => self.ended,
            _ => self.active,
        }
    }
}

/// A store's failure.
pub type StoreError = Error<StoreErrorKind>;

/// What failed in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// Somebody else wrote first: load again and decide again.
    Conflict,
    /// The thing named is not there.
    NotFound,
    /// It is there already.
    AlreadyExists,
    /// What was given cannot be kept: too large, out of range.
    Invalid,
    /// What the store is to be opened with (its URL, a key, a place) is missing or wrong.
    Misconfigured,
    /// What was read is not what we wrote.
    Corrupt,
    /// The store is out of reach or overloaded.
    Unavailable,
    /// The store refuses our credentials.
    Unauthorized,
    /// The store is full.
    Full,
    /// This backend cannot do that.
    Unsupported,
}

impl Kind for StoreErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::Conflict | Self::Unavailable => Retry::Now,
            Self::NotFound
            | Self::AlreadyExists
            | Self::Invalid
            | Self::Misconfigured
            | Self::Corrupt
            | Self::Unauthorized
            | Self::Full
            | Self::Unsupported => Retry::Never,
        }
    }
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conflict => "somebody else wrote first",
            Self::NotFound => "not found",
            Self::AlreadyExists => "it exists already",
            Self::Invalid => "it cannot be kept as it is",
            Self::Misconfigured => "a setting is missing or wrong",
            Self::Corrupt => "the stored record is damaged",
            Self::Unavailable => "the store is out of reach",
            Self::Unauthorized => "the store refused our credentials",
            Self::Full => "the store is full",
            Self::Unsupported => "this backend cannot do that",
        })
    }
}

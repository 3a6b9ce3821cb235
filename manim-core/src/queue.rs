//! Jobs waiting for a worker: the contract of everything that hands them out.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::id::JobId;
use crate::session::StoreError;

/// Hands jobs out to workers, each at least once.
///
/// # Contract
/// 1. An enqueued job is leased to one worker at a time, the one due longest first.
/// 2. A lease that is not heartbeat within its time lapses, and the job is due again.
/// 3. Only the holder of the newest lease can heartbeat or settle, also after it lapsed and
///    until the job is handed out again; anybody else gets a `Conflict`, and nothing changes.
/// 4. [`Lease::deliveries`] counts how often the job was handed out since it was enqueued.
/// 5. Enqueuing a job that waits or is leased changes nothing.
/// 6. A job settled as [`Settlement::Done`] or [`Settlement::Dead`] is not handed out again;
///    one settled as [`Settlement::Again`] is, after the pause.
/// 7. `wait` returns soon after a job becomes due (at once if one is), or when `limit` is over;
///    it may also return for no reason.
/// 8. `dead` lists the jobs given up, with the reason, newest first, until they are enqueued
///    again.
/// 9. `len` counts the jobs that wait or are leased.
///
/// # Cancellation
/// A dropped `lease` may have leased: the lease lapses by itself.
///
/// # Errors
/// [`StoreErrorKind`](crate::StoreErrorKind).
#[async_trait]
#[expect(
    clippy::len_without_is_empty,
    reason = "a count of what is under way, not of a collection"
)]
pub trait JobQueue: fmt::Debug + Send + Sync + 'static {
    /// Puts a job at the end.
    async fn enqueue(&self, job: JobId) -> Result<(), StoreError>;

    /// Takes the next job that is due, for `ttl`.
    async fn lease(&self, ttl: Duration) -> Result<Option<Lease>, StoreError>;

    /// Puts off the end of a lease to `ttl` from now.
    async fn heartbeat(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError>;

    /// Ends a lease.
    async fn settle(&self, lease: &Lease, how: Settlement) -> Result<(), StoreError>;

    /// Sleeps until a job may be due, at most `limit`.
    async fn wait(&self, limit: Duration) -> Result<(), StoreError>;

    /// How many jobs wait or are leased.
    async fn len(&self) -> Result<usize, StoreError>;

    /// The jobs given up, `limit` at most, newest first.
    async fn dead(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError>;
}

/// The right to work on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Tells this lease from earlier ones of the same job.
    pub token: u64,
    /// How often the job was handed out, this time included.
    pub deliveries: u32,
    /// When the lease lapses.
    pub until: Timestamp,
}

/// How a lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The work is done.
    Done,
    /// Hand it out again after the pause.
    Again(Duration),
    /// Give it up, for the reason given.
    Dead(String),
}

/// A job given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub job: JobId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

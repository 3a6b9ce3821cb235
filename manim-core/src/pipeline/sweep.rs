//! Finds what is left behind: news that nobody was told, jobs that nobody works on, films that
//! nobody needs any more.
//!
//! The blobs themselves say which jobs have films, so films need no index, and none of them is
//! missed whatever crashed when.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use super::film::StoredBlobs;
use super::{Pipeline, PipelineError, PipelineOptions, stored};
use crate::clock::{Timestamp, later};
use crate::error::chain;
use crate::id::JobId;
use crate::job::{Event, Job};
use crate::session::StoreError;
use crate::status::Status;

/// Records with an unsent outbox looked at in one sweep.
const RECORDS: usize = 100;

/// Sweeping without a pause would be a loop that does nothing else.
const SHORTEST: Duration = Duration::from_secs(1);

/// What a sweep of the films has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    /// Films that nobody fetched in time; their jobs have expired.
    pub expired: usize,
    /// Jobs whose blobs were removed, those included.
    pub removed: usize,
}

/// Why nobody needs a job's blobs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Staleness {
    /// The film was not fetched in time.
    Unfetched,
    /// The job has ended, and its viewer's time is over.
    Ended,
    /// There is no record of the job, and the blobs are as old as a film may become.
    Unknown,
}

/// A job's blobs that nobody needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleFilm {
    /// The job.
    pub job: JobId,
    /// Why nobody needs them.
    pub why: Staleness,
    /// How many blobs there are.
    pub blobs: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// When the newest of them was stored.
    pub stored_at: Timestamp,
}

impl Pipeline {
    /// Removes the blobs of jobs that have ended and whose viewer's time is over, of jobs that
    /// are not kept any more, and of films that nobody fetched in
    /// [`film_ttl`](PipelineOptions::film_ttl), whose jobs expire. [`run`](Self::run) does so
    /// every [`sweep`](PipelineOptions::sweep).
    ///
    /// # Errors
    /// [`PipelineErrorKind::Store`](super::PipelineErrorKind::Store), with the rest left for the
    /// next sweep.
    pub async fn sweep_films(&self) -> Result<Swept, PipelineError> {
        let mut swept = Swept::default();
        for (id, blobs) in self.films().await? {
            match self.give_up_film(id, blobs.newest).await? {
                None => continue,
                Some(Staleness::Unfetched) => swept.expired += 1,
                Some(Staleness::Ended | Staleness::Unknown) => {}
            }
            self.remove_film(id).await;
            swept.removed += 1;
        }
        Ok(swept)
    }

    /// What [`sweep_films`](Self::sweep_films) would remove now, in the order of the jobs' ids.
    /// Changes nothing.
    ///
    /// # Errors
    /// [`PipelineErrorKind::Store`](super::PipelineErrorKind::Store).
    pub async fn stale_films(&self) -> Result<Vec<StaleFilm>, PipelineError> {
        let mut stale = Vec::new();
        for (job, blobs) in self.films().await? {
            if let Some(why) = self.staleness(job, blobs.newest).await? {
                stale.push(StaleFilm {
                    job,
                    why,
                    blobs: blobs.count,
                    bytes: blobs.bytes,
                    stored_at: blobs.newest,
                });
            }
        }
        Ok(stale)
    }

    /// Removes one of [`stale_films`](Self::stale_films), as the sweep does; `false` if it is
    /// needed after all, because its job was written meanwhile.
    ///
    /// # Errors
    /// [`PipelineErrorKind::Store`](super::PipelineErrorKind::Store), with what is left of the
    /// blobs for the next sweep.
    pub async fn remove_stale_film(&self, film: &StaleFilm) -> Result<bool, PipelineError> {
        if self.give_up_film(film.job, film.stored_at).await?.is_none() {
            return Ok(false);
        }
        let cleared = self.shelf(film.job).clear().await;
        cleared.map_err(|error| stored("remove the film of", film.job, error))?;
        Ok(true)
    }

    /// Sweeps films for as long as it is awaited.
    pub(super) async fn keep_swept(&self, shutdown: impl Future<Output = ()>) {
        let mut turns = tokio::time::interval(self.0.options.sweep.max(SHORTEST));
        let sweeping = async {
            loop {
                turns.tick().await;
                match self.sweep_films().await {
                    Ok(Swept { removed: 0, .. }) => {}
                    Ok(swept) => {
                        tracing::info!(removed = swept.removed, expired = swept.expired, "films swept")
                    }
                    Err(error) => tracing::warn!(error = chain(&error), "films not swept"),
                }
            }
        };
        tokio::select! {
            biased;
            () = shutdown => {}
            () = sweeping => {}
        }
    }

    /// Why nobody needs a job's blobs, the newest of them stored at `newest`.
    async fn staleness(&self, id: JobId, newest: Timestamp) -> Result<Option<Staleness>, PipelineError> {
        let job = self.find(id).await?.map(|job| job.value);
        Ok(staleness(
            job.as_ref(),
            newest,
            self.0.clock.now(),
            &self.0.options,
        ))
    }

    /// The same, for whoever removes them: a job whose film was not fetched ends here, unless it
    /// is being fetched right now.
    async fn give_up_film(&self, id: JobId, newest: Timestamp) -> Result<Option<Staleness>, PipelineError> {
        match self.staleness(id, newest).await? {
            Some(Staleness::Unfetched) if !self.expire(id).await? => Ok(None),
            why => Ok(why),
        }
    }

    async fn expire(&self, id: JobId) -> Result<bool, PipelineError> {
        let job = self.change(id, Event::Expired).await?;
        Ok(job.status() == Status::Expired)
    }

    /// Finds what a dead worker or a dead notifier left behind.
    pub(super) async fn sweep_records(&self) -> Result<(), StoreError> {
        for id in self.0.sessions.untold(RECORDS).await? {
            let Some(mut job) = self.0.sessions.job(id).await? else {
                continue;
            };
            if job.value.status().is_settled() {
                self.clear_outbox(&mut job, false).await;
            } else {
                self.0.queue.enqueue(id).await?;
            }
        }
        Ok(())
    }

    /// The jobs that have blobs.
    async fn films(&self) -> Result<BTreeMap<JobId, StoredBlobs>, PipelineError> {
        let films = self.stored_films().await;
        films.map_err(|error| stored("list", "the films", error))
    }
}

/// Why nobody needs the blobs of `job`, the newest of them stored at `stored_at`; nothing while
/// they are, or may be, needed.
pub(super) fn staleness(
    job: Option<&Job>,
    stored_at: Timestamp,
    now: Timestamp,
    options: &PipelineOptions,
) -> Option<Staleness> {
    let waited = |since| later(since, options.film_ttl) <= now;
    let Some(job) = job else {
        // A store that is read late may not know the job yet.
        return waited(stored_at).then_some(Staleness::Unknown);
    };
    match job.status() {
        Status::Ready if waited(job.updated_at()) => Some(Staleness::Unfetched),
        Status::Delivered if job.access().is_some_and(|access| now < access.until()) => None,
        status if status.is_terminal() => Some(Staleness::Ended),
        _ => None,
    }
}

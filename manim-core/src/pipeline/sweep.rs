//! Finds what is left behind: news that nobody was told, jobs that nobody works on, films that
//! nobody needs any more.
//!
//! The blobs themselves say which jobs have films, so films need no index, and none of them is
//! missed whatever crashed when.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

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

/// What a job's blobs are kept for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are, or may be, needed.
    Keep,
    /// Nobody fetched the film in time.
    Expire,
    /// Nobody needs them.
    Remove,
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
        let films = self.films().await;
        for (id, stored_at) in films.map_err(|error| stored("list", "the films", error))? {
            let job = self.find(id).await?.map(|job| job.value);
            match fate(job.as_ref(), stored_at, self.0.clock.now(), &self.0.options) {
                Fate::Keep => continue,
                Fate::Expire if !self.expire(id).await? => continue,
                Fate::Expire => swept.expired += 1,
                Fate::Remove => {}
            }
            self.remove_film(id).await;
            swept.removed += 1;
        }
        Ok(swept)
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

    /// Ends a job whose film was not fetched, unless it is being fetched right now.
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

    /// The jobs that have blobs, and when the newest was stored.
    async fn films(&self) -> Result<BTreeMap<JobId, Timestamp>, StoreError> {
        let mut films = BTreeMap::new();
        for (id, stored_at) in self.stored_films().await? {
            let newest = films.entry(id).or_insert(stored_at);
            *newest = stored_at.max(*newest);
        }
        Ok(films)
    }
}

/// What the blobs of `job`, the newest of them stored at `stored_at`, are kept for.
pub(super) fn fate(
    job: Option<&Job>,
    stored_at: Timestamp,
    now: Timestamp,
    options: &PipelineOptions,
) -> Fate {
    let waited = |since| later(since, options.film_ttl) <= now;
    let Some(job) = job else {
        // A store that is read late may not know the job yet.
        return if waited(stored_at) {
            Fate::Remove
        } else {
            Fate::Keep
        };
    };
    match job.status() {
        Status::Ready if waited(job.updated_at()) => Fate::Expire,
        Status::Delivered if job.access().is_some_and(|access| now < access.until()) => Fate::Keep,
        status if status.is_terminal() => Fate::Remove,
        _ => Fate::Keep,
    }
}

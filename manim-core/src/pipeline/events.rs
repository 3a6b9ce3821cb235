//! Who listens to which job in this process. What happens elsewhere is found in the store.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::Stream;
use futures::stream;
use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::timeout;

use super::{Pipeline, PipelineError};
use crate::id::JobId;
use crate::job::Job;
use crate::renderer::Progress;
use crate::status::Status;

/// Something that a listener of a job sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct JobEvent {
    /// The job.
    pub job: JobId,
    /// What changed.
    #[serde(flatten)]
    pub change: Change,
}

/// What changed in a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// It entered a status.
    Entered {
        /// The status.
        status: Status,
    },
    /// A model has written so many characters of its reply.
    Writing {
        /// Characters so far.
        characters: u64,
    },
    /// Frames were made.
    Rendering(Progress),
}

/// A listener further behind than this many events reads the record instead.
const BACKLOG: usize = 256;

/// How long a listener waits before it looks into the store for what another process did.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Hub(Mutex<HashMap<JobId, broadcast::Sender<JobEvent>>>);

impl Hub {
    pub(super) fn entered(&self, job: &Job) {
        let status = job.status();
        self.send(job.id(), Change::Entered { status });
        if status.is_terminal() {
            self.channels().remove(&job.id());
        }
    }

    /// Reaches whoever listens now; nobody is waited for.
    pub(super) fn send(&self, job: JobId, change: Change) {
        let mut channels = self.channels();
        let heard = channels
            .get(&job)
            .map(|channel| channel.send(JobEvent { job, change }));
        if matches!(heard, Some(Err(_))) {
            channels.remove(&job);
        }
    }

    pub(super) fn listen(&self, job: JobId) -> broadcast::Receiver<JobEvent> {
        let mut channels = self.channels();
        let channel = channels
            .entry(job)
            .or_insert_with(|| broadcast::channel(BACKLOG).0);
        channel.subscribe()
    }

    /// Forgets the channel once its last listener leaves.
    fn leave(&self, job: JobId) {
        let mut channels = self.channels();
        if channels
            .get(&job)
            .is_some_and(|channel| channel.receiver_count() <= 1)
        {
            channels.remove(&job);
        }
    }

    fn channels(&self) -> MutexGuard<'_, HashMap<JobId, broadcast::Sender<JobEvent>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pipeline {
    /// What happens to a job from now on, beginning with the status it is in and ending
    /// after a terminal one. A slow listener misses events in between, never the last.
    ///
    /// # Errors
    /// [`PipelineErrorKind::NotFound`](super::PipelineErrorKind::NotFound).
    pub async fn events(
        &self,
        id: JobId,
    ) -> Result<impl Stream<Item = JobEvent> + Send + use<>, PipelineError> {
        let live = self.0.hub.listen(id);
        let status = self.load(id).await?.value.status();
        let listener = Listener {
            pipeline: self.clone(),
            id,
            live,
            seen: None,
            pending: Some(status),
        };
        Ok(stream::unfold(listener, Listener::next))
    }
}

struct Listener {
    pipeline: Pipeline,
    id: JobId,
    live: broadcast::Receiver<JobEvent>,
    seen: Option<Status>,
    pending: Option<Status>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.pipeline.0.hub.leave(self.id);
    }
}

impl Listener {
    async fn next(mut self) -> Option<(JobEvent, Self)> {
        loop {
            if self.seen.is_some_and(Status::is_terminal) {
                return None;
            }
            if let Some(status) = self.pending.take().filter(|status| self.seen != Some(*status)) {
                self.seen = Some(status);
                let change = Change::Entered { status };
                return Some((JobEvent { job: self.id, change }, self));
            }
            match timeout(LOOK_AGAIN, self.live.recv()).await {
                Ok(Ok(event)) => match event.change {
                    Change::Entered { status } => self.pending = Some(status),
                    _ => return Some((event, self)),
                },
                Ok(Err(RecvError::Closed)) => {
                    self.live = self.pipeline.0.hub.listen(self.id);
                    self.look().await?;
                }
                Ok(Err(RecvError::Lagged(_))) | Err(_) => self.look().await?,
            }
        }
    }

    /// Reads the record. `None` once it is gone; a store out of reach is asked again later.
    async fn look(&mut self) -> Option<()> {
        match self.pipeline.load(self.id).await {
            Ok(job) => self.pending = Some(job.value.status()),
            Err(error) if error.kind() == super::PipelineErrorKind::NotFound => return None,
            Err(_) => {}
        }
        Some(())
    }
}

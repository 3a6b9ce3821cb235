//! A notifier that keeps what it was told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;

use crate::id::{JobId, SessionId};
use crate::job::Job;
use crate::memo::Memo;
use crate::memory::locked;
use crate::notifier::Notice;
use crate::notifier::{Delivery, Notifier, NotifyError, NotifyErrorKind, Receipt};
use crate::status::Status;

/// Keeps notices and takes films, of all jobs or of one session's.
#[derive(Debug)]
pub struct RecordingNotifier {
    only: Option<SessionId>,
    receipt: Receipt,
    failure: Option<NotifyErrorKind>,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    failures_left: usize,
    calls: usize,
    told: BTreeMap<(JobId, u64), Status>,
    films: Vec<(JobId, Bytes)>,
    offered: BTreeSet<JobId>,
}

impl Default for RecordingNotifier {
    fn default() -> Self {
        Self::new()
    }
}

impl RecordingNotifier {
    /// Listens to every job, and takes every film.
    pub fn new() -> Self {
        Self {
            only: None,
            receipt: Receipt::Taken,
            failure: None,
            record: Mutex::default(),
        }
    }

    /// Listens only to the jobs of `session`; others are not its own.
    #[must_use]
    pub fn with_session(mut self, session: SessionId) -> Self {
        self.only = Some(session);
        self
    }

    /// Answers an offered film with `receipt`; takes it only if that is [`Receipt::Taken`].
    #[must_use]
    pub fn answering(mut self, receipt: Receipt) -> Self {
        self.receipt = receipt;
        self
    }

    /// Fails the first `times` calls about its own jobs with `kind`.
    #[must_use]
    pub fn failing(mut self, times: usize, kind: NotifyErrorKind) -> Self {
        self.failure = Some(kind);
        self.record = Mutex::new(Record {
            failures_left: times,
            ..Record::default()
        });
        self
    }

    /// The statuses told of `job`, in the order of their numbers; repeats count once.
    pub fn told(&self, job: JobId) -> Vec<Status> {
        let record = locked(&self.record);
        record
            .told
            .range((job, 0)..=(job, u64::MAX))
            .map(|(_, status)| *status)
            .collect()
    }

    /// How many notices were told of all jobs; repeats count once.
    pub fn messages(&self) -> usize {
        locked(&self.record).told.len()
    }

    /// The films taken, in order.
    pub fn films(&self) -> Vec<(JobId, Bytes)> {
        locked(&self.record).films.clone()
    }

    /// Whether the film of `job` was offered.
    pub fn was_offered(&self, job: JobId) -> bool {
        locked(&self.record).offered.contains(&job)
    }

    /// Calls about its own jobs, repeats and failures included.
    pub fn calls(&self) -> usize {
        locked(&self.record).calls
    }

    fn owns(&self, job: &Job) -> bool {
        self.only.is_none_or(|session| session == job.session())
    }

    fn count(&self, operation: &'static str) -> Result<(), NotifyError> {
        let mut record = locked(&self.record);
        record.calls += 1;
        match self.failure {
            Some(kind) if record.failures_left > 0 => {
                record.failures_left -= 1;
                Err(NotifyError::new(kind, operation, "the recording notifier"))
            }
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl Notifier for RecordingNotifier {
    fn name(&self) -> &str {
        "recording"
    }

    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError> {
        if self.owns(job) {
            self.count("notify")?;
            locked(&self.record)
                .told
                .insert((job.id(), notice.number), notice.status);
        }
        Ok(None)
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        if !self.owns(delivery.job) {
            return Ok(Receipt::NotMine);
        }
        self.count("deliver to")?;
        let job = delivery.job.id();
        locked(&self.record).offered.insert(job);
        if self.receipt == Receipt::Taken {
            let unread = |source| {
                NotifyError::new(NotifyErrorKind::Unavailable, "read film of", job.to_string())
                    .with_source(source)
            };
            let film = delivery.video.bytes().await.map_err(unread)?;
            locked(&self.record).films.push((job, film));
        }
        Ok(self.receipt)
    }
}

//! Sessions and jobs in this process. Listings walk every record: fine for thousands.

use std::cmp::Reverse;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;

use super::expiring::Expiring;
use super::locked;
use crate::clock::{Clock, SystemClock, Timestamp, later};
use crate::id::{JobId, Revision, SessionId};
use crate::job::Job;
use crate::scene::RenderSettings;
use crate::session::{Page, Retention, Session, SessionStore, StoreError, StoreErrorKind, Versioned};

/// Keeps sessions and jobs in memory: the reference [`SessionStore`].
#[derive(Debug)]
pub struct MemorySessions {
    clock: Arc<dyn Clock>,
    retention: Retention,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sessions: Expiring<SessionId, Session>,
    jobs: Expiring<JobId, Versioned<Job>>,
}

impl Default for MemorySessions {
    fn default() -> Self {
        Self::new()
    }
}

impl MemorySessions {
    /// An empty store on the machine's clock with the default retention.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            retention: Retention::default(),
            state: Mutex::default(),
        }
    }

    /// The same store on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same store with other times to keep records.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    fn open(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let state = locked(&self.state);
        let now = self.clock.now();
        (state, now)
    }
}

impl State {
    fn touch(&mut self, id: SessionId, retention: &Retention, now: Timestamp) -> Session {
        let known = self.sessions.get(id, now);
        let session = Session {
            id,
            created_at: known.map_or(now, |session| session.created_at),
            expires_at: later(now, retention.session),
            settings: known.map_or_else(RenderSettings::default, |session| session.settings),
        };
        self.sessions.insert(id, session, session.expires_at, now);
        session
    }

    /// Jobs of `session` that come after `before` in a listing that starts with the newest.
    fn listed(&self, session: SessionId, before: Option<JobId>, now: Timestamp) -> Vec<&Versioned<Job>> {
        let own = self.jobs.values(now).filter(|job| job.value.session() == session);
        let mut jobs: Vec<_> = own.collect();
        jobs.sort_by_key(|job| Reverse((job.value.created_at(), job.value.id())));
        let start = match before {
            None => 0,
            Some(id) => jobs
                .iter()
                .position(|job| job.value.id() == id)
                .map_or(jobs.len(), |at| at + 1),
        };
        jobs.split_off(start)
    }
}

#[async_trait]
impl SessionStore for MemorySessions {
    async fn touch(&self, session: SessionId) -> Result<Session, StoreError> {
        let (mut state, now) = self.open();
        Ok(state.touch(session, &self.retention, now))
    }

    async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<Session, StoreError> {
        let (mut state, now) = self.open();
        let mut session = state.touch(session, &self.retention, now);
        session.settings = settings;
        state
            .sessions
            .insert(session.id, session, session.expires_at, now);
        Ok(session)
    }

    async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError> {
        let (state, now) = self.open();
        Ok(state.sessions.get(session, now).copied())
    }

    async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError> {
        let (state, now) = self.open();
        Ok(state.jobs.get(job, now).cloned())
    }

    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError> {
        let (mut state, now) = self.open();
        let stored = state.jobs.get(job.id(), now).map(|stored| stored.revision);
        if stored != expected {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                "save job",
                job.id().to_string(),
            ));
        }
        let saved = Versioned {
            value: job.clone(),
            revision: stored.map_or(Revision::FIRST, Revision::next),
        };
        let (revision, end) = (saved.revision, self.retention.job_expiry(job.status(), now));
        state.jobs.insert(job.id(), saved, end, now);
        state.touch(job.session(), &self.retention, now);
        Ok(revision)
    }

    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError> {
        let (state, now) = self.open();
        let listed = state.listed(session, page.before, now);
        Ok(listed.into_iter().take(page.limit).cloned().collect())
    }

    async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError> {
        let (state, now) = self.open();
        let waiting = state
            .jobs
            .values(now)
            .filter(|job| !job.value.outbox().is_empty());
        let mut waiting: Vec<_> = waiting
            .map(|job| (job.value.updated_at(), job.value.id()))
            .collect();
        waiting.sort_unstable();
        Ok(waiting.into_iter().take(limit).map(|(_, id)| id).collect())
    }
}

//! A queue in this process. A job has one due time; leasing it moves that time to the end
//! of the lease, so a lapsed lease needs no sweep: the job is simply due again.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;

use super::locked;
use crate::clock::{Clock, SystemClock, Timestamp, later};
use crate::id::JobId;
use crate::queue::{DeadLetter, JobQueue, Lease, Settlement};
use crate::session::{StoreError, StoreErrorKind};

/// Hands out jobs from memory: the reference [`JobQueue`].
#[derive(Debug)]
pub struct MemoryQueue {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    due: Notify,
}

#[derive(Debug, Default)]
struct State {
    jobs: HashMap<JobId, Entry>,
    by_due: BTreeMap<Place, JobId>,
    dead: Vec<DeadLetter>,
    counter: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    place: Place,
    deliveries: u32,
    token: Option<u64>,
}

/// When a job is due; the count keeps jobs due at the same instant in order.
type Place = (Timestamp, u64);

impl Default for MemoryQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryQueue {
    /// An empty queue on the machine's clock.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            state: Mutex::default(),
            due: Notify::new(),
        }
    }

    /// The same queue on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn open(&self) -> (MutexGuard<'_, State>, Timestamp) {
        let state = locked(&self.state);
        let now = self.clock.now();
        (state, now)
    }

    /// How long until a job is due by the clock; zero if one is.
    fn until_due(&self) -> Option<Duration> {
        let (state, now) = self.open();
        let (due, _) = *state.by_due.first_key_value()?.0;
        Some((due - now).to_std().unwrap_or_default())
    }
}

impl State {
    fn count(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// Makes `entry` due at `due`, behind those due at the same instant.
    fn place(&mut self, job: JobId, entry: Entry, due: Timestamp) {
        self.by_due.remove(&entry.place);
        let place = (due, self.count());
        self.by_due.insert(place, job);
        self.jobs.insert(job, Entry { place, ..entry });
    }

    fn remove(&mut self, job: JobId) {
        if let Some(entry) = self.jobs.remove(&job) {
            self.by_due.remove(&entry.place);
        }
    }

    fn next_due(&self, now: Timestamp) -> Option<(JobId, Entry)> {
        let (&(due, _), &job) = self.by_due.first_key_value()?;
        let entry = self.jobs.get(&job).copied()?;
        (due <= now).then_some((job, entry))
    }

    /// The entry that `lease` still holds.
    fn held(&self, lease: &Lease, operation: &'static str) -> Result<Entry, StoreError> {
        let entry = self
            .jobs
            .get(&lease.job)
            .filter(|entry| entry.token == Some(lease.token));
        let lost = || StoreError::new(StoreErrorKind::Conflict, operation, lease.job.to_string());
        entry.copied().ok_or_else(lost)
    }
}

#[async_trait]
impl JobQueue for MemoryQueue {
    async fn enqueue(&self, job: JobId) -> Result<(), StoreError> {
        let (mut state, now) = self.open();
        if state.jobs.contains_key(&job) {
            return Ok(());
        }
        state.dead.retain(|letter| letter.job != job);
        let fresh = Entry {
            place: (now, 0),
            deliveries: 0,
            token: None,
        };
        state.place(job, fresh, now);
        self.due.notify_waiters();
        Ok(())
    }

    async fn lease(&self, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        let (mut state, now) = self.open();
        let Some((job, entry)) = state.next_due(now) else {
            return Ok(None);
        };
        let lease = Lease {
            job,
            token: state.count(),
            deliveries: entry.deliveries.saturating_add(1),
            until: later(now, ttl),
        };
        let leased = Entry {
            deliveries: lease.deliveries,
            token: Some(lease.token),
            ..entry
        };
        state.place(job, leased, lease.until);
        Ok(Some(lease))
    }

    async fn heartbeat(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError> {
        let (mut state, now) = self.open();
        let entry = state.held(lease, "heartbeat")?;
        state.place(lease.job, entry, later(now, ttl));
        Ok(())
    }

    async fn settle(&self, lease: &Lease, how: Settlement) -> Result<(), StoreError> {
        let (mut state, now) = self.open();
        let entry = state.held(lease, "settle")?;
        match how {
            Settlement::Done => state.remove(lease.job),
            Settlement::Again(pause) => {
                state.place(lease.job, Entry { token: None, ..entry }, later(now, pause));
                self.due.notify_waiters();
            }
            Settlement::Dead(reason) => {
                state.remove(lease.job);
                let (job, at) = (lease.job, now);
                state.dead.push(DeadLetter { job, reason, at });
            }
        }
        Ok(())
    }

    async fn wait(&self, limit: Duration) -> Result<(), StoreError> {
        // Registered before the look at the state, so that no wake-up falls between them.
        let woken = self.due.notified();
        let pause = self.until_due().map_or(limit, |until| until.min(limit));
        if !pause.is_zero() {
            let _ = tokio::time::timeout(pause, woken).await;
        }
        Ok(())
    }

    async fn len(&self) -> Result<usize, StoreError> {
        Ok(self.open().0.jobs.len())
    }

    async fn dead(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        Ok(self.open().0.dead.iter().rev().take(limit).cloned().collect())
    }
}

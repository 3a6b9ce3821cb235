//! Calls that come while one of their kind is under way share the next statement, and so its
//! round trip, its plan and its commit. Alone, a call is a statement of its own, at once.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::PostgresStore;

/// Calls that share a statement: bounds what one failure concerns.
const CALLS: usize = 64;

/// What they carry together, in bytes.
const BYTES: usize = 1024 * 1024;

/// A statement that takes longer is not waited for: the next one goes beside it.
const PATIENCE: Duration = Duration::from_millis(20);

/// Statements of one kind beside each other.
const LANES: usize = 4;

/// A call that is as well performed with others.
pub(super) trait Call: Sized + Send + Sync + 'static {
    type Answer: Send + 'static;

    /// Whether the two cannot share a statement.
    fn collides(&self, other: &Self) -> bool;

    /// In bytes.
    fn weight(&self) -> usize {
        0
    }

    /// One answer for each call, in their order.
    fn perform(
        store: &PostgresStore,
        calls: &[Self],
    ) -> impl Future<Output = Result<Vec<Self::Answer>, sqlx::Error>> + Send;
}

type End<C> = Result<<C as Call>::Answer, Arc<sqlx::Error>>;

struct Waiting<C: Call> {
    call: C,
    caller: oneshot::Sender<End<C>>,
}

/// All calls of one kind of one store.
pub(super) struct Together<C: Call>(Mutex<Shared<C>>);

struct Shared<C: Call> {
    waiting: Vec<Waiting<C>>,
    lanes: usize,
    /// When a lane last took calls.
    taken: Instant,
}

impl<C: Call> Default for Together<C> {
    fn default() -> Self {
        Self(Mutex::new(Shared {
            waiting: Vec::new(),
            lanes: 0,
            taken: Instant::now(),
        }))
    }
}

impl<C: Call> Together<C> {
    /// Performs `call`, whose place in the store `ours` names. A caller that goes away takes
    /// nothing back.
    pub(super) async fn perform(store: &PostgresStore, ours: fn(&PostgresStore) -> &Self, call: C) -> End<C> {
        let (caller, end) = oneshot::channel();
        if ours(store).join(Waiting { call, caller }) {
            tokio::spawn(run(store.clone(), ours));
        }
        end.await
            .unwrap_or_else(|_| Err(Arc::new(sqlx::Error::WorkerCrashed)))
    }

    /// Whether a lane is to be opened.
    fn join(&self, waiting: Waiting<C>) -> bool {
        let mut shared = self.shared();
        shared.waiting.push(waiting);
        let free = shared.lanes == 0 || (shared.lanes < LANES && shared.taken.elapsed() > PATIENCE);
        if free {
            shared.lanes += 1;
            shared.taken = Instant::now();
        }
        free
    }

    /// The calls of the next statement; without any, the lane is closed.
    fn take(&self) -> Option<Vec<Waiting<C>>> {
        let mut shared = self.shared();
        let mut taken: Vec<Waiting<C>> = Vec::new();
        let mut bytes = 0;
        for one in mem::take(&mut shared.waiting) {
            bytes += one.call.weight();
            let fits = taken.is_empty() || (taken.len() < CALLS && bytes <= BYTES);
            if fits && !taken.iter().any(|other| other.call.collides(&one.call)) {
                taken.push(one);
            } else {
                shared.waiting.push(one);
            }
        }
        shared.taken = Instant::now();
        if taken.is_empty() {
            shared.lanes -= 1;
            return None;
        }
        Some(taken)
    }

    fn shared(&self) -> MutexGuard<'_, Shared<C>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the way for another lane, should this one end before its calls do.
struct Lane<C: Call> {
    store: PostgresStore,
    ours: fn(&PostgresStore) -> &Together<C>,
    open: bool,
}

impl<C: Call> Drop for Lane<C> {
    fn drop(&mut self) {
        if self.open {
            (self.ours)(&self.store).shared().lanes -= 1;
        }
    }
}

async fn run<C: Call>(store: PostgresStore, ours: fn(&PostgresStore) -> &Together<C>) {
    let mut lane = Lane {
        store: store.clone(),
        ours,
        open: true,
    };
    while let Some(taken) = ours(&store).take() {
        let (calls, callers): (Vec<C>, Vec<_>) = taken.into_iter().map(|one| (one.call, one.caller)).unzip();
        let ends = perform(&store, &calls).await;
        for (caller, end) in callers.into_iter().zip(ends) {
            // Whoever does not wait any more needs no answer.
            drop(caller.send(end));
        }
    }
    lane.open = false;
}

/// What the database refuses to all, it may refuse because of one: then each is a statement of
/// its own.
async fn perform<C: Call>(store: &PostgresStore, calls: &[C]) -> Vec<End<C>> {
    match C::perform(store, calls).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(sqlx::Error::Database(_)) if calls.len() > 1 => {
            let mut ends = Vec::with_capacity(calls.len());
            for call in calls.chunks(1) {
                ends.extend(Box::pin(perform(store, call)).await);
            }
            ends
        }
        Err(cause) => {
            let cause = Arc::new(cause);
            calls.iter().map(|_| Err(cause.clone())).collect()
        }
    }
}

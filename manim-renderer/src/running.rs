//! Knows how many jobs' threads there are, and waits for the last one.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Counts the threads of jobs, so that a renderer is not gone before they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Running(Arc<(Mutex<usize>, Condvar)>);

impl Running {
    pub(crate) fn enter(&self) -> RunningGuard {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        RunningGuard(self.clone())
    }

    pub(crate) fn wait_for_none(&self, limit: Duration) {
        let count = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = self.0.1.wait_timeout_while(count, limit, |count| *count > 0);
    }
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct RunningGuard(Running);

impl Drop for RunningGuard {
    fn drop(&mut self) {
        let (count, changed) = &*self.0.0;
        *count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        changed.notify_all();
    }
}

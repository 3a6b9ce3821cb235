//! Reference implementations that live and die with the process.
//!
//! They show what each contract means in the plainest code that keeps it, and serve
//! tests, examples and one-shot programs. Nothing here survives a restart.

mod blobs;
mod expiring;
mod inbox;
mod limiter;
mod queue;
mod sessions;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use blobs::MemoryBlobs;
pub use inbox::MemoryInbox;
pub use limiter::MemoryLimiter;
pub use queue::MemoryQueue;
pub use sessions::MemorySessions;

/// No critical section of ours panics half way, so a poisoned lock guards whole data.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

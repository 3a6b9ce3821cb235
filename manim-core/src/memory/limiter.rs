//! Quotas in this process.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::expiring::Expiring;
use super::locked;
use crate::clock::{Clock, SystemClock};
use crate::id::ScopedKey;
use crate::limit::{Admission, Quota, RateLimiter, Takes};
use crate::session::StoreError;

/// Counts takes in memory: the reference [`RateLimiter`].
#[derive(Debug)]
pub struct MemoryLimiter {
    clock: Arc<dyn Clock>,
    takes: Mutex<Expiring<ScopedKey, Takes>>,
}

impl Default for MemoryLimiter {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryLimiter {
    /// Full quotas on the machine's clock.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            takes: Mutex::default(),
        }
    }

    /// The same limiter on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

#[async_trait]
impl RateLimiter for MemoryLimiter {
    async fn take(&self, key: &ScopedKey, quota: Quota) -> Result<Admission, StoreError> {
        let mut all = locked(&self.takes);
        let now = self.clock.now();
        let mut takes = all.get(*key, now).cloned().unwrap_or_default();
        let admission = takes.admit(quota, now);
        if let Some(end) = takes.end(quota) {
            all.insert(*key, takes, end, now);
        }
        Ok(admission)
    }
}

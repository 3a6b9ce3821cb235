//! Messages seen by this process.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use super::expiring::Expiring;
use super::locked;
use crate::clock::{Clock, SystemClock, later};
use crate::id::ScopedKey;
use crate::inbox::{Acceptance, Inbox};
use crate::session::StoreError;

/// Remembers messages in memory: the reference [`Inbox`].
#[derive(Debug)]
pub struct MemoryInbox {
    clock: Arc<dyn Clock>,
    seen: Mutex<Expiring<ScopedKey, Acceptance>>,
}

impl Default for MemoryInbox {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryInbox {
    /// An inbox that has seen nothing, on the machine's clock.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            seen: Mutex::default(),
        }
    }

    /// The same inbox on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }
}

#[async_trait]
impl Inbox for MemoryInbox {
    async fn accept(&self, key: &ScopedKey, hold: Duration) -> Result<Acceptance, StoreError> {
        let mut seen = locked(&self.seen);
        let now = self.clock.now();
        if let Some(known) = seen.get(*key, now) {
            return Ok(*known);
        }
        seen.insert(*key, Acceptance::UnderWay, later(now, hold), now);
        Ok(Acceptance::First)
    }

    async fn finish(&self, key: &ScopedKey, keep: Duration) -> Result<(), StoreError> {
        let mut seen = locked(&self.seen);
        let now = self.clock.now();
        seen.insert(*key, Acceptance::Done, later(now, keep), now);
        Ok(())
    }
}

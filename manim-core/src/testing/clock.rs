//! A clock that stands still until a test moves it.

use std::sync::Mutex;
use std::time::Duration;

use crate::clock::{Clock, Timestamp, later};
use crate::memory::locked;

/// Tells the time that it was last told. Starts at 2026-01-01T00:00:00Z.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

/// 2026-01-01T00:00:00Z in seconds since 1970.
const START: Duration = Duration::from_secs(1_767_225_600);

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl ManualClock {
    /// A clock at its start.
    pub fn new() -> Self {
        Self::at(later(Timestamp::UNIX_EPOCH, START))
    }

    /// A clock at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        let mut now = locked(&self.0);
        *now = later(*now, by);
    }

    /// Sets the clock, back as well as on.
    pub fn set(&self, now: Timestamp) {
        *locked(&self.0) = now;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *locked(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_only_when_told() {
        let clock = ManualClock::new();
        let start = clock.now();
        assert_eq!(start.to_rfc3339(), "2026-01-01T00:00:00+00:00");
        clock.advance(Duration::from_secs(90));
        assert_eq!(clock.now() - start, chrono::TimeDelta::seconds(90));
    }
}

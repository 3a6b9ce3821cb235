//! What time it is, as a value that tests can set.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// An instant in UTC.
pub type Timestamp = DateTime<Utc>;

/// Tells the time. Everything that keeps or compares timestamps asks one of these.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Utc::now()
    }
}

/// The instant `pause` after `start`, or the last there is: a pause may come from outside.
pub fn later(start: Timestamp, pause: Duration) -> Timestamp {
    let end = TimeDelta::from_std(pause)
        .ok()
        .and_then(|pause| start.checked_add_signed(pause));
    end.unwrap_or(Timestamp::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_without_end_ends_with_time() {
        assert_eq!(later(Timestamp::UNIX_EPOCH, Duration::MAX), Timestamp::MAX_UTC);
    }
}

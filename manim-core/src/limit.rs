//! Rate limits that all frontends share: the contract of everything that counts takes.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, later};
use crate::id::ScopedKey;
use crate::session::StoreError;

/// Says who may do something once more.
///
/// # Contract
/// 1. Of one key, at most [`Quota::limit`] takes are allowed within any [`Quota::period`],
///    whichever handles of the same store they come through.
/// 2. A refused take costs nothing: after [`Admission::Refused::retry_after`] the next one is
///    allowed, if nobody else takes it meanwhile.
/// 3. Keys do not share a quota.
/// 4. [`Admission::Allowed::remaining`] tells how many more takes would be allowed now.
///
/// # Cancellation
/// A dropped take may have been counted.
///
/// # Errors
/// [`StoreErrorKind`](crate::StoreErrorKind). Whether to go on without an answer is the
/// caller's decision.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Takes once from the quota of `key`.
    async fn take(&self, key: &ScopedKey, quota: Quota) -> Result<Admission, StoreError>;
}

/// How often within what time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    limit: u32,
    period: Duration,
}

impl Quota {
    /// Takes remembered of one key: bounds the size of its record.
    pub const MAX_LIMIT: u32 = 1000;

    /// `limit` takes in any `period`. A limit above [`MAX_LIMIT`](Self::MAX_LIMIT) counts as
    /// that; with a limit of zero nothing is allowed.
    pub const fn new(limit: u32, period: Duration) -> Self {
        let limit = if limit > Self::MAX_LIMIT {
            Self::MAX_LIMIT
        } else {
            limit
        };
        Self { limit, period }
    }

    /// `limit` takes in any minute.
    pub const fn per_minute(limit: u32) -> Self {
        Self::new(limit, Duration::from_secs(60))
    }

    /// Takes allowed.
    pub const fn limit(&self) -> u32 {
        self.limit
    }

    /// Within this time.
    pub const fn period(&self) -> Duration {
        self.period
    }
}

impl Default for Quota {
    /// 10 in any minute.
    fn default() -> Self {
        Self::per_minute(10)
    }
}

/// The answer to a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Go on.
    Allowed {
        /// So many more takes would be allowed now.
        remaining: u32,
    },
    /// Not now.
    Refused {
        /// After this pause a take is allowed.
        retry_after: Duration,
    },
}

/// When a key was taken, as far as its quota looks back: what an implementation keeps of each
/// key. Decides; reads no clock and keeps nothing.
///
/// A sliding window log. It is exact, where a token bucket lets up to twice the limit pass
/// within one period after a rest, and where counters of fixed windows do so around their edge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Takes(Vec<Timestamp>);

impl Takes {
    /// Decides on one more take at `now`. What is left in `self` is to be kept until
    /// [`end`](Self::end), also after a refusal, if it has changed.
    pub fn admit(&mut self, quota: Quota, now: Timestamp) -> Admission {
        self.forget(quota, now);
        let limit = quota.limit as usize;
        if self.0.len() < limit {
            self.0.push(now);
            let remaining = quota.limit - self.0.len() as u32;
            return Admission::Allowed { remaining };
        }
        // The window is open again when the oldest of the newest `limit` takes has left it.
        let oldest = self.0.len().checked_sub(limit).and_then(|at| self.0.get(at));
        let retry_after = oldest.map_or(quota.period, |oldest| {
            (later(*oldest, quota.period) - now).to_std().unwrap_or_default()
        });
        Admission::Refused { retry_after }
    }

    /// When nothing of it matters any more.
    pub fn end(&self, quota: Quota) -> Option<Timestamp> {
        self.0.last().map(|newest| later(*newest, quota.period))
    }

    /// A take that lies in the future was made before the clock went back: it counts as made
    /// now, so that nobody is shut out for longer than a period.
    fn forget(&mut self, quota: Quota, now: Timestamp) {
        for take in &mut self.0 {
            *take = now.min(*take);
        }
        self.0.retain(|take| later(*take, quota.period) > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota::per_minute(2);

    fn at(seconds: u64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds))
    }

    fn takes(seconds: &[u64]) -> Takes {
        Takes(seconds.iter().map(|second| at(*second)).collect())
    }

    const fn refused(seconds: u64) -> Admission {
        Admission::Refused {
            retry_after: Duration::from_secs(seconds),
        }
    }

    #[test]
    fn no_period_holds_more_than_the_limit() {
        let mut takes = takes(&[0, 50]);
        assert_eq!(takes.admit(QUOTA, at(59)), refused(1));
        assert_eq!(takes.admit(QUOTA, at(60)), Admission::Allowed { remaining: 0 });
        assert_eq!(takes.admit(QUOTA, at(61)), refused(49));
    }

    #[test]
    fn a_clock_that_goes_back_shuts_nobody_out_for_longer_than_a_period() {
        let mut takes = takes(&[5000, 5001]);
        assert_eq!(takes.admit(QUOTA, at(100)), refused(60));
        assert_eq!(takes.admit(QUOTA, at(130)), refused(30));
        assert_eq!(takes.admit(QUOTA, at(160)), Admission::Allowed { remaining: 1 });
    }

    #[test]
    fn a_smaller_limit_waits_for_all_that_is_above_it() {
        let mut takes = takes(&[0, 10, 20]);
        assert_eq!(takes.admit(Quota::per_minute(1), at(30)), refused(50));
    }

    #[test]
    fn a_quota_of_nothing_allows_nothing() {
        assert_eq!(Takes::default().admit(Quota::per_minute(0), at(0)), refused(60));
    }

    #[test]
    fn a_record_is_bounded_whatever_the_limit() {
        assert_eq!(Quota::per_minute(u32::MAX).limit(), Quota::MAX_LIMIT);
    }
}

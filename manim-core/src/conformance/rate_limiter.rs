//! Laws of [`RateLimiter`].

use std::time::Duration;

use futures::future::join_all;

use super::{Fixture, RIVALS};
use crate::id::{JobId, ScopedKey};
use crate::limit::{Admission, Quota, RateLimiter};

/// Runs every law of [`RateLimiter`] on what the function makes: an async function without
/// arguments that returns a [`Fixture`] of a limiter that nobody has taken from.
#[macro_export]
macro_rules! rate_limiter_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(rate_limiter, $($make)*, [
            no_period_holds_more_takes_than_the_limit,
            rivals_share_one_quota,
            a_take_leaves_the_window_when_its_period_is_over,
            a_refused_take_costs_nothing,
            after_the_pause_a_take_is_allowed,
            keys_do_not_share_a_quota,
            remaining_counts_down,
            a_quota_of_nothing_allows_nothing,
        ]);
    };
}

type Limiter = Fixture<dyn RateLimiter>;

const PERIOD: Duration = Duration::from_secs(60);
const QUOTA: Quota = Quota::new(3, PERIOD);
const MOMENT: Duration = Duration::from_secs(1);

fn key() -> ScopedKey {
    ScopedKey::new("law", &JobId::new().to_string())
}

async fn take(limiter: &dyn RateLimiter, key: &ScopedKey) -> Admission {
    limiter.take(key, QUOTA).await.expect("the take succeeds")
}

fn is_allowed(admission: Admission) -> bool {
    matches!(admission, Admission::Allowed { .. })
}

async fn exhaust(limiter: &Limiter, key: &ScopedKey) {
    for number in 0..QUOTA.limit() {
        assert!(is_allowed(take(&**limiter, key).await), "take {number}");
    }
}

async fn refused(limiter: &Limiter, key: &ScopedKey) -> Duration {
    match take(&**limiter, key).await {
        Admission::Refused { retry_after } => retry_after,
        Admission::Allowed { .. } => panic!("more than the limit was allowed"),
    }
}

/// Promise 1. Also across the edge that a counter of fixed windows would have.
pub async fn no_period_holds_more_takes_than_the_limit(limiter: Limiter) {
    let key = key();
    limiter.advance(PERIOD - MOMENT).await;
    exhaust(&limiter, &key).await;
    refused(&limiter, &key).await;
    limiter.advance(2 * MOMENT).await;
    refused(&limiter, &key).await;
}

/// Promise 1.
pub async fn rivals_share_one_quota(limiter: Limiter) {
    let key = key();
    let takes = (0..RIVALS).map(|number| {
        let limiter = limiter.rival(number);
        tokio::spawn(async move { take(&*limiter, &key).await })
    });
    let answers = join_all(takes.collect::<Vec<_>>()).await;
    let allowed = answers
        .into_iter()
        .filter(|answer| is_allowed(*answer.as_ref().expect("no take panics")))
        .count();
    assert_eq!(allowed, QUOTA.limit() as usize);
}

/// Promise 1.
pub async fn a_take_leaves_the_window_when_its_period_is_over(limiter: Limiter) {
    let key = key();
    assert!(is_allowed(take(&*limiter, &key).await));
    limiter.advance(PERIOD / 2).await;
    assert!(is_allowed(take(&*limiter, &key).await));
    assert!(is_allowed(take(&*limiter, &key).await));
    limiter.advance(PERIOD / 2 + MOMENT).await;
    assert!(is_allowed(take(&*limiter, &key).await));
    refused(&limiter, &key).await;
}

/// Promise 2.
pub async fn a_refused_take_costs_nothing(limiter: Limiter) {
    let key = key();
    exhaust(&limiter, &key).await;
    limiter.advance(PERIOD / 2).await;
    for _ in 0..10 {
        refused(&limiter, &key).await;
    }
    limiter.advance(PERIOD / 2 + MOMENT).await;
    exhaust(&limiter, &key).await;
}

/// Promise 2.
pub async fn after_the_pause_a_take_is_allowed(limiter: Limiter) {
    let key = key();
    exhaust(&limiter, &key).await;
    limiter.advance(PERIOD / 3).await;
    let pause = refused(&limiter, &key).await;
    assert!(pause > PERIOD / 3 && pause <= PERIOD, "{pause:?}");
    // A whole second more, for backends whose time has a grain.
    limiter.advance(pause + MOMENT).await;
    assert!(is_allowed(take(&*limiter, &key).await));
}

/// Promise 3.
pub async fn keys_do_not_share_a_quota(limiter: Limiter) {
    exhaust(&limiter, &key()).await;
    exhaust(&limiter, &key()).await;
}

/// Promise 4.
pub async fn remaining_counts_down(limiter: Limiter) {
    let key = key();
    for remaining in (0..QUOTA.limit()).rev() {
        assert_eq!(
            take(limiter.other(), &key).await,
            Admission::Allowed { remaining }
        );
    }
}

/// Promise 1.
pub async fn a_quota_of_nothing_allows_nothing(limiter: Limiter) {
    let nothing = Quota::new(0, PERIOD);
    let answer = limiter.take(&key(), nothing).await.expect("the take succeeds");
    assert!(!is_allowed(answer));
}

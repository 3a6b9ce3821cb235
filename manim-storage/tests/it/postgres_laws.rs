//! The laws of sessions and of the queue on a real PostgreSQL.

use std::sync::Arc;

use manim_core::conformance::Fixture;
use manim_core::testing::ManualClock;
use manim_core::{Inbox, JobQueue, RateLimiter, SessionStore};
use manim_storage::PostgresStore;

use crate::postgres_server::shared;

/// Two handles of one empty store, with connections of their own.
async fn handles() -> (Arc<ManualClock>, Arc<PostgresStore>, Arc<PostgresStore>) {
    let url = tokio::task::spawn_blocking(|| shared().fresh_schema())
        .await
        .unwrap();
    let clock = Arc::new(ManualClock::new());
    let open = || {
        PostgresStore::builder(url.as_str())
            .connections(6)
            .clock(clock.clone())
            .connect()
    };
    // At the same time, as processes that are deployed together do.
    let (one, other) = tokio::join!(open(), open());
    (clock, Arc::new(one.unwrap()), Arc::new(other.unwrap()))
}

mod sessions {
    use super::*;

    async fn make() -> Fixture<dyn SessionStore> {
        let (clock, one, other) = handles().await;
        Fixture::<dyn SessionStore>::new(one)
            .with_other_handle(other)
            .with_clock(clock)
    }

    manim_core::session_store_conformance!(make);
}

mod queue {
    use super::*;

    async fn make() -> Fixture<dyn JobQueue> {
        let (clock, one, other) = handles().await;
        Fixture::<dyn JobQueue>::new(one)
            .with_other_handle(other)
            .with_clock(clock)
    }

    manim_core::job_queue_conformance!(make);
}

mod quotas {
    use super::*;

    async fn make() -> Fixture<dyn RateLimiter> {
        let (clock, one, other) = handles().await;
        Fixture::<dyn RateLimiter>::new(one)
            .with_other_handle(other)
            .with_clock(clock)
    }

    manim_core::rate_limiter_conformance!(make);
}

mod inbox {
    use super::*;

    async fn make() -> Fixture<dyn Inbox> {
        let (clock, one, other) = handles().await;
        Fixture::<dyn Inbox>::new(one)
            .with_other_handle(other)
            .with_clock(clock)
    }

    manim_core::inbox_conformance!(make);
}

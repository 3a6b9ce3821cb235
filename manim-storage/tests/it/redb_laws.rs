//! The laws of every store on the embedded one.

use std::sync::Arc;

use manim_core::conformance::Fixture;
use manim_core::testing::ManualClock;
use manim_core::{Inbox, JobQueue, RateLimiter, SessionStore};
use manim_storage::{RedbOptions, RedbStore};
use tempfile::TempDir;

/// Drops the store before its directory.
fn store() -> (RedbStore, Arc<ManualClock>, TempDir) {
    let home = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new());
    let options = RedbOptions::default().with_clock(clock.clone());
    let store = RedbStore::open_with(home.path().join("state/jobs.redb"), options).unwrap();
    (store, clock, home)
}

macro_rules! fixture {
    ($trait:path) => {{
        let (store, clock, home) = store();
        let other = Arc::new(store.clone());
        Fixture::<dyn $trait>::new(Arc::new(store))
            .with_clock(clock)
            .with_other_handle(other)
            .keeping(home)
    }};
}

async fn sessions() -> Fixture<dyn SessionStore> {
    fixture!(SessionStore)
}

manim_core::session_store_conformance!(sessions);

async fn queue() -> Fixture<dyn JobQueue> {
    fixture!(JobQueue)
}

manim_core::job_queue_conformance!(queue);

async fn limiter() -> Fixture<dyn RateLimiter> {
    fixture!(RateLimiter)
}

manim_core::rate_limiter_conformance!(limiter);

async fn messages() -> Fixture<dyn Inbox> {
    fixture!(Inbox)
}

manim_core::inbox_conformance!(messages);

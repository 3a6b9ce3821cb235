//! What both engines promise of what nobody needs any more.

use std::sync::Arc;
use std::time::Duration;

use manim_core::testing::ManualClock;
use manim_core::{
    Clock, Inbox, Job, JobId, JobQueue, ProblemText, Quota, RateLimiter, RenderSettings, ScopedKey,
    SessionId, SessionStore, Settlement,
};
use manim_storage::{Leftover, LeftoverKind, Leftovers};

const HOUR: Duration = Duration::from_secs(3600);
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// Everything that an engine is.
trait Engine: SessionStore + JobQueue + RateLimiter + Inbox + Leftovers {}
impl<S: SessionStore + JobQueue + RateLimiter + Inbox + Leftovers> Engine for S {}

/// Jobs whose time is over, and one whose time is not.
struct Old {
    forgotten: Job,
    given_up: Job,
    living: Job,
}

async fn take_in(store: &impl Engine, clock: &ManualClock) -> Job {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    let settings = RenderSettings::default();
    let job = Job::new(JobId::new(), SessionId::new(), problem, settings, 3, clock.now());
    store.save_job(&job, None).await.unwrap();
    store.enqueue(job.id()).await.unwrap();
    job
}

/// The last writes are a day old: an engine that sweeps as it writes has not seen their end.
async fn grown_old(store: &impl Engine, clock: &ManualClock) -> Old {
    let given_up = take_in(store, clock).await;
    let lease = store.lease(HOUR).await.unwrap().unwrap();
    let dead = Settlement::Dead("poison".to_owned());
    store.settle(&lease, dead).await.unwrap();
    let forgotten = take_in(store, clock).await;
    clock.advance(WEEK - 24 * HOUR);
    let living = take_in(store, clock).await;
    let key = ScopedKey::new("law", "1");
    store.accept(&key, HOUR).await.unwrap();
    store.take(&key, Quota::default()).await.unwrap();
    clock.advance(27 * HOUR);
    Old {
        forgotten,
        given_up,
        living,
    }
}

async fn listed(store: &impl Engine) -> Vec<Leftover> {
    let mut found = store.leftovers().await.unwrap();
    found.sort_by_key(|leftover| (leftover.kind, leftover.name.to_string()));
    found
}

#[track_caller]
fn of(found: &[Leftover], kind: LeftoverKind, name: impl ToString) -> &Leftover {
    let name = name.to_string();
    let found = found
        .iter()
        .find(|leftover| leftover.kind == kind && leftover.name.to_string() == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

async fn what_is_over_is_listed_and_forgotten_once(store: impl Engine, clock: Arc<ManualClock>) {
    use LeftoverKind as Kind;

    let old = grown_old(&store, &clock).await;
    let found = listed(&store).await;
    for (kind, name) in [
        (Kind::Session, old.given_up.session().to_string()),
        (Kind::Session, old.forgotten.session().to_string()),
        (Kind::Job, old.given_up.id().to_string()),
        (Kind::Job, old.forgotten.id().to_string()),
        (Kind::Quota, ScopedKey::new("law", "1").to_string()),
        (Kind::Message, ScopedKey::new("law", "1").to_string()),
        (Kind::QueueEntry, old.forgotten.id().to_string()),
        (Kind::DeadLetter, old.given_up.id().to_string()),
    ] {
        assert!(of(&found, kind, name).since <= clock.now());
    }
    assert_eq!(found.len(), 8, "{found:#?}");
    assert!(of(&found, Kind::Job, old.forgotten.id()).bytes > 100);
    assert_eq!(listed(&store).await, found);
    for _ in 0..2 {
        for leftover in &found {
            assert!(store.forget(leftover).await.unwrap(), "{leftover} stays");
        }
        assert_eq!(listed(&store).await, []);
    }
    assert!(store.job(old.living.id()).await.unwrap().is_some());
    assert!(store.session(old.living.session()).await.unwrap().is_some());
    assert!(store.dead(10).await.unwrap().is_empty());
    let next = store.lease(HOUR).await.unwrap().map(|lease| lease.job);
    assert_eq!((next, store.len().await.unwrap()), (Some(old.living.id()), 1));
}

async fn what_is_needed_again_is_not_forgotten(store: impl Engine, clock: Arc<ManualClock>) {
    let old = grown_old(&store, &clock).await;
    let found = listed(&store).await;
    let (id, session) = (old.forgotten.id(), old.forgotten.session());
    store.save_job(&old.forgotten, None).await.unwrap();
    for (kind, name) in [
        (LeftoverKind::Job, id.to_string()),
        (LeftoverKind::Session, session.to_string()),
        (LeftoverKind::QueueEntry, id.to_string()),
    ] {
        let leftover = of(&found, kind, name);
        assert!(!store.forget(leftover).await.unwrap(), "{leftover} was forgotten");
    }
    assert!(store.job(id).await.unwrap().is_some() && store.session(session).await.unwrap().is_some());
    assert_eq!(store.len().await.unwrap(), 2);
}

async fn a_job_that_is_worked_on_keeps_its_place_without_a_record(
    store: impl Engine,
    clock: Arc<ManualClock>,
) {
    let job = JobId::new();
    store.enqueue(job).await.unwrap();
    store.lease(HOUR).await.unwrap().unwrap();
    assert_eq!(listed(&store).await, []);
    clock.advance(HOUR);
    let found = listed(&store).await;
    of(&found, LeftoverKind::QueueEntry, job);
    store.lease(HOUR).await.unwrap().unwrap();
    assert!(!store.forget(&found[0]).await.unwrap());
    assert_eq!(store.len().await.unwrap(), 1);
}

/// More than one transaction forgets by itself.
async fn many_at_once_are_forgotten_one_by_one(store: impl Engine, clock: Arc<ManualClock>) {
    for number in 0..200 {
        let key = ScopedKey::new("law", &number.to_string());
        store.accept(&key, HOUR).await.unwrap();
    }
    clock.advance(3 * HOUR);
    let found = listed(&store).await;
    assert_eq!(found.len(), 200);
    for leftover in found.iter().rev() {
        assert!(store.forget(leftover).await.unwrap(), "{leftover} stays");
    }
    assert_eq!(listed(&store).await, []);
}

macro_rules! laws {
    ($open:ident: $($law:ident),*) => {
        $(#[tokio::test]
        async fn $law() {
            let clock = Arc::new(ManualClock::new());
            let (store, _home) = $open(clock.clone()).await;
            super::$law(store, clock).await;
        })*
    };
    ($open:ident) => {
        laws!(
            $open: what_is_over_is_listed_and_forgotten_once,
            what_is_needed_again_is_not_forgotten,
            a_job_that_is_worked_on_keeps_its_place_without_a_record,
            many_at_once_are_forgotten_one_by_one
        );
    };
}

#[cfg(feature = "redb")]
mod in_a_file {
    use manim_storage::{RedbOptions, RedbStore};
    use tempfile::TempDir;

    use super::*;

    async fn open(clock: Arc<ManualClock>) -> (RedbStore, TempDir) {
        let home = tempfile::tempdir().unwrap();
        let options = RedbOptions::default().with_clock(clock);
        let store = RedbStore::open_with(home.path().join("jobs.redb"), options);
        (store.unwrap(), home)
    }

    laws!(open);
}

#[cfg(all(feature = "postgres", unix))]
mod in_a_database {
    use manim_storage::PostgresStore;

    use super::*;
    use crate::postgres_faults::fresh_schema;

    async fn open(clock: Arc<ManualClock>) -> (PostgresStore, ()) {
        let builder = PostgresStore::builder(fresh_schema().await).clock(clock);
        (builder.connect().await.unwrap(), ())
    }

    laws!(open);
}

//! Random interleavings of operations, by two handles, with restarts and a clock that is moved:
//! a store answers as the in-memory model does.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::memory::{MemoryQueue, MemorySessions};
use manim_core::testing::ManualClock;
use manim_core::{
    Clock, Event, Job, JobId, JobQueue, Lease, Page, ProblemText, RenderSettings, Revision, Session,
    SessionId, SessionStore, Settlement, StoreError, StoreErrorKind, Timestamp,
};
use manim_storage::{RedbOptions, RedbStore};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};

const JOBS: usize = 5;

/// The end of a session that a save puts off may be a minute later than promised, and a clock
/// that goes back may leave it where it was.
const SLACK_SECONDS: i64 = 200;

#[derive(Debug, Clone)]
enum Step {
    Enqueue(usize),
    Lease(u64),
    /// Which of the leases that were ever given.
    Heartbeat(usize, u64),
    Settle(usize, How),
    Save(usize, Expect),
    Load(usize),
    List(usize, Option<usize>, usize),
    Untold(usize),
    Touch(usize),
    Session(usize),
    Count,
    Dead,
    /// Seconds.
    Pass(i64),
    Restart,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Done,
    Again(u64),
    Dead,
}

#[derive(Debug, Clone, Copy)]
enum Expect {
    New,
    Current,
    Stale,
}

fn step() -> impl Strategy<Value = Step> {
    let job = 0..JOBS;
    let how = prop_oneof![Just(How::Done), (0_u64..90).prop_map(How::Again), Just(How::Dead)];
    let expect = prop_oneof![1 => Just(Expect::New), 3 => Just(Expect::Current), 1 => Just(Expect::Stale)];
    // No sum of them comes near the life of a session or a job: how near is the engine's matter.
    let time = prop_oneof![4 => 1_i64..40, 2 => -30_i64..0, 1 => Just(61 * 60), 1 => Just(25 * 3600), 1 => Just(8 * 24 * 3600)];
    prop_oneof![
        4 => job.clone().prop_map(Step::Enqueue),
        4 => (1_u64..60).prop_map(Step::Lease),
        2 => (0_usize..8, 1_u64..60).prop_map(|(lease, ttl)| Step::Heartbeat(lease, ttl)),
        3 => (0_usize..8, how).prop_map(|(lease, how)| Step::Settle(lease, how)),
        6 => (job.clone(), expect).prop_map(|(job, expect)| Step::Save(job, expect)),
        3 => job.clone().prop_map(Step::Load),
        2 => (0_usize..2, proptest::option::of(job), 0_usize..4)
            .prop_map(|(session, before, limit)| Step::List(session, before, limit)),
        2 => (0_usize..4).prop_map(Step::Untold),
        1 => (0_usize..2).prop_map(Step::Touch),
        1 => (0_usize..2).prop_map(Step::Session),
        1 => Just(Step::Count),
        1 => Just(Step::Dead),
        4 => time.prop_map(Step::Pass),
        1 => Just(Step::Restart),
    ]
}

/// A store under test.
#[async_trait]
trait Place: Send + Sync {
    /// Two handles of it, the old ones being gone.
    async fn open(&self, clock: Arc<ManualClock>) -> [Handle; 2];
}

#[derive(Clone)]
struct Handle {
    sessions: Arc<dyn SessionStore>,
    queue: Arc<dyn JobQueue>,
}

struct World<'a> {
    place: &'a dyn Place,
    clock: Arc<ManualClock>,
    sessions: [SessionId; 2],
    jobs: Vec<Job>,
    model: Handle,
    real: Vec<Handle>,
    /// The model's and the store's.
    leases: Vec<(Lease, Lease)>,
}

type Checked = Result<(), TestCaseError>;

async fn walk(place: &dyn Place, steps: Vec<Step>) -> Checked {
    let mut world = World::new(place).await;
    for (turn, step) in steps.into_iter().enumerate() {
        world.take(turn, step).await?;
    }
    Ok(())
}

impl<'a> World<'a> {
    async fn new(place: &'a dyn Place) -> Self {
        let clock = Arc::new(ManualClock::new());
        let sessions = [SessionId::new(), SessionId::new()];
        Self {
            place,
            jobs: (0..JOBS)
                .map(|job| self::job(sessions[job % 2], clock.now()))
                .collect(),
            model: Handle {
                sessions: Arc::new(MemorySessions::new().with_clock(clock.clone())),
                queue: Arc::new(MemoryQueue::new().with_clock(clock.clone())),
            },
            real: place.open(clock.clone()).await.into(),
            leases: Vec::new(),
            sessions,
            clock,
        }
    }

    async fn take(&mut self, turn: usize, step: Step) -> Checked {
        match step {
            Step::Pass(seconds) => {
                self.clock.set(self.clock.now() + chrono(seconds));
                Ok(())
            }
            Step::Restart => {
                self.real.clear();
                self.real = self.place.open(self.clock.clone()).await.into();
                Ok(())
            }
            step => {
                let real = self.real[turn % 2].clone();
                self.compare(&real, step).await
            }
        }
    }

    async fn compare(&mut self, real: &Handle, step: Step) -> Checked {
        let model = self.model.clone();
        match step {
            Step::Save(job, expect) => self.save(real, job, expect).await,
            Step::Lease(ttl) => self.lease(real, ttl).await,
            Step::Heartbeat(lease, ttl) => self.heartbeat(real, lease, ttl).await,
            Step::Settle(lease, how) => self.settle(real, lease, how).await,
            Step::Enqueue(job) => {
                let id = self.jobs[job].id();
                same(model.queue.enqueue(id).await, real.queue.enqueue(id).await)
            }
            Step::Load(job) => {
                let id = self.jobs[job].id();
                same(model.sessions.job(id).await, real.sessions.job(id).await)
            }
            Step::List(session, before, limit) => self.list(real, session, before, limit).await,
            Step::Untold(limit) => {
                let ours = model.sessions.untold(limit).await;
                same(ours, real.sessions.untold(limit).await)
            }
            Step::Touch(session) => {
                let session = self.sessions[session];
                let ours = model.sessions.touch(session).await;
                alike(ours.map(Some), real.sessions.touch(session).await.map(Some))
            }
            Step::Session(session) => {
                let session = self.sessions[session];
                let ours = model.sessions.session(session).await;
                alike(ours, real.sessions.session(session).await)
            }
            Step::Count => same(model.queue.len().await, real.queue.len().await),
            Step::Dead => same(dead(&model).await, dead(real).await),
            Step::Pass(_) | Step::Restart => Ok(()),
        }
    }

    async fn heartbeat(&self, real: &Handle, lease: usize, ttl: u64) -> Checked {
        let Some((ours, theirs)) = self.leases.get(lease) else {
            return Ok(());
        };
        let ttl = Duration::from_secs(ttl);
        let beaten = self.model.queue.heartbeat(ours, ttl).await;
        same(beaten, real.queue.heartbeat(theirs, ttl).await)
    }

    async fn settle(&self, real: &Handle, lease: usize, how: How) -> Checked {
        let Some((ours, theirs)) = self.leases.get(lease) else {
            return Ok(());
        };
        let settled = self.model.queue.settle(ours, how.settlement()).await;
        same(settled, real.queue.settle(theirs, how.settlement()).await)
    }

    async fn list(&self, real: &Handle, session: usize, before: Option<usize>, limit: usize) -> Checked {
        let before = before.map(|job| self.jobs[job].id());
        let (session, page) = (self.sessions[session], Page { limit, before });
        let ours = self.model.sessions.jobs(session, page).await;
        same(ours, real.sessions.jobs(session, page).await)
    }

    /// The job goes on, ends, or only forgets what was told.
    async fn save(&mut self, real: &Handle, job: usize, expect: Expect) -> Checked {
        let (id, now) = (self.jobs[job].id(), self.clock.now());
        let kept = self.model.sessions.job(id).await.map_err(fail)?;
        let mut next = kept
            .as_ref()
            .map_or_else(|| self.jobs[job].clone(), |kept| kept.value.clone());
        if next.outbox().is_empty() {
            let _ = next
                .apply(Event::Started, now)
                .or_else(|_| next.apply(Event::Cancelled, now));
        } else {
            next.told(u64::MAX);
        }
        let current = kept.map(|kept| kept.revision);
        let expected = match expect {
            Expect::New => None,
            Expect::Current => current,
            Expect::Stale => Some(current.map_or(Revision::FIRST, Revision::next)),
        };
        same(
            self.model.sessions.save_job(&next, expected).await,
            real.sessions.save_job(&next, expected).await,
        )
    }

    async fn lease(&mut self, real: &Handle, ttl: u64) -> Checked {
        let ttl = Duration::from_secs(ttl);
        let ours = self.model.queue.lease(ttl).await.map_err(fail)?;
        let theirs = real.queue.lease(ttl).await.map_err(fail)?;
        let told = |lease: &Lease| (lease.job, lease.deliveries, lease.until);
        prop_assert_eq!(ours.as_ref().map(told), theirs.as_ref().map(told));
        self.leases.extend(ours.zip(theirs));
        Ok(())
    }
}

impl How {
    fn settlement(self) -> Settlement {
        match self {
            Self::Done => Settlement::Done,
            Self::Again(seconds) => Settlement::Again(Duration::from_secs(seconds)),
            Self::Dead => Settlement::Dead("it was given up".to_owned()),
        }
    }
}

fn job(session: SessionId, now: Timestamp) -> Job {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    Job::new(JobId::new(), session, problem, RenderSettings::default(), 3, now)
}

fn chrono(seconds: i64) -> <Timestamp as std::ops::Sub>::Output {
    let start = Timestamp::UNIX_EPOCH;
    let there = Timestamp::from_timestamp(seconds.abs(), 0).unwrap_or(start) - start;
    if seconds < 0 { -there } else { there }
}

fn fail(error: StoreError) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn kind<T>(end: Result<T, StoreError>) -> Result<T, StoreErrorKind> {
    end.map_err(|error| error.kind())
}

fn same<T: PartialEq + std::fmt::Debug>(
    ours: Result<T, StoreError>,
    theirs: Result<T, StoreError>,
) -> Checked {
    prop_assert_eq!(kind(ours), kind(theirs));
    Ok(())
}

/// The same session, whose end is nearly the same.
fn alike(ours: Result<Option<Session>, StoreError>, theirs: Result<Option<Session>, StoreError>) -> Checked {
    let (ours, theirs) = (ours.map_err(fail)?, theirs.map_err(fail)?);
    let told = |session: &Session| (session.created_at, session.settings);
    prop_assert_eq!(ours.as_ref().map(told), theirs.as_ref().map(told));
    if let Some((ours, theirs)) = ours.zip(theirs) {
        let more = (theirs.expires_at - ours.expires_at).num_seconds();
        prop_assert!((0..SLACK_SECONDS).contains(&more), "{more} seconds more");
    }
    Ok(())
}

/// In no order: a clock that goes back makes the newest older.
async fn dead(handle: &Handle) -> Result<Vec<(JobId, String, Timestamp)>, StoreError> {
    let letters = handle.queue.dead(10 * JOBS).await?;
    let mut letters: Vec<_> = letters
        .into_iter()
        .map(|letter| (letter.job, letter.reason, letter.at))
        .collect();
    letters.sort();
    Ok(letters)
}

fn config(cases: u32) -> Config {
    Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().unwrap()
}

/// The path of a file.
struct File(std::path::PathBuf);

#[async_trait]
impl Place for File {
    async fn open(&self, clock: Arc<ManualClock>) -> [Handle; 2] {
        let options = RedbOptions::default().with_clock(clock);
        let store = RedbStore::open_with(&self.0, options).unwrap();
        [0, 1].map(|_| Handle {
            sessions: Arc::new(store.clone()),
            queue: Arc::new(store.clone()),
        })
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn redb_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
        let home = tempfile::tempdir().unwrap();
        let file = File(home.path().join("jobs.redb"));
        runtime().block_on(walk(&file, steps))?;
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use manim_storage::PostgresStore;

    use super::*;
    use crate::postgres_server::shared;

    /// The URL of a schema.
    struct Schema(String);

    #[async_trait]
    impl Place for Schema {
        async fn open(&self, clock: Arc<ManualClock>) -> [Handle; 2] {
            let open = async || {
                let builder = PostgresStore::builder(self.0.as_str())
                    .connections(2)
                    .clock(clock.clone());
                let store = Arc::new(builder.connect().await.unwrap());
                Handle {
                    sessions: store.clone(),
                    queue: store,
                }
            };
            [open().await, open().await]
        }
    }

    proptest! {
        #![proptest_config(config(12))]

        #[test]
        fn postgres_does_what_the_model_does(steps in proptest::collection::vec(step(), 1..60)) {
            let schema = Schema(shared().fresh_schema());
            runtime().block_on(walk(&schema, steps))?;
        }
    }
}

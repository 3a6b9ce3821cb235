//! What a bot leaves behind when it is killed, and the command that finds and removes it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use manim_core::testing::{ManualClock, ScriptedProvider, StubRenderer};
use manim_core::{
    BlobKey, BlobMeta, BlobStore, Clock, Job, JobId, JobQueue, Pipeline, ProblemText, Provider,
    RenderSettings, SessionId, SessionStore, Settlement, Status, Submission, SystemClock,
};
use manim_storage::{ObjectBlobStore, PostgresStore, RedbOptions, RedbStore};
use rustix::fs::{FlockOperation, flock};
use serde_json::Value;
use tempfile::TempDir;

use crate::postgres_server::shared;
use crate::program::Ended;

const BOT: &str = env!("CARGO_BIN_EXE_bot");
const HOUR: Duration = Duration::from_secs(3600);
const LEASE: Duration = Duration::from_secs(30);
const CODE: &str = "```python\nfrom manim import *\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n```";

/// A machine on which bots ran.
struct Machine {
    home: TempDir,
    records: String,
}

/// Sessions, jobs and the queue, as they were written at some time.
struct Records {
    clock: Arc<ManualClock>,
    sessions: Arc<dyn SessionStore>,
    queue: Arc<dyn JobQueue>,
}

/// What was left on a machine, and what is in use.
struct Left {
    unfetched: JobId,
    orphan: BlobKey,
    living: JobId,
    under_way: BlobKey,
    young: BlobKey,
    dead_scratch: PathBuf,
    living_scratch: PathBuf,
    _lock: File,
}

impl Machine {
    fn with_records(records: Option<String>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("records.redb");
        let machine = Self {
            records: records.unwrap_or_else(|| format!("redb://{}", file.display())),
            home,
        };
        for folder in ["films", "scratch", "tmp"] {
            fs::create_dir(machine.path(folder)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The records, on a machine whose clock is behind.
    async fn records(&self, behind: Duration) -> Records {
        let clock = Arc::new(ManualClock::at(SystemClock.now() - behind));
        match self.records.strip_prefix("redb://") {
            Some(path) => {
                let options = RedbOptions::default().with_clock(clock.clone());
                Records::of(RedbStore::open_with(path, options).unwrap(), clock)
            }
            None => {
                let builder = PostgresStore::builder(self.records.as_str()).clock(clock.clone());
                Records::of(builder.connect().await.unwrap(), clock)
            }
        }
    }

    fn films(&self) -> ObjectBlobStore {
        ObjectBlobStore::found(self.path("films")).unwrap()
    }

    fn bot(&self, records: &str, args: &[&str]) -> Ended {
        let mut command = Command::new(BOT);
        command
            .env_clear()
            .env("RECORDS_URL", records)
            .env("BLOBS_URL", format!("file://{}", self.path("films").display()))
            .env("RENDER_SCRATCH", self.path("scratch"))
            .env("TMPDIR", self.path("tmp"))
            .env("HTTP_LISTEN", "127.0.0.1:0")
            .args(args);
        command.output().unwrap().into()
    }

    /// The lines of a cleanup that ends well.
    #[track_caller]
    fn cleans_up(&self, more: &[&str]) -> Vec<Value> {
        let ended = self.bot(&self.records, &[&["cleanup", "--json"], more].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.json()
    }

    /// One of each that a killed bot leaves, and beside each one that is in use.
    async fn left_alone(&self) -> Left {
        let past_retention = self.records(7 * 24 * HOUR + 3 * HOUR).await;
        past_retention.give_up().await;
        past_retention.take_in().await;
        drop(past_retention);
        let recent = self.records(4 * HOUR).await;
        let living = recent.solve(self.films()).await;
        let under_way = key(&format!("films/{}/0a.mp4", recent.take_in().await));
        drop(recent);
        // The last that a pipeline sees: it would sweep the rest.
        let unfetched = self.records(30 * HOUR).await.solve(self.films()).await;
        let orphan = key(&format!("films/{}/0a.mp4", JobId::new()));
        let young = key(&format!("films/{}/0a.mp4", JobId::new()));
        let upload = key(&format!("renders/{}.mp4", JobId::new()));
        for (key, age) in [(&under_way, 30), (&orphan, 25), (&young, 0), (&upload, 3)] {
            self.store(key, age * HOUR).await;
        }
        fs::create_dir(self.path("films/+uploads")).unwrap_or_default();
        for (name, hours) in [("old#1", 25), ("young#1", 23)] {
            let path = self.path("films/+uploads").join(name);
            fs::write(&path, "half a film").unwrap();
            grow_old(&path, hours * HOUR);
        }
        let (dead_scratch, _) = self.scratch("scratch/manim-engine-dead");
        let (living_scratch, lock) = self.scratch("scratch/manim-engine-living");
        flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
        Left {
            unfetched,
            orphan,
            living,
            under_way,
            young,
            dead_scratch,
            living_scratch,
            _lock: lock,
        }
    }

    async fn store(&self, key: &BlobKey, age: Duration) {
        let content = b"a film".to_vec().into();
        let stored = self.films().put(key, content, BlobMeta::of(key)).await;
        stored.unwrap();
        grow_old(&self.path("films").join(key.as_str()), age);
    }

    async fn holds(&self, key: &BlobKey) -> bool {
        self.films().head(key).await.unwrap().is_some()
    }

    /// A renderer's folder, and its lock, which nobody holds.
    fn scratch(&self, name: &str) -> (PathBuf, File) {
        let path = self.path(name);
        fs::create_dir_all(path.join("job-0")).unwrap();
        fs::write(path.join("job-0/frames"), vec![7; 100_000]).unwrap();
        let lock = File::create(path.join("lock")).unwrap();
        (path, lock)
    }
}

impl Records {
    fn of<S: SessionStore + JobQueue + Clone>(store: S, clock: Arc<ManualClock>) -> Self {
        Self {
            clock,
            sessions: Arc::new(store.clone()),
            queue: Arc::new(store),
        }
    }

    /// A job that waits.
    async fn take_in(&self) -> JobId {
        let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
        let settings = RenderSettings::default();
        let now = self.clock.now();
        let job = Job::new(JobId::new(), SessionId::new(), problem, settings, 3, now);
        self.sessions.save_job(&job, None).await.unwrap();
        self.queue.enqueue(job.id()).await.unwrap();
        job.id()
    }

    async fn give_up(&self) {
        self.take_in().await;
        let lease = self.queue.lease(LEASE).await.unwrap().unwrap();
        let dead = Settlement::Dead("poison".to_owned());
        self.queue.settle(&lease, dead).await.unwrap();
    }

    /// A job whose film waits.
    async fn solve(&self, films: ObjectBlobStore) -> JobId {
        let provider: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("scripted").replying(CODE));
        let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new()))
            .sessions(self.sessions.clone())
            .blobs(Arc::new(films))
            .clock(self.clock.clone())
            .build();
        let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
        let submission = Submission::new(SessionId::new(), problem);
        let job = pipeline.submit(submission).await.unwrap();
        let settled = pipeline.run_until_settled(job).await.unwrap();
        assert_eq!(settled.status(), Status::Ready);
        job
    }

    async fn status(&self, job: JobId) -> Option<Status> {
        let kept = self.sessions.job(job).await.unwrap();
        kept.map(|job| job.value.status())
    }
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

fn grow_old(path: &Path, age: Duration) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}

/// Kind and name of each line.
fn named(lines: &[Value]) -> BTreeSet<(String, String)> {
    let text = |line: &Value, field: &str| line[field].as_str().unwrap().to_owned();
    let names = lines.iter().map(|line| (text(line, "kind"), text(line, "what")));
    names.collect()
}

#[track_caller]
fn all_are(lines: &[Value], outcome: &str) {
    assert!(lines.iter().all(|line| line["outcome"] == outcome), "{lines:#?}");
}

/// What is promised whatever keeps the records.
async fn what_is_told_is_what_goes(machine: &Machine) {
    let left = machine.left_alone().await;
    let told = machine.cleans_up(&[]);
    all_are(&told, "told");
    let kinds: Vec<_> = named(&told).into_iter().map(|(kind, _)| kind).collect();
    let expected = [
        "dead letter",
        "film",
        "film",
        "job",
        "job",
        "queue entry",
        "scratch",
        "session",
        "session",
        "upload",
        "upload",
    ];
    assert_eq!(kinds, expected, "{told:#?}");
    assert!(machine.holds(&left.orphan).await && left.dead_scratch.exists());
    assert_eq!(machine.cleans_up(&[]).len(), told.len());

    let gone = machine.cleans_up(&["--apply"]);
    all_are(&gone, "removed");
    assert_eq!(named(&gone), named(&told));
    assert!(!machine.holds(&left.orphan).await && !left.dead_scratch.exists());
    assert!(!machine.path("films/+uploads/old#1").exists());
    assert!(machine.path("films/+uploads/young#1").exists());
    assert!(left.living_scratch.join("job-0/frames").exists());
    assert!(machine.holds(&left.under_way).await && machine.holds(&left.young).await);
    let films = key(&format!("films/{}", left.living));
    assert_eq!(machine.films().list(Some(&films)).await.unwrap().len(), 4);

    assert_eq!(machine.cleans_up(&["--apply"]), Vec::<Value>::new());
    let records = machine.records(Duration::ZERO).await;
    assert_eq!(records.status(left.living).await, Some(Status::Ready));
    assert_eq!(records.status(left.unfetched).await, Some(Status::Expired));
    let untold = records.sessions.untold(10).await.unwrap();
    assert!(
        untold.contains(&left.unfetched),
        "its owner is told by the next bot"
    );
    assert_eq!(records.queue.len().await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_goes_and_what_is_in_use_stays() {
    what_is_told_is_what_goes(&Machine::with_records(None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_is_what_goes_in_a_database_too() {
    let database = tokio::task::spawn_blocking(shared).await.unwrap();
    let machine = Machine::with_records(Some(database.fresh_schema()));
    what_is_told_is_what_goes(&machine).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_removed_is_told_and_the_rest_goes() {
    let database = tokio::task::spawn_blocking(shared).await.unwrap();
    let machine = Machine::with_records(Some(database.fresh_schema()));
    let left = machine.left_alone().await;
    database.psql_in(
        &machine.records,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
         CREATE TRIGGER refuse BEFORE DELETE ON manim_dead FOR EACH ROW EXECUTE FUNCTION refuse()",
    );
    let ended = machine.bot(&machine.records, &["cleanup", "--apply"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.out.contains("never") && ended.out.contains("removed 10 of 11"),
        "{ended:?}"
    );
    assert!(ended.err.contains("1 of 11 could not be removed"), "{ended:?}");
    assert!(!machine.holds(&left.orphan).await && !left.dead_scratch.exists());
}

#[tokio::test]
async fn a_person_is_shown_a_table_and_a_total() {
    let machine = Machine::with_records(None);
    let left = machine.left_alone().await;
    let ended = machine.bot(&machine.records, &["cleanup"]);
    assert_eq!(
        (ended.code, ended.out.lines().count()),
        (Some(0), 14),
        "{ended:?}"
    );
    let film = ended
        .out
        .lines()
        .find(|line| line.contains(left.orphan.as_str().split('/').nth(1).unwrap()));
    let words: Vec<_> = film.unwrap().split_whitespace().collect();
    assert_eq!(
        (words[0], &words[2..6]),
        ("film", ["25", "h", "6", "B"].as_slice())
    );
    let total = ended.out.lines().last().unwrap();
    assert!(
        total.starts_with("11 in all, ") && total.contains("--apply"),
        "{total}"
    );

    assert_eq!(
        machine.bot(&machine.records, &["cleanup", "--apply"]).code,
        Some(0)
    );
    let ended = machine.bot(&machine.records, &["cleanup"]);
    assert_eq!(
        (ended.code, ended.out.as_str()),
        (Some(0), "nothing is left over\n")
    );
}

#[tokio::test]
async fn records_in_a_file_are_the_running_bots() {
    let machine = Machine::with_records(None);
    let _bot = machine.records(Duration::ZERO).await;
    let ended = machine.bot(&machine.records, &["cleanup", "--apply"]);
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""));
    assert!(ended.err.contains("stop the bot first"), "{ended:?}");
}

#[tokio::test]
async fn records_that_are_not_there_are_not_made_and_cost_no_film() {
    let machine = Machine::with_records(None);
    let orphan = key(&format!("films/{}/0a.mp4", JobId::new()));
    machine.store(&orphan, 25 * HOUR).await;
    for (records, why) in [
        (machine.records.as_str(), "there is no such file"),
        ("memory://", "only the one that keeps it"),
    ] {
        let ended = machine.bot(records, &["cleanup", "--apply"]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(why), "{ended:?}");
    }
    assert!(!machine.path("records.redb").exists());
    assert!(machine.holds(&orphan).await);
}

#[test]
fn what_is_not_understood_is_a_matter_of_usage() {
    let machine = Machine::with_records(None);
    assert_eq!(
        machine.bot("memory://", &["cleanup", "--everything"]).code,
        Some(2)
    );
    assert_eq!(machine.bot("", &["cleanup"]).code, Some(2));
}

//! Workers of several processes on one PostgreSQL, and what happens to them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::testing::StubRenderer;
use manim_core::{
    Clock, DeltaSink, Event, FinishReason, Generation, GenerationRequest, JobId, JobQueue, Lease, Pipeline,
    PipelineOptions, ProblemText, Provider, ProviderError, Revision, SessionId, SessionStore, Settlement,
    Status, StoreError, StoreErrorKind, Submission, SystemClock, Usage,
};
use manim_storage::PostgresStore;
use sqlx::postgres::PgListener;
use tokio::time::timeout;

use crate::postgres_faults::{blocking, fresh_schema, job, open, says};
use crate::postgres_server::{Server, shared};

/// Longer than anything takes on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);
const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn an_enqueue_is_announced_to_the_whole_database() {
    let url = fresh_schema().await;
    let mut ear = PgListener::connect(&url).await.unwrap();
    ear.listen("manim_queue").await.unwrap();
    let store = open(&url).await;
    store.enqueue(JobId::new()).await.unwrap();
    let heard = timeout(PATIENCE, ear.recv())
        .await
        .expect("the enqueue is announced");
    assert_eq!(heard.unwrap().channel(), "manim_queue");
}

#[tokio::test]
async fn a_waiter_hears_of_a_job_without_looking() {
    let url = fresh_schema().await;
    let deaf_but_for_the_bell = || PostgresStore::builder(url.as_str()).poll(HOUR).connect();
    let (waiter, other) = (
        deaf_but_for_the_bell().await.unwrap(),
        deaf_but_for_the_bell().await.unwrap(),
    );
    let waiting = tokio::spawn(async move {
        while waiter.len().await.unwrap() == 0 {
            waiter.wait(HOUR).await.unwrap();
        }
    });
    // The law proves no more than a race would: the job may come before the wait. Then the
    // waiter finds it, and when it comes later the bell is all that there is.
    other.enqueue(JobId::new()).await.unwrap();
    timeout(PATIENCE, waiting).await.expect("the bell rings").unwrap();
}

#[tokio::test]
async fn wake_ups_come_back_after_the_connection_was_cut() {
    let url = fresh_schema().await;
    let store = PostgresStore::builder(format!("{url}&application_name=cut"))
        .poll(HOUR)
        .connect()
        .await
        .unwrap();
    let waiting = {
        let store = store.clone();
        tokio::spawn(async move { store.wait(HOUR).await })
    };
    let listeners =
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()";
    until(async || blocking(move || shared().psql(listeners)).await != "0").await;
    blocking(|| {
        shared().psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND pid <> pg_backend_pid()")
    })
    .await;
    // Listening anew wakes everybody, for what was missed meanwhile.
    timeout(PATIENCE, waiting)
        .await
        .expect("the listener comes back")
        .unwrap()
        .unwrap();
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let seen = timeout(PATIENCE, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    seen.await.expect("the condition comes true");
}

#[test]
fn jobs_survive_a_restart_of_the_database_under_load() {
    let mut server = Server::start();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (pipeline, store) = runtime.block_on(pipeline(&server.url()));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = runtime.spawn({
        let pipeline = pipeline.clone();
        async move {
            let stopped = async { drop(stopped.await) };
            pipeline.run(stopped).await;
        }
    });
    let session = SessionId::new();
    let jobs: Vec<_> = (0..60)
        .map(|_| runtime.block_on(submit(&pipeline, session)))
        .collect();
    runtime.block_on(until(async || settled(&pipeline, &jobs).await >= 5));
    server.stop();
    let away = runtime.block_on(store.touch(session)).unwrap_err();
    says(
        &away,
        StoreErrorKind::Unavailable,
        &["postgres://postgres@127.0.0.1"],
    );
    server.resume();
    runtime.block_on(until(async || settled(&pipeline, &jobs).await == jobs.len()));
    for job in jobs {
        assert_eq!(
            runtime.block_on(pipeline.job(job)).unwrap().status(),
            Status::Ready
        );
    }
    drop(stop);
    runtime.block_on(worker).unwrap();
}

/// A model that always knows.
#[derive(Debug)]
struct Endless;

#[async_trait]
impl Provider for Endless {
    fn name(&self) -> &str {
        "endless"
    }

    fn model(&self) -> &str {
        ""
    }

    async fn generate(&self, _: &GenerationRequest, _: &dyn DeltaSink) -> Result<Generation, ProviderError> {
        let code =
            "from manim import *\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()";
        Ok(Generation {
            text: format!("```python\n{code}\n```"),
            model: String::new(),
            usage: Usage::default(),
            finish: FinishReason::Stop,
        })
    }
}

async fn pipeline(url: &str) -> (Pipeline, PostgresStore) {
    let store = PostgresStore::builder(url)
        .connections(10)
        .patience(Duration::from_millis(500))
        .connect()
        .await
        .unwrap();
    let provider: Arc<dyn Provider> = Arc::new(Endless);
    let options = PipelineOptions {
        workers: 4,
        lease: Duration::from_secs(1),
        deliveries: 50,
        pause: Duration::from_millis(50),
        ..PipelineOptions::default()
    };
    let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new()))
        .sessions(Arc::new(store.clone()))
        .queue(Arc::new(store.clone()))
        .options(options)
        .build();
    (pipeline, store)
}

async fn submit(pipeline: &Pipeline, session: SessionId) -> JobId {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    pipeline.submit(Submission::new(session, problem)).await.unwrap()
}

/// How many jobs have nothing left for a worker to do; none as long as nobody can say.
async fn settled(pipeline: &Pipeline, jobs: &[JobId]) -> usize {
    let mut settled = 0;
    for job in jobs {
        settled += usize::from(
            pipeline
                .job(*job)
                .await
                .is_ok_and(|job| job.status().is_settled()),
        );
    }
    settled
}

/// Two workers, one of which is stopped by the system in the middle of its job.
#[tokio::test]
async fn a_frozen_worker_can_do_no_harm_when_it_thaws() {
    let url = fresh_schema().await;
    let store = open(&url).await;
    let mut job = job(SessionId::new());
    store.save_job(&job, None).await.unwrap();
    store.enqueue(job.id()).await.unwrap();

    let mut frozen = Worker::start(&url, job.id());
    frozen.expect("leased");
    frozen.signal("STOP");
    let lease = leased(&store).await;
    assert_eq!((lease.job, lease.deliveries), (job.id(), 2));
    job.apply(Event::Started, SystemClock.now()).unwrap();
    store.save_job(&job, Some(Revision::FIRST)).await.unwrap();
    frozen.signal("CONT");
    frozen.tell("go on");
    frozen.expect("save: Conflict");
    frozen.expect("heartbeat: Conflict");
    frozen.expect("settle: Conflict");

    store.settle(&lease, Settlement::Done).await.unwrap();
    assert_eq!(store.lease(HOUR).await.unwrap(), None);
    assert_eq!(store.job(job.id()).await.unwrap().unwrap().value, job);
}

async fn leased(store: &PostgresStore) -> Lease {
    let lease = timeout(PATIENCE, async {
        loop {
            if let Some(lease) = store.lease(HOUR).await.unwrap() {
                return lease;
            }
            store.wait(HOUR).await.unwrap();
        }
    });
    lease.await.expect("the lease lapses")
}

/// This test program once more, as a process that can be stopped.
struct Worker {
    process: Child,
    said: BufReader<ChildStdout>,
}

impl Worker {
    fn start(url: &str, job: JobId) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "postgres_workers::worker_process",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .env("WORKER_URL", url)
            .env("WORKER_JOB", job.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        Self { process, said }
    }

    #[track_caller]
    fn expect(&mut self, words: &str) {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            if let Some(said) = line.strip_prefix("worker: ") {
                assert_eq!(said.trim(), words);
                return;
            }
            line.clear();
        }
        panic!("the worker ended before it said {words:?}");
    }

    fn tell(&mut self, words: &str) {
        writeln!(self.process.stdin.as_mut().unwrap(), "{words}").unwrap();
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.process.id().to_string())
            .status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
#[ignore = "the process of a_frozen_worker_can_do_no_harm_when_it_thaws"]
async fn worker_process() {
    let (url, id) = (
        std::env::var("WORKER_URL").unwrap(),
        std::env::var("WORKER_JOB").unwrap(),
    );
    let store = open(&url).await;
    let lease = store.lease(Duration::from_secs(1)).await.unwrap().unwrap();
    let mut job = store.job(id.parse().unwrap()).await.unwrap().unwrap();
    println!("\nworker: leased");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    job.value.apply(Event::Started, SystemClock.now()).unwrap();
    said(
        "save",
        store.save_job(&job.value, Some(job.revision)).await.map(drop),
    );
    said("heartbeat", store.heartbeat(&lease, HOUR).await);
    said("settle", store.settle(&lease, Settlement::Done).await);
}

#[expect(clippy::print_stdout, reason = "this is how the process is heard")]
fn said(what: &str, end: Result<(), StoreError>) {
    match end {
        Ok(()) => println!("worker: {what}: done"),
        Err(error) => println!("worker: {what}: {:?}", error.kind()),
    }
}

//! The process that is killed: clients, workers and viewers of one pipeline.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::{join, join_all};
use manim_core::testing::StubRenderer;
use manim_core::{
    BlobStore, DeltaSink, Diagnostic, Diagnostics, FinishReason, Generation, GenerationRequest, JobId,
    JobQueue, Pipeline, PipelineErrorKind, PipelineOptions, Provider, ProviderError, SessionId, SessionStore,
    Stage, Submission, Usage,
};
use manim_storage::ObjectBlobStore;

use super::ledger::{Ledger, Service};
use super::plan::{self, Kind};
use super::siege::{Engine, Scene};

/// How often it is looked whether something has happened that nobody announces.
const LOOK: Duration = Duration::from_millis(10);

pub(super) fn options() -> PipelineOptions {
    PipelineOptions {
        workers: 4,
        // A job whose worker died is soon another's.
        lease: Duration::from_millis(400),
        pause: Duration::from_millis(20),
        grace: Duration::from_millis(300),
        ..PipelineOptions::default()
    }
}

/// One house of stores and a pipeline in them.
pub(super) struct House {
    pub(super) sessions: Arc<dyn SessionStore>,
    pub(super) queue: Arc<dyn JobQueue>,
    pub(super) blobs: Arc<ObjectBlobStore>,
    pub(super) pipeline: Pipeline,
    pub(super) ledger: Ledger,
}

impl House {
    pub(super) async fn open(scene: &Scene<'_>) -> Self {
        let (sessions, queue) = scene.engine.open(&scene.place).await;
        let blobs = Arc::new(ObjectBlobStore::local(scene.home.join("blobs")).unwrap());
        let ledger = Ledger::at(scene.home);
        let service = Service {
            ledger: ledger.clone(),
            answers_after: scene.pace,
        };
        let renderer = StubRenderer::new()
            .with_delay(scene.pace)
            .rejecting_if(|scene| verdict(scene.code.as_str()));
        let provider: Arc<dyn Provider> = Arc::new(Model { pace: scene.pace });
        let options = PipelineOptions {
            deliveries: scene.deliveries,
            ..options()
        };
        let pipeline = Pipeline::builder([provider], Arc::new(renderer))
            .sessions(sessions.clone())
            .queue(queue.clone())
            .blobs(blobs.clone())
            .notifier(Arc::new(service))
            .options(options)
            .build();
        Self {
            sessions,
            queue,
            blobs,
            pipeline,
            ledger,
        }
    }

    /// Asks for a job until it is granted, and does with it what its kind asks.
    async fn live_with(&self, session: SessionId, job: usize) {
        let id = self.submit(session, job).await;
        match Kind::of(job) {
            Kind::Cancelled => self.cancel(id).await,
            Kind::Viewed => self.view(session, id).await,
            Kind::Taken | Kind::Mended | Kind::Rejected => {}
        }
    }

    pub(super) async fn submit(&self, session: SessionId, job: usize) -> JobId {
        let submission = Submission::new(session, plan::problem(job)).with_key(format!("job {job}"));
        let id = again(async || self.pipeline.submit(submission.clone()).await.ok()).await;
        self.ledger.line("granted", &format!("{job} {id}"));
        id
    }

    async fn cancel(&self, id: JobId) {
        let job = again(async || self.pipeline.cancel(id).await.ok()).await;
        self.ledger.line("cancelled", &format!("{id} {}", job.status()));
    }

    /// Waits for the film like everybody else, and opens it.
    async fn view(&self, session: SessionId, id: JobId) {
        let opened = again(async || match self.pipeline.open_film(session, id).await {
            Ok(_) => Some(true),
            Err(error) if error.kind() == PipelineErrorKind::Gone => Some(false),
            Err(_) => None,
        });
        if opened.await {
            self.ledger.line("views", &id.to_string());
        }
    }

    /// Nobody has anything left to do or to say.
    async fn is_idle(&self) -> bool {
        let (waiting, untold) = (self.queue.len().await, self.sessions.untold(1).await);
        waiting.is_ok_and(|jobs| jobs == 0) && untold.is_ok_and(|jobs| jobs.is_empty())
    }

    /// No film is left once nobody may come back to one.
    async fn is_swept(&self) -> bool {
        self.pipeline.sweep_films().await.is_ok()
            && self.blobs.list(None).await.is_ok_and(|blobs| blobs.is_empty())
    }
}

/// Some code is bad, and some kills whoever touches it.
fn verdict(code: &str) -> Option<Diagnostics> {
    if code.contains(plan::POISON) {
        std::process::abort();
    }
    let bad = code.contains(plan::BAD);
    bad.then(|| Diagnostic::new(Stage::Inspect, "bad", "This is bad code.").into())
}

async fn again<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(done) = attempt().await {
            return done;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Lives until it is killed, or until there is nothing left to do (`CRASH_LIFE=last`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the process that crash tests kill"]
async fn process() {
    let told = |name: &str| std::env::var(name).unwrap();
    let (place, home) = (told("CRASH_STORE"), PathBuf::from(told("CRASH_HOME")));
    let scene = Scene {
        engine: Engine::named(&told("CRASH_ENGINE")),
        home: &home,
        place,
        session: told("CRASH_SESSION").parse().unwrap(),
        deliveries: told("CRASH_DELIVERIES").parse().unwrap(),
        pace: Duration::from_millis(told("CRASH_PACE").parse().unwrap()),
    };
    let house = scene.house().await;
    let jobs: usize = told("CRASH_JOBS").parse().unwrap();
    let last = told("CRASH_LIFE") == "last";
    println!("\nvictim: up");

    let asked = asked(&house.ledger, jobs, last);
    let world = async {
        join_all(asked.into_iter().map(|job| house.live_with(scene.session, job))).await;
        if !last {
            std::future::pending::<()>().await;
        }
        again(async || house.is_idle().await.then_some(())).await;
        again(async || house.is_swept().await.then_some(())).await;
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let work = house.pipeline.run(async move { drop(stopped.await) });
    join(work, async {
        world.await;
        drop(stop);
    })
    .await;
    println!("\nvictim: done");
}

/// What clients ask for in this life: whatever nobody has granted them, and some of what was,
/// because an answer may have been lost on its way.
fn asked(ledger: &Ledger, jobs: usize, last: bool) -> Vec<usize> {
    let granted = ledger.lines("granted");
    let granted: Vec<usize> = granted
        .iter()
        .filter_map(|line| line.split(' ').next()?.parse().ok())
        .collect();
    let recent = jobs.saturating_sub(12);
    (0..jobs)
        .filter(|job| last || *job >= recent || !granted.contains(job))
        .collect()
}

/// A model that answers by the plan.
#[derive(Debug)]
struct Model {
    pace: Duration,
}

#[async_trait]
impl Provider for Model {
    fn name(&self) -> &str {
        "model"
    }

    fn model(&self) -> &str {
        "plan"
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        _: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        tokio::time::sleep(self.pace).await;
        let first = request.repair.is_none();
        Ok(Generation {
            text: plan::reply(plan::number(&request.problem), first),
            model: "plan".to_owned(),
            usage: Usage::default(),
            finish: FinishReason::Stop,
        })
    }
}

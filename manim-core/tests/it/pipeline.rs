//! What a user of the pipeline is promised, on the in-memory stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::{StreamExt, future};
use manim_core::memory::{MemoryBlobs, MemoryQueue, MemorySessions};
use manim_core::testing::{RecordingNotifier, ScriptedProvider, ScriptedRenderer, StubRenderer, stub_film};
use manim_core::{
    BlobStore, Change, Diagnostic, Diagnostics, FailureKind, Format, Job, JobId, NotifyErrorKind, Page,
    Pipeline, PipelineBuilder, PipelineErrorKind, PipelineOptions, Provider, ProviderErrorKind, RenderError,
    RenderErrorKind, RenderOutcome, Renderer, Revision, Session, SessionId, SessionStore, Stage, Status,
    StoreError, StoreErrorKind, Submission, Versioned,
};

use crate::sample::problem;

pub(crate) const CODE: &str = "```python\nfrom manim import *\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n```";
const OTHER_CODE: &str = "```python\nfrom manim import *\nclass Better(Scene):\n    def construct(self):\n        self.wait(2)\n```";

pub(crate) fn options() -> PipelineOptions {
    PipelineOptions {
        pause: Duration::ZERO,
        ..PipelineOptions::default()
    }
}

pub(crate) fn builder(provider: &Arc<ScriptedProvider>, renderer: &Arc<impl Renderer>) -> PipelineBuilder {
    let provider: Arc<dyn Provider> = provider.clone();
    Pipeline::builder([provider], renderer.clone()).options(options())
}

pub(crate) fn writes(replies: &[&str]) -> Arc<ScriptedProvider> {
    let provider = ScriptedProvider::new("scripted");
    Arc::new(
        replies
            .iter()
            .fold(provider, |provider, reply| provider.replying(*reply)),
    )
}

fn findings(message: &str) -> Diagnostics {
    Diagnostic::new(Stage::Inspect, "name-error", message).into()
}

pub(crate) async fn submit(pipeline: &Pipeline) -> (SessionId, JobId) {
    let session = SessionId::new();
    let id = pipeline
        .submit(Submission::new(session, problem()))
        .await
        .unwrap();
    (session, id)
}

pub(crate) async fn solve(pipeline: &Pipeline) -> (SessionId, Job) {
    let (session, id) = submit(pipeline).await;
    (session, pipeline.run_until_settled(id).await.unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_problem_becomes_a_film() {
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new())).build();
    let (session, job) = solve(&pipeline).await;
    assert_eq!(job.status(), Status::Ready);
    assert_eq!(job.attempts().len(), 1);

    let film = pipeline.open_film(session, job.id()).await.unwrap();
    let expected = stub_film(Format::Mp4);
    assert_eq!(
        film.video.bytes().await.unwrap(),
        expected.video.bytes().await.unwrap()
    );
    assert_eq!(film.poster, expected.poster);
    assert_eq!(pipeline.job(job.id()).await.unwrap().status(), Status::Delivered);
}

#[tokio::test(start_paused = true)]
async fn of_many_accesses_one_is_granted() {
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new())).build();
    let (session, job) = solve(&pipeline).await;
    let asked = (0..8).map(|_| pipeline.open_film(session, job.id()));
    let answers = future::join_all(asked).await;
    let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
    assert_eq!(
        refused.map(|error| error.kind()).collect::<Vec<_>>(),
        [PipelineErrorKind::Gone; 7]
    );
}

#[tokio::test(start_paused = true)]
async fn another_sessions_film_is_not_found() {
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new())).build();
    let (_, job) = solve(&pipeline).await;
    let stranger = pipeline.open_film(SessionId::new(), job.id()).await;
    assert_eq!(stranger.unwrap_err().kind(), PipelineErrorKind::NotFound);
    assert_eq!(pipeline.job(job.id()).await.unwrap().status(), Status::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_film_that_is_not_there_yet_is_not_ready() {
    let pipeline = builder(&writes(&[]), &Arc::new(StubRenderer::new())).build();
    let (session, id) = submit(&pipeline).await;
    let early = pipeline.open_film(session, id).await;
    assert_eq!(early.unwrap_err().kind(), PipelineErrorKind::NotReady);
}

#[tokio::test(start_paused = true)]
async fn a_discarded_film_leaves_no_blob() {
    let blobs = Arc::new(MemoryBlobs::new());
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .blobs(blobs.clone())
        .build();
    let (session, job) = solve(&pipeline).await;
    assert_eq!(blobs.list(None).await.unwrap().len(), 4);
    pipeline.open_film(session, job.id()).await.unwrap();
    pipeline.discard(job.id()).await.unwrap();
    assert!(blobs.list(None).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_code_is_asked_for_again() {
    let provider = writes(&["I would rather not.", CODE]);
    let pipeline = builder(&provider, &Arc::new(StubRenderer::new())).build();
    let (_, job) = solve(&pipeline).await;
    assert_eq!(job.status(), Status::Ready);
    assert_eq!(job.attempts().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn rejected_code_is_mended_with_what_was_found() {
    let provider = writes(&[CODE, OTHER_CODE]);
    let verdict = |scene: &manim_core::Scene| {
        scene
            .code
            .as_str()
            .contains("MainScene")
            .then(|| findings("name 'Sqare' is not defined"))
    };
    let pipeline = builder(&provider, &Arc::new(StubRenderer::new().rejecting_if(verdict))).build();
    let (_, job) = solve(&pipeline).await;

    assert_eq!(job.status(), Status::Ready);
    let requests = provider.requests();
    let repair = requests[1].repair.as_ref().unwrap();
    assert!(repair.code.as_str().contains("MainScene"));
    assert_eq!(repair.findings, findings("name 'Sqare' is not defined"));
}

#[tokio::test(start_paused = true)]
async fn code_that_does_not_parse_never_reaches_the_renderer() {
    let provider = writes(&["```python\nclass A(Scene)\n    pass\n```", CODE]);
    let renderer = Arc::new(StubRenderer::new());
    let (_, job) = solve(&builder(&provider, &renderer).build()).await;
    assert_eq!((job.status(), renderer.inspections()), (Status::Ready, 1));
}

#[tokio::test(start_paused = true)]
async fn repairs_are_bounded_and_the_failure_says_what_was_wrong() {
    let provider = writes(&[CODE, CODE]);
    let renderer = Arc::new(StubRenderer::new().rejecting(findings("name 'Sqare' is not defined")));
    let pipeline = builder(&provider, &renderer).repair_attempts(1).build();
    let (_, job) = solve(&pipeline).await;
    let failure = job.failure().unwrap();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (
            FailureKind::CodeRejected,
            "None of 2 tries became a film, the last one for this reason: name 'Sqare' is not defined"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn the_next_provider_answers_when_the_first_fails_and_the_record_tells_why() {
    let first: Arc<dyn Provider> =
        Arc::new(ScriptedProvider::new("first").failing(ProviderErrorKind::Unauthorized));
    let second: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("second").replying(CODE));
    let renderer = Arc::new(StubRenderer::new());
    let (_, job) = solve(&Pipeline::builder([first, second], renderer).build()).await;
    let told: Vec<_> = job
        .attempts()
        .iter()
        .map(|attempt| {
            (
                attempt.provider.as_str(),
                attempt.error.as_ref().map(|error| error.kind),
            )
        })
        .collect();
    assert_eq!(
        told,
        [("first", Some(ProviderErrorKind::Unauthorized)), ("second", None)]
    );
}

#[tokio::test(start_paused = true)]
async fn a_silent_provider_is_given_up_in_time() {
    let silent: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("silent").hanging().hanging().hanging());
    let pipeline = Pipeline::builder([silent], Arc::new(StubRenderer::new())).build();
    let (_, job) = solve(&pipeline).await;
    assert_eq!(
        job.attempts()[0].error.as_ref().unwrap().kind,
        ProviderErrorKind::TimedOut
    );
    assert_eq!(job.failure().unwrap().kind, FailureKind::ProvidersFailed);
}

#[tokio::test(start_paused = true)]
async fn an_unsupported_problem_fails_with_the_providers_own_words() {
    let error = manim_core::ProviderError::new(ProviderErrorKind::Unsupported, "solve", "I can do sums.");
    let offline: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("offline").failing_with(error));
    let pipeline = Pipeline::builder([offline], Arc::new(StubRenderer::new())).build();
    let (_, job) = solve(&pipeline).await;
    let failure = job.failure().unwrap();
    assert_eq!(
        (failure.kind, failure.message.as_str()),
        (FailureKind::Unsupported, "I can do sums.")
    );
}

#[tokio::test(start_paused = true)]
async fn a_renderer_without_its_environment_fails_the_job_at_once() {
    let renderer = Arc::new(StubRenderer::new().failing(RenderErrorKind::Environment));
    let (_, job) = solve(&builder(&writes(&[CODE]), &renderer).build()).await;
    assert_eq!(job.failure().unwrap().kind, FailureKind::RendererFailed);
    assert_eq!(renderer.inspections(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_costs_nothing_but_time() {
    let died = || Err(RenderError::new(RenderErrorKind::Worker, "render", "a scene"));
    let passed = StubRenderer::new()
        .inspect(&crate::sample::scene(), Default::default())
        .await;
    let film = RenderOutcome::Rendered(stub_film(Format::Mp4));
    let renderer = ScriptedRenderer::new()
        .inspecting(passed)
        .rendering(died())
        .rendering(died())
        .rendering(Ok(film));
    let provider = writes(&[CODE]);
    let (_, job) = solve(&builder(&provider, &Arc::new(renderer)).build()).await;
    assert_eq!(job.status(), Status::Ready);
    assert_eq!(provider.requests().len(), 1, "the code was kept");
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_stays_ends_the_job() {
    let renderer = Arc::new(StubRenderer::new().failing(RenderErrorKind::Worker));
    let (_, job) = solve(&builder(&writes(&[CODE]), &renderer).build()).await;
    assert_eq!(job.failure().unwrap().kind, FailureKind::RendererFailed);
    assert_eq!(renderer.inspections(), options().deliveries as usize);
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_work_and_leaves_no_blob() {
    let renderer = Arc::new(StubRenderer::new().with_delay(Duration::from_secs(3600)));
    let blobs = Arc::new(MemoryBlobs::new());
    let pipeline = builder(&writes(&[CODE]), &renderer).blobs(blobs.clone()).build();
    let (_, id) = submit(&pipeline).await;
    let cancel = async {
        let mut events = Box::pin(pipeline.events(id).await.unwrap());
        while events.next().await.unwrap().change != entered(Status::CodeValidating) {}
        pipeline.cancel(id).await.unwrap()
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let run = pipeline.run(async { drop(stopped.await) });
    let watch = async {
        let job = cancel.await;
        while renderer.active() > 0 {
            tokio::task::yield_now().await;
        }
        drop(stop);
        job
    };
    let ((), job) = tokio::join!(run, watch);
    assert_eq!(job.status(), Status::Cancelled);
    assert!(blobs.list(None).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn cancelling_a_job_that_has_ended_changes_nothing() {
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new())).build();
    let (session, job) = solve(&pipeline).await;
    pipeline.open_film(session, job.id()).await.unwrap();
    assert_eq!(
        pipeline.cancel(job.id()).await.unwrap().status(),
        Status::Delivered
    );
}

#[tokio::test(start_paused = true)]
async fn one_key_is_one_job() {
    let pipeline = builder(&writes(&[]), &Arc::new(StubRenderer::new())).build();
    let session = SessionId::new();
    let keyed = || Submission::new(session, problem()).with_key("update 7");
    let first = pipeline.submit(keyed()).await.unwrap();
    let second = pipeline.submit(keyed()).await.unwrap();
    let stranger = Submission::new(SessionId::new(), problem()).with_key("update 7");
    assert_eq!(first, second);
    assert_ne!(first, pipeline.submit(stranger).await.unwrap());
    assert_eq!(pipeline.jobs(session, Page::first(10)).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_says_busy() {
    let options = PipelineOptions {
        queue_limit: 1,
        ..options()
    };
    let pipeline = builder(&writes(&[]), &Arc::new(StubRenderer::new()))
        .options(options)
        .build();
    submit(&pipeline).await;
    let refused = pipeline
        .submit(Submission::new(SessionId::new(), problem()))
        .await;
    assert_eq!(refused.unwrap_err().kind(), PipelineErrorKind::Busy);
}

#[tokio::test(start_paused = true)]
async fn notifiers_are_told_every_status_in_order_and_take_the_film() {
    let notifier = Arc::new(RecordingNotifier::new());
    let blobs = Arc::new(MemoryBlobs::new());
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .notifier(notifier.clone())
        .blobs(blobs.clone())
        .build();
    let (_, id) = submit(&pipeline).await;
    let mut events = Box::pin(pipeline.events(id).await.unwrap());
    pipeline
        .run(async { while events.next().await.is_some() {} })
        .await;

    let flow = &Status::ALL[..7];
    assert_eq!(notifier.told(id), flow);
    assert_eq!(notifier.films().len(), 1);
    assert_eq!(pipeline.job(id).await.unwrap().status(), Status::Delivered);
    assert!(pipeline.job(id).await.unwrap().outbox().is_empty());
    assert!(blobs.list(None).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_told_is_told_later() {
    let notifier = Arc::new(RecordingNotifier::new().failing(3, NotifyErrorKind::Unavailable));
    let sessions = Arc::new(MemorySessions::new());
    let pipeline = builder(&writes(&[]), &Arc::new(StubRenderer::new()))
        .notifier(notifier.clone())
        .sessions(sessions.clone())
        .build();
    let (_, id) = submit(&pipeline).await;
    pipeline.cancel(id).await.unwrap();
    let all_told = async {
        let mut looks = tokio::time::interval(Duration::from_secs(1));
        while !sessions.untold(1).await.unwrap().is_empty() {
            looks.tick().await;
        }
    };
    pipeline.run(all_told).await;
    assert_eq!(notifier.told(id), [Status::Queued, Status::Cancelled]);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_shuts_down_hands_its_job_on_at_once() {
    let (sessions, queue) = (Arc::new(MemorySessions::new()), Arc::new(MemoryQueue::new()));
    let slow = Arc::new(StubRenderer::new().with_delay(Duration::from_secs(3600)));
    let first = builder(&writes(&[CODE]), &slow)
        .sessions(sessions.clone())
        .queue(queue.clone())
        .build();
    let (_, id) = submit(&first).await;
    let mut events = Box::pin(first.events(id).await.unwrap());
    first
        .run(async { while events.next().await.unwrap().change != entered(Status::CodeValidating) {} })
        .await;

    let second = builder(&writes(&[]), &Arc::new(StubRenderer::new()))
        .sessions(sessions)
        .queue(queue)
        .build();
    assert_eq!(
        second.run_until_settled(id).await.unwrap().status(),
        Status::Ready
    );
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_takes_over_does_not_render_again_what_is_stored() {
    let sessions = Arc::new(LosesOneReady::default());
    let renderer = Arc::new(StubRenderer::new());
    let pipeline = builder(&writes(&[CODE]), &renderer)
        .sessions(sessions.clone())
        .build();
    let (_, job) = solve(&pipeline).await;
    assert!(
        sessions.lost.load(Ordering::SeqCst),
        "the first save of the finished film failed"
    );
    assert_eq!((job.status(), renderer.renders()), (Status::Ready, 1));
}

#[tokio::test(start_paused = true)]
async fn events_begin_where_the_job_is_and_end_with_it() {
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new())).build();
    let (session, id) = submit(&pipeline).await;
    let events = pipeline.events(id).await.unwrap();
    pipeline.run_until_settled(id).await.unwrap();
    pipeline.open_film(session, id).await.unwrap();
    let seen: Vec<_> = events.map(|event| event.change).collect().await;
    assert_eq!(seen.first(), Some(&entered(Status::Queued)));
    assert_eq!(seen.last(), Some(&entered(Status::Delivered)));
    assert!(seen.iter().any(|change| matches!(change, Change::Rendering(_))));
    assert!(
        seen.iter()
            .any(|change| matches!(change, Change::Writing { characters } if *characters > 0))
    );
}

const fn entered(status: Status) -> Change {
    Change::Entered { status }
}

/// Fails the first save of a ready job, as a store does that goes away for a moment.
#[derive(Debug, Default)]
struct LosesOneReady {
    inner: MemorySessions,
    lost: AtomicBool,
}

#[async_trait]
impl SessionStore for LosesOneReady {
    async fn touch(&self, session: SessionId) -> Result<Session, StoreError> {
        self.inner.touch(session).await
    }

    async fn prefer(
        &self,
        session: SessionId,
        settings: manim_core::RenderSettings,
    ) -> Result<manim_core::Session, StoreError> {
        self.inner.prefer(session, settings).await
    }

    async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError> {
        self.inner.session(session).await
    }

    async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError> {
        self.inner.job(job).await
    }

    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError> {
        if job.status() == Status::Ready && !self.lost.swap(true, Ordering::SeqCst) {
            return Err(StoreError::new(
                StoreErrorKind::Unavailable,
                "save",
                "a ready job",
            ));
        }
        self.inner.save_job(job, expected).await
    }

    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError> {
        self.inner.jobs(session, page).await
    }

    async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError> {
        self.inner.untold(limit).await
    }
}

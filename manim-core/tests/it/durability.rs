//! What a crash, a freeze or a repeat at the wrong moment does to a job: nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use manim_core::memory::{MemoryQueue, MemorySessions};
use manim_core::testing::{ManualClock, RecordingNotifier, StubRenderer};
use manim_core::{
    Change, Clock, DeadLetter, Delivery, Event, Failure, FailureKind, Inspection, Isolation, Job, JobId,
    JobQueue, Lease, Memo, Notice, Notifier, NotifyError, Pipeline, PipelineErrorKind, PipelineOptions,
    ProgressSink, Receipt, RenderError, RenderOutcome, RenderSettings, Renderer, Scene, SessionId,
    SessionStore, Settlement, Status, StoreError, StoreErrorKind, Submission, SystemClock,
};

use crate::pipeline::{CODE, builder, options, solve, submit, writes};
use crate::sample;

#[tokio::test(start_paused = true)]
async fn a_job_that_was_written_but_not_enqueued_is_found() {
    let queue = Arc::new(DropsOneEnqueue::default());
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .queue(queue.clone())
        .build();
    let session = SessionId::new();
    let submission = Submission::new(session, sample::problem()).with_key("1");
    let failed = pipeline.submit(submission).await;
    assert_eq!(failed.unwrap_err().kind(), PipelineErrorKind::Store);
    let job = pipeline
        .jobs(session, manim_core::Page::first(1))
        .await
        .unwrap()
        .remove(0);
    let settled = pipeline.run_until_settled(job.id()).await.unwrap();
    assert_eq!(settled.status(), Status::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_submission_is_answered_however_many_jobs_wait() {
    let options = PipelineOptions {
        queue_limit: 1,
        ..options()
    };
    let pipeline = builder(&writes(&[]), &Arc::new(StubRenderer::new()))
        .options(options)
        .build();
    let keyed = Submission::new(SessionId::new(), sample::problem()).with_key("update 7");
    let first = pipeline.submit(keyed.clone()).await.unwrap();
    assert_eq!(pipeline.submit(keyed).await.unwrap(), first);
}

#[tokio::test(start_paused = true)]
async fn a_repeated_submission_does_not_announce_its_film_again() {
    let notifier = Arc::new(RecordingNotifier::new().answering(Receipt::Announced));
    let queue = Arc::new(MemoryQueue::new());
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .notifier(notifier.clone())
        .queue(queue.clone())
        .build();
    let keyed = Submission::new(SessionId::new(), sample::problem()).with_key("update 7");
    let id = pipeline.submit(keyed.clone()).await.unwrap();
    pipeline.run_until_settled(id).await.unwrap();
    assert_eq!(queue.len().await.unwrap(), 0);
    pipeline.submit(keyed).await.unwrap();
    assert_eq!(queue.len().await.unwrap(), 0, "nobody is to work on it again");
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_lost_its_job_hands_no_film_over() {
    let clock = Arc::new(ManualClock::new());
    let queue = Arc::new(MemoryQueue::new().with_clock(clock.clone()));
    let notifier = Arc::new(RecordingNotifier::new());
    let renderer = Arc::new(Freezes {
        inner: StubRenderer::new(),
        clock: clock.clone(),
        queue: queue.clone(),
    });
    let pipeline = builder(&writes(&[CODE]), &renderer)
        .clock(clock.clone())
        .queue(queue)
        .notifier(notifier.clone())
        .build();
    let (_, id) = submit(&pipeline).await;
    let mut events = Box::pin(pipeline.events(id).await.unwrap());
    let frozen_worker_is_done = async {
        while events.next().await.unwrap().change != entered(Status::Ready) {}
        let mut looks = tokio::time::interval(Duration::from_millis(1));
        for _ in 0..100 {
            looks.tick().await;
        }
    };
    pipeline.run(frozen_worker_is_done).await;
    assert_eq!(pipeline.job(id).await.unwrap().status(), Status::Ready);
    assert!(!notifier.was_offered(id), "the job is another worker's");
}

/// As a sweep of another worker does, which finds the news that the job is ready.
#[tokio::test(start_paused = true)]
async fn a_film_is_handed_over_once_although_its_record_is_written_meanwhile() {
    let sessions = Arc::new(MemorySessions::new());
    let notifier = Arc::new(IsOvertaken {
        sessions: sessions.clone(),
        films: AtomicUsize::new(0),
    });
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .sessions(sessions.clone())
        .notifier(notifier.clone())
        .build();
    let (_, id) = submit(&pipeline).await;
    let mut events = Box::pin(pipeline.events(id).await.unwrap());
    pipeline
        .run(async { while events.next().await.unwrap().change != entered(Status::Delivered) {} })
        .await;
    assert_eq!(notifier.films.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_poisonous_job_gets_its_dead_letter_even_if_a_worker_dies_before_it_is_written() {
    let (sessions, queue) = (Arc::new(MemorySessions::new()), Arc::new(MemoryQueue::new()));
    let mut job = sample::job();
    let poisoned = Failure::new(FailureKind::Poisoned, "It was given up.");
    job.apply(Event::Broken(poisoned), SystemClock.now()).unwrap();
    sessions.save_job(&job, None).await.unwrap();
    queue.enqueue(job.id()).await.unwrap();
    let pipeline = builder(&writes(&[]), &Arc::new(StubRenderer::new()))
        .sessions(sessions)
        .queue(queue.clone())
        .build();
    let mut looks = tokio::time::interval(Duration::from_millis(1));
    pipeline
        .run(async {
            while queue.len().await.unwrap() > 0 {
                looks.tick().await;
            }
        })
        .await;
    assert_eq!(queue.dead(1).await.unwrap()[0].job, job.id());
}

#[tokio::test(start_paused = true)]
async fn a_job_in_hand_may_end_while_the_worker_drains() {
    let slow = Arc::new(StubRenderer::new().with_delay(Duration::from_secs(60)));
    let options = PipelineOptions {
        drain: Duration::from_secs(600),
        ..options()
    };
    let pipeline = builder(&writes(&[CODE]), &slow).options(options).build();
    let (_, id) = submit(&pipeline).await;
    stopped_in_the_middle(&pipeline, id).await;
    assert_eq!(pipeline.job(id).await.unwrap().status(), Status::Ready);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_while_the_worker_drains_is_let_go() {
    let slow = Arc::new(StubRenderer::new().with_delay(Duration::from_secs(3600)));
    let queue = Arc::new(MemoryQueue::new());
    let options = PipelineOptions {
        drain: Duration::from_secs(600),
        ..options()
    };
    let pipeline = builder(&writes(&[CODE]), &slow)
        .options(options)
        .queue(queue.clone())
        .build();
    let (_, id) = submit(&pipeline).await;
    stopped_in_the_middle(&pipeline, id).await;
    let next = queue.lease(Duration::from_secs(30)).await.unwrap();
    assert_eq!(
        next.map(|lease| lease.job),
        Some(id),
        "another worker goes on at once"
    );
}

/// Runs the pipeline until shutdown, which begins while the job is being checked.
async fn stopped_in_the_middle(pipeline: &Pipeline, id: JobId) {
    let mut events = Box::pin(pipeline.events(id).await.unwrap());
    pipeline
        .run(async { while events.next().await.unwrap().change != entered(Status::CodeValidating) {} })
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_loses_and_doubles_nothing() {
    let clock = Arc::new(ManualClock::new());
    let notifier = Arc::new(RecordingNotifier::new());
    let queue = Arc::new(MemoryQueue::new().with_clock(clock.clone()));
    let sessions = Arc::new(MemorySessions::new().with_clock(clock.clone()));
    let provider = writes(&[CODE; 3]);
    let pipeline = builder(&provider, &Arc::new(StubRenderer::new()))
        .clock(clock.clone())
        .queue(queue)
        .sessions(sessions)
        .notifier(notifier.clone())
        .build();
    let hour = chrono::TimeDelta::hours(1);
    for step in [hour, hour * -2, hour] {
        clock.set(clock.now() + step);
        let (_, job) = solve(&pipeline).await;
        assert!(job.status().is_settled(), "{}", job.status());
        let told = notifier.told(job.id());
        assert_eq!(told.first(), Some(&Status::Queued));
    }
    assert_eq!(notifier.films().len(), 3);
}

const fn entered(status: Status) -> Change {
    Change::Entered { status }
}

/// Renders for longer than the lease, and meanwhile another worker takes the job.
#[derive(Debug)]
struct Freezes {
    inner: StubRenderer,
    clock: Arc<ManualClock>,
    queue: Arc<MemoryQueue>,
}

#[async_trait]
impl Renderer for Freezes {
    fn engine(&self) -> &str {
        self.inner.engine()
    }

    fn isolation(&self) -> Isolation {
        self.inner.isolation()
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        self.inner.inspect(scene, settings).await
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        self.clock.advance(2 * options().lease);
        let other = self.queue.lease(Duration::from_secs(3600)).await.unwrap();
        assert!(other.is_some(), "the frozen worker's lease has lapsed");
        self.inner.render(scene, settings, progress).await
    }
}

/// Takes films, and while it does somebody writes the record.
#[derive(Debug)]
struct IsOvertaken {
    sessions: Arc<MemorySessions>,
    films: AtomicUsize,
}

#[async_trait]
impl Notifier for IsOvertaken {
    fn name(&self) -> &str {
        "overtaken"
    }

    async fn notify(&self, _: &Job, _: &Notice) -> Result<Option<Memo>, NotifyError> {
        Ok(None)
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        self.films.fetch_add(1, Ordering::SeqCst);
        let mut kept = self.sessions.job(delivery.job.id()).await.unwrap().unwrap();
        kept.value.told(u64::MAX);
        let saved = self.sessions.save_job(&kept.value, Some(kept.revision)).await;
        saved.unwrap();
        Ok(Receipt::Taken)
    }
}

/// Loses the first job that it should keep.
#[derive(Debug, Default)]
struct DropsOneEnqueue {
    inner: MemoryQueue,
    dropped: AtomicBool,
}

#[async_trait]
impl JobQueue for DropsOneEnqueue {
    async fn enqueue(&self, job: JobId) -> Result<(), StoreError> {
        if !self.dropped.swap(true, Ordering::SeqCst) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "enqueue", "a job"));
        }
        self.inner.enqueue(job).await
    }

    async fn lease(&self, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        self.inner.lease(ttl).await
    }

    async fn heartbeat(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError> {
        self.inner.heartbeat(lease, ttl).await
    }

    async fn settle(&self, lease: &Lease, how: Settlement) -> Result<(), StoreError> {
        self.inner.settle(lease, how).await
    }

    async fn wait(&self, limit: Duration) -> Result<(), StoreError> {
        self.inner.wait(limit).await
    }

    async fn len(&self) -> Result<usize, StoreError> {
        self.inner.len().await
    }

    async fn dead(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.inner.dead(limit).await
    }
}

//! A film is handed over once, to one viewer, who may come back for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::future;
use manim_core::memory::{MemoryBlobs, MemorySessions};
use manim_core::testing::{ManualClock, StubRenderer};
use manim_core::{
    AccessToken, Job, JobId, Page, Picture, Pipeline, PipelineErrorKind, PipelineOptions, Revision, Session,
    SessionId, SessionStore, Status, StoreError, Versioned, Viewing,
};

use crate::pipeline::{CODE, builder, solve, writes};

const GRACE: Duration = Duration::from_secs(600);
const MOMENT: Duration = Duration::from_secs(1);

/// A pipeline with a film that waits.
async fn waiting(clock: &Arc<ManualClock>) -> (Pipeline, SessionId, JobId) {
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .clock(clock.clone())
        .build();
    let (session, job) = solve(&pipeline).await;
    assert_eq!(job.status(), Status::Ready);
    (pipeline, session, job.id())
}

async fn viewed(
    pipeline: &Pipeline,
    session: SessionId,
    id: JobId,
    token: Option<&AccessToken>,
) -> Result<Viewing, PipelineErrorKind> {
    let viewing = pipeline.view_film(session, id, token).await;
    viewing.map_err(|error| error.kind())
}

#[track_caller]
fn assert_gone<T: std::fmt::Debug>(end: Result<T, PipelineErrorKind>) {
    assert_eq!(end.unwrap_err(), PipelineErrorKind::Gone);
}

#[tokio::test(start_paused = true)]
async fn a_viewer_comes_back_with_its_token_until_its_time_is_over() {
    let clock = Arc::new(ManualClock::new());
    let (pipeline, session, id) = waiting(&clock).await;
    let first = viewed(&pipeline, session, id, None).await.unwrap();
    clock.advance(GRACE - MOMENT);
    let again = viewed(&pipeline, session, id, Some(&first.token)).await.unwrap();
    assert_eq!(
        again.film.video.bytes().await.unwrap(),
        first.film.video.bytes().await.unwrap()
    );
    assert_eq!((again.token, again.until), (first.token.clone(), first.until));
    clock.advance(MOMENT);
    assert_gone(viewed(&pipeline, session, id, Some(&first.token)).await);
}

#[tokio::test(start_paused = true)]
async fn nobody_else_comes_in_while_the_viewer_may_come_back() {
    let (pipeline, session, id) = waiting(&Arc::new(ManualClock::new())).await;
    viewed(&pipeline, session, id, None).await.unwrap();
    let guess = AccessToken::parse(&"a".repeat(32)).unwrap();
    assert_gone(viewed(&pipeline, session, id, None).await);
    assert_gone(viewed(&pipeline, session, id, Some(&guess)).await);
}

#[tokio::test(start_paused = true)]
async fn a_token_of_another_film_opens_nothing() {
    let clock = Arc::new(ManualClock::new());
    let (first, session, id) = waiting(&clock).await;
    let (second, other, other_id) = waiting(&clock).await;
    let token = viewed(&first, session, id, None).await.unwrap().token;
    viewed(&second, other, other_id, None).await.unwrap();
    assert_gone(viewed(&second, other, other_id, Some(&token)).await);
}

#[tokio::test(start_paused = true)]
async fn of_rival_viewers_one_gets_a_token() {
    let (pipeline, session, id) = waiting(&Arc::new(ManualClock::new())).await;
    let asked = (0..16).map(|_| viewed(&pipeline, session, id, None));
    let (granted, refused): (Vec<_>, Vec<_>) =
        future::join_all(asked).await.into_iter().partition(Result::is_ok);
    assert_eq!((granted.len(), refused.len()), (1, 15));
    refused.into_iter().for_each(assert_gone);
}

#[tokio::test(start_paused = true)]
async fn peeking_uses_nothing_up() {
    let (pipeline, session, id) = waiting(&Arc::new(ManualClock::new())).await;
    for _ in 0..3 {
        let film = pipeline.peek_film(session, id, None).await.unwrap();
        assert_eq!(Some(&film), pipeline.job(id).await.unwrap().film());
    }
    let token = viewed(&pipeline, session, id, None).await.unwrap().token;
    pipeline.peek_film(session, id, Some(&token)).await.unwrap();
    let closed = pipeline.peek_film(session, id, None).await;
    assert_gone(closed.map_err(|error| error.kind()));
    let foreign = pipeline.peek_film(SessionId::new(), id, Some(&token)).await;
    assert_eq!(foreign.unwrap_err().kind(), PipelineErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn an_access_outlives_the_process_that_granted_it() {
    let sessions = Arc::new(MemorySessions::new());
    let blobs = Arc::new(MemoryBlobs::new());
    let pipeline = |replies: &[&str]| {
        builder(&writes(replies), &Arc::new(StubRenderer::new()))
            .sessions(sessions.clone())
            .blobs(blobs.clone())
            .build()
    };
    let before = pipeline(&[CODE]);
    let (session, job) = solve(&before).await;
    let token = viewed(&before, session, job.id(), None).await.unwrap().token;
    drop(before);
    let after = pipeline(&[]);
    viewed(&after, session, job.id(), Some(&token)).await.unwrap();
    assert_gone(viewed(&after, session, job.id(), None).await);
}

#[tokio::test(start_paused = true)]
async fn a_discarded_film_is_gone_for_its_viewer_too() {
    let (pipeline, session, id) = waiting(&Arc::new(ManualClock::new())).await;
    let token = viewed(&pipeline, session, id, None).await.unwrap().token;
    pipeline.discard(id).await.unwrap();
    assert_gone(viewed(&pipeline, session, id, Some(&token)).await);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_somebody_else_wrote_meanwhile_still_grants_its_film() {
    let sessions = Arc::new(Overtaken::default());
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .sessions(sessions.clone())
        .build();
    let (session, job) = solve(&pipeline).await;
    viewed(&pipeline, session, job.id(), None).await.unwrap();
    assert!(sessions.overtaken.load(Ordering::SeqCst));
}

#[tokio::test(start_paused = true)]
async fn a_zero_grace_lets_nobody_come_back() {
    let options = PipelineOptions {
        grace: Duration::ZERO,
        ..crate::pipeline::options()
    };
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .options(options)
        .build();
    let (session, job) = solve(&pipeline).await;
    let token = viewed(&pipeline, session, job.id(), None).await.unwrap().token;
    assert_gone(viewed(&pipeline, session, job.id(), Some(&token)).await);
}

/// Lets somebody save a ready job again just before its access is saved, as a worker does that
/// tells a notice.
#[derive(Debug, Default)]
struct Overtaken {
    inner: MemorySessions,
    overtaken: AtomicBool,
}

#[async_trait]
impl SessionStore for Overtaken {
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
        if job.status() == Status::Delivered && !self.overtaken.swap(true, Ordering::SeqCst) {
            let ready = self.inner.job(job.id()).await?.unwrap();
            self.inner.save_job(&ready.value, Some(ready.revision)).await?;
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

#[tokio::test]
async fn a_viewer_with_a_token_of_its_own_may_ask_again_when_the_answer_was_lost() {
    let (pipeline, session, id) = waiting(&Arc::new(ManualClock::new())).await;
    let own = AccessToken::new();
    let early = pipeline.reread_film(session, id, &own).await.unwrap_err();
    assert_eq!(
        early.kind(),
        PipelineErrorKind::NotReady,
        "never the first access"
    );
    let viewing = viewed(&pipeline, session, id, Some(&own)).await.unwrap();
    assert_eq!(viewing.token, own);
    viewed(&pipeline, session, id, Some(&own)).await.unwrap();
    let again = pipeline.reread_film(session, id, &own).await.unwrap();
    assert_eq!(again.video.len(), again.film.info.bytes);
    assert_gone(viewed(&pipeline, session, id, None).await);
}

#[tokio::test]
async fn pictures_use_nothing_up() {
    let (pipeline, session, id) = waiting(&Arc::new(ManualClock::new())).await;
    for picture in [Picture::Poster, Picture::Storyboard] {
        let png = pipeline.film_picture(session, id, picture, None).await.unwrap();
        assert!(png.starts_with(b"\x89PNG"));
    }
    assert_eq!(pipeline.job(id).await.unwrap().status(), Status::Ready);
    let foreign = pipeline
        .film_picture(SessionId::new(), id, Picture::Poster, None)
        .await;
    assert_eq!(foreign.unwrap_err().kind(), PipelineErrorKind::NotFound);
}

#[tokio::test]
async fn a_job_remembers_the_statuses_it_has_been_in() {
    let (pipeline, _, id) = waiting(&Arc::new(ManualClock::new())).await;
    let job = pipeline.job(id).await.unwrap();
    let way: Vec<_> = job
        .history()
        .iter()
        .map(|entered| entered.status.as_str())
        .collect();
    let expected = [
        "queued",
        "ai_generating",
        "code_validating",
        "rendering",
        "uploading",
        "ready",
    ];
    assert_eq!(way, expected);
    assert!(job.history().iter().map(|entered| entered.number).eq(1..=6));
}

#[tokio::test]
async fn health_asks_every_store() {
    let (pipeline, ..) = waiting(&Arc::new(ManualClock::new())).await;
    let health = pipeline.health().await;
    assert!(health.is_ready());
    let stores: Vec<_> = health.stores.iter().map(|store| store.store).collect();
    assert_eq!(stores, ["sessions", "queue", "films"]);
    assert_eq!(health.jobs_waiting, Some(0));
}

//! The mocks can be told what to expect, behind `dyn` as the pipeline holds them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use manim_core::testing::{
    MockBlobStore, MockInbox, MockJobQueue, MockNotifier, MockProvider, MockRateLimiter, MockRenderer,
    MockScriptRunner, MockSessionStore, stub_film,
};
use manim_core::{
    Acceptance, Admission, BlobKey, BlobStore, Delivery, DeltaSink, FinishReason, Format, Generation,
    GenerationRequest, Inbox, JobId, JobQueue, Notifier, Program, Provider, Quota, RateLimiter, Receipt,
    RenderOutcome, RenderSettings, Renderer, ScopedKey, ScriptRunner, SessionStore, Usage,
};
use serde_json::json;

use crate::sample;

#[derive(Default)]
struct Heard(Mutex<String>);

impl DeltaSink for Heard {
    fn delta(&self, text: &str) {
        self.0.lock().unwrap().push_str(text);
    }
}

#[tokio::test]
async fn a_mock_provider_streams_and_answers() {
    let mut mock = MockProvider::new();
    mock.expect_name().return_const("mock".to_owned());
    mock.expect_generate().times(1).returning(|_, deltas| {
        deltas.delta("code");
        Ok(Generation {
            text: "code".to_owned(),
            model: "m".to_owned(),
            finish: FinishReason::Stop,
            usage: Usage::default(),
        })
    });
    let provider: Arc<dyn Provider> = Arc::new(mock);
    let request = GenerationRequest::new(sample::problem(), RenderSettings::default());
    let heard = Heard::default();
    let generation = provider.generate(&request, &heard).await.unwrap();
    assert_eq!((generation.text.as_str(), provider.name()), ("code", "mock"));
    assert_eq!(*heard.0.lock().unwrap(), "code");
}

#[tokio::test]
async fn a_mock_renderer_makes_the_film_it_is_told_to() {
    let mut mock = MockRenderer::new();
    mock.expect_render().times(1).returning(|_, settings, progress| {
        progress.progress(manim_core::Progress {
            frames_done: 1,
            frames_total: None,
        });
        Ok(RenderOutcome::Rendered(stub_film(settings.format)))
    });
    let renderer: Arc<dyn Renderer> = Arc::new(mock);
    let settings = RenderSettings::default().with_format(Format::WebM);
    let outcome = renderer.render(&sample::scene(), settings, &()).await.unwrap();
    assert!(matches!(outcome, RenderOutcome::Rendered(film) if film.info.format == Format::WebM));
}

#[tokio::test]
async fn mock_stores_answer_by_argument() {
    let mut sessions = MockSessionStore::new();
    sessions.expect_job().times(1).returning(|_| Ok(None));
    let mut blobs = MockBlobStore::new();
    blobs
        .expect_list()
        .withf(|prefix| prefix.is_some())
        .times(1)
        .returning(|_| Ok(Vec::new()));
    let mut queue = MockJobQueue::new();
    queue.expect_len().return_once(|| Ok(3));

    let prefix = BlobKey::parse("films").unwrap();
    assert!(
        (&sessions as &dyn SessionStore)
            .job(JobId::new())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        (&blobs as &dyn BlobStore)
            .list(Some(&prefix))
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!((&queue as &dyn JobQueue).len().await.unwrap(), 3);
}

#[tokio::test]
async fn a_mock_notifier_sees_the_film() {
    let mut mock = MockNotifier::new();
    mock.expect_deliver()
        .withf(|delivery| !delivery.video.is_empty())
        .times(1)
        .returning(|_| Ok(Receipt::Taken));
    let (job, film) = (sample::job(), sample::stored_film());
    let delivery = Delivery {
        job: &job,
        film: &film,
        video: stub_film(Format::Mp4).video,
        poster: stub_film(Format::Mp4).poster.into(),
    };
    assert_eq!(
        (&mock as &dyn Notifier).deliver(&delivery).await.unwrap(),
        Receipt::Taken
    );
}

#[tokio::test]
async fn a_mock_script_runner_answers() {
    let mut mock = MockScriptRunner::new();
    mock.expect_run()
        .times(1)
        .returning(|_, input| Ok(json!([input])));
    let program = Program {
        name: "echo",
        modules: &[],
    };
    assert_eq!(
        (&mock as &dyn ScriptRunner).run(program, json!(1)).await.unwrap(),
        json!([1])
    );
}

#[tokio::test]
async fn mock_guards_answer_by_quota_and_key() {
    let key = ScopedKey::new("telegram update", "7");
    let mut limiter = MockRateLimiter::new();
    let refused = Admission::Refused {
        retry_after: Duration::from_secs(6),
    };
    limiter
        .expect_take()
        .withf(|_, quota| *quota == Quota::default())
        .times(1)
        .returning(move |_, _| Ok(refused));
    let mut inbox = MockInbox::new();
    inbox
        .expect_accept()
        .withf(move |seen, _| *seen == key)
        .times(1)
        .returning(|_, _| Ok(Acceptance::Done));

    let limiter: &dyn RateLimiter = &limiter;
    assert_eq!(limiter.take(&key, Quota::default()).await.unwrap(), refused);
    let inbox: &dyn Inbox = &inbox;
    let seen = inbox.accept(&key, Duration::from_secs(60)).await.unwrap();
    assert_eq!(seen, Acceptance::Done);
}

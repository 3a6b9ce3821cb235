//! What comes back from a server is looked at before it is a film.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::put;
use manim_core::memory::MemoryBlobs;
use manim_core::testing::stub_film;
use manim_core::{
    Blob, BlobCapabilities, BlobInfo, BlobKey, BlobMeta, BlobStore, Content, Diagnostics, Film, Format,
    Inspection, Isolation, Program, ProgressSink, RenderError, RenderErrorKind, RenderOutcome,
    RenderSettings, Renderer, Scene, ScriptError, ScriptErrorKind, ScriptRunner, SignedMethod, StoreError,
};
use manim_renderer::ServerOptions;
use serde_json::Value;

use super::house::{Server, connect, kind, quick, stub};
use crate::support::{construct, eventually_async, rendered};

/// Answers as it was told to.
#[derive(Debug)]
pub(crate) struct Liar {
    engine: &'static str,
    outcome: RenderOutcome,
}

impl Liar {
    pub(crate) fn of(engine: &'static str) -> Self {
        Self {
            engine,
            outcome: RenderOutcome::Rendered(stub_film(Format::Mp4)),
        }
    }

    fn telling(outcome: RenderOutcome) -> Arc<Self> {
        Arc::new(Self {
            engine: "stub 1",
            outcome,
        })
    }
}

#[async_trait::async_trait]
impl Renderer for Liar {
    fn engine(&self) -> &str {
        self.engine
    }

    fn isolation(&self) -> Isolation {
        Isolation::L3
    }

    async fn inspect(&self, _: &Scene, _: RenderSettings) -> Result<Inspection, RenderError> {
        Ok(Inspection::Rejected(Diagnostics::default()))
    }

    async fn render(
        &self,
        _: &Scene,
        _: RenderSettings,
        _: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        Ok(self.outcome.clone())
    }
}

#[async_trait::async_trait]
impl ScriptRunner for Liar {
    async fn run(&self, program: Program, _: Value) -> Result<Value, ScriptError> {
        Err(ScriptError::new(ScriptErrorKind::Worker, "run", program.name))
    }
}

async fn end_of(outcome: RenderOutcome) -> Result<RenderOutcome, RenderError> {
    let server = Server::start(Liar::telling(outcome), ServerOptions::default());
    let remote = connect(&[&server], quick().with_tries(1)).await;
    remote
        .render(&construct("pass"), RenderSettings::default(), &())
        .await
}

async fn check(what: &str, spoil: impl FnOnce(&mut Film)) {
    let mut film = stub_film(Format::Mp4);
    spoil(&mut film);
    let end = end_of(RenderOutcome::Rendered(film)).await;
    assert_eq!(kind(end), RenderErrorKind::Protocol, "{what}");
}

#[tokio::test]
async fn what_is_no_film_is_refused() {
    let garbage = |film: &mut Film, bytes: Vec<u8>| {
        film.info.bytes = bytes.len() as u64;
        film.video = bytes.into();
    };
    check("a page", |film| garbage(film, b"<html>sorry</html>".to_vec())).await;
    check("an empty film", |film| garbage(film, Vec::new())).await;
    check("too large", |film| film.info.bytes = 50_000_001).await;
    check("larger than said", |film| film.info.bytes -= 1).await;
    check("smaller than said", |film| film.info.bytes += 1).await;
    check("another format", |film| film.info.format = Format::WebM).await;
    check("no frames", |film| film.info.frames = 0).await;
    check("more distinct than frames", |film| film.info.distinct_frames = 31).await;
    check("a wall of pixels", |film| film.info.width = 1 << 30).await;
    check("no poster", |film| film.poster = b"GIF89a".to_vec().into()).await;
    check("an endless storyboard", |film| {
        film.storyboard = vec![0; 9 << 20].into()
    })
    .await;
}

#[tokio::test]
async fn a_rejection_without_a_reason_is_none() {
    let end = end_of(RenderOutcome::Rejected(Diagnostics::default())).await;
    assert_eq!(kind(end), RenderErrorKind::Protocol);
}

#[tokio::test]
async fn a_film_of_weaker_isolation_than_asked_is_refused() {
    let mut film = stub_film(Format::Mp4);
    film.info.isolation = Isolation::L1;
    let end = end_of(RenderOutcome::Rendered(film)).await;
    assert_eq!(kind(end), RenderErrorKind::Isolation);
}

/// A bucket with addresses of its own; keeps what is put to them.
#[derive(Debug)]
struct Bucket {
    blobs: MemoryBlobs,
    url: Mutex<String>,
}

#[async_trait::async_trait]
impl BlobStore for Bucket {
    fn capabilities(&self) -> BlobCapabilities {
        BlobCapabilities {
            signed_get: false,
            signed_put: true,
        }
    }

    async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError> {
        self.blobs.put(key, content, meta).await
    }

    async fn get(&self, key: &BlobKey, range: Option<std::ops::Range<u64>>) -> Result<Blob, StoreError> {
        self.blobs.get(key, range).await
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError> {
        self.blobs.head(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), StoreError> {
        self.blobs.delete(key).await
    }

    async fn list(&self, prefix: Option<&BlobKey>) -> Result<Vec<BlobInfo>, StoreError> {
        self.blobs.list(prefix).await
    }

    async fn sign(&self, key: &BlobKey, _: SignedMethod, _: Duration) -> Result<String, StoreError> {
        Ok(format!("{}/bucket/{key}?signature=s", self.url.lock().unwrap()))
    }
}

async fn receive(
    State(bucket): State<Arc<Bucket>>,
    Path(key): Path<String>,
    body: axum::body::Bytes,
) -> StatusCode {
    let key = BlobKey::parse(key).unwrap();
    match bucket.put(&key, Content::from(body), BlobMeta::of(&key)).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::PRECONDITION_FAILED,
    }
}

async fn bucket() -> Arc<Bucket> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bucket = Arc::new(Bucket {
        blobs: MemoryBlobs::new(),
        url: format!("http://{}", listener.local_addr().unwrap()).into(),
    });
    let router = axum::Router::new()
        .route("/bucket/{*key}", put(receive))
        .with_state(bucket.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    bucket
}

#[tokio::test]
async fn a_server_puts_the_film_into_the_bucket_and_it_is_gone_when_it_was_read() {
    let bucket = bucket().await;
    let origin = bucket.url.lock().unwrap().parse().unwrap();
    let server = Server::start(
        stub(Duration::ZERO),
        ServerOptions::default().allow_origin(origin),
    );
    let remote = connect(&[&server], quick().with_bucket(bucket.clone())).await;
    let end = remote
        .render(&construct("pass"), RenderSettings::default(), &())
        .await;
    let film = rendered(end.unwrap());
    let stored = bucket.list(None).await.unwrap();
    assert_eq!(stored.len(), 1);
    assert!(stored[0].key.as_str().starts_with("renders/"));
    let expected = stub_film(Format::Mp4).video.bytes().await.unwrap();
    assert_eq!(film.video.bytes().await.unwrap(), expected);
    drop(film);
    let mut left = 1;
    while left > 0 {
        tokio::task::yield_now().await;
        left = bucket.list(None).await.unwrap().len();
    }
}

#[tokio::test]
async fn a_film_that_could_not_be_put_is_fetched() {
    let bucket = bucket().await;
    let origin = bucket.url.lock().unwrap().parse().unwrap();
    let server = Server::start(
        stub(Duration::ZERO),
        ServerOptions::default().allow_origin(origin),
    );
    let remote = connect(&[&server], quick().with_bucket(bucket.clone())).await;
    // The origin stays, its path is unknown: 404.
    bucket.url.lock().unwrap().push_str("/elsewhere");
    let end = remote
        .render(&construct("pass"), RenderSettings::default(), &())
        .await;
    rendered(end.unwrap()).video.bytes().await.unwrap();
    assert!(bucket.list(None).await.unwrap().is_empty());
}

#[tokio::test]
async fn uploads_of_dead_clients_are_swept() {
    let bucket = bucket().await;
    let server = Server::start(stub(Duration::ZERO), ServerOptions::default());
    let remote = connect(&[&server], quick().with_bucket(bucket.clone())).await;
    let upload = format!("renders/{}.mp4", manim_core::JobId::new());
    // A cache of films, and films.
    for key in [upload.as_str(), "renders/0a1b2c.mp4", "films/b.mp4"] {
        let key = BlobKey::parse(key).unwrap();
        bucket
            .put(&key, b"x".to_vec().into(), BlobMeta::of(&key))
            .await
            .unwrap();
    }
    assert_eq!(remote.sweep_uploads(Duration::from_secs(60)).await.unwrap(), 0);
    assert_eq!(remote.sweep_uploads(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(bucket.list(None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_render_that_nobody_asks_for_is_given_up() {
    let stub = stub(Duration::from_secs(600));
    let server = Server::start(stub.clone(), ServerOptions::default());
    let order = serde_json::json!({
        "id": manim_core::JobId::new(), "code": "x", "leash_s": 1,
    });
    super::doors::bearer(&server, "render", &order).await;
    let under_way = || (stub.active() == 1).then_some(());
    eventually_async("it is under way", Duration::from_secs(30), under_way).await;
    let given_up = || (stub.active() == 0).then_some(());
    eventually_async("it is given up", Duration::from_secs(30), given_up).await;
}

//! A front door over a pipeline of doubles, and a caller that keeps what it is given.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use manim_core::memory::{MemoryBlobs, MemorySessions};
use manim_core::testing::{ManualClock, ScriptedProvider, StubRenderer};
use manim_core::{JobId, Pipeline, Provider};
use manim_http::{Http, HttpBuilder, HttpOptions, Recorder, SigningKeys};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) const CODE: &str =
    "from manim import *\n\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n";
pub(crate) const PROBLEM: &str = r#"{"problem": "Differentiate x^2 sin(x)"}"#;

pub(crate) struct Door {
    pub(crate) http: Http,
    pub(crate) pipeline: Pipeline,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) router: Router,
}

impl Door {
    /// A pipeline whose provider answers `replies` problems; nobody works on them yet.
    pub(crate) fn answering(replies: usize) -> Self {
        Self::with(replies, HttpOptions::default())
    }

    pub(crate) fn with(replies: usize, options: HttpOptions) -> Self {
        Self::build(replies, |builder| builder.options(options))
    }

    pub(crate) fn recording(options: HttpOptions, recorder: Recorder) -> Self {
        Self::build(0, |builder| builder.options(options).recorder(recorder))
    }

    fn build(replies: usize, with: impl FnOnce(HttpBuilder) -> HttpBuilder) -> Self {
        let provider = (0..replies).fold(ScriptedProvider::new("scripted"), |provider, _| {
            provider.replying(format!("```python\n{CODE}```"))
        });
        let clock = Arc::new(ManualClock::new());
        let provider: Arc<dyn Provider> = Arc::new(provider);
        let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new()))
            .clock(clock.clone())
            .sessions(Arc::new(MemorySessions::new().with_clock(clock.clone())))
            .blobs(Arc::new(MemoryBlobs::new().with_clock(clock.clone())))
            .build();
        let builder = Http::builder(pipeline.clone(), SigningKeys::random()).clock(clock.clone());
        let http = with(builder).build();
        let router = http.router();
        Self {
            http,
            pipeline,
            clock,
            router,
        }
    }

    /// The same door with more routes beside its own.
    pub(crate) fn also(mut self, routes: impl FnOnce(&Http) -> Router) -> Self {
        self.router = self.router.merge(routes(&self.http));
        self
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, 1 << 24).await.unwrap().to_vec(),
        }
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request(Method::GET, path, headers, "")).await
    }

    pub(crate) async fn head(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(request(Method::HEAD, path, headers, "")).await
    }

    pub(crate) async fn post(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut all = vec![("content-type", "application/json")];
        all.extend_from_slice(headers);
        self.send(request(Method::POST, "/api/v1/jobs", &all, body)).await
    }

    /// Submits a problem in a new session.
    pub(crate) async fn submit(&self) -> Submitted {
        let answer = self.post(&[], PROBLEM).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        Submitted {
            id: answer.json()["id"].as_str().unwrap().parse().unwrap(),
            bearer: format!("Bearer {}", answer.header("session-token")),
        }
    }

    /// Submits a problem in a new session, and makes its film.
    pub(crate) async fn film(&self) -> Submitted {
        let job = self.submit().await;
        self.pipeline.run_until_settled(job.id).await.unwrap();
        job
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) struct Submitted {
    pub(crate) id: JobId,
    pub(crate) bearer: String,
}

impl Submitted {
    pub(crate) fn auth(&self) -> (&str, &str) {
        ("authorization", &self.bearer)
    }

    pub(crate) fn path(&self) -> String {
        format!("/api/v1/jobs/{}", self.id)
    }

    pub(crate) fn video(&self, what: &str) -> String {
        format!("/api/v1/video/{}/{what}", self.id)
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The value of the cookie that is set, as a `Cookie` header.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let all = self.headers.get_all("set-cookie").iter();
        let mut all = all.map(|cookie| cookie.to_str().unwrap());
        let cookie = all.find(|cookie| cookie.starts_with(&format!("{name}=")))?;
        Some(cookie.split(';').next().unwrap().to_owned())
    }

    #[track_caller]
    pub(crate) fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        assert_eq!(self.header("content-type"), "application/problem+json");
        let body = self.json();
        assert_eq!(body["code"], code);
        assert!(
            body["detail"]
                .as_str()
                .is_some_and(|detail| detail.ends_with('.')),
            "{body}"
        );
    }
}

pub(crate) fn request(method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Request<Body> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "films.example");
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(Body::from(body.to_owned())).unwrap()
}

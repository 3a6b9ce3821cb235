//! Who may ask a server, what it may be asked, and where it sends to; and the same for the
//! completions that come back.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use hmac::{Hmac, KeyInit, Mac};
use manim_core::{JobId, RenderErrorKind, RenderSettings, Renderer, Secret};
use manim_renderer::{RemoteRenderer, ServerOptions};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::house::{SECRET, Server, connect, kind, quick, stub};
use crate::support::{construct, eventually_async, rendered};

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().tls_certs_only([]).no_proxy().build().unwrap()
}

pub(crate) async fn bearer(server: &Server, path: &str, body: &Value) -> Response {
    let request = client()
        .post(format!("{}/{path}", server.url()))
        .bearer_auth(SECRET);
    request.json(body).send().await.unwrap()
}

fn now() -> i64 {
    manim_core::Clock::now(&manim_core::SystemClock).timestamp()
}

/// Headers as the documentation describes them, made without the crate's own code.
fn sealed(
    secret: &str,
    context: &str,
    timestamp: i64,
    delivery: &str,
    body: &str,
) -> [(&'static str, String); 3] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{context}\n{timestamp}\n{delivery}\n{body}").as_bytes());
    let signature = mac.finalize().into_bytes();
    [
        ("x-manim-timestamp", timestamp.to_string()),
        ("x-manim-delivery", delivery.to_owned()),
        (
            "x-manim-signature",
            signature.iter().map(|byte| format!("{byte:02x}")).collect(),
        ),
    ]
}

async fn send(url: &str, headers: [(&'static str, String); 3], body: &str) -> u16 {
    let request = client().post(url).body(body.to_owned());
    let request = headers
        .into_iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn nobody_without_the_secret_is_let_in() {
    let stub = stub(Duration::ZERO);
    let server = Server::start(stub.clone(), ServerOptions::default());
    let wrong =
        RemoteRenderer::connect([server.url()], Secret::new("another secret of theirs"), quick()).await;
    assert_eq!(kind(wrong), RenderErrorKind::Environment);

    let order = json!({"id": JobId::new(), "code": "x"});
    let url = format!("{}/render", server.url());
    let plain = client().post(&url).json(&order).send().await.unwrap();
    assert_eq!(plain.status(), 401);
    let guess = client()
        .post(&url)
        .bearer_auth("guess")
        .json(&order)
        .send()
        .await
        .unwrap();
    assert_eq!(guess.status(), 401);
    let health = client()
        .get(format!("{}/health/live", server.url()))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200);

    let body = order.to_string();
    let context = "POST /render";
    assert_eq!(
        send(&url, sealed("another", context, now(), "d1", &body), &body).await,
        401
    );
    assert_eq!(
        send(&url, sealed(SECRET, context, now() - 301, "d2", &body), &body).await,
        401
    );
    assert_eq!(
        send(&url, sealed(SECRET, "POST /inspect", now(), "d3", &body), &body).await,
        401
    );
    assert_eq!(stub.renders() + stub.inspections(), 0);

    let good = sealed(SECRET, context, now(), "d4", &body);
    assert_eq!(send(&url, good.clone(), &body).await, 202);
    assert_eq!(send(&url, good, &body).await, 401, "replayed");
    assert_eq!(
        bearer(&server, "render", &order).await.status(),
        202,
        "the same render"
    );
    eventually_async("it is rendered", Duration::from_secs(30), || {
        (stub.renders() == 1).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_or_malformed_is_refused() {
    let server = Server::start(stub(Duration::ZERO), ServerOptions::default());
    let large = json!({"id": JobId::new(), "code": "x".repeat(5 << 20)});
    assert_eq!(bearer(&server, "render", &large).await.status(), 413);
    for order in [
        json!({}),
        json!([]),
        json!({"id": "../../etc", "code": "x"}),
        json!({"id": JobId::new(), "code": "x".repeat(300 << 10)}),
        json!({"id": JobId::new(), "code": "x", "class": "a b"}),
        json!({"id": JobId::new(), "code": "x", "settings": {"quality": "4k"}}),
    ] {
        let answer = bearer(&server, "render", &order).await;
        assert_eq!(answer.status(), 422, "{order}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let other = json!({"id": JobId::new(), "code": "x", "engine": "manim 99"});
    assert_eq!(bearer(&server, "render", &other).await.status(), 409);
}

#[tokio::test]
async fn a_server_sends_only_where_it_may() {
    let options = ServerOptions::default().allow_origin("https://films.example.org".parse().unwrap());
    let stub = stub(Duration::ZERO);
    let server = Server::start(stub.clone(), options);
    for url in [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:22/",
        "https://films.example.org@evil.example/",
        "file:///etc/passwd",
    ] {
        for field in ["callback", "upload"] {
            let order = json!({"id": JobId::new(), "code": "x", field: url});
            let answer = bearer(&server, "render", &order).await;
            assert_eq!(answer.status(), 422, "{field} {url}");
            assert_eq!(
                answer.json::<Value>().await.unwrap()["code"],
                "origin-not-allowed"
            );
        }
    }
    assert_eq!(stub.renders(), 0);
}

#[tokio::test]
async fn a_full_queue_is_said_with_when_to_come_again() {
    let stub = stub(Duration::from_secs(600));
    let server = Server::start(stub.clone(), ServerOptions::default().with_slots(1).with_queue(1));
    let mut first = None;
    for expected in [202, 202, 429] {
        let id = JobId::new();
        let answer = bearer(&server, "render", &json!({"id": id, "code": "x"})).await;
        assert_eq!(answer.status(), expected);
        first = first.or(Some(id));
        assert_eq!(answer.headers().contains_key("retry-after"), expected == 429);
    }
    let url = format!("{}/render/{}", server.url(), first.unwrap());
    let cancelled = client().delete(&url).bearer_auth(SECRET).send().await.unwrap();
    assert_eq!(cancelled.status(), 204);
    assert_eq!(
        client()
            .get(&url)
            .bearer_auth(SECRET)
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
    assert_eq!(
        bearer(&server, "render", &json!({"id": JobId::new(), "code": "x"}))
            .await
            .status(),
        202
    );
}

/// A place for completions that starts with no renderer behind it.
struct Porch {
    url: String,
    inner: Arc<Mutex<Option<Router>>>,
}

impl Porch {
    async fn open() -> Self {
        let inner: Arc<Mutex<Option<Router>>> = Arc::default();
        let held = inner.clone();
        let router = Router::new().fallback(async move |request: axum::extract::Request| {
            let inner = held.lock().unwrap().clone().expect("mounted before it is used");
            tower::ServiceExt::oneshot(inner, request).await
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/callbacks/render", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, inner }
    }

    fn origin(&self) -> manim_renderer::Origin {
        self.url.trim_end_matches("/callbacks/render").parse().unwrap()
    }

    fn mount(&self, remote: &RemoteRenderer) {
        *self.inner.lock().unwrap() = Some(remote.callbacks("/callbacks/render"));
    }
}

#[tokio::test]
async fn a_completion_ends_the_wait() {
    let porch = Porch::open().await;
    let stub = stub(Duration::from_millis(100));
    let server = Server::start(stub, ServerOptions::default().allow_origin(porch.origin()));
    // Asking would take an hour.
    let options = quick()
        .with_poll(Duration::from_secs(3600))
        .with_leash(Duration::from_secs(7200));
    let remote = connect(&[&server], options.with_callback(&porch.url)).await;
    porch.mount(&remote);
    let scene = construct("pass");
    let end = remote.render(&scene, RenderSettings::default(), &());
    rendered(
        tokio::time::timeout(Duration::from_secs(60), end)
            .await
            .expect("word comes")
            .unwrap(),
    );
}

#[tokio::test]
async fn a_completion_that_never_comes_is_not_waited_for() {
    let nobody = "http://127.0.0.1:9";
    let stub = stub(Duration::from_millis(100));
    let server = Server::start(
        stub,
        ServerOptions::default().allow_origin(nobody.parse().unwrap()),
    );
    let remote = connect(
        &[&server],
        quick().with_callback(format!("{nobody}/callbacks/render")),
    )
    .await;
    rendered(
        remote
            .render(&construct("pass"), RenderSettings::default(), &())
            .await
            .unwrap(),
    );
}

#[tokio::test]
async fn forged_late_and_replayed_completions_are_refused() {
    let porch = Porch::open().await;
    let server = Server::start(stub(Duration::ZERO), ServerOptions::default());
    let remote = connect(&[&server], quick().with_callback(&porch.url)).await;
    porch.mount(&remote);
    let url = &porch.url;
    let body = json!({"id": JobId::new(), "state": "rendered"}).to_string();
    let at = |secret, context, timestamp, delivery| sealed(secret, context, timestamp, delivery, &body);
    assert_eq!(
        send(url, at("another secret", "callback", now(), "a"), &body).await,
        401,
        "forged"
    );
    assert_eq!(
        send(url, at(SECRET, "POST /callbacks/render", now(), "b"), &body).await,
        401,
        "another kind"
    );
    assert_eq!(
        send(url, at(SECRET, "callback", now() - 301, "c"), &body).await,
        401,
        "late"
    );
    assert_eq!(
        send(url, at(SECRET, "callback", now() + 301, "d"), &body).await,
        401,
        "early"
    );
    let good = at(SECRET, "callback", now(), "e");
    assert_eq!(send(url, good.clone(), "{}").await, 401, "changed on the way");
    assert_eq!(
        send(url, good.clone(), &body).await,
        204,
        "also for a render that nobody waits for"
    );
    assert_eq!(send(url, good, &body).await, 409, "replayed");
    let large = "x".repeat(64 << 10);
    assert_eq!(
        send(url, sealed(SECRET, "callback", now(), "f", &large), &large).await,
        413
    );
}

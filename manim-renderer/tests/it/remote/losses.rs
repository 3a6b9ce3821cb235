//! Servers that die, fill up, come back, or never were.

use std::time::Duration;

use manim_core::testing::StubRenderer;
use manim_core::{RenderErrorKind, RenderOutcome, RenderSettings, Renderer, Secret};
use manim_renderer::{RemoteRenderer, ServerOptions};

use super::house::{SECRET, Server, connect, kind, quick, stub};
use crate::support::{construct, eventually_async, rendered};

const LONG: Duration = Duration::from_secs(600);
const SOON: Duration = Duration::from_secs(30);

#[tokio::test]
async fn a_server_that_dies_in_the_middle_and_comes_back_makes_the_film() {
    let (first, second) = (stub(LONG), stub(Duration::ZERO));
    let server = Server::start(first.clone(), ServerOptions::default());
    let remote = connect(&[&server], quick()).await;
    let address = server.address;
    let rendering = tokio::spawn(async move {
        remote
            .render(&construct("pass"), RenderSettings::default(), &())
            .await
    });
    eventually_async("the render is under way", SOON, || {
        (first.active() == 1).then_some(())
    })
    .await;
    drop(server);
    let again = eventually_async("the port is free", SOON, || {
        std::net::TcpListener::bind(address).ok()
    })
    .await;
    drop(again);
    let _server = Server::start_on(address, second.clone(), ServerOptions::default());
    rendered(rendering.await.unwrap().unwrap());
    assert_eq!(second.renders(), 1);
}

#[tokio::test]
async fn another_server_takes_over_from_one_that_dies() {
    let stubs = [stub(LONG), stub(LONG)];
    let mut servers: Vec<_> = stubs
        .iter()
        .map(|stub| Some(Server::start(stub.clone(), ServerOptions::default())))
        .collect();
    let both: Vec<_> = servers.iter().flatten().collect();
    let remote = connect(&both, quick()).await;
    let rendering = tokio::spawn(async move {
        remote
            .render(&construct("pass"), RenderSettings::default(), &())
            .await
    });
    let at = |stubs: &[std::sync::Arc<StubRenderer>]| stubs.iter().position(|stub| stub.active() == 1);
    let first = eventually_async("one of them renders", SOON, || at(&stubs)).await;
    drop(servers[first].take());
    let other = 1 - first;
    eventually_async("the other renders", SOON, || {
        (stubs[other].active() == 1).then_some(())
    })
    .await;
    rendering.abort();
    eventually_async("nobody renders", SOON, || {
        (stubs[other].active() == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn without_any_server_the_error_says_so() {
    let server = Server::start(stub(Duration::ZERO), ServerOptions::default());
    let remote = connect(&[&server], quick().with_patience(Duration::from_millis(300))).await;
    let url = server.url();
    drop(server);
    let scene = construct("pass");
    let settings = RenderSettings::default();
    assert_eq!(
        kind(remote.render(&scene, settings, &()).await),
        RenderErrorKind::Unavailable
    );
    assert_eq!(
        kind(remote.inspect(&scene, settings).await),
        RenderErrorKind::Unavailable
    );
    let never = RemoteRenderer::connect([url], Secret::new(SECRET), quick()).await;
    assert_eq!(kind(never), RenderErrorKind::Unavailable);
}

#[tokio::test]
async fn a_scene_that_kills_servers_does_not_kill_them_all() {
    use axum::routing::{get, post};

    let about = serde_json::json!({"engine": "stub 1", "isolation": "L3", "slots": 1, "busy": 0});
    let (seen, counted) = (
        std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0)),
        std::sync::atomic::Ordering::SeqCst,
    );
    let count = seen.clone();
    let forgetful = axum::Router::new()
        .route("/about", get(async move || axum::Json(about)))
        .route(
            "/render",
            post(async move |body: axum::Json<serde_json::Value>| {
                count.fetch_add(1, counted);
                axum::Json(serde_json::json!({"id": body["id"], "state": "waiting"}))
            }),
        );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, forgetful).await });
    let remote = RemoteRenderer::connect([url], Secret::new(SECRET), quick().with_tries(3))
        .await
        .unwrap();
    let end = remote
        .render(&construct("pass"), RenderSettings::default(), &())
        .await;
    assert_eq!(kind(end), RenderErrorKind::Unavailable);
    assert_eq!(seen.load(counted), 3);
}

#[tokio::test]
async fn renders_are_spread_by_load_and_wait_when_all_are_full() {
    let stubs = [stub(Duration::from_millis(400)), stub(Duration::from_millis(400))];
    let options = || ServerOptions::default().with_slots(1).with_queue(0);
    let servers = stubs.clone().map(|stub| Server::start(stub, options()));
    let remote = connect(&servers.each_ref(), quick()).await;
    let scene = construct("pass");
    let renders = (0..4).map(|_| remote.render(&scene, RenderSettings::default(), &()));
    for end in futures::future::join_all(renders).await {
        rendered(end.unwrap());
    }
    // A call that came to a full server does not count.
    let made = stubs.each_ref().map(|stub| stub.renders());
    assert_eq!(made.iter().sum::<usize>(), 4);
    assert!(made.iter().all(|made| *made >= 1), "{made:?}");
}

#[tokio::test]
async fn whoever_is_in_a_hurry_hears_that_all_are_full() {
    let options = ServerOptions::default().with_slots(1).with_queue(0);
    let server = Server::start(stub(LONG), options);
    let order = serde_json::json!({"id": manim_core::JobId::new(), "code": "x"});
    assert_eq!(
        super::doors::bearer(&server, "render", &order).await.status(),
        202
    );
    let hurried = connect(&[&server], quick().with_queue_patience(Duration::ZERO)).await;
    let end = hurried
        .render(&construct("pass"), RenderSettings::default(), &())
        .await;
    assert_eq!(kind(end), RenderErrorKind::Busy);
}

#[tokio::test]
async fn servers_of_different_engines_are_not_one_renderer() {
    let stub = Server::start(stub(Duration::ZERO), ServerOptions::default());
    let other = Server::start(
        std::sync::Arc::new(super::films::Liar::of("another engine")),
        ServerOptions::default(),
    );
    let both = RemoteRenderer::connect([stub.url(), other.url()], Secret::new(SECRET), quick()).await;
    assert_eq!(kind(both), RenderErrorKind::Environment);
}

#[tokio::test]
async fn a_server_that_isolates_less_than_asked_is_not_used() {
    let weak = StubRenderer::new().isolated(manim_core::Isolation::L1);
    let server = Server::start(std::sync::Arc::new(weak), ServerOptions::default());
    let refused = RemoteRenderer::connect([server.url()], Secret::new(SECRET), quick()).await;
    assert_eq!(kind(refused), RenderErrorKind::Isolation);
    let accepting = quick().accept_isolation(manim_core::Isolation::L1);
    let remote = connect(&[&server], accepting).await;
    let end = remote
        .render(&construct("pass"), RenderSettings::default(), &())
        .await
        .unwrap();
    assert!(matches!(end, RenderOutcome::Rendered(_)));
}

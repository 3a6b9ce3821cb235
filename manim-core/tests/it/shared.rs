//! What the sharing of renders promises.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use manim_core::conformance::renderer::RendererFixture;
use manim_core::layer::SharedRenderer;
use manim_core::testing::{ScriptedProvider, StubRenderer};
use manim_core::{
    Diagnostic, Pipeline, PipelineOptions, Provider, Quality, RenderError, RenderErrorKind, RenderOutcome,
    RenderSettings, Renderer, SessionId, Stage, Status, Submission,
};

use crate::conformance::stub_renderer;
use crate::sample::{problem, scene};

const LONG: Duration = Duration::from_secs(60);

fn slow() -> Arc<StubRenderer> {
    Arc::new(StubRenderer::new().with_delay(LONG))
}

#[track_caller]
fn is_film(outcome: &Result<RenderOutcome, RenderError>) {
    assert!(matches!(outcome, Ok(RenderOutcome::Rendered(_))), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn equal_renders_at_the_same_time_are_one() {
    let stub = slow();
    let shared = SharedRenderer::new(stub.clone());
    let scene = scene();
    let renders = (0..5).map(|_| shared.render(&scene, RenderSettings::default(), &()));
    join_all(renders).await.iter().for_each(is_film);
    assert_eq!(stub.renders(), 1);
}

#[tokio::test(start_paused = true)]
async fn other_settings_and_later_renders_are_their_own() {
    let stub = slow();
    let shared = SharedRenderer::new(stub.clone());
    let scene = scene();
    let high = RenderSettings::default().with_quality(Quality::High);
    let (first, second) = tokio::join!(
        shared.render(&scene, RenderSettings::default(), &()),
        shared.render(&scene, high, &())
    );
    is_film(&first);
    is_film(&second);
    is_film(&shared.render(&scene, high, &()).await);
    assert_eq!(stub.renders(), 3);
}

#[tokio::test(start_paused = true)]
async fn one_who_leaves_takes_nothing_from_the_others() {
    let stub = slow();
    let shared = SharedRenderer::new(stub.clone());
    let scene = scene();
    let mut leader = shared.render(&scene, RenderSettings::default(), &()).boxed();
    let mut other = shared.render(&scene, RenderSettings::default(), &()).boxed();
    assert!((&mut leader).now_or_never().is_none() && (&mut other).now_or_never().is_none());
    tokio::time::advance(LONG / 2).await;
    assert!((&mut other).now_or_never().is_none());
    drop(leader);
    let begun = tokio::time::Instant::now();
    is_film(&other.await);
    assert!(begun.elapsed() <= LONG / 2, "the work began again");
    assert_eq!(stub.renders(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_work_ends_when_the_last_one_leaves() {
    let stub = slow();
    let shared = SharedRenderer::new(stub.clone());
    let scene = scene();
    let mut calls: Vec<_> = (0..2)
        .map(|_| shared.render(&scene, RenderSettings::default(), &()).boxed())
        .collect();
    assert!(calls.iter_mut().all(|call| call.now_or_never().is_none()));
    assert_eq!(stub.active(), 1);
    drop(calls);
    assert_eq!(stub.active(), 0);
    is_film(&shared.render(&scene, RenderSettings::default(), &()).await);
    assert_eq!(stub.renders(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_told_to_one_and_the_others_try_for_themselves() {
    let stub = StubRenderer::new()
        .with_delay(LONG)
        .failing_first(RenderErrorKind::Worker);
    let stub = Arc::new(stub);
    let shared = SharedRenderer::new(stub.clone());
    let scene = scene();
    let renders = (0..3).map(|_| shared.render(&scene, RenderSettings::default(), &()));
    let (failed, made): (Vec<_>, Vec<_>) = join_all(renders).await.into_iter().partition(Result::is_err);
    assert_eq!((failed.len(), made.len()), (1, 2));
    assert_eq!(stub.renders(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rejection_is_shared() {
    let findings = Diagnostic::new(Stage::Render, "zero-division-error", "division by zero");
    let stub = Arc::new(StubRenderer::new().with_delay(LONG).rejecting(findings.into()));
    let shared = SharedRenderer::new(stub.clone());
    let scene = scene();
    let renders = (0..2).map(|_| shared.render(&scene, RenderSettings::default(), &()));
    let outcomes = join_all(renders).await;
    let rejected = |outcome: &_| matches!(outcome, Ok(RenderOutcome::Rejected(_)));
    assert!(outcomes.iter().all(rejected));
    assert_eq!(stub.renders(), 1);
}

#[tokio::test(start_paused = true)]
async fn two_equal_jobs_in_flight_share_one_render() {
    const CODE: &str = "class MainScene(Scene):\n    def construct(self):\n        self.wait()";
    let provider: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("p").replying(CODE).replying(CODE));
    let stub = slow();
    let options = PipelineOptions {
        workers: 2,
        ..PipelineOptions::default()
    };
    let pipeline = Pipeline::builder([provider], stub.clone())
        .options(options)
        .build();
    let submit = || pipeline.submit(Submission::new(SessionId::new(), problem()));
    let (first, second) = (submit().await.unwrap(), submit().await.unwrap());
    let (first, second) = tokio::join!(
        pipeline.run_until_settled(first),
        pipeline.run_until_settled(second)
    );
    assert_eq!(first.unwrap().status(), Status::Ready);
    assert_eq!(second.unwrap().status(), Status::Ready);
    assert_eq!(stub.renders(), 1);
}

async fn sharing() -> RendererFixture {
    let fixture = stub_renderer().await;
    RendererFixture {
        renderer: Arc::new(SharedRenderer::new(fixture.renderer.clone())),
        ..fixture
    }
}

manim_core::renderer_conformance!(sharing);

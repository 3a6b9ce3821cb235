//! What the memory of answers promises.

use std::sync::Arc;

use manim_core::layer::CachedRenderer;
use manim_core::memory::MemoryBlobs;
use manim_core::testing::{MockBlobStore, ScriptedProvider, StubRenderer};
use manim_core::{
    BlobStore, Diagnostic, Job, Pipeline, ProblemText, Provider, Quality, RenderSettings, Renderer,
    SessionId, Stage, Status, StoreError, StoreErrorKind, Submission,
};

const CODE: &str = "class MainScene(Scene):\n    def construct(self):\n        self.wait()";
const PROBLEM: &str = "Solve x + 1 = 2 for x";

struct Rig {
    answers: Arc<dyn BlobStore>,
    renderer: Arc<dyn Renderer>,
}

fn rig() -> Rig {
    Rig {
        answers: Arc::new(MemoryBlobs::new()),
        renderer: Arc::new(StubRenderer::new()),
    }
}

impl Rig {
    async fn solve(&self, provider: ScriptedProvider, problem: &str, settings: RenderSettings) -> Job {
        let provider: Arc<dyn Provider> = Arc::new(provider);
        let pipeline = Pipeline::builder([provider], self.renderer.clone())
            .reuse_answers(self.answers.clone())
            .build();
        let problem = ProblemText::parse(problem).unwrap();
        let submission = Submission::new(SessionId::new(), problem).with_settings(settings);
        let id = pipeline.submit(submission).await.unwrap();
        pipeline.run_until_settled(id).await.unwrap()
    }

    async fn usual(&self, provider: ScriptedProvider) -> Job {
        self.solve(provider, PROBLEM, RenderSettings::default()).await
    }
}

fn silent() -> ScriptedProvider {
    ScriptedProvider::new("p")
}

fn writes() -> ScriptedProvider {
    silent().replying(CODE)
}

#[track_caller]
fn answered_by(job: &Job, provider: &str) {
    let asked: Vec<_> = job
        .attempts()
        .iter()
        .map(|attempt| attempt.provider.as_str())
        .collect();
    assert_eq!((job.status(), asked), (Status::Ready, vec![provider]));
}

#[tokio::test(start_paused = true)]
async fn a_problem_that_became_a_film_is_not_asked_again_and_the_record_says_so() {
    let rig = rig();
    answered_by(&rig.usual(writes()).await, "p");
    let again = rig.usual(silent()).await;
    answered_by(&again, "remembered");
    assert_eq!(
        again.code().unwrap().as_str().trim(),
        format!("from manim import *\n{CODE}").trim()
    );
    assert_eq!(again.attempts()[0].model, "scripted");
}

#[tokio::test(start_paused = true)]
async fn another_problem_setting_or_provider_is_asked() {
    let rig = rig();
    rig.usual(writes()).await;
    let settings = RenderSettings::default();
    answered_by(&rig.solve(writes(), "Solve x + 1 = 3 for x", settings).await, "p");
    answered_by(
        &rig.solve(writes(), PROBLEM, settings.with_quality(Quality::High))
            .await,
        "p",
    );
    answered_by(&rig.usual(ScriptedProvider::new("q").replying(CODE)).await, "q");
}

#[tokio::test(start_paused = true)]
async fn code_that_became_no_film_is_not_remembered() {
    let wrong = || Diagnostic::new(Stage::Render, "zero-division-error", "division by zero").into();
    let mut rig = rig();
    rig.renderer = Arc::new(StubRenderer::new().rejecting(wrong()));
    let refusing = writes().failing(manim_core::ProviderErrorKind::Refused);
    assert_eq!(rig.usual(refusing).await.status(), Status::Failed);
    rig.renderer = Arc::new(StubRenderer::new());
    answered_by(&rig.usual(writes()).await, "p");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_fails_now_is_mended_by_the_providers() {
    let mut rig = rig();
    rig.usual(writes()).await;
    let verdict = |scene: &manim_core::Scene| {
        let old = !scene.code.as_str().contains("new");
        old.then(|| Diagnostic::new(Stage::Inspect, "name-error", "gone").into())
    };
    rig.renderer = Arc::new(StubRenderer::new().rejecting_if(verdict));
    let job = rig.usual(silent().replying(format!("{CODE}  # new"))).await;
    assert_eq!((job.status(), job.attempts().len()), (Status::Ready, 2));
}

#[tokio::test(start_paused = true)]
async fn with_a_cache_of_films_nothing_is_rendered_twice() {
    let mut rig = rig();
    let stub = Arc::new(StubRenderer::new());
    rig.renderer = Arc::new(CachedRenderer::new(stub.clone(), rig.answers.clone()));
    rig.usual(writes()).await;
    answered_by(&rig.usual(silent()).await, "remembered");
    assert_eq!(stub.renders(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_broken_store_costs_a_call_never_a_film() {
    let broken = || StoreError::new(StoreErrorKind::Unavailable, "use", "the store");
    let mut blobs = MockBlobStore::new();
    blobs.expect_get().returning(move |_, _| Err(broken()));
    blobs.expect_put().returning(move |_, _, _| Err(broken()));
    let mut rig = rig();
    rig.answers = Arc::new(blobs);
    answered_by(&rig.usual(writes()).await, "p");
}

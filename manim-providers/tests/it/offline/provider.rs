//! What the pipeline sees of the solver.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use manim_core::{
    DeltaSink, Diagnostics, FinishReason, GenerationRequest, ProblemText, Program, Provider,
    ProviderErrorKind, RenderSettings, Retry, SceneCode, ScriptError, ScriptErrorKind, ScriptRunner,
    extract_code,
};
use manim_providers::OfflineSolver;
use serde_json::{Value, json};

use super::solve;

/// Gives one answer, whatever it is asked.
#[derive(Debug)]
struct Fixed(Result<Value, ScriptErrorKind>);

#[async_trait]
impl ScriptRunner for Fixed {
    async fn run(&self, program: Program, _: Value) -> Result<Value, ScriptError> {
        self.0
            .clone()
            .map_err(|kind| ScriptError::new(kind, "run", program.name))
    }
}

fn request(text: &str) -> GenerationRequest {
    GenerationRequest::new(ProblemText::parse(text).unwrap(), RenderSettings::default())
}

async fn kind_for(answer: Result<Value, ScriptErrorKind>) -> (ProviderErrorKind, Retry) {
    let solver = OfflineSolver::new(Arc::new(Fixed(answer)));
    let error = solver
        .generate(&request("Solve x + 1 = 2"), &())
        .await
        .unwrap_err();
    (error.kind(), error.retry())
}

#[tokio::test]
async fn the_reply_is_one_fenced_scene_with_our_class() {
    let solved = solve("Solve x^2 - 5x + 6 = 0").await;
    let code = extract_code(&solved.generation.text).unwrap();
    assert!(code.as_str().contains("class MainScene(Scene):"));
    assert_eq!(solved.generation.finish, FinishReason::Stop);
}

#[tokio::test]
async fn the_deltas_are_the_text() {
    struct Sink(Mutex<String>);
    impl DeltaSink for Sink {
        fn delta(&self, text: &str) {
            self.0.lock().unwrap().push_str(text);
        }
    }
    let sink = Sink(Mutex::new(String::new()));
    let solver = OfflineSolver::new(Arc::new(super::python::Python::start()));
    let generation = solver.generate(&request("Solve x + 1 = 2"), &sink).await.unwrap();
    assert_eq!(*sink.0.lock().unwrap(), generation.text);
}

#[tokio::test]
async fn a_repair_is_declined() {
    let solver = OfflineSolver::new(Arc::new(Fixed(Ok(Value::Null))));
    let code = SceneCode::new("class MainScene: pass").unwrap();
    let error = solver
        .generate(
            &request("Solve x + 1 = 2").repairing(code, Diagnostics::default()),
            &(),
        )
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Refused);
}

#[tokio::test]
async fn an_answer_that_fails_its_own_check_is_no_film() {
    let (kind, retry) = kind_for(Ok(json!({"failed_check": "it differs"}))).await;
    assert_eq!((kind, retry), (ProviderErrorKind::Unsupported, Retry::Never));
}

#[tokio::test]
async fn an_answer_with_hostile_tex_is_no_film() {
    let lesson = json!({"lesson": {
        "title": "A lesson", "steps": [], "claims": [],
        "result": [{"tex": r"\input{/etc/passwd}"}],
    }});
    assert_eq!(kind_for(Ok(lesson)).await.0, ProviderErrorKind::BadReply);
}

#[tokio::test]
async fn failures_of_the_runner_keep_their_meaning() {
    assert_eq!(
        kind_for(Err(ScriptErrorKind::Limit)).await,
        (ProviderErrorKind::Unsupported, Retry::Never)
    );
    assert_eq!(
        kind_for(Err(ScriptErrorKind::Raised)).await,
        (ProviderErrorKind::Unsupported, Retry::Never)
    );
    assert_eq!(
        kind_for(Err(ScriptErrorKind::Worker)).await,
        (ProviderErrorKind::Unavailable, Retry::Now)
    );
    assert_eq!(
        kind_for(Ok(json!("nonsense"))).await,
        (ProviderErrorKind::BadReply, Retry::Never)
    );
}

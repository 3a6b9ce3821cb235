//! What the pipeline does with what an answer claims. The checker here is a double; the real one
//! runs in the suites of the renderer and of the programs.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::testing::{ScriptedProvider, StubRenderer};
use manim_core::{
    FailureKind, Job, Pipeline, PipelineBuilder, PipelineOptions, Program, Provider, ScriptError,
    ScriptErrorKind, ScriptRunner, SessionId, Status, Submission, Verdict,
};
use serde_json::{Value, json};

use crate::sample::problem;

const CODE: &str = "```python\nfrom manim import *\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n```\n";

/// A reply with code and these equations as claims.
fn reply(equations: &[&str]) -> String {
    let claims: Vec<Value> = equations
        .iter()
        .map(|equation| json!({"kind": "equality", "equation": equation}))
        .collect();
    format!("{CODE}```json\n{}\n```", json!({ "claims": claims }))
}

/// Refutes every claim that says so, verifies the others.
#[derive(Debug)]
struct Oracle;

#[async_trait]
impl ScriptRunner for Oracle {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        assert_eq!(program.name, "claims");
        let verdict = |claim: &Value| match claim["equation"].as_str().unwrap() {
            "1 = 2" => json!({"verdict": "refuted", "why": "one is not two"}),
            _ => json!({"verdict": "verified", "why": "counted"}),
        };
        Ok(input.as_array().unwrap().iter().map(verdict).collect())
    }
}

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

fn pipeline(provider: ScriptedProvider, repairs: u32) -> PipelineBuilder {
    let options = PipelineOptions {
        pause: Duration::ZERO,
        repair_attempts: repairs,
        ..PipelineOptions::default()
    };
    let provider: Arc<dyn Provider> = Arc::new(provider);
    Pipeline::builder([provider], Arc::new(StubRenderer::new())).options(options)
}

async fn settle(pipeline: Pipeline) -> Job {
    let id = pipeline
        .submit(Submission::new(SessionId::new(), problem()))
        .await
        .unwrap();
    pipeline.run_until_settled(id).await.unwrap()
}

fn verdicts(job: &Job) -> Vec<(Verdict, &str)> {
    job.claims()
        .iter()
        .map(|checked| (checked.verdict, checked.why.as_str()))
        .collect()
}

#[tokio::test]
async fn the_record_tells_what_was_verified() {
    let provider = ScriptedProvider::new("one").replying(reply(&["1 = 1", "2 = 2"]));
    let job = settle(pipeline(provider, 0).claims(Arc::new(Oracle)).build()).await;
    assert_eq!(job.status(), Status::Ready);
    assert_eq!(verdicts(&job), [(Verdict::Verified, "counted"); 2]);
}

#[tokio::test]
async fn a_false_claim_goes_back_to_the_provider_with_what_is_true() {
    let provider = ScriptedProvider::new("one")
        .replying(reply(&["1 = 2"]))
        .replying(reply(&["1 = 1"]));
    let job = settle(pipeline(provider, 1).claims(Arc::new(Oracle)).build()).await;
    assert_eq!((job.status(), job.repairs_left()), (Status::Ready, 0));
    assert_eq!(verdicts(&job), [(Verdict::Verified, "counted")]);
}

#[tokio::test]
async fn a_film_whose_claims_stay_false_is_not_made() {
    let provider = ScriptedProvider::new("one")
        .replying(reply(&["1 = 2"]))
        .replying(reply(&["1 = 2", "2 = 2"]));
    let job = settle(pipeline(provider, 1).claims(Arc::new(Oracle)).build()).await;
    let failure = job.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::CodeRejected);
    assert!(failure.message.contains("one is not two"), "{}", failure.message);
}

#[tokio::test]
async fn a_check_that_fails_costs_no_film() {
    for answer in [
        Err(ScriptErrorKind::Limit),
        Err(ScriptErrorKind::Raised),
        Err(ScriptErrorKind::Worker),
        Ok(Value::Null),
        Ok(json!([{"verdict": "maybe", "why": 7}])),
        Ok(json!([])),
    ] {
        let provider = ScriptedProvider::new("one").replying(reply(&["1 = 2"]));
        let job = settle(pipeline(provider, 0).claims(Arc::new(Fixed(answer))).build()).await;
        assert_eq!(job.status(), Status::Ready);
        assert_eq!(job.claims()[0].verdict, Verdict::Unverified);
        assert!(!job.claims()[0].why.is_empty());
    }
}

#[tokio::test]
async fn without_a_runner_claims_are_recorded_as_unverified() {
    let provider = ScriptedProvider::new("one").replying(reply(&["1 = 2"]));
    let job = settle(pipeline(provider, 0).build()).await;
    assert_eq!(job.status(), Status::Ready);
    assert_eq!(
        verdicts(&job),
        [(Verdict::Unverified, "claims are not checked here")]
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_recorded_and_not_checked() {
    let broken = format!("{CODE}```json\n{{\"claims\": [{{\"kind\": \"magic\"}}]}}\n```");
    let provider = ScriptedProvider::new("one").replying(broken);
    let job = settle(pipeline(provider, 0).claims(Arc::new(Oracle)).build()).await;
    assert_eq!(job.status(), Status::Ready);
    assert_eq!(verdicts(&job), [(Verdict::Unverified, "it could not be read")]);
}

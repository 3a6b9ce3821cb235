//! The solver that needs no key and no network: text → task → SymPy in the jail → lesson →
//! scene from templates.
//!
//! Text of the user reaches Python as data only: the tree of an expression as JSON, and the
//! problem's words as a quoted literal. It never reaches `eval`, nor TeX. A sentence that is
//! not understood to its last word is refused.

mod claims;
mod courtesy;
mod families;
mod lesson;
mod notation;
mod phrase;
mod program;
mod recognise;
mod scene;
mod task;
mod tex;

use std::sync::Arc;

use async_trait::async_trait;
use manim_core::{
    DeltaSink, FinishReason, Generation, GenerationRequest, Provider, ProviderError, ProviderErrorKind,
    ScriptError, ScriptErrorKind, ScriptRunner, Usage,
};
use serde_json::{Value, json};

use lesson::Lesson;
use recognise::{Request, recognise};

/// Solves common families of problems with SymPy and films them from templates.
///
/// It recognises equations, systems of linear equations, derivatives, integrals, limits,
/// sums, graphs and matrices, and refuses with
/// [`Unsupported`](ProviderErrorKind::Unsupported) what it does not understand in full.
#[derive(Debug, Clone)]
pub struct OfflineSolver {
    runner: Arc<dyn ScriptRunner>,
}

impl OfflineSolver {
    /// The provider's name in records.
    pub const NAME: &'static str = "offline";
    /// The model's name in records.
    pub const MODEL: &'static str = "sympy";

    /// A solver whose Python runs on `runner`.
    pub fn new(runner: Arc<dyn ScriptRunner>) -> Self {
        Self { runner }
    }

    async fn lesson(&self, request: &Request) -> Result<Lesson, ProviderError> {
        let mut input = request.task.json();
        if let Some(object) = input.as_object_mut() {
            object.insert("method".into(), json!(request.method.map(task::Method::name)));
        }
        let answer = self
            .runner
            .run(program::SOLVER, input)
            .await
            .map_err(script_failed)?;
        let lesson = accepted(answer)?;
        match request.method {
            Some(method) if !lesson.methods.iter().any(|used| used == method.name()) => Err(unsupported(
                &format!("This problem is not solved by {} here.", method.name()),
            )),
            _ => Ok(lesson),
        }
    }
}

#[async_trait]
impl Provider for OfflineSolver {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn model(&self) -> &str {
        Self::MODEL
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        if request.repair.is_some() {
            let why = "The offline solver writes each scene once and has no second opinion.";
            return Err(ProviderError::new(ProviderErrorKind::Refused, "repair with", why));
        }
        let problem = request.problem.as_str();
        let understood = recognise(problem).map_err(|refusal| unsupported(&refusal.0))?;
        let understood =
            understood.ok_or_else(|| unsupported("This problem is not one of the kinds it knows."))?;
        let lesson = self.lesson(&understood).await?;
        let code = scene::write(problem, &lesson);
        let text = format!("```python\n{code}```\n\n{}", claims::block(&lesson.claims));
        deltas.delta(&text);
        Ok(Generation {
            text,
            model: Self::MODEL.to_owned(),
            finish: FinishReason::Stop,
            usage: Usage::default(),
        })
    }
}

/// What it can do, and what to do about the rest: part of every refusal.
const ABILITIES: &str = "The offline solver handles equations in one unknown, systems of linear equations, \
     derivatives, integrals, limits, sums, graphs of functions, and determinants, inverses and products of \
     matrices. For any other problem configure a language model: set OPENAI_API_KEY, or OPENAI_BASE_URL for \
     any compatible service.";

fn unsupported(reason: &str) -> ProviderError {
    let subject = format!("the offline solver. {reason} {ABILITIES}");
    ProviderError::new(ProviderErrorKind::Unsupported, "solve with", subject)
}

fn failed(kind: ProviderErrorKind, what: &str) -> ProviderError {
    ProviderError::new(kind, "solve with", format!("the offline solver: {what}"))
}

fn script_failed(error: ScriptError) -> ProviderError {
    let failure = match error.kind() {
        ScriptErrorKind::Limit => unsupported("This problem takes longer than the solver may compute."),
        ScriptErrorKind::Raised => failed(
            ProviderErrorKind::Unsupported,
            "the solver failed on this problem",
        ),
        _ => failed(
            ProviderErrorKind::Unavailable,
            "the solver's process could not be run",
        ),
    };
    failure.with_source(error)
}

/// The solver's answer: a lesson, or a reason why there is none.
fn accepted(answer: Value) -> Result<Lesson, ProviderError> {
    if let Some(reason) = answer.get("refused").and_then(Value::as_str) {
        return Err(unsupported(reason));
    }
    if let Some(reason) = answer.get("failed_check").and_then(Value::as_str) {
        return Err(failed(
            ProviderErrorKind::Unsupported,
            &format!("its own check did not confirm the answer ({reason})"),
        ));
    }
    let lesson = answer.get("lesson").cloned().unwrap_or(Value::Null);
    serde_json::from_value(lesson).map_err(|error| {
        failed(ProviderErrorKind::BadReply, "the solver's answer is not a lesson")
            .with_retry(manim_core::Retry::Never)
            .with_source(error)
    })
}

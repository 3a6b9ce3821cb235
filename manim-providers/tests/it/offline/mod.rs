//! The offline solver, with its real Python.

mod answers;
mod claims;
mod contract;
mod phrasings;
mod proofs;
mod provider;
mod python;
mod scenes;
mod traps;
mod travel;

use std::sync::Arc;

use manim_core::{
    Generation, GenerationRequest, ProblemText, Provider, ProviderError, ProviderErrorKind, RenderSettings,
};
use manim_providers::OfflineSolver;
use serde_json::Value;

use python::Python;

/// What came of a problem: the film's source and the lesson behind it.
struct Solved {
    generation: Generation,
    lesson: Value,
}

impl Solved {
    /// The claims of one kind.
    fn claims(&self, kind: &str) -> Vec<&Value> {
        let claims = self.lesson["claims"].as_array().unwrap();
        claims.iter().filter(|claim| claim["kind"] == kind).collect()
    }
}

async fn ask(text: &str) -> Result<Solved, ProviderError> {
    let runner = Arc::new(Python::start());
    let solver = OfflineSolver::new(runner.clone());
    let problem = ProblemText::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let request = GenerationRequest::new(problem, RenderSettings::default());
    let generation = solver.generate(&request, &()).await?;
    let answer = runner.last_answer();
    Ok(Solved {
        generation,
        lesson: answer["lesson"].clone(),
    })
}

async fn solve(text: &str) -> Solved {
    match ask(text).await {
        Ok(solved) => solved,
        Err(error) => panic!("{text}: {}", manim_core::chain(&error)),
    }
}

/// The reason for which a problem is refused; panics if there is a film.
async fn refusal(text: &str) -> String {
    match ask(text).await {
        Ok(solved) => panic!("{text}: filmed as {}", solved.lesson["steps"][0]["line"]),
        Err(error) => {
            assert_eq!(error.kind(), ProviderErrorKind::Unsupported, "{text}: {error}");
            error.subject().to_owned()
        }
    }
}

//! The laws of `Provider`: the solver asks no service, so its peer is the runner.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use async_trait::async_trait;
use manim_core::conformance::provider::ProviderFixture;
use manim_core::{ProblemText, Program, Provider, ScriptError, ScriptErrorKind, ScriptRunner};
use manim_providers::OfflineSolver;
use serde_json::Value;

use super::python::Python;

manim_core::provider_conformance!(make);

/// Calls that are under way and calls in all.
#[derive(Debug, Default)]
struct Calls {
    begun: AtomicUsize,
    open: AtomicUsize,
}

/// Counts the calls of the runner below; without one, no call ends.
#[derive(Debug)]
struct Counting(Option<Arc<dyn ScriptRunner>>, Arc<Calls>);

struct Open<'a>(&'a Calls);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl ScriptRunner for Counting {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        self.1.begun.fetch_add(1, SeqCst);
        self.1.open.fetch_add(1, SeqCst);
        let _open = Open(&self.1);
        match &self.0 {
            Some(runner) => runner.run(program, input).await,
            None => std::future::pending().await,
        }
    }
}

#[derive(Debug)]
struct Broken;

#[async_trait]
impl ScriptRunner for Broken {
    async fn run(&self, program: Program, _: Value) -> Result<Value, ScriptError> {
        Err(ScriptError::new(ScriptErrorKind::Worker, "run", program.name))
    }
}

async fn make() -> ProviderFixture {
    let calls = Arc::new(Calls::default());
    let solver = |runner: Option<Arc<dyn ScriptRunner>>| -> Arc<dyn Provider> {
        Arc::new(OfflineSolver::new(Arc::new(Counting(runner, calls.clone()))))
    };
    let (begun, open) = (calls.clone(), calls.clone());
    ProviderFixture {
        problem: ProblemText::parse("Solve x² − 5x + 6 = 0").unwrap(),
        answering: solver(Some(Arc::new(Python::start()))),
        failing: solver(Some(Arc::new(Broken))),
        hanging: solver(None),
        key: None,
        requests: Box::new(move || begun.begun.load(SeqCst)),
        open: Box::new(move || open.open.load(SeqCst)),
        guard: Box::new(()),
    }
}

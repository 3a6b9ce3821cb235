//! A wrong answer planted in the solver is found by the check of claims, in the real jail.

use std::sync::Arc;

use async_trait::async_trait;
use manim_core::{
    FailureKind, Job, Pipeline, ProblemText, Program, Provider, Quality, RenderSettings, ScriptError,
    ScriptRunner, SessionId, Status, Submission, Verdict,
};
use manim_providers::OfflineSolver;
use manim_renderer::{Environment, LocalRenderer, Options};
use serde_json::Value;
use tokio::sync::OnceCell;

pub(crate) async fn renderer() -> Arc<LocalRenderer> {
    static SHARED: OnceCell<Arc<LocalRenderer>> = OnceCell::const_new();
    let start = || async {
        let environment =
            Environment::locate().expect("`make setup` makes the environment that the tests need");
        let options = Options::default().with_scratch(env!("CARGO_TARGET_TMPDIR"));
        Arc::new(LocalRenderer::start(environment, options).await.unwrap())
    };
    SHARED.get_or_init(start).await.clone()
}

/// Runs the solver with a mistake in its source and with none of its own checks.
#[derive(Debug)]
struct Tampered {
    runner: Arc<LocalRenderer>,
    right: &'static str,
    wrong: &'static str,
}

#[async_trait]
impl ScriptRunner for Tampered {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        let found = program
            .modules
            .iter()
            .filter(|(_, source)| source.contains(self.right));
        assert_eq!(
            found.count(),
            1,
            "the place for the mistake is gone: {}",
            self.right
        );
        let modules: Vec<(&str, &str)> = program
            .modules
            .iter()
            .map(|(name, source)| (*name, &*self.spoilt(source).leak()))
            .collect();
        let modules = modules.leak();
        self.runner.run(Program { modules, ..program }, input).await
    }
}

impl Tampered {
    fn spoilt(&self, source: &str) -> String {
        source
            .replace(self.right, self.wrong)
            .replace("raise proof.CheckFailed(", "str(")
            .replace("raise CheckFailed(", "str(")
    }
}

/// A problem, and a mistake that spoils its answer.
struct Plant {
    problem: &'static str,
    right: &'static str,
    wrong: &'static str,
}

const PLANTS: [Plant; 4] = [
    Plant {
        problem: "Solve 2x + 3 = 11",
        right: "eq.finish([d / a])",
        wrong: "eq.finish([-d / a])",
    },
    Plant {
        problem: "Differentiate x^3 sin(x) with respect to x",
        right: "value = derivation.differentiate(value, number)",
        wrong: "value = derivation.differentiate(value, number) + 1",
    },
    Plant {
        problem: "Integrate x^2 from 1 to 3",
        right: "value = min([sp.simplify(top - bottom), sp.expand(top - bottom)]",
        wrong: "value = min([sp.simplify(top + bottom), sp.expand(top + bottom)]",
    },
    Plant {
        problem: "Find the limit of sin(x)/x as x approaches 0",
        // Behind the explanation, which refuses a value that it cannot reach.
        right: "self.explain(value)",
        wrong: "self.explain(value); value = value + 1",
    },
];

impl Plant {
    async fn solver(&self) -> Arc<dyn Provider> {
        Arc::new(OfflineSolver::new(Arc::new(Tampered {
            runner: renderer().await,
            right: self.right,
            wrong: self.wrong,
        })))
    }

    async fn settle(&self, pipeline: &Pipeline) -> Job {
        let problem = ProblemText::parse(self.problem).unwrap();
        let settings = RenderSettings::default().with_quality(Quality::Low);
        let submission = Submission::new(SessionId::new(), problem).with_settings(settings);
        let id = pipeline.submit(submission).await.unwrap();
        pipeline.run_until_settled(id).await.unwrap()
    }
}

#[tokio::test]
async fn a_wrong_answer_planted_in_the_solver_is_refuted_and_becomes_no_film() {
    for plant in PLANTS {
        let renderer = renderer().await;
        let pipeline = Pipeline::builder([plant.solver().await], renderer.clone())
            .claims(renderer)
            .repair_attempts(0)
            .build();
        let job = plant.settle(&pipeline).await;
        let verdicts: Vec<_> = job.claims().iter().map(|checked| checked.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Refuted],
            "{}: {:?}, {:?}",
            plant.problem,
            job.claims(),
            job.failure()
        );
        let failure = job.failure().expect("a failure");
        assert_eq!(failure.kind, FailureKind::CodeRejected, "{}", failure.message);
        assert!(
            failure.message.contains(&job.claims()[0].why),
            "{}",
            failure.message
        );
    }
}

/// Nothing else finds the mistake: the solver's own checks are out of order in these tests.
#[tokio::test]
async fn without_the_check_the_wrong_answer_would_be_filmed() {
    let plant = &PLANTS[0];
    let pipeline = Pipeline::builder([plant.solver().await], renderer().await).build();
    let job = plant.settle(&pipeline).await;
    assert_eq!(job.status(), Status::Ready, "{:?}", job.failure());
    assert_eq!(job.claims()[0].verdict, Verdict::Unverified);
}

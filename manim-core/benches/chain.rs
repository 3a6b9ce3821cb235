//! What the chain adds to an attempt: the providers here fail, or answer, at once.
#![expect(clippy::print_stdout, reason = "the figures are what the program is for")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use manim_core::testing::StubRenderer;
use manim_core::{
    Budget, ChainOptions, DeltaSink, FinishReason, Generation, GenerationRequest, Pipeline, PipelineOptions,
    ProblemText, Provider, ProviderError, ProviderErrorKind, SessionId, Status, Submission, Usage,
};

const ROUNDS: usize = 100;
/// Providers that fail before the last one answers.
const FAILING: usize = 99;

const CODE: &str =
    "from manim import *\n\n\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    let alone = runtime.block_on(median(0));
    let last = runtime.block_on(median(FAILING));
    println!("a job whose first provider answers: {alone:?}");
    println!("a job whose provider {} answers: {last:?}", FAILING + 1);
    println!(
        "the chain per failed attempt: {:?}",
        last.saturating_sub(alone) / FAILING as u32
    );
}

/// A job's time in the pipeline, stores in memory, films by the stub.
async fn median(failing: usize) -> Duration {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        times.push(job(failing).await);
    }
    times.sort_unstable();
    times[ROUNDS / 2]
}

async fn job(failing: usize) -> Duration {
    let fails = (0..failing).map(|number| Arc::new(Instantly::fail(number)) as Arc<dyn Provider>);
    let answers: Arc<dyn Provider> = Arc::new(Instantly::answer());
    let budget = Budget {
        attempts: failing + 1,
        ..Budget::default()
    };
    let options = PipelineOptions {
        chain: ChainOptions {
            budget,
            ..ChainOptions::default()
        },
        ..PipelineOptions::default()
    };
    let pipeline = Pipeline::builder(fails.chain([answers]), Arc::new(StubRenderer::new()))
        .options(options)
        .build();
    let begun = Instant::now();
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap_or_else(|error| panic!("{error}"));
    let submission = Submission::new(SessionId::new(), problem);
    let id = pipeline
        .submit(submission)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let job = pipeline
        .run_until_settled(id)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((job.status(), job.attempts().len()), (Status::Ready, failing + 1));
    begun.elapsed()
}

/// Fails, or answers, without a wait.
#[derive(Debug)]
struct Instantly {
    name: String,
    fails: bool,
}

impl Instantly {
    fn fail(number: usize) -> Self {
        Self {
            name: format!("failing-{number}"),
            fails: true,
        }
    }

    fn answer() -> Self {
        Self {
            name: "answering".to_owned(),
            fails: false,
        }
    }
}

#[async_trait]
impl Provider for Instantly {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        "none"
    }

    async fn generate(
        &self,
        _: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        if self.fails {
            return Err(ProviderError::new(
                ProviderErrorKind::Unavailable,
                "generate with",
                self.name.as_str(),
            ));
        }
        deltas.delta(CODE);
        Ok(Generation {
            text: CODE.to_owned(),
            model: "none".to_owned(),
            finish: FinishReason::Stop,
            usage: Usage::default(),
        })
    }
}

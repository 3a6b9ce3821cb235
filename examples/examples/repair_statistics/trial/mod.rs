//! Many problems for a model that spoils its replies, through the real pipeline: the check,
//! the dry run in the jail, the repair. What comes of it, in numbers.

mod chance;
pub(crate) mod faults;
pub(crate) mod model;
mod problems;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream;
use manim_core::testing::{SplitRenderer, StubRenderer};
use manim_core::{
    Job, Pipeline, ProblemText, Quality, RenderSettings, Renderer, SessionId, Status, Submission,
};
use manim_providers::{OfflineSolver, Price, PriceTable};
use manim_renderer::{Environment, Limits, LocalRenderer, Options};

use faults::Fault;
use model::{FaultyModel, Habits};

/// A middling price of a strong model, in micro-US-dollars per million tokens.
const PRICE: Price = Price {
    input: 2_000_000,
    output: 12_000_000,
};

/// An endless scene costs this much; a good one needs a tenth of it on a busy machine.
const INSPECT_WALL: Duration = Duration::from_secs(60);

/// How a trial is run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) problems: usize,
    pub(crate) habits: Habits,
    /// Draw the films, in low quality; otherwise a scene that passed its dry run is taken
    /// for a film.
    pub(crate) draw: bool,
}

/// How one problem ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) problem: String,
    pub(crate) status: Status,
    pub(crate) why: Option<String>,
    /// Calls after the first.
    pub(crate) repairs: usize,
    pub(crate) cost_micro_usd: u64,
    /// What was wrong with each reply.
    pub(crate) replies: Vec<Option<Fault>>,
}

impl Ending {
    pub(crate) fn is_film(&self) -> bool {
        self.status == Status::Ready
    }

    /// The film shows what the model had wrong.
    pub(crate) fn is_wrong(&self) -> bool {
        self.is_film() && self.replies.last() == Some(&Some(Fault::WrongMaths))
    }
}

/// Runs the trial; endings in the order of the problems.
pub(crate) async fn run(plan: Plan) -> anyhow::Result<Vec<Ending>> {
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let limits = Limits::default().with_inspect_wall(INSPECT_WALL);
    let options = Options::default().with_concurrency(jobs).with_limits(limits);
    let renderer = Arc::new(LocalRenderer::start(Environment::locate()?, options).await?);
    let exercises = problems::exercises(plan.problems, &problems::valid_scenes());
    let model = FaultyModel::new(plan.habits, OfflineSolver::new(renderer.clone()), &exercises);
    let prices = Arc::new(PriceTable::empty().with(FaultyModel::NAME, "", PRICE));
    let trial = Trial {
        model,
        renderer: match plan.draw {
            true => renderer,
            false => Arc::new(SplitRenderer::new(renderer, Arc::new(StubRenderer::new()))),
        },
        prices,
    };
    let solve = |exercise: problems::Exercise| trial.solve(exercise.text);
    let endings = stream::iter(exercises).map(solve).buffered(jobs);
    Ok(endings.collect().await)
}

struct Trial {
    model: Arc<FaultyModel>,
    renderer: Arc<dyn Renderer>,
    prices: Arc<PriceTable>,
}

impl Trial {
    async fn solve(&self, text: String) -> Ending {
        // A pipeline of its own for each, so that no job waits in another's hands.
        let model: Arc<dyn manim_core::Provider> = self.model.clone();
        let pipeline = Pipeline::builder([model], self.renderer.clone())
            .prices(self.prices.clone())
            .build();
        let problem = ProblemText::parse(&text).expect("an exercise is a problem");
        let settings = RenderSettings::default().with_quality(Quality::Low);
        let submission = Submission::new(SessionId::new(), problem).with_settings(settings);
        let id = pipeline.submit(submission).await.expect("the queue is empty");
        let job = pipeline.run_until_settled(id).await.expect("the job is there");
        self.ending(text, &job)
    }

    fn ending(&self, problem: String, job: &Job) -> Ending {
        let costs = job.attempts().iter().filter_map(|attempt| attempt.cost_micro_usd);
        Ending {
            status: job.status(),
            why: job.failure().map(|failure| failure.message.clone()),
            repairs: job.attempts().len().saturating_sub(1),
            cost_micro_usd: costs.sum(),
            replies: self.model.replies(&problem),
            problem,
        }
    }
}

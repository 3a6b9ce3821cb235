//! How the pipeline asks its providers: order, pauses, circuits, budgets, hedging.

use std::sync::Arc;
use std::time::Duration;

use manim_core::testing::{ManualClock, ScriptedProvider, StubRenderer};
use manim_core::{
    BreakerOptions, Budget, ChainOptions, Circuit, Diagnostic, Diagnostics, FailureKind, FinishReason,
    Generation, GenerationRequest, Inspection, Job, Pipeline, PipelineOptions, Provider, ProviderError,
    ProviderErrorKind as Kind, Retry, SessionId, Severity, Stage, Status, Submission, Usage,
};
use tokio::time::Instant;

use crate::sample::problem;

const CODE: &str = "class MainScene(Scene):\n    def construct(self):\n        self.wait()";

fn named(name: &'static str) -> ScriptedProvider {
    ScriptedProvider::new(name)
}

fn pipeline(providers: &[&Arc<ScriptedProvider>], chain: ChainOptions) -> Pipeline {
    let providers = providers
        .iter()
        .map(|provider| Arc::clone(provider) as Arc<dyn Provider>);
    let options = PipelineOptions {
        chain,
        ..PipelineOptions::default()
    };
    Pipeline::builder(providers, Arc::new(StubRenderer::new()))
        .options(options)
        .build()
}

async fn solve(pipeline: &Pipeline) -> Job {
    let id = pipeline
        .submit(Submission::new(SessionId::new(), problem()))
        .await
        .unwrap();
    pipeline.run_until_settled(id).await.unwrap()
}

fn asked(job: &Job) -> Vec<(&str, Option<Kind>)> {
    let kind = |attempt: &manim_core::Attempt| attempt.error.as_ref().map(|error| error.kind);
    job.attempts()
        .iter()
        .map(|attempt| (attempt.provider.as_str(), kind(attempt)))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_fails_fast_costs_no_waiting() {
    let first = Arc::new(named("first").failing(Kind::RateLimited));
    let second = Arc::new(named("second").replying(CODE));
    let begun = Instant::now();
    let job = solve(&pipeline(&[&first, &second], ChainOptions::default())).await;
    assert_eq!(
        asked(&job),
        [("first", Some(Kind::RateLimited)), ("second", None)]
    );
    assert_eq!(begun.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn when_all_have_failed_those_that_may_recover_are_asked_again() {
    let broken = Arc::new(named("broken").failing(Kind::Unauthorized));
    let busy = Arc::new(named("busy").failing(Kind::Unavailable).replying(CODE));
    let begun = Instant::now();
    let job = solve(&pipeline(&[&broken, &busy], ChainOptions::default())).await;
    let expected = [
        ("broken", Some(Kind::Unauthorized)),
        ("busy", Some(Kind::Unavailable)),
        ("busy", None),
    ];
    assert_eq!(asked(&job), expected);
    assert_eq!(begun.elapsed(), ChainOptions::default().backoff);
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_a_provider_asks_for_is_kept() {
    let pause = Duration::from_secs(17);
    let error =
        ProviderError::new(Kind::RateLimited, "generate with", "busy").with_retry(Retry::After(pause));
    let busy = Arc::new(named("busy").failing_with(error).replying(CODE));
    let begun = Instant::now();
    solve(&pipeline(&[&busy], ChainOptions::default())).await;
    assert_eq!(begun.elapsed(), pause);
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_is_too_long_is_not_waited_for() {
    let pause = Retry::After(Duration::from_secs(3600));
    let error = ProviderError::new(Kind::RateLimited, "generate with", "busy").with_retry(pause);
    let busy = Arc::new(named("busy").failing_with(error));
    let job = solve(&pipeline(&[&busy], ChainOptions::default())).await;
    assert!(
        job.failure().unwrap().message.contains("Try again in a minute"),
        "{:?}",
        job.failure()
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_is_not_asked_and_closes_again() {
    let clock = Arc::new(ManualClock::new());
    let chain = ChainOptions {
        rounds: 1,
        breaker: BreakerOptions {
            failures: 1,
            ..BreakerOptions::default()
        },
        ..ChainOptions::default()
    };
    let down = Arc::new(named("down").failing(Kind::Unavailable).replying(CODE));
    let options = PipelineOptions {
        chain,
        ..PipelineOptions::default()
    };
    let provider: Arc<dyn Provider> = down.clone();
    let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new()))
        .options(options)
        .clock(clock.clone())
        .build();

    solve(&pipeline).await;
    assert_eq!(pipeline.provider_health()[0].circuit, Circuit::Open);
    assert!(asked(&solve(&pipeline).await).is_empty());
    clock.advance(chain.breaker.cool_down);
    assert_eq!(solve(&pipeline).await.status(), Status::Ready);
    assert_eq!(pipeline.provider_health()[0].circuit, Circuit::Closed);
}

#[tokio::test(start_paused = true)]
async fn health_tells_calls_successes_and_the_last_error() {
    let provider = Arc::new(named("p").failing(Kind::BadReply).replying(CODE));
    let pipeline = pipeline(&[&provider], ChainOptions::default());
    solve(&pipeline).await;
    let health = &pipeline.provider_health()[0];
    assert_eq!(
        (health.calls, health.successes, health.last_error),
        (2, 1, Some(Kind::BadReply))
    );
    assert_eq!(health.latency_ms, Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_silent_provider_is_overtaken_when_hedging_is_on() {
    let silent = Arc::new(named("silent").hanging());
    let second = Arc::new(named("second").replying(CODE));
    let chain = ChainOptions {
        hedge_after: Some(Duration::from_secs(5)),
        ..ChainOptions::default()
    };
    let begun = Instant::now();
    let job = solve(&pipeline(&[&silent, &second], chain)).await;
    assert_eq!(asked(&job), [("second", None), ("silent", Some(Kind::TimedOut))]);
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn the_budget_ends_the_asking() {
    let provider = Arc::new(named("p").failing(Kind::Unavailable).failing(Kind::Unavailable));
    let chain = ChainOptions {
        rounds: 9,
        budget: Budget {
            attempts: 2,
            ..Budget::default()
        },
        ..ChainOptions::default()
    };
    let job = solve(&pipeline(&[&provider], chain)).await;
    assert_eq!(job.attempts().len(), 2);
    assert_eq!(job.failure().unwrap().kind, FailureKind::ProvidersFailed);
}

#[derive(Debug)]
struct ThreeEach;

impl manim_core::Pricing for ThreeEach {
    fn micro_usd(&self, provider: &str, _: &str, _: Usage) -> Option<u64> {
        (provider == "p").then_some(3)
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_priced_where_prices_are_known() {
    let provider: Arc<dyn Provider> = Arc::new(named("p").replying(CODE));
    let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new()))
        .prices(Arc::new(ThreeEach))
        .build();
    assert_eq!(solve(&pipeline).await.attempts()[0].cost_micro_usd, Some(3));
}

fn finding(message: &str, severity: Severity) -> Diagnostics {
    Diagnostic::new(Stage::Inspect, "finding", message)
        .with_severity(severity)
        .into()
}

/// A pipeline whose renderer finds what `verdict` finds in the code.
fn judged(providers: &[&Arc<ScriptedProvider>], verdict: fn(&str) -> Option<Diagnostics>) -> Pipeline {
    let providers = providers
        .iter()
        .map(|provider| Arc::clone(provider) as Arc<dyn Provider>);
    let renderer = StubRenderer::new().rejecting_if(move |scene| verdict(scene.code.as_str()));
    Pipeline::builder(providers, Arc::new(renderer)).build()
}

fn scene(comment: &str) -> String {
    format!(
        "from manim import *\n\n\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()  # {comment}"
    )
}

#[tokio::test(start_paused = true)]
async fn the_same_failure_twice_goes_to_the_next_provider() {
    let first = Arc::new(named("first").replying(scene("bad 1")).replying(scene("bad 2")));
    let second = Arc::new(named("second").replying(scene("good")));
    let verdict = |code: &str| code.contains("bad").then(|| finding("the same", Severity::Error));
    let job = solve(&judged(&[&first, &second], verdict)).await;
    assert_eq!(asked(&job), [("first", None), ("first", None), ("second", None)]);
    assert_eq!(job.status(), Status::Ready);
}

#[tokio::test(start_paused = true)]
async fn code_that_was_rejected_is_not_looked_at_again() {
    let provider = Arc::new(
        named("p")
            .replying(scene("bad"))
            .replying(scene("bad"))
            .replying(scene("good")),
    );
    let renderer = Arc::new(StubRenderer::new().rejecting_if(|scene| {
        scene
            .code
            .as_str()
            .contains("bad")
            .then(|| finding("no", Severity::Error))
    }));
    let shared: Arc<dyn Provider> = provider.clone();
    let job = solve(&Pipeline::builder([shared], renderer.clone()).build()).await;
    assert_eq!((job.status(), renderer.inspections()), (Status::Ready, 2));
}

/// A reply that parses, and is not whole.
fn cut(finish: FinishReason) -> Generation {
    Generation {
        text: CODE.to_owned(),
        model: "m".to_owned(),
        finish,
        usage: Usage::default(),
    }
}

fn told(request: &GenerationRequest) -> Vec<&str> {
    let findings = request.reply_findings.iter();
    findings.map(|finding| finding.code.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_reply_cut_short_is_no_scene_and_the_next_request_says_so() {
    for (finish, code) in [
        (FinishReason::Length, "truncated"),
        (FinishReason::ContentFilter, "withheld"),
    ] {
        let provider = Arc::new(named("p").answering(cut(finish)).replying(scene("whole")));
        let job = solve(&pipeline(&[&provider], ChainOptions::default())).await;
        ready_with(&job, &scene("whole"));
        assert_eq!(told(&provider.requests()[1]), [code]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_repair_cut_short_keeps_the_code_and_its_findings() {
    let provider = Arc::new(
        named("p")
            .replying(scene("bad"))
            .answering(cut(FinishReason::Length))
            .replying(scene("still bad"))
            .replying(scene("good")),
    );
    let verdict = |code: &str| code.contains("bad").then(|| finding("no", Severity::Error));
    let job = solve(&judged(&[&provider], verdict)).await;
    ready_with(&job, &scene("good"));
    let requests = provider.requests();
    let repair = requests[2].repair.as_ref().unwrap();
    assert!(repair.code.as_str().contains("# bad"));
    assert_eq!(repair.findings, finding("no", Severity::Error));
    assert_eq!(told(&requests[2]), ["truncated"]);
    assert!(told(&requests[3]).is_empty(), "an old reply is told of again");
}

#[tokio::test(start_paused = true)]
async fn two_replies_without_code_go_to_the_next_provider() {
    let first = Arc::new(named("first").replying("I would rather not.").replying("No."));
    let second = Arc::new(named("second").replying(scene("good")));
    let job = solve(&pipeline(&[&first, &second], ChainOptions::default())).await;
    assert_eq!(asked(&job), [("first", None), ("first", None), ("second", None)]);
}

/// Passes scenes with as many layout warnings as their code has `flaw`s.
#[derive(Debug)]
struct Audited(StubRenderer);

#[async_trait::async_trait]
impl manim_core::Renderer for Audited {
    fn engine(&self) -> &str {
        self.0.engine()
    }

    fn isolation(&self) -> manim_core::Isolation {
        self.0.isolation()
    }

    async fn inspect(
        &self,
        scene: &manim_core::Scene,
        settings: manim_core::RenderSettings,
    ) -> Result<Inspection, manim_core::RenderError> {
        let mut inspection = self.0.inspect(scene, settings).await?;
        if let Inspection::Passed(estimate) = &mut inspection {
            let flaws = scene.code.as_str().matches("flaw").count();
            estimate.findings = (0..flaws)
                .flat_map(|_| finding("off the frame", Severity::Warning))
                .collect();
        }
        Ok(inspection)
    }

    async fn render(
        &self,
        scene: &manim_core::Scene,
        settings: manim_core::RenderSettings,
        progress: &dyn manim_core::ProgressSink,
    ) -> Result<manim_core::RenderOutcome, manim_core::RenderError> {
        self.0.render(scene, settings, progress).await
    }
}

async fn audited(provider: ScriptedProvider) -> Job {
    let provider: Arc<dyn Provider> = Arc::new(provider);
    let renderer = Audited(StubRenderer::new());
    solve(&Pipeline::builder([provider], Arc::new(renderer)).build()).await
}

#[track_caller]
fn ready_with(job: &Job, code: &str) {
    assert_eq!(job.status(), Status::Ready, "{:?}", job.failure());
    assert_eq!(job.code().unwrap().as_str().trim(), code.trim());
}

#[tokio::test(start_paused = true)]
async fn a_flawed_layout_is_mended_while_each_repair_brings_something() {
    let provider = named("p")
        .replying(scene("flaw flaw"))
        .replying(scene("flaw"))
        .replying(scene("fine"));
    ready_with(&audited(provider).await, &scene("fine"));
}

#[tokio::test(start_paused = true)]
async fn a_repair_that_brings_nothing_ends_with_the_better_code() {
    let provider = named("p").replying(scene("flaw")).replying(scene("flaw flaw"));
    ready_with(&audited(provider).await, &scene("flaw"));
}

#[tokio::test(start_paused = true)]
async fn a_lesser_layout_beats_no_film() {
    let provider = named("p").replying(scene("flaw")).failing(Kind::Refused);
    ready_with(&audited(provider).await, &scene("flaw"));
}

//! Plain `manim render` against our warm, jailed `LocalRenderer`, in one run and in turn;
//! then what a job costs beyond its scene, a queue, formulas, and the path of a frame.
//!
//! `BENCH_RUNS` (5), `BENCH_SCENES`, `BENCH_QUALITIES` and `BENCH_PARTS` (lists with commas)
//! choose less. Only a run over all scenes and qualities rewrites `docs/performance.md`.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and what it cannot do ends it"
)]

mod choice;
mod cli;
mod likeness;
mod measure;
mod overhead;
mod process;
mod queue;
mod report;
mod scenes;
mod tex;
mod versus;

use choice::Choice;
use manim_core::Isolation;
use manim_renderer::{Environment, LocalRenderer, Options};

#[tokio::main]
async fn main() {
    let choice = Choice::from_environment();
    println!("{}", process::machine());
    if choice.part("scenes") {
        report::publish("comparison", &versus::run(&choice).await, choice.is_everything());
    }
    if choice.part("overhead") {
        report::publish("overhead", &overhead::run(&choice).await, choice.is_everything());
    }
    if choice.part("queue") {
        report::publish("queue", &queue::run(&choice).await, choice.is_everything());
    }
    if choice.part("tex") {
        report::publish("tex", &tex::run(&choice).await, choice.is_everything());
    }
}

fn environment() -> Environment {
    Environment::locate().expect("`make setup` makes the environment that the benchmark needs")
}

/// The jail as it is in service, and nothing weaker.
fn options() -> Options {
    Options::default()
        .with_scratch(env!("CARGO_TARGET_TMPDIR"))
        .accept_isolation(Isolation::L3)
}

async fn start(options: Options) -> LocalRenderer {
    LocalRenderer::start(environment(), options)
        .await
        .expect("the benchmark compares jailed jobs")
}

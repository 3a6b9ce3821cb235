//! Twenty jobs in a queue: with one worker, with two, and the CLI one after the other.

use std::time::Instant;

use futures::future::join_all;
use manim_core::{Quality, RenderOutcome, RenderSettings, Renderer};

use crate::choice::Choice;
use crate::cli::Cli;
use crate::process::Sampler;
use crate::scenes::{SCENES, scene};

const JOBS: usize = 20;

pub(crate) async fn run(_: &Choice) -> String {
    let mut text = String::from("| 20 jobs at 480p15 | seconds | most memory MB |\n|---|---|---|\n");
    for workers in [1, 2] {
        let renderer = crate::start(crate::options().with_concurrency(workers)).await;
        let sampler = Sampler::start(std::process::id());
        let began = Instant::now();
        let settings = RenderSettings::default().with_quality(Quality::Low);
        let jobs: Vec<_> = (0..JOBS).map(|job| scene(SCENES[job % SCENES.len()].1)).collect();
        let ended = join_all(jobs.iter().map(|job| renderer.render(job, settings, &()))).await;
        assert!(
            ended
                .iter()
                .all(|end| matches!(end, Ok(RenderOutcome::Rendered(_))))
        );
        let seconds = began.elapsed().as_secs_f64();
        text += &format!(
            "| ours, {workers} at a time | {seconds:.1} | {} |\n",
            sampler.finish() / 1_000_000
        );
    }
    text + &format!("| `manim render`, one after the other | {:.1} | |\n", theirs())
}

/// With formulas and text set before.
fn theirs() -> f64 {
    let all: Vec<_> = SCENES.iter().map(|(_, source)| Cli::new(source)).collect();
    for cli in &all {
        cli.render(Quality::Low, false);
    }
    let began = Instant::now();
    for job in 0..JOBS {
        all[job % all.len()].render(Quality::Low, false);
    }
    began.elapsed().as_secs_f64()
}

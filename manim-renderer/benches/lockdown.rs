//! What locking a job in costs: the least job (a scene that does not parse) at each level,
//! in turns, so that a busy machine is as busy for each. The target is 5 ms over a bare fork.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops where it cannot go on, and prints"
)]

use std::time::Instant;

use manim_core::{Inspection, Isolation, RenderSettings, Renderer, Scene, SceneCode};
use manim_renderer::{Environment, LocalRenderer, Options};

const LEVELS: [Isolation; 3] = [Isolation::L1, Isolation::L2, Isolation::L3];
const ROUNDS: usize = 41;
/// The first jobs of a renderer fill caches.
const WARMING: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut renderers = Vec::new();
    for level in LEVELS {
        let options = Options::default()
            .accept_isolation(level)
            .with_isolation_at_most(level);
        renderers.push(
            LocalRenderer::start(Environment::locate().unwrap(), options)
                .await
                .unwrap(),
        );
    }
    let mut over: [Vec<f64>; 3] = Default::default();
    for round in 0..WARMING + ROUNDS {
        let mut bare = 0.0;
        for (renderer, over) in renderers.iter().zip(&mut over) {
            let took = job(renderer).await;
            // L1 comes first: a fork and limits, nothing else.
            bare = if renderer.isolation() == Isolation::L1 {
                took
            } else {
                bare
            };
            if round >= WARMING {
                over.push(took - bare);
            }
        }
    }
    for (level, mut over) in LEVELS.into_iter().zip(over).skip(1) {
        over.sort_by(f64::total_cmp);
        let (median, quarter) = (over[over.len() / 2], over[over.len() / 4]);
        println!(
            "lockdown {level}: {median:.2} ms over a bare fork (median of {ROUNDS}; lower quartile {quarter:.2} ms)"
        );
    }
}

/// Milliseconds.
async fn job(renderer: &LocalRenderer) -> f64 {
    let broken = Scene::new(SceneCode::new("def").unwrap());
    let began = Instant::now();
    let inspected = renderer
        .inspect(&broken, RenderSettings::default())
        .await
        .unwrap();
    assert!(matches!(inspected, Inspection::Rejected(_)));
    began.elapsed().as_secs_f64() * 1000.0
}

//! The laws of `Renderer` and `ScriptRunner`, each on a renderer of its own.

use std::sync::Arc;
use std::time::Duration;

use manim_core::conformance::renderer::RendererFixture;
use manim_core::conformance::script_runner::ScriptRunnerFixture;
use manim_renderer::{Limits, LocalRenderer};

use crate::support::{construct, descendants, options, start};

manim_core::renderer_conformance!(renderer);

mod scripts {
    use super::runner;

    manim_core::script_runner_conformance!(runner);
}

async fn renderer() -> RendererFixture {
    let renderer = start(options()).await;
    RendererFixture {
        good: construct("self.play(Create(Square()), run_time=1)"),
        bad: construct("self.play(Create(Sqare()))"),
        long: construct("for _ in range(100_000):\n    self.play(Rotate(Square()), run_time=1)"),
        active: jobs_of(&renderer).await,
        renderer: Arc::new(renderer),
        guard: Box::new(()),
    }
}

async fn runner() -> ScriptRunnerFixture {
    let limits = Limits::default().with_script_wall(Duration::from_secs(5));
    let runner = start(options().with_limits(limits)).await;
    ScriptRunnerFixture {
        active: jobs_of(&runner).await,
        runner: Arc::new(runner),
        guard: Box::new(()),
    }
}

/// A job is a process below the worker.
pub(crate) async fn jobs_of(renderer: &LocalRenderer) -> Box<dyn Fn() -> usize + Send + Sync> {
    let worker = renderer.worker_pid().await.unwrap();
    Box::new(move || descendants(worker).len())
}

//! The laws, through a server with the real renderer behind it.

use std::sync::Arc;
use std::time::Duration;

use manim_core::Renderer;
use manim_core::conformance::renderer::RendererFixture;
use manim_core::conformance::script_runner::ScriptRunnerFixture;
use manim_renderer::{Limits, LocalRenderer, Options, RemoteRenderer, ServerOptions};

use super::house::{Server, connect, quick};
use crate::contract::jobs_of;
use crate::support::{construct, options, start};

manim_core::renderer_conformance!(renderer);

mod scripts {
    use super::runner;

    manim_core::script_runner_conformance!(runner);
}

type Active = Box<dyn Fn() -> usize + Send + Sync>;

async fn remote(options: Options) -> (RemoteRenderer, Active, (Server, Arc<LocalRenderer>)) {
    let local = Arc::new(start(options).await);
    let active = jobs_of(&local).await;
    let server = Server::start(Arc::clone(&local), ServerOptions::default());
    let remote = connect(&[&server], quick()).await;
    assert_eq!(remote.engine(), local.engine());
    (remote, active, (server, local))
}

async fn renderer() -> RendererFixture {
    let (remote, active, held) = remote(options()).await;
    RendererFixture {
        good: construct("self.play(Create(Square()), run_time=1)"),
        bad: construct("self.play(Create(Sqare()))"),
        long: construct("for _ in range(100_000):\n    self.play(Rotate(Square()), run_time=1)"),
        active,
        renderer: Arc::new(remote),
        guard: Box::new(held),
    }
}

async fn runner() -> ScriptRunnerFixture {
    let limits = Limits::default().with_script_wall(Duration::from_secs(5));
    let (remote, active, held) = remote(options().with_limits(limits)).await;
    ScriptRunnerFixture {
        active,
        runner: Arc::new(remote),
        guard: Box::new(held),
    }
}

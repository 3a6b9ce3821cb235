//! A program whose parts are its own: a model that is a program of this machine, a renderer that
//! falls back to another, and one SQLite file that keeps sessions, jobs and films.
//!
//! ```sh
//! cargo run -p manim-examples --example own -- "Solve x^2 - 5x + 6 = 0"
//! cargo run -p manim-examples --example own -- "Draw a cube that turns" ollama run qwen2.5-coder
//! ```
//!
//! The words after the problem are the program to ask; without them the offline solver answers.
//! Each part keeps the laws of its trait: `cargo test -p manim-examples --example own`.

mod failover;
#[cfg(test)]
mod laws;
mod program;
mod sqlite;

use std::error::Error;
use std::sync::Arc;

use manim_core::{Pipeline, ProblemText, Provider, Renderer, SessionId, Submission};
use manim_providers::OfflineSolver;
use manim_renderer::{Environment, LocalRenderer, Options};

use failover::Failover;
use program::LocalProgram;
use sqlite::Sqlite;

const USAGE: &str = "usage: own PROBLEM [PROGRAM [ARGUMENT]...]";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let problem = ProblemText::parse(&words.next().ok_or(USAGE)?)?;
    let local = Arc::new(LocalRenderer::start(Environment::locate()?, Options::default()).await?);

    let provider: Arc<dyn Provider> = match words.next() {
        Some(program) => Arc::new(LocalProgram::new("local-program", program, words)),
        None => Arc::new(OfflineSolver::new(local.clone())),
    };
    // Two of one kind here; a service has a `RemoteRenderer` in the first place.
    let renderer: Arc<dyn Renderer> = Arc::new(Failover::new(local.clone(), local.clone())?);
    let store = Arc::new(Sqlite::open("own.sqlite")?);

    let pipeline = Pipeline::builder([provider], renderer)
        .sessions(store.clone())
        .blobs(store)
        .claims(local)
        .build();
    let session = SessionId::new();
    let job = pipeline.submit(Submission::new(session, problem)).await?;
    if let Some(failure) = pipeline.run_until_settled(job).await?.failure() {
        return Err(failure.message.clone().into());
    }
    let film = pipeline.open_film(session, job).await?;
    std::fs::write("film.mp4", film.video.bytes().await?)?;
    Ok(())
}

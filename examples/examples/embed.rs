//! The shortest program that embeds the crates: a problem goes in, `film.mp4` comes out.
//! Run it with `cargo run -p manim-examples --example embed`.

use std::error::Error;
use std::sync::Arc;

use manim_core::{Pipeline, ProblemText, Provider, SessionId, Submission};
use manim_providers::OfflineSolver;
use manim_renderer::{Environment, LocalRenderer, Options};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let renderer = Arc::new(LocalRenderer::start(Environment::locate()?, Options::default()).await?);
    let solver: Arc<dyn Provider> = Arc::new(OfflineSolver::new(renderer.clone()));
    let pipeline = Pipeline::builder([solver], renderer.clone())
        .claims(renderer)
        .build();

    let session = SessionId::new();
    let problem = ProblemText::parse("Differentiate x^2 sin(x) with respect to x")?;
    let job = pipeline.submit(Submission::new(session, problem)).await?;
    if let Some(failure) = pipeline.run_until_settled(job).await?.failure() {
        return Err(failure.message.clone().into());
    }
    let film = pipeline.open_film(session, job).await?;
    std::fs::write("film.mp4", film.video.bytes().await?)?;
    Ok(())
}

//! Renders for bots on other machines. Holds no key of any store.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use manim_core::{Isolation, Renderer, Secret};
use manim_examples::{Exit, isolation, renderer, run_service};
use manim_renderer::{Options, Origin, RenderServer, ServerOptions};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Renders scenes for bots on other machines.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Where to listen, for example 10.0.0.7:9000. Keep it inside a network that you trust.
    #[arg(long, env = "RENDER_LISTEN", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,
    /// The secret shared with the bots, at least 16 characters. Better in the environment than
    /// in a command line that others can read.
    #[arg(long, env = "RENDER_SECRET", hide_env_values = true)]
    secret: Secret,
    /// An origin that completions and films may be sent to, for example <https://films.example.org>.
    /// May be given more than once; separated by commas in the environment.
    #[arg(long = "allow-origin", env = "RENDER_ALLOW_ORIGINS", value_delimiter = ',')]
    origins: Vec<Origin>,
    /// Renders at the same time. By default as many as there are processors.
    #[arg(long, env = "RENDER_JOBS")]
    jobs: Option<usize>,
    /// Renders that may wait; those beyond are told to come again.
    #[arg(long, env = "RENDER_QUEUE", default_value_t = 8)]
    queue: usize,
    /// Seconds that a finished film waits to be fetched.
    #[arg(long, env = "RENDER_KEEP_SECONDS", default_value_t = 600)]
    keep: u64,
    /// The weakest isolation that is accepted: L1, L2 or L3.
    #[arg(long = "accept-isolation", env = "RENDER_ISOLATION", default_value = "L2", value_parser = isolation)]
    isolation: Isolation,
    /// Where short-lived files go.
    #[arg(long, env = "RENDER_SCRATCH")]
    scratch: Option<PathBuf>,
    /// Logs one JSON object a line.
    #[arg(long)]
    json_log: bool,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    run_service(cli.json_log, serve(cli))
}

async fn serve(cli: Cli) -> anyhow::Result<Exit> {
    let mut term = signal(SignalKind::terminate())?;
    let mut int = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(cli.listen).await;
    let listener = listener.with_context(|| format!("cannot listen on {}", cli.listen))?;
    let mut options = Options::default().accept_isolation(cli.isolation);
    let mut server = ServerOptions::default()
        .with_queue(cli.queue)
        .with_keep(Duration::from_secs(cli.keep));
    if let Some(jobs) = cli.jobs {
        (options, server) = (options.with_concurrency(jobs), server.with_slots(jobs));
    }
    if let Some(scratch) = cli.scratch {
        options = options.with_scratch(scratch);
    }
    server = cli.origins.into_iter().fold(server, ServerOptions::allow_origin);
    let renderer = renderer(options).await?;
    let level = renderer.isolation();
    let server = RenderServer::new(renderer, cli.secret, server)?;
    tracing::info!(address = %listener.local_addr()?, isolation = %level, "rendering for others");
    let stopped = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        tracing::info!("stopping");
    };
    server.serve(listener, stopped).await?;
    Ok(Exit::Done)
}

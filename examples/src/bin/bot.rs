//! A Telegram bot, an HTTP API and a page that answer maths problems with films. Configured by
//! the environment; `.env.example` describes every variable.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use manim_core::JobId;
use manim_examples::bot::{CleanupOptions, Config, Role, cleanup, run, start_log, trace};

/// Answers maths problems with films. Configured by the environment: see .env.example.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    /// Which part of the work this process does: all, frontend, worker. Outranks BOT_ROLE.
    #[arg(long)]
    role: Option<Role>,
    /// Says whether the configuration is sound, and ends.
    #[arg(long)]
    check: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints where a job has been, with the time at each stop.
    Trace {
        /// The job's id, as the bot tells it.
        job: JobId,
    },
    /// Tells what nobody needs any more: films, uploads, records, scratch. Removes it with --apply.
    Cleanup(CleanupOptions),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = match Config::read(|name| std::env::var(name).ok(), cli.role) {
        Ok(config) => config,
        Err(mistakes) => return fail(&mistakes.to_string(), 2),
    };
    if cli.check {
        return ExitCode::SUCCESS;
    }
    match act(cli.command, config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("error: {error:#}"), 1),
    }
}

fn act(command: Option<Command>, config: Config) -> anyhow::Result<()> {
    start_log(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match command {
        None => runtime.block_on(run(config)),
        Some(Command::Trace { job }) => {
            let told = runtime.block_on(trace(config.records.expose(), job))?;
            say(&told);
            Ok(())
        }
        Some(Command::Cleanup(options)) => {
            runtime.block_on(cleanup(&config, options, &mut std::io::stdout()))
        }
    }
}

#[expect(clippy::print_stdout, reason = "what was asked for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where the program tells its person what failed"
)]
fn fail(text: &str, code: u8) -> ExitCode {
    eprintln!("{text}");
    ExitCode::from(code)
}

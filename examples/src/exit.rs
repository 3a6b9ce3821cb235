//! How a program ends: 0 done, 1 rejected or failed, 2 usage (clap's own).

use std::future::Future;
use std::io::IsTerminal;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// How a program ends when nothing went wrong in the program itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All that was asked is there.
    Done,
    /// Something was rejected, and the person was told what and why.
    Rejected,
}

/// Runs a program to its end: logs to stderr as `RUST_LOG` says (default: warnings), and an
/// error becomes one line on stderr and exit code 1.
pub fn run(program: impl Future<Output = anyhow::Result<Exit>>) -> ExitCode {
    start_log("warn", false);
    to_the_end(program)
}

/// Runs a service to its end: as [`run`], but its log begins at `info`, and is one JSON object a
/// line if `json`.
pub fn run_service(json: bool, service: impl Future<Output = anyhow::Result<Exit>>) -> ExitCode {
    start_log("info", json);
    to_the_end(service)
}

fn to_the_end(program: impl Future<Output = anyhow::Result<Exit>>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(program) {
        Ok(Exit::Done) => ExitCode::SUCCESS,
        Ok(Exit::Rejected) => ExitCode::FAILURE,
        Err(error) => fail(&error),
    }
}

fn start_log(default: &str, json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match json {
        #[cfg(feature = "bot")]
        true => log.json().flatten_event(true).init(),
        _ => log.init(),
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the one place where a program tells its person what failed"
)]
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}

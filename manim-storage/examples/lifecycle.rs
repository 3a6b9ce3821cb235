//! Prints the rule that lets a bucket remove old films by itself, and applies it on request:
//!
//! ```text
//! cargo run -p manim-storage --features s3 --example lifecycle -- r2://ACCOUNT/BUCKET [--apply]
//! ```
//!
//! The keys come from the environment, as for the service.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::process::ExitCode;

use manim_storage::{Settings, open_object_store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let (url, apply) = match arguments.as_slice() {
        [url] => (url, false),
        [url, flag] if flag == "--apply" => (url, true),
        _ => {
            eprintln!("usage: lifecycle r2://ACCOUNT/BUCKET|s3://BUCKET [--apply]");
            return ExitCode::from(2);
        }
    };
    match perform(url, apply).await {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}", manim_core::chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn perform(url: &str, apply: bool) -> Result<String, manim_core::StoreError> {
    let store = open_object_store(url, &Settings::from_env()).await?;
    match store.lifecycle_rule() {
        Some(rule) if !apply => Ok(rule),
        _ => store.apply_lifecycle().await,
    }
}

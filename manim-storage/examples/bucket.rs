//! Prints the rules that a bucket can go by of itself, and applies them on request:
//!
//! ```text
//! cargo run -p manim-storage --features s3 --example bucket -- URL [--cors ORIGIN]... [--apply]
//! ```
//!
//! One rule removes old films. With `--cors`, another lets pages of these origins read films by
//! their signed addresses. The keys come from the environment, as for the service.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use std::process::ExitCode;

use manim_core::StoreError;
use manim_storage::{ObjectBlobStore, PageOrigin, Settings, open_object_store};

const USAGE: &str = "usage: bucket r2://ACCOUNT/BUCKET|s3://BUCKET [--cors ORIGIN]... [--apply]";

/// What was asked for.
struct Wish {
    url: String,
    origins: Vec<PageOrigin>,
    apply: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let wish = match read(std::env::args().skip(1)) {
        Ok(wish) => wish,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    match perform(&wish).await {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Whether all of it was done. A service may have one kind of rules and not the other.
async fn perform(wish: &Wish) -> bool {
    let store = match open_object_store(&wish.url, &Settings::from_env()).await {
        Ok(store) => store,
        Err(error) => return tell(Err(error)),
    };
    let mut done = tell(lifecycle(&store, wish).await);
    if !wish.origins.is_empty() {
        done &= tell(cors(&store, wish).await);
    }
    done
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Wish, String> {
    let (mut url, mut origins, mut apply) = (None, Vec::new(), false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--apply" => apply = true,
            "--cors" => {
                let origin = arguments.next().ok_or(USAGE)?;
                origins.push(origin.parse().map_err(|error| format!("--cors: {error}"))?);
            }
            flag if flag.starts_with("--") => return Err(USAGE.to_owned()),
            _ if url.is_none() => url = Some(argument),
            _ => return Err(USAGE.to_owned()),
        }
    }
    Ok(Wish {
        url: url.ok_or(USAGE)?,
        origins,
        apply,
    })
}

async fn lifecycle(store: &ObjectBlobStore, wish: &Wish) -> Result<String, StoreError> {
    match store.lifecycle_rule() {
        Some(rule) if !wish.apply => Ok(rule),
        _ => store.apply_lifecycle().await,
    }
}

async fn cors(store: &ObjectBlobStore, wish: &Wish) -> Result<String, StoreError> {
    match store.cors_rule(&wish.origins) {
        Some(rule) if !wish.apply => Ok(rule),
        _ => store.apply_cors(&wish.origins).await,
    }
}

fn tell(told: Result<String, StoreError>) -> bool {
    match &told {
        Ok(text) => println!("{text}"),
        Err(error) => eprintln!("{}", manim_core::chain(error)),
    }
    told.is_ok()
}

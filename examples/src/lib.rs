//! What the example programs share: the machine's engine, progress on a terminal, files
//! that appear whole or not at all, and exit codes.

#[cfg(feature = "bot")]
pub mod bot;
mod engine;
mod exit;
mod output;
mod progress;

pub use engine::{film_cache, isolation, providers, renderer};
pub use exit::{Exit, run, run_service};
pub use output::{Destination, read_scene};
pub use progress::ProgressLine;

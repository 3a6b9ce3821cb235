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

/// The programs of the guides, so that they compile.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../README.md")]
    struct Readme;
    #[doc = include_str!("../../docs/embed.md")]
    struct Embed;
    #[doc = include_str!("../../docs/extend.md")]
    struct Extend;
}

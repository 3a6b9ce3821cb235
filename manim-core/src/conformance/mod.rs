//! The laws of every trait: each numbered promise of a contract as functions that an
//! implementation runs with one line.
//!
//! ```
//! use std::sync::Arc;
//!
//! use manim_core::conformance::Fixture;
//! use manim_core::memory::MemorySessions;
//! use manim_core::testing::ManualClock;
//! use manim_core::{SessionStore, session_store_conformance};
//!
//! async fn make() -> Fixture<dyn SessionStore> {
//!     let clock = Arc::new(ManualClock::new());
//!     let store = MemorySessions::new().with_clock(clock.clone());
//!     Fixture::<dyn SessionStore>::new(Arc::new(store)).with_clock(clock)
//! }
//!
//! session_store_conformance!(make);
//! # fn main() {}
//! ```
//!
//! The line makes a module named after the trait, with one `#[test]` for each law, so two
//! implementations tested in one file need a module each. Attributes before the
//! function's name go to every test: `session_store_conformance!(#[ignore = "slow"] make)`.
//! A law is given an empty store of its own and panics when the promise is broken.

mod content;
mod fixture;
mod sample;

pub mod blob_store;
pub mod inbox;
pub mod job_queue;
pub mod notifier;
pub mod provider;
pub mod rate_limiter;
pub mod renderer;
pub mod script_runner;
pub mod session_store;

use std::time::Duration;

pub use fixture::Fixture;

/// Longer than any law takes on a loaded machine; a law that hangs fails by it.
const DEADLINE: Duration = Duration::from_secs(120);

/// How long a law waits for something that should happen at once.
const SOON: Duration = Duration::from_secs(20);

/// How often a law looks whether something has ended that nobody announces.
const POLL: Duration = Duration::from_millis(5);

/// How many take part in the laws about rivals.
const RIVALS: u64 = 16;

/// Runs one law on one fixture, on a runtime of its own.
///
/// # Panics
/// When the law is broken or does not end.
pub fn run<F>(make: impl AsyncFnOnce() -> F, law: impl AsyncFnOnce(F)) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime starts");
    let judged =
        runtime.block_on(async { tokio::time::timeout(DEADLINE, async { law(make().await).await }).await });
    assert!(judged.is_ok(), "the law did not end within {DEADLINE:?}");
}

/// One test for each law of a suite.
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    (@law $attributes:tt $suite:ident, $make:ident, [$($law:ident),*]) => {
        $($crate::__laws!(@test $attributes $suite, $make, $law);)*
    };
    (@test [$($attribute:tt)*] $suite:ident, $make:ident, $law:ident) => {
        #[test]
        $($attribute)*
        fn $law() {
            $crate::conformance::run($make, $crate::conformance::$suite::$law);
        }
    };
    ($suite:ident, $(#[$attribute:meta])* $make:ident, [$($law:ident),* $(,)?]) => {
        mod $suite {
            use super::*;

            $crate::__laws!(@law [$(#[$attribute])*] $suite, $make, [$($law),*]);
        }
    };
}

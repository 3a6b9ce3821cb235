//! The front door, from outside: through its router, over real connections, in a real browser.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end loudly"
)]

mod browser;
mod connections;
mod contract;
mod door;
mod events;
mod films;
mod jobs;
mod live;

//! The front door, from outside: through its router, over real connections, in a real browser.

mod browser;
mod connections;
mod contract;
mod door;
mod events;
mod films;
mod jobs;
mod live;

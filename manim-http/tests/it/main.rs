//! The front door, from outside: through its router and over real connections.

mod door;
mod films;
mod jobs;

//! What holds for a job whatever happens to it.

mod claims;
mod event;
mod flow;
mod laws;

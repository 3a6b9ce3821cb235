//! The bot against a service that is stricter than the real one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod chat;
mod contract;
mod delivery;
mod house;
mod updates;

//! The programs as a person or a script meets them: words, files, exit codes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod bad_input;
#[cfg(feature = "bot")]
mod bot;
mod claims;
#[cfg(feature = "bot")]
mod docs;
mod films;
mod interrupt;
mod layout;
mod local_model;
#[path = "../../../manim-providers/tests/it/peers/peer.rs"]
#[allow(dead_code, reason = "another crate's tests use the rest")]
mod peer;
#[cfg(feature = "bot")]
#[path = "../../../manim-storage/tests/it/postgres_server.rs"]
#[allow(dead_code, reason = "another crate's tests use the rest")]
mod postgres_server;
mod program;
mod repair;
#[path = "../../examples/repair_statistics/trial/mod.rs"]
#[allow(dead_code, reason = "the program that prints the table uses the rest")]
mod trial;

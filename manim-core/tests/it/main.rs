//! Integration tests of `manim-core`: one binary, one module per idea.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end loudly"
)]

mod access;
mod answers;
mod cached;
mod chain;
#[cfg(feature = "check")]
mod check;
#[cfg(feature = "check")]
mod check_corpus;
#[cfg(feature = "check")]
mod check_robust;
mod claims;
mod conformance;
mod doubles;
mod durability;
mod job;
mod memos;
mod mocks;
mod pipeline;
mod sample;
mod shared;
mod stub;
mod sweep;

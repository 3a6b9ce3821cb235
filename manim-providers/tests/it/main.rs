//! One binary for every suite of the crate.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end loudly"
)]

#[cfg(feature = "cloudflare")]
mod cloudflare;
#[cfg(all(feature = "gemini", feature = "cloudflare"))]
mod contract;
#[cfg(feature = "openai-compatible")]
mod faults;
#[cfg(all(feature = "openai-compatible", feature = "gemini"))]
mod gemini;
#[cfg(feature = "openai-compatible")]
mod moves;
#[cfg(feature = "offline")]
mod offline;
#[cfg(feature = "openai-compatible")]
mod openai;
#[cfg(all(feature = "openai-compatible", feature = "gemini"))]
mod peers;
#[cfg(feature = "openai-compatible")]
mod secrets;
#[cfg(feature = "openai-compatible")]
mod support;

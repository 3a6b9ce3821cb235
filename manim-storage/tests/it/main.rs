//! Integration tests of `manim-storage`.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end loudly"
)]

mod blob_laws;
mod local;
#[cfg(feature = "redb")]
mod redb_laws;

//! Integration tests of `manim-storage`.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end loudly"
)]

mod blob_laws;
#[cfg(all(feature = "redb", unix))]
mod crash;
#[cfg(all(feature = "redb", target_os = "linux"))]
mod full_disk;
mod local;
#[cfg(all(feature = "redb", unix))]
mod model;
#[cfg(any(feature = "postgres", feature = "redb"))]
mod oversized;
#[cfg(feature = "s3")]
mod peers;
#[cfg(all(feature = "postgres", unix))]
mod postgres_faults;
#[cfg(all(feature = "postgres", unix))]
mod postgres_laws;
#[cfg(all(feature = "postgres", unix))]
mod postgres_server;
#[cfg(all(feature = "postgres", unix))]
mod postgres_workers;
#[cfg(feature = "redb")]
mod redb_faults;
#[cfg(feature = "redb")]
mod redb_laws;

//! Integration tests of `manim-storage`.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up should end loudly"
)]

mod blob_laws;
#[cfg(feature = "s3")]
mod buckets;
#[cfg(all(feature = "redb", unix))]
mod crash;
#[cfg(all(feature = "redb", target_os = "linux"))]
mod full_disk;
#[cfg(feature = "cloudflare-kv")]
mod kv;
#[cfg(any(feature = "postgres", feature = "redb"))]
mod leftovers;
mod links;
mod local;
#[cfg(all(feature = "redb", unix))]
mod model;
mod opening;
#[cfg(any(feature = "postgres", feature = "redb"))]
mod oversized;
#[cfg(any(feature = "s3", feature = "cloudflare-kv"))]
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

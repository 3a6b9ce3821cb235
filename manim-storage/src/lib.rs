//! Keeps films, jobs and sessions: [`manim_core::BlobStore`] on object stores, everything
//! else in one file.
//!
//! ```
//! use manim_core::{BlobKey, BlobMeta, BlobStore, Content};
//! use manim_storage::ObjectBlobStore;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let home = tempfile::tempdir()?;
//! # let dir = home.path().join("blobs");
//! let store = ObjectBlobStore::local(&dir)?;
//! let key = BlobKey::parse("films/first.mp4")?;
//! store.put(&key, Content::from(b"a film".to_vec()), BlobMeta::of(&key)).await?;
//!
//! let part = store.get(&key, Some(2..6)).await?.bytes().await?;
//! assert_eq!(part, "film");
//! assert_eq!(store.head(&key).await?.map(|info| info.bytes), Some(6));
//! store.delete(&key).await?;
//! # Ok(())
//! # }
//! ```
//!
//! | name | keeps | for |
//! |---|---|---|
//! | [`ObjectBlobStore::local`] | files below a directory, each synced to disk before `put` returns | one machine |
//! | [`ObjectBlobStore::memory`] | bytes in this process | tests |
//! | [`open_blobs`] of `r2://` or `s3://` (feature `s3`) | objects in a bucket, with signed addresses | many machines |
//! | `RedbStore` (feature `redb`) | sessions, jobs, the queue, quotas and the inbox in one file | one machine |
//! | `PostgresStore` (feature `postgres`) | the same in a database | many machines |
//! | `KvSessions` (feature `cloudflare-kv`) | sessions in Cloudflare KV | where sessions are wanted near their people |
//!
//! Programs open all of them by URL: [`Stores::open`], with the keys in [`Settings`].
//! [`SignedLinks`] are addresses of our own for stores that sign none. [`find_records`] and
//! [`find_blobs`] open what is there to look for [`Leftovers`].

mod blobs;
#[cfg(feature = "cloudflare-kv")]
mod kv;
mod leftovers;
mod links;
mod open;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "redb"))]
mod record;
#[cfg(feature = "redb")]
mod redb;
mod settings;
mod system;
#[cfg(any(feature = "s3", feature = "cloudflare-kv"))]
mod tls;

pub use blobs::ObjectBlobStore;
#[cfg(feature = "s3")]
pub use blobs::{InvalidPageOrigin, PageOrigin};
#[cfg(feature = "cloudflare-kv")]
pub use kv::KvSessions;
pub use leftovers::{Leftover, LeftoverKind, LeftoverName, Leftovers};
pub use links::{LinkError, SignedLinks};
pub use open::{
    RecordCapabilities, Records, Stores, find_blobs, find_records, open_blobs, open_object_store,
    open_records, open_sessions, record_capabilities,
};
#[cfg(feature = "postgres")]
pub use postgres::{PostgresBuilder, PostgresStore};
#[cfg(feature = "redb")]
pub use redb::{RedbOptions, RedbStore};
pub use settings::Settings;

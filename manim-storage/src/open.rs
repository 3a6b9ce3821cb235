//! Stores by their URLs: for programs that are configured by a few lines of text.

use std::sync::Arc;

use manim_core::memory::{MemoryInbox, MemoryLimiter, MemoryQueue, MemorySessions};
use manim_core::{BlobStore, Inbox, JobQueue, RateLimiter, SessionStore, StoreError, StoreErrorKind};

use crate::ObjectBlobStore;
use crate::leftovers::Leftovers;
use crate::links::SignedLinks;
use crate::place::{BlobPlace, RecordPlace};
use crate::settings::Settings;

/// Everything that a service keeps.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), manim_core::StoreError> {
/// use manim_storage::{Settings, Stores};
///
/// let settings = Settings::from_env();
/// let stores = Stores::open("memory://", "memory://", &settings).await?;
/// assert_eq!(stores.records.queue.len().await?, 0);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Stores {
    /// Sessions, jobs, the queue, quotas and the inbox.
    pub records: Records,
    /// Films and pictures.
    pub blobs: Arc<dyn BlobStore>,
}

/// One engine's stores, which see the same jobs.
#[derive(Debug, Clone)]
pub struct Records {
    /// Sessions and jobs.
    pub sessions: Arc<dyn SessionStore>,
    /// Jobs waiting for a worker.
    pub queue: Arc<dyn JobQueue>,
    /// Who has asked how often.
    pub limiter: Arc<dyn RateLimiter>,
    /// Messages that may come twice.
    pub inbox: Arc<dyn Inbox>,
}

impl Stores {
    /// Opens both: see [`open_records`] and [`open_blobs`].
    ///
    /// # Errors
    /// Those of either.
    pub async fn open(records: &str, blobs: &str, settings: &Settings) -> Result<Self, StoreError> {
        Ok(Self {
            records: open_records(records, settings).await?,
            blobs: open_blobs(blobs, settings).await?,
        })
    }
}

impl Records {
    #[cfg(any(feature = "redb", feature = "postgres"))]
    fn of<S: SessionStore + JobQueue + RateLimiter + Inbox>(store: S) -> Self {
        let store = Arc::new(store);
        Self {
            sessions: store.clone(),
            queue: store.clone(),
            limiter: store.clone(),
            inbox: store,
        }
    }

    fn in_memory() -> Self {
        Self {
            sessions: Arc::new(MemorySessions::new()),
            queue: Arc::new(MemoryQueue::new()),
            limiter: Arc::new(MemoryLimiter::new()),
            inbox: Arc::new(MemoryInbox::new()),
        }
    }
}

/// Opens the engine at `url`: `redb:///FILE`, `postgres://USER:PASSWORD@HOST/DATABASE`, or
/// `memory://` (which is gone with the process). Tables and directories are made.
///
/// # Errors
/// `Misconfigured` for a URL that is none, `Unsupported` for an engine that this build leaves out and
/// for `kv://` , and those of the engine.
pub async fn open_records(url: &str, settings: &Settings) -> Result<Records, StoreError> {
    let _ = settings;
    match Engine::open(RecordPlace::parse(url)?, url).await? {
        Engine::Memory => Ok(Records::in_memory()),
        #[cfg(feature = "redb")]
        Engine::Redb(store) => Ok(Records::of(store)),
        #[cfg(feature = "postgres")]
        Engine::Postgres(store) => Ok(Records::of(store)),
    }
}

/// Opens the engine at `url` as it is found, with what is left over in it: for whoever wants to
/// see that before it is removed. A file is not made, so that a wrong name is told.
///
/// # Errors
/// Those of [`open_records`]; `NotFound` for a file that is not there, `Unsupported` for
/// `memory://`, which only the process that keeps it can look into.
pub async fn find_records(url: &str) -> Result<(Records, Arc<dyn Leftovers>), StoreError> {
    let place = RecordPlace::parse(url)?;
    if let RecordPlace::File(path) = &place
        && !path.exists()
    {
        let subject = format!("{} (there is no such file)", path.display());
        return Err(StoreError::new(StoreErrorKind::NotFound, "open", subject));
    }
    match Engine::open(place, url).await? {
        Engine::Memory => Err(unsupported(
            "memory:// of another process (only the one that keeps it can look into it)",
        )),
        #[cfg(feature = "redb")]
        Engine::Redb(store) => Ok((Records::of(store.clone()), Arc::new(store))),
        #[cfg(feature = "postgres")]
        Engine::Postgres(store) => Ok((Records::of(store.clone()), Arc::new(store))),
    }
}

/// What keeps records.
enum Engine {
    Memory,
    #[cfg(feature = "redb")]
    Redb(crate::RedbStore),
    #[cfg(feature = "postgres")]
    Postgres(crate::PostgresStore),
}

impl Engine {
    async fn open(place: RecordPlace, _url: &str) -> Result<Self, StoreError> {
        match place {
            RecordPlace::Memory => Ok(Self::Memory),
            #[cfg(feature = "redb")]
            RecordPlace::File(path) => {
                let opening = tokio::task::spawn_blocking(move || crate::RedbStore::open(path));
                let opened = opening
                    .await
                    .map_err(|cause| unsupported("redb:// was interrupted").with_source(cause))?;
                opened.map(Self::Redb)
            }
            #[cfg(not(feature = "redb"))]
            RecordPlace::File(_) => Err(left_out("redb://", "redb")),
            #[cfg(feature = "postgres")]
            RecordPlace::Postgres => {
                let store = crate::PostgresStore::connect(_url.trim()).await;
                store.map(Self::Postgres)
            }
            #[cfg(not(feature = "postgres"))]
            RecordPlace::Postgres => Err(left_out("postgres://", "postgres")),
            RecordPlace::Kv { .. } => Err(unsupported(
                "kv:// for jobs: Cloudflare KV has no compare-and-set and is read late, so two workers would \
                 take one job; it keeps sessions only. Set redb:///FILE on one machine, or postgres:// for many",
            )),
        }
    }
}

/// Opens the blobs at `url`: `r2://ACCOUNT/BUCKET[/PREFIX]`, `s3://BUCKET[/PREFIX]`,
/// `file:///DIRECTORY` or `memory://`. A bucket is asked for a listing, so that a wrong key or
/// name is told now and not with the first film.
///
/// # Errors
/// `Misconfigured` for a URL that is none or a missing setting, `Unsupported` for a service that this
/// build leaves out, `NotFound` for a missing bucket, `Unauthorized`, `Unavailable`.
pub async fn open_blobs(url: &str, settings: &Settings) -> Result<Arc<dyn BlobStore>, StoreError> {
    Ok(Arc::new(open_object_store(url, settings).await?))
}

/// As [`open_blobs`], for one who wants more than the trait.
///
/// # Errors
/// Those of [`open_blobs`].
pub async fn open_object_store(url: &str, settings: &Settings) -> Result<ObjectBlobStore, StoreError> {
    match BlobPlace::parse(url)? {
        BlobPlace::Memory => Ok(ObjectBlobStore::memory().with_links(SignedLinks::from_settings(settings)?)),
        BlobPlace::Directory(dir) => {
            Ok(ObjectBlobStore::local(dir)?.with_links(SignedLinks::from_settings(settings)?))
        }
        #[cfg(feature = "s3")]
        BlobPlace::R2 {
            account,
            bucket,
            prefix,
        } => {
            crate::blobs::Bucket::r2(&account, bucket, settings)?
                .open(prefix)
                .await
        }
        #[cfg(feature = "s3")]
        BlobPlace::S3 { bucket, prefix } => crate::blobs::Bucket::s3(bucket, settings)?.open(prefix).await,
        #[cfg(not(feature = "s3"))]
        BlobPlace::R2 { .. } | BlobPlace::S3 { .. } => Err(left_out("r2:// and s3://", "s3")),
    }
}

/// As [`open_object_store`], of what is found: a directory is not made, and what is left over
/// ([`Leftovers`]) stays until it is removed.
///
/// # Errors
/// Those of [`open_blobs`]; `NotFound` for a directory that is not there.
pub async fn find_blobs(url: &str, settings: &Settings) -> Result<ObjectBlobStore, StoreError> {
    match BlobPlace::parse(url)? {
        BlobPlace::Directory(dir) => ObjectBlobStore::found(dir),
        _ => open_object_store(url, settings).await,
    }
}

fn unsupported(why: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Unsupported, "open", why)
}

#[cfg_attr(
    all(
        feature = "s3",
        feature = "postgres",
        feature = "redb",
        feature = "cloudflare-kv"
    ),
    expect(dead_code, reason = "nothing is left out")
)]
fn left_out(scheme: &str, feature: &str) -> StoreError {
    unsupported(format!(
        "{scheme} (this program was built without the feature `{feature}` of manim-storage)"
    ))
}

/// Opens sessions alone: any engine of [`open_records`], or `kv://ACCOUNT/NAMESPACE`, on which
/// [`record_capabilities`] says what cannot be relied on.
///
/// # Errors
/// As [`open_records`]; `Unauthorized` and `NotFound` from Cloudflare.
pub async fn open_sessions(url: &str, settings: &Settings) -> Result<Arc<dyn SessionStore>, StoreError> {
    match RecordPlace::parse(url)? {
        #[cfg(feature = "cloudflare-kv")]
        RecordPlace::Kv { account, namespace } => Ok(Arc::new(
            crate::KvSessions::open(&account, &namespace, settings).await?,
        )),
        #[cfg(not(feature = "cloudflare-kv"))]
        RecordPlace::Kv { .. } => Err(left_out("kv://", "cloudflare-kv")),
        _ => Ok(open_records(url, settings).await?.sessions),
    }
}

/// What can be relied on of an engine for sessions and jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordCapabilities {
    /// Of rival saves of one revision exactly one succeeds. A pipeline's jobs need it.
    pub compare_and_set: bool,
    /// What was saved is what everybody reads from then on.
    pub consistent: bool,
    /// Keeps the queue too.
    pub queue: bool,
}

/// What the engine at `url` can do. Opens nothing.
///
/// # Errors
/// `Misconfigured` for a URL that is none.
pub fn record_capabilities(url: &str) -> Result<RecordCapabilities, StoreError> {
    let all = !matches!(RecordPlace::parse(url)?, RecordPlace::Kv { .. });
    Ok(RecordCapabilities {
        compare_and_set: all,
        consistent: all,
        queue: all,
    })
}

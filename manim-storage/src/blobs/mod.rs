//! A [`BlobStore`] on any [`object_store`]. A blob is uploaded in parts under a name of its
//! own and gets its key at the end, by a rename that never replaces: so a put is whole or
//! nothing, and the first one wins, on stores that know no more than that.
//!
//! Nothing is kept beside the bytes. A local file has no place for a media type, and a
//! listing of an object store does not tell it either; it follows from the key
//! ([`BlobMeta::of`]), and a put that says otherwise is refused.

mod classify;
mod local;
mod upload;

use std::fmt;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use manim_core::{
    Blob, BlobCapabilities, BlobInfo, BlobKey, BlobMeta, BlobStore, Content, SignedMethod, StoreError,
    StoreErrorKind, checked_meta, checked_range,
};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};

use classify::{classify, failed};
use upload::Upload;

/// Keeps blobs in an object store. Makes no signed addresses.
#[derive(Clone)]
pub struct ObjectBlobStore {
    store: Arc<dyn ObjectStore>,
}

impl ObjectBlobStore {
    /// Keeps blobs as files below `dir`, which is made, for its owner only, if it is missing.
    ///
    /// A blob's path is its key, so films can be opened by other programs. Bytes and
    /// directories are synced to disk before a put returns. Files that a killed process left
    /// half written lie under a name that no key can have, and are removed by the next call of
    /// this function that finds them a day old.
    ///
    /// # Errors
    /// `Unauthorized` if the directory cannot be written, `Invalid` if it is none.
    pub fn local(dir: impl AsRef<FilePath>) -> Result<Self, StoreError> {
        Ok(Self {
            store: Arc::new(local::open(dir.as_ref())?),
        })
    }

    /// Keeps blobs in memory, on the code that every other object store runs on.
    pub fn memory() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
        }
    }
}

impl fmt::Debug for ObjectBlobStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectBlobStore({})", self.store)
    }
}

#[async_trait]
impl BlobStore for ObjectBlobStore {
    fn capabilities(&self) -> BlobCapabilities {
        BlobCapabilities::default()
    }

    async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError> {
        checked_meta(key, &meta)?;
        let mut upload = Upload::begin(self.store.clone(), key.clone()).await?;
        upload.feed(&content).await?;
        upload.finish().await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, StoreError> {
        let missing = || StoreError::new(StoreErrorKind::NotFound, "get", key.as_str());
        let info = self.head(key).await?.ok_or_else(missing)?;
        let range = checked_range(key, range, info.bytes)?;
        if range.is_empty() {
            let stream = stream::empty().boxed();
            return Ok(Blob { info, stream });
        }
        let options = GetOptions {
            range: Some(range.into()),
            ..GetOptions::default()
        };
        let got = self
            .store
            .get_opts(&place(key), options)
            .await
            .map_err(|error| failed("get", key, error))?;
        let key = key.clone();
        let stream = got
            .into_stream()
            .map_err(move |error| failed("get", &key, error))
            .boxed();
        Ok(Blob { info, stream })
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError> {
        match self.store.head(&place(key)).await {
            Ok(meta) => Ok(Some(info(key.clone(), &meta))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed("head", key, error)),
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), StoreError> {
        match self.store.delete(&place(key)).await {
            Err(error) if !is_missing(&error) => Err(failed("delete", key, error)),
            _ => Ok(()),
        }
    }

    async fn list(&self, prefix: Option<&BlobKey>) -> Result<Vec<BlobInfo>, StoreError> {
        let found = self.store.list(prefix.map(place).as_ref());
        let blobs = found.try_filter_map(async |meta| Ok(listed(&meta)));
        match blobs.try_collect().await {
            Err(error) if is_missing(&error) => Ok(Vec::new()),
            end => end.map_err(|error| failed("list", prefix.map_or("", BlobKey::as_str), error)),
        }
    }

    async fn sign(&self, key: &BlobKey, _: SignedMethod, _: Duration) -> Result<String, StoreError> {
        Err(StoreError::new(StoreErrorKind::Unsupported, "sign", key.as_str()))
    }
}

/// Every character of a key stands for itself in a path.
fn place(key: &BlobKey) -> Path {
    Path::from(key.as_str())
}

fn is_missing(error: &object_store::Error) -> bool {
    classify(error) == StoreErrorKind::NotFound
}

fn info(key: BlobKey, meta: &ObjectMeta) -> BlobInfo {
    BlobInfo {
        bytes: meta.size,
        created_at: meta.last_modified,
        meta: BlobMeta::of(&key),
        key,
    }
}

/// A name that is no key is none of our blobs: an upload under way, or somebody else's file.
fn listed(meta: &ObjectMeta) -> Option<BlobInfo> {
    let key = BlobKey::parse(meta.location.as_ref()).ok()?;
    Some(info(key, meta))
}

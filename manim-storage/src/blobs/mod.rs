//! A [`BlobStore`] on any [`object_store`]. A blob is uploaded in parts; a put is whole or
//! nothing, and the first one wins. On a disk and in memory it lies under a name of its own
//! until a rename that never replaces; in a bucket its last request is conditional.
//!
//! Nothing that this crate reads is kept beside the bytes. A local file has no place for a media
//! type, and a listing of a bucket does not tell it either; it follows from the key
//! ([`BlobMeta::of`]), and a put that says otherwise is refused. What a bucket is told in
//! addition is for people and browsers.

#[cfg(feature = "s3")]
mod attributes;
#[cfg(feature = "s3")]
mod bucket;
mod classify;
#[cfg(feature = "s3")]
mod conditional;
#[cfg(feature = "s3")]
mod cors;
mod leftovers;
#[cfg(feature = "s3")]
mod lifecycle;
mod local;
mod parts;
#[cfg(feature = "s3")]
mod rules;
mod upload;

use std::fmt;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use manim_core::{
    Blob, BlobCapabilities, BlobInfo, BlobKey, BlobMeta, BlobStore, Clock, Content, SignedMethod, StoreError,
    StoreErrorKind, SystemClock, Timestamp, checked_meta, checked_range, later,
};
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt};

#[cfg(feature = "s3")]
pub(crate) use bucket::Bucket;
use classify::{classify, failed};
#[cfg(feature = "s3")]
pub use cors::{InvalidPageOrigin, PageOrigin};
use upload::Upload;

use crate::links::SignedLinks;

/// Links are good for at most so long: the limit of S3 and R2.
const LONGEST_LINK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Keeps blobs in an object store. A bucket signs addresses itself; a directory and memory do
/// so with [`SignedLinks`], if they are given some.
#[derive(Clone)]
pub struct ObjectBlobStore {
    store: Arc<dyn ObjectStore>,
    root: Path,
    links: Option<SignedLinks>,
    /// Of a store on a disk.
    dir: Option<PathBuf>,
    #[cfg(feature = "s3")]
    bucket: Option<Arc<Bucket>>,
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
    /// `Unauthorized` if the directory cannot be written, `Misconfigured` if it is none.
    pub fn local(dir: impl AsRef<FilePath>) -> Result<Self, StoreError> {
        Ok(Self::on_disk(local::open(dir.as_ref())?, dir.as_ref()))
    }

    /// The same store, which must be there: nothing is made, and nothing is removed until
    /// somebody says so. For looking at what is [left over](crate::Leftovers).
    ///
    /// # Errors
    /// `NotFound` if the directory is not there.
    pub fn found(dir: impl AsRef<FilePath>) -> Result<Self, StoreError> {
        Ok(Self::on_disk(local::find(dir.as_ref())?, dir.as_ref()))
    }

    /// Keeps blobs in memory, on the code that every other object store runs on.
    pub fn memory() -> Self {
        Self::on(Arc::new(InMemory::new()))
    }

    fn on(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            root: Path::default(),
            links: None,
            dir: None,
            #[cfg(feature = "s3")]
            bucket: None,
        }
    }

    fn on_disk(store: LocalFileSystem, dir: &FilePath) -> Self {
        Self {
            dir: Some(dir.to_owned()),
            ..Self::on(Arc::new(store))
        }
    }

    /// The same store, which signs addresses for both methods: whoever serves the links must
    /// serve both. A bucket goes on signing its own.
    #[must_use]
    pub fn with_links(mut self, links: impl Into<Option<SignedLinks>>) -> Self {
        self.links = links.into();
        self
    }

    #[cfg(feature = "s3")]
    pub(crate) fn in_bucket(bucket: Arc<Bucket>, root: Path) -> Self {
        Self {
            store: Arc::new(bucket.s3.clone()),
            root,
            links: None,
            dir: None,
            bucket: Some(bucket),
        }
    }

    fn is_bucket(&self) -> bool {
        #[cfg(feature = "s3")]
        return self.bucket.is_some();
        #[cfg(not(feature = "s3"))]
        false
    }

    /// Where the blob `key` lies.
    fn at(&self, key: &BlobKey) -> Path {
        self.root.parts().chain(place(key).parts()).collect()
    }

    async fn upload(&self, key: &BlobKey, content: &Content, _meta: &BlobMeta) -> Result<(), StoreError> {
        #[cfg(feature = "s3")]
        if let Some(bucket) = &self.bucket {
            return conditional::put(bucket, key, self.at(key), content, _meta).await;
        }
        let mut upload = Upload::begin(self.store.clone(), key.clone()).await?;
        upload.feed(content).await?;
        upload.finish().await
    }

    #[cfg(feature = "s3")]
    async fn presign(
        &self,
        bucket: &Bucket,
        key: &BlobKey,
        method: SignedMethod,
        ttl: Duration,
    ) -> Result<String, StoreError> {
        use object_store::signer::Signer;

        let method = match method {
            SignedMethod::Get => reqwest::Method::GET,
            SignedMethod::Put => reqwest::Method::PUT,
        };
        let signed = bucket.s3.signed_url(method, &self.at(key), ttl).await;
        signed
            .map(String::from)
            .map_err(|error| failed("sign", key, error))
    }

    /// A name that is no key is none of our blobs: an upload under way, or somebody else's file.
    fn listed(&self, meta: &ObjectMeta) -> Option<BlobInfo> {
        let below: Path = meta.location.prefix_match(&self.root)?.collect();
        let key = BlobKey::parse(below.as_ref()).ok()?;
        let listed = info(key, meta);
        // A bucket lists fractions of seconds that its other answers, with HTTP's dates, leave out.
        let created_at = match self.is_bucket() {
            true => Timestamp::from_timestamp(listed.created_at.timestamp(), 0)?,
            false => listed.created_at,
        };
        Some(BlobInfo { created_at, ..listed })
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
        let signs = self.links.is_some() || self.is_bucket();
        BlobCapabilities {
            signed_get: signs,
            signed_put: signs,
        }
    }

    async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError> {
        checked_meta(key, &meta)?;
        self.upload(key, &content, &meta).await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, StoreError> {
        let missing = || StoreError::new(StoreErrorKind::NotFound, "get", key.as_str());
        let known = match range {
            Some(range) => {
                let info = self.head(key).await?.ok_or_else(missing)?;
                let range = checked_range(key, Some(range), info.bytes)?;
                if range.is_empty() {
                    let stream = stream::empty().boxed();
                    return Ok(Blob { info, stream });
                }
                Some((info, range))
            }
            None => None,
        };
        let options = GetOptions {
            range: known.as_ref().map(|(_, range)| range.clone().into()),
            ..GetOptions::default()
        };
        let got = self
            .store
            .get_opts(&self.at(key), options)
            .await
            .map_err(|error| failed("get", key, error))?;
        let info = match known {
            Some((info, _)) => info,
            None => info(key.clone(), &got.meta),
        };
        let key = key.clone();
        let stream = got
            .into_stream()
            .map_err(move |error| failed("get", &key, error))
            .boxed();
        Ok(Blob { info, stream })
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError> {
        match self.store.head(&self.at(key)).await {
            Ok(meta) => Ok(Some(info(key.clone(), &meta))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(failed("head", key, error)),
        }
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), StoreError> {
        match self.store.delete(&self.at(key)).await {
            Err(error) if !is_missing(&error) => Err(failed("delete", key, error)),
            _ => Ok(()),
        }
    }

    async fn list(&self, prefix: Option<&BlobKey>) -> Result<Vec<BlobInfo>, StoreError> {
        let below = prefix.map_or_else(|| self.root.clone(), |prefix| self.at(prefix));
        let found = self.store.list(Some(&below));
        let blobs = found.try_filter_map(async |meta| Ok(self.listed(&meta)));
        match blobs.try_collect().await {
            // A directory that is not there is empty; a bucket that is not there is lost.
            Err(error) if is_missing(&error) && !self.is_bucket() => Ok(Vec::new()),
            end => end.map_err(|error| failed("list", prefix.map_or("", BlobKey::as_str), error)),
        }
    }

    async fn sign(&self, key: &BlobKey, method: SignedMethod, ttl: Duration) -> Result<String, StoreError> {
        let refuse = |kind, subject: String| Err(StoreError::new(kind, "sign", subject));
        if ttl < Duration::from_secs(1) || ttl > LONGEST_LINK {
            let subject =
                format!("{key} for {ttl:?} (a link lives for a second at least and 7 days at most)");
            return refuse(StoreErrorKind::Invalid, subject);
        }
        #[cfg(feature = "s3")]
        if let Some(bucket) = &self.bucket {
            return self.presign(bucket, key, method, ttl).await;
        }
        match &self.links {
            Some(links) => Ok(links.sign(method, key, later(SystemClock.now(), ttl))),
            None => refuse(
                StoreErrorKind::Unsupported,
                format!("{key} (set MANIM_LINK_BASE and MANIM_LINK_KEYS for signed links)"),
            ),
        }
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

//! How a film lies in a blob store: four blobs under its content address.
//!
//! The manifest is written last, so where it is, the film is whole; and it is removed
//! first, so what a crash leaves behind is never taken for a film.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use crate::blob::{BlobMeta, BlobStore};
use crate::film::StoredFilm;
use crate::film::{Content, ContentSource, Film};
use crate::id::{BlobKey, InvalidId};
use crate::scene::Format;
use crate::session::{StoreError, StoreErrorKind};

/// A folder of films in a blob store.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    blobs: &'a Arc<dyn BlobStore>,
    folder: String,
}

/// The four blobs of one film.
struct Keys {
    video: BlobKey,
    poster: BlobKey,
    storyboard: BlobKey,
    manifest: BlobKey,
}

impl<'a> Shelf<'a> {
    /// The films under `folder`, a blob key.
    pub(crate) fn new(blobs: &'a Arc<dyn BlobStore>, folder: impl Into<String>) -> Self {
        let folder = folder.into();
        Self { blobs, folder }
    }

    /// The film with this address, if all of it is there.
    pub(crate) async fn find(&self, address: &str, format: Format) -> Result<Option<StoredFilm>, StoreError> {
        let keys = self.keys(address, format)?;
        let manifest = match self.blobs.get(&keys.manifest, None).await {
            Ok(blob) => blob.bytes().await?,
            Err(error) if error.kind() == StoreErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let damaged = |error| {
            StoreError::new(StoreErrorKind::Corrupt, "read", keys.manifest.as_str()).with_source(error)
        };
        serde_json::from_slice(&manifest).map(Some).map_err(damaged)
    }

    /// Stores a film; when this returns, all of it is there.
    pub(crate) async fn put(&self, address: &str, film: &Film) -> Result<StoredFilm, StoreError> {
        let keys = self.keys(address, film.info.format)?;
        let stored = StoredFilm {
            info: film.info.clone(),
            video: keys.video,
            poster: keys.poster,
            storyboard: keys.storyboard,
        };
        let unwritable = |error| {
            StoreError::new(StoreErrorKind::Invalid, "write", keys.manifest.as_str()).with_source(error)
        };
        let manifest = serde_json::to_vec(&stored).map_err(unwritable)?;
        self.replace(&stored.video, film.video.clone(), film.info.format.media_type())
            .await?;
        self.replace(&stored.poster, film.poster.clone().into(), "image/png")
            .await?;
        self.replace(&stored.storyboard, film.storyboard.clone().into(), "image/png")
            .await?;
        self.replace(&keys.manifest, manifest.into(), "application/json")
            .await?;
        Ok(stored)
    }

    /// What an earlier try left without a manifest is replaced: it may be another encoding.
    async fn replace(&self, key: &BlobKey, content: Content, media_type: &str) -> Result<(), StoreError> {
        let meta = BlobMeta::new(media_type);
        match self.blobs.put(key, content.clone(), meta.clone()).await {
            Err(error) if error.kind() == StoreErrorKind::AlreadyExists => {
                self.blobs.delete(key).await?;
                self.blobs.put(key, content, meta).await
            }
            done => done,
        }
    }

    /// The stored video, read when it is wanted.
    pub(crate) fn video(&self, film: &StoredFilm) -> Content {
        Content::new(BlobContent {
            blobs: Arc::clone(self.blobs),
            key: film.video.clone(),
            bytes: film.info.bytes,
        })
    }

    /// A stored picture, whole.
    pub(crate) async fn picture(&self, key: &BlobKey) -> Result<Bytes, StoreError> {
        self.blobs.get(key, None).await?.bytes().await
    }

    /// The film as its renderer gave it, the video still in the store.
    pub(crate) async fn open(&self, film: &StoredFilm) -> Result<Film, StoreError> {
        Ok(Film {
            info: film.info.clone(),
            video: self.video(film),
            poster: self.picture(&film.poster).await?,
            storyboard: self.picture(&film.storyboard).await?,
        })
    }

    /// Removes every film of the folder.
    pub(crate) async fn clear(&self) -> Result<(), StoreError> {
        let folder = BlobKey::parse(self.folder.as_str()).map_err(unnamable)?;
        let mut blobs = self.blobs.list(Some(&folder)).await?;
        blobs.sort_by_key(|blob| !is_manifest(&blob.key));
        for blob in blobs {
            self.blobs.delete(&blob.key).await?;
        }
        Ok(())
    }

    /// Removes the oldest films until the folder holds at most `bytes` bytes.
    pub(crate) async fn trim(&self, bytes: u64) -> Result<(), StoreError> {
        let folder = BlobKey::parse(self.folder.as_str()).map_err(unnamable)?;
        let mut blobs = self.blobs.list(Some(&folder)).await?;
        blobs.sort_by_key(|blob| (blob.created_at, !is_manifest(&blob.key)));
        let mut kept: u64 = blobs.iter().map(|blob| blob.bytes).sum();
        for blob in blobs {
            if kept <= bytes {
                break;
            }
            self.remove_with_manifest(&blob.key).await?;
            kept -= blob.bytes;
        }
        Ok(())
    }

    /// A film that lost a part is no film: its manifest goes first.
    async fn remove_with_manifest(&self, key: &BlobKey) -> Result<(), StoreError> {
        let address = key
            .as_str()
            .rsplit('/')
            .next()
            .and_then(|name| name.split('.').next());
        if let Some(address) = address {
            self.blobs
                .delete(&self.keys(address, Format::Mp4)?.manifest)
                .await?;
        }
        self.blobs.delete(key).await
    }

    fn keys(&self, address: &str, format: Format) -> Result<Keys, StoreError> {
        let key =
            |ending: &str| BlobKey::parse(format!("{}/{address}{ending}", self.folder)).map_err(unnamable);
        Ok(Keys {
            video: key(&format!(".{format}"))?,
            poster: key(".poster.png")?,
            storyboard: key(".storyboard.png")?,
            manifest: key(MANIFEST)?,
        })
    }
}

const MANIFEST: &str = ".json";

fn is_manifest(key: &BlobKey) -> bool {
    key.as_str().ends_with(MANIFEST)
}

fn unnamable(error: InvalidId) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, "name", "a film").with_source(error)
}

#[derive(Debug)]
struct BlobContent {
    blobs: Arc<dyn BlobStore>,
    key: BlobKey,
    bytes: u64,
}

impl ContentSource for BlobContent {
    fn len(&self) -> u64 {
        self.bytes
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let (blobs, key) = (Arc::clone(&self.blobs), self.key.clone());
        let opened = async move { blobs.get(&key, Some(range)).await.map(|blob| blob.stream) };
        stream::once(opened)
            .try_flatten()
            .map_err(io::Error::other)
            .boxed()
    }
}

//! Where a job's film lies in the blob store, and how it gets there and away.
//!
//! Keys are `films/JOB/ADDRESS.*`: content addresses within one job, so that a worker that
//! takes over finds the film its forerunner finished, and no job deletes another's. The
//! manifest is written last: where it is, the film is whole.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};

use super::Pipeline;
use crate::blob::{BlobMeta, BlobStore};
use crate::error::chain;
use crate::film::{Content, ContentSource, Film};
use crate::id::{BlobKey, JobId};
use crate::job::{Job, StoredFilm};
use crate::scene::{Format, RenderSettings, Scene};
use crate::session::{StoreError, StoreErrorKind};

/// The four blobs of one film.
struct Keys {
    video: BlobKey,
    poster: BlobKey,
    storyboard: BlobKey,
    manifest: BlobKey,
}

impl Keys {
    fn new(job: JobId, address: &str, format: Format) -> Result<Self, StoreError> {
        let key = |ending: &str| {
            BlobKey::parse(format!("films/{job}/{address}{ending}")).map_err(|error| {
                StoreError::new(StoreErrorKind::Invalid, "name", "a film").with_source(error)
            })
        };
        Ok(Self {
            video: key(&format!(".{format}"))?,
            poster: key(".poster.png")?,
            storyboard: key(".storyboard.png")?,
            manifest: key(".json")?,
        })
    }
}

impl Pipeline {
    fn film_keys(&self, job: JobId, scene: &Scene, settings: RenderSettings) -> Result<Keys, StoreError> {
        let address = scene.content_address(settings, self.0.renderer.engine());
        Keys::new(job, &address, settings.format)
    }

    /// The film of this scene, if this job has stored it whole before.
    pub(super) async fn find_film(&self, job: &Job, scene: &Scene) -> Result<Option<StoredFilm>, StoreError> {
        let keys = self.film_keys(job.id(), scene, job.settings())?;
        let manifest = match self.0.blobs.get(&keys.manifest, None).await {
            Ok(blob) => blob.bytes().await?,
            Err(error) if error.kind() == StoreErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let film = serde_json::from_slice(&manifest);
        film.map(Some).map_err(|error| {
            StoreError::new(StoreErrorKind::Corrupt, "read", keys.manifest.as_str()).with_source(error)
        })
    }

    /// Stores a film; when this returns, all of it is there.
    pub(super) async fn store_film(
        &self,
        job: &Job,
        scene: &Scene,
        film: &Film,
    ) -> Result<StoredFilm, StoreError> {
        let keys = self.film_keys(job.id(), scene, job.settings())?;
        let stored = StoredFilm {
            info: film.info.clone(),
            video: keys.video.clone(),
            poster: keys.poster.clone(),
            storyboard: keys.storyboard.clone(),
        };
        let manifest = serde_json::to_vec(&stored).map_err(|error| {
            StoreError::new(StoreErrorKind::Invalid, "write", keys.manifest.as_str()).with_source(error)
        })?;
        self.put(&keys.video, film.video.clone(), film.info.format.media_type())
            .await?;
        self.put(&keys.poster, film.poster.clone().into(), "image/png")
            .await?;
        self.put(&keys.storyboard, film.storyboard.clone().into(), "image/png")
            .await?;
        self.put(&keys.manifest, manifest.into(), "application/json")
            .await?;
        Ok(stored)
    }

    /// What an earlier worker left without a manifest is replaced: it may be another encoding.
    async fn put(&self, key: &BlobKey, content: Content, media_type: &str) -> Result<(), StoreError> {
        let meta = BlobMeta::new(media_type);
        match self.0.blobs.put(key, content.clone(), meta.clone()).await {
            Err(error) if error.kind() == StoreErrorKind::AlreadyExists => {
                self.0.blobs.delete(key).await?;
                self.0.blobs.put(key, content, meta).await
            }
            done => done,
        }
    }

    /// Removes all that a job stored. What cannot be removed now falls to the sweep.
    pub(super) async fn remove_film(&self, job: JobId) {
        if let Err(error) = self.remove_blobs(job).await {
            tracing::warn!(%job, error = chain(&error), "film not removed yet");
        }
    }

    async fn remove_blobs(&self, job: JobId) -> Result<(), StoreError> {
        let folder = BlobKey::parse(format!("films/{job}"))
            .map_err(|error| StoreError::new(StoreErrorKind::Invalid, "name", "a film").with_source(error))?;
        for blob in self.0.blobs.list(Some(&folder)).await? {
            self.0.blobs.delete(&blob.key).await?;
        }
        Ok(())
    }

    /// A blob of `bytes` bytes as content: read when it is wanted.
    pub(super) fn content(&self, key: &BlobKey, bytes: u64) -> Content {
        Content::new(BlobContent {
            blobs: Arc::clone(&self.0.blobs),
            key: key.clone(),
            bytes,
        })
    }

    /// A stored picture, whole.
    pub(super) async fn picture(&self, key: &BlobKey) -> Result<Bytes, StoreError> {
        self.0.blobs.get(key, None).await?.bytes().await
    }
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

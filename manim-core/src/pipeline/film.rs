//! A job's film in the blob store. Its folder is the job's own, so that a worker that takes
//! over finds the film its forerunner finished, and no job removes another's.

use std::collections::BTreeMap;

use super::Pipeline;
use crate::blob::BlobInfo;
use crate::clock::Timestamp;
use crate::error::chain;
use crate::film::Film;
use crate::film::StoredFilm;
use crate::id::{BlobKey, InvalidId, JobId};
use crate::job::Job;
use crate::scene::Scene;
use crate::session::{StoreError, StoreErrorKind};
use crate::shelf::Shelf;

/// Where all films are. Other folders of the store are other people's.
const FILMS: &str = "films";

/// What a job has in the store.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredBlobs {
    pub(super) count: usize,
    pub(super) bytes: u64,
    /// When the newest was stored.
    pub(super) newest: Timestamp,
}

impl StoredBlobs {
    const fn at(newest: Timestamp) -> Self {
        Self {
            count: 0,
            bytes: 0,
            newest,
        }
    }

    fn add(&mut self, blob: &BlobInfo) {
        self.count += 1;
        self.bytes += blob.bytes;
        self.newest = self.newest.max(blob.created_at);
    }
}

impl Pipeline {
    pub(super) fn shelf(&self, job: JobId) -> Shelf<'_> {
        Shelf::new(&self.0.blobs, format!("{FILMS}/{job}"))
    }

    /// The jobs that have blobs.
    pub(super) async fn stored_films(&self) -> Result<BTreeMap<JobId, StoredBlobs>, StoreError> {
        let unnamable =
            |error: InvalidId| StoreError::new(StoreErrorKind::Invalid, "name", FILMS).with_source(error);
        let folder = BlobKey::parse(FILMS).map_err(unnamable)?;
        let mut films = BTreeMap::new();
        for blob in self.0.blobs.list(Some(&folder)).await? {
            if let Some(job) = owner(&blob.key) {
                let first = StoredBlobs::at(blob.created_at);
                films.entry(job).or_insert(first).add(&blob);
            }
        }
        Ok(films)
    }

    /// The film of this scene, if this job has stored it whole before.
    pub(super) async fn find_film(&self, job: &Job, scene: &Scene) -> Result<Option<StoredFilm>, StoreError> {
        let shelf = self.shelf(job.id());
        shelf.find(&self.address(job, scene), job.settings().format).await
    }

    /// Stores a film; when this returns, all of it is there.
    pub(super) async fn store_film(
        &self,
        job: &Job,
        scene: &Scene,
        film: &Film,
    ) -> Result<StoredFilm, StoreError> {
        self.shelf(job.id()).put(&self.address(job, scene), film).await
    }

    fn address(&self, job: &Job, scene: &Scene) -> String {
        scene.content_address(job.settings(), self.0.renderer.engine())
    }

    /// Removes all that a job stored. What cannot be removed now falls to the sweep.
    pub(super) async fn remove_film(&self, job: JobId) {
        if let Err(error) = self.shelf(job).clear().await {
            tracing::warn!(%job, error = chain(&error), "film not removed yet");
        }
    }
}

/// What is not named after a job was not stored by a pipeline.
fn owner(key: &BlobKey) -> Option<JobId> {
    key.as_str().split('/').nth(1)?.parse().ok()
}

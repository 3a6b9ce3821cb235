//! Renders the same scene once.

use std::sync::Arc;

use async_trait::async_trait;

use crate::blob::BlobStore;
use crate::error::chain;
use crate::film::{Film, Isolation};
use crate::renderer::{Inspection, Progress, ProgressSink, RenderError, RenderOutcome, Renderer};
use crate::scene::{RenderSettings, Scene};
use crate::session::StoreError;
use crate::shelf::Shelf;

/// A renderer that keeps its films under their content addresses, and answers the same
/// scene in the same settings by the same engine from there.
///
/// A scene that draws by chance or by the clock is answered with its first film. A store
/// that fails costs a render, never a film. The oldest films go when the store holds more
/// than [`with_capacity`](Self::with_capacity).
#[derive(Debug)]
pub struct CachedRenderer<R> {
    inner: R,
    blobs: Arc<dyn BlobStore>,
    capacity_bytes: u64,
}

/// Room for some thousand films of a minute.
const CAPACITY_BYTES: u64 = 1024 * 1024 * 1024;

/// The folder of the store that is ours.
const FOLDER: &str = "renders";

impl<R: Renderer> CachedRenderer<R> {
    /// Keeps `inner`'s films in `blobs`.
    pub fn new(inner: R, blobs: Arc<dyn BlobStore>) -> Self {
        Self {
            inner,
            blobs,
            capacity_bytes: CAPACITY_BYTES,
        }
    }

    /// Keeps at most `bytes` bytes. Default 1 GiB.
    #[must_use]
    pub fn with_capacity(mut self, bytes: u64) -> Self {
        self.capacity_bytes = bytes;
        self
    }

    fn shelf(&self) -> Shelf<'_> {
        Shelf::new(&self.blobs, FOLDER)
    }

    async fn find(&self, address: &str, settings: RenderSettings) -> Result<Option<Film>, StoreError> {
        let shelf = self.shelf();
        match shelf.find(address, settings.format).await? {
            // What was made in a weaker jail than today's is made again.
            Some(film) if film.info.isolation >= self.inner.isolation() => Ok(Some(shelf.open(&film).await?)),
            _ => Ok(None),
        }
    }

    async fn keep(&self, address: &str, film: &Film) -> Result<(), StoreError> {
        self.shelf().put(address, film).await?;
        self.shelf().trim(self.capacity_bytes).await
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Renderer> Renderer for CachedRenderer<R> {
    fn engine(&self) -> &str {
        self.inner.engine()
    }

    fn isolation(&self) -> Isolation {
        self.inner.isolation()
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        self.inner.inspect(scene, settings).await
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let address = scene.content_address(settings, self.inner.engine());
        match self.find(&address, settings).await {
            Ok(Some(film)) => {
                progress.progress(whole(&film));
                return Ok(RenderOutcome::Rendered(film));
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(error = chain(&error), "the cache of films cannot be read"),
        }
        let outcome = self.inner.render(scene, settings, progress).await?;
        if let RenderOutcome::Rendered(film) = &outcome
            && let Err(error) = self.keep(&address, film).await
        {
            tracing::warn!(error = chain(&error), "the cache of films cannot be written");
        }
        Ok(outcome)
    }
}

fn whole(film: &Film) -> Progress {
    Progress {
        frames_done: film.info.frames,
        frames_total: Some(film.info.frames),
    }
}

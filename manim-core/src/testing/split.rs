//! Two renderers as one.

use std::sync::Arc;

use async_trait::async_trait;

use crate::film::Isolation;
use crate::renderer::{Inspection, ProgressSink, RenderError, RenderOutcome, Renderer};
use crate::scene::{RenderSettings, Scene};

/// Inspects with one renderer and renders with another: dry runs are real and films are a
/// stub's, where a test wants to know what runs and not how it looks.
#[derive(Debug)]
pub struct SplitRenderer {
    inspecting: Arc<dyn Renderer>,
    rendering: Arc<dyn Renderer>,
}

impl SplitRenderer {
    /// Says of itself what `inspecting` says.
    pub fn new(inspecting: Arc<dyn Renderer>, rendering: Arc<dyn Renderer>) -> Self {
        Self {
            inspecting,
            rendering,
        }
    }
}

#[async_trait]
impl Renderer for SplitRenderer {
    fn engine(&self) -> &str {
        self.inspecting.engine()
    }

    fn isolation(&self) -> Isolation {
        self.inspecting.isolation()
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        self.inspecting.inspect(scene, settings).await
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        self.rendering.render(scene, settings, progress).await
    }
}

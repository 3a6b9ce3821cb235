//! A frontend draws nothing: what stands where a renderer is asked for.

use async_trait::async_trait;
use manim_core::{
    Inspection, Isolation, ProgressSink, RenderError, RenderErrorKind, RenderOutcome, RenderSettings,
    Renderer, Scene,
};

/// Never asked, because a frontend leases no job; if it were, the job would go to a worker.
#[derive(Debug)]
pub(super) struct NoRenderer;

#[async_trait]
impl Renderer for NoRenderer {
    fn engine(&self) -> &str {
        "none"
    }

    fn isolation(&self) -> Isolation {
        Isolation::L3
    }

    async fn inspect(&self, _: &Scene, _: RenderSettings) -> Result<Inspection, RenderError> {
        Err(none())
    }

    async fn render(
        &self,
        _: &Scene,
        _: RenderSettings,
        _: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        Err(none())
    }
}

fn none() -> RenderError {
    RenderError::new(RenderErrorKind::Unavailable, "render on", "a frontend")
}

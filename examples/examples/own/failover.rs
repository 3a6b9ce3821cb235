//! A [`Renderer`] of two: the second is asked when the first is out of reach or has no room.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use manim_core::{
    Inspection, Isolation, Progress, ProgressSink, RenderError, RenderErrorKind, RenderOutcome,
    RenderSettings, Renderer, Scene,
};

/// Asks `first`, and `second` where `first` cannot be had.
#[derive(Debug)]
pub(crate) struct Failover {
    first: Arc<dyn Renderer>,
    second: Arc<dyn Renderer>,
}

impl Failover {
    /// # Errors
    /// `Environment`, when the two are different engines: a film's address names its engine
    /// (promise 6), so both have to make the same film of a scene.
    pub(crate) fn new(first: Arc<dyn Renderer>, second: Arc<dyn Renderer>) -> Result<Self, RenderError> {
        if first.engine() == second.engine() {
            return Ok(Self { first, second });
        }
        let subject = format!(
            "{} and {}: install one version in both places",
            first.engine(),
            second.engine()
        );
        Err(RenderError::new(RenderErrorKind::Environment, "combine", subject))
    }
}

/// Whether another renderer may do what this one could not. A job that broke a worker is not handed
/// on: it would break the next one too.
fn elsewhere<T>(end: &Result<T, RenderError>) -> bool {
    let kind = end.as_ref().err().map(RenderError::kind);
    matches!(kind, Some(RenderErrorKind::Unavailable | RenderErrorKind::Busy))
}

#[async_trait]
impl Renderer for Failover {
    fn engine(&self) -> &str {
        self.first.engine()
    }

    /// No more than both give: nobody knows beforehand who will render.
    fn isolation(&self) -> Isolation {
        self.first.isolation().min(self.second.isolation())
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        let end = self.first.inspect(scene, settings).await;
        if elsewhere(&end) {
            return self.second.inspect(scene, settings).await;
        }
        end
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let forward = OnlyForward {
            told: AtomicU64::new(0),
            sink: progress,
        };
        let end = self.first.render(scene, settings, &forward).await;
        if elsewhere(&end) {
            return self.second.render(scene, settings, &forward).await;
        }
        end
    }
}

/// The second renderer begins anew, and progress never goes back (promise 5).
struct OnlyForward<'a> {
    told: AtomicU64,
    sink: &'a dyn ProgressSink,
}

impl ProgressSink for OnlyForward<'_> {
    fn progress(&self, progress: Progress) {
        if self.told.fetch_max(progress.frames_done, Ordering::SeqCst) <= progress.frames_done {
            self.sink.progress(progress);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use manim_core::SceneCode;
    use manim_core::testing::StubRenderer;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<u64>>);

    impl ProgressSink for Heard {
        fn progress(&self, progress: Progress) {
            self.0.lock().unwrap().push(progress.frames_done);
        }
    }

    async fn film(first: StubRenderer, progress: &dyn ProgressSink) -> Result<RenderOutcome, RenderError> {
        let scene = Scene::new(SceneCode::new("class MainScene(Scene): ...").unwrap());
        let both = Failover::new(Arc::new(first), Arc::new(StubRenderer::new())).unwrap();
        both.render(&scene, RenderSettings::default(), progress).await
    }

    #[tokio::test]
    async fn the_second_renders_when_the_first_is_out_of_reach() {
        for kind in [RenderErrorKind::Unavailable, RenderErrorKind::Busy] {
            let end = film(StubRenderer::new().failing(kind), &()).await.unwrap();
            assert!(matches!(end, RenderOutcome::Rendered(_)));
        }
    }

    #[tokio::test]
    async fn a_job_that_broke_a_worker_is_not_handed_on() {
        let end = film(StubRenderer::new().failing(RenderErrorKind::Worker), &()).await;
        assert_eq!(end.unwrap_err().kind(), RenderErrorKind::Worker);
    }

    #[tokio::test]
    async fn progress_goes_on_where_the_first_broke_off() {
        let (first, heard) = (
            StubRenderer::new().failing_first(RenderErrorKind::Unavailable),
            Heard::default(),
        );
        film(first, &heard).await.unwrap();
        let heard = heard.0.into_inner().unwrap();
        assert!(heard.len() > 1 && heard.is_sorted(), "{heard:?}");
    }
}

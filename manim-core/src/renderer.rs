//! Code in, film out: the contract of everything that plays scenes.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostics;
use crate::error::{Error, Kind, Retry};
use crate::film::{Film, Isolation};
use crate::scene::{RenderSettings, Scene};

/// Plays untrusted scenes.
///
/// # Contract
/// 1. A scene at fault is [`RenderOutcome::Rejected`] or [`Inspection::Rejected`], never
///    an `Err`: an `Err` says that the renderer could not do its job.
/// 2. A rejection holds at least one error, with the scene's own line where there is one.
/// 3. `inspect` draws nothing and tells the frames that `render` will make.
/// 4. A film's `info` is what was seen, not what the scene claims.
/// 5. Progress never goes back, and its total never changes once known.
/// 6. `engine` names everything besides scene and settings that determines the film.
///
/// # Cancellation
/// Dropping a future ends the whole process tree of that job, and nothing of it is left.
///
/// # Errors
/// [`RenderErrorKind`].
#[async_trait]
pub trait Renderer: fmt::Debug + Send + Sync + 'static {
    /// Engine and version; part of a film's content address.
    fn engine(&self) -> &str;

    /// How strongly scenes are isolated.
    fn isolation(&self) -> Isolation;

    /// Runs the scene without drawing it.
    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError>;

    /// Runs the scene and makes its film.
    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError>;
}

/// A shared renderer is a renderer, so that decorators wrap what is shared already.
#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Renderer + ?Sized> Renderer for std::sync::Arc<R> {
    fn engine(&self) -> &str {
        (**self).engine()
    }

    fn isolation(&self) -> Isolation {
        (**self).isolation()
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        (**self).inspect(scene, settings).await
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        (**self).render(scene, settings, progress).await
    }
}

/// Told how far a render is. Must return at once.
pub trait ProgressSink: Send + Sync {
    /// A new position.
    fn progress(&self, progress: Progress);
}

/// Ignores every position.
impl ProgressSink for () {
    fn progress(&self, _: Progress) {}
}

/// How far a render is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Frames made so far, equal ones included.
    pub frames_done: u64,
    /// Frames of the whole film, when known.
    pub frames_total: Option<u64>,
}

/// What a dry run found.
#[derive(Debug, Clone, PartialEq)]
pub enum Inspection {
    /// The scene runs to its end.
    Passed(Estimate),
    /// It cannot become a film as it is.
    Rejected(Diagnostics),
}

/// The film that a scene will make.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Frames at the quality asked.
    pub frames: u64,
    /// Length of the film.
    pub duration: Duration,
    /// Calls of `play` and `wait`.
    pub plays: u32,
    /// Notes and warnings; never an error.
    pub findings: Diagnostics,
}

/// How a render ended.
#[derive(Debug, Clone)]
pub enum RenderOutcome {
    /// A film.
    Rendered(Film),
    /// The scene is at fault.
    Rejected(Diagnostics),
}

/// A renderer's failure.
pub type RenderError = Error<RenderErrorKind>;

/// What failed in the renderer itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenderErrorKind {
    /// Python, Manim, a system library or a program is missing or broken.
    Environment,
    /// The isolation asked for cannot be had here.
    Isolation,
    /// A worker could not be started, or died outside any scene.
    Worker,
    /// A job broke the protocol with its supervisor.
    Protocol,
    /// The encoder failed.
    Encoder,
    /// Too much waits already.
    Busy,
    /// The disk or the memory is full.
    Resources,
    /// A render server is out of reach.
    Unavailable,
}

impl Kind for RenderErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::Environment | Self::Isolation | Self::Protocol => Retry::Never,
            Self::Worker | Self::Encoder | Self::Busy | Self::Resources | Self::Unavailable => Retry::Now,
        }
    }
}

impl fmt::Display for RenderErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "the rendering environment is not complete",
            Self::Isolation => "the isolation asked for is not available",
            Self::Worker => "the worker process failed",
            Self::Protocol => "the job broke the protocol",
            Self::Encoder => "the encoder failed",
            Self::Busy => "too many renders are waiting",
            Self::Resources => "a resource of this machine is used up",
            Self::Unavailable => "the renderer is out of reach",
        })
    }
}

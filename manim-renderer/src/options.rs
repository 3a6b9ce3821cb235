//! What a renderer may use and how strongly it isolates.

use std::path::PathBuf;
use std::sync::Arc;

use manim_core::Isolation;

use crate::film::Tap;
use crate::jail::{Layer, Terms};
use crate::limits::Limits;

/// How a [`LocalRenderer`](crate::LocalRenderer) works. Start from [`Options::default`].
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) concurrency: usize,
    pub(crate) limits: Limits,
    pub(crate) scratch: PathBuf,
    pub(crate) minimum: Isolation,
    pub(crate) maximum: Isolation,
    pub(crate) jail: Terms,
    pub(crate) tap: Option<Tap>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            concurrency: std::thread::available_parallelism().map_or(1, usize::from),
            limits: Limits::default(),
            scratch: std::env::temp_dir(),
            minimum: Isolation::L2,
            maximum: Isolation::L3,
            jail: Terms::default(),
            tap: None,
        }
    }
}

impl Options {
    /// Jobs that run at the same time, at least one; more wait. The default is the
    /// number of processors.
    #[must_use]
    pub fn with_concurrency(mut self, jobs: usize) -> Self {
        self.concurrency = jobs.max(1);
        self
    }

    /// What one job may use.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Where short-lived files go; the default is the system's directory for them.
    #[must_use]
    pub fn with_scratch(mut self, parent: impl Into<PathBuf>) -> Self {
        self.scratch = parent.into();
        self
    }

    /// The weakest isolation that is accepted; the default is [`Isolation::L2`]. The
    /// strongest that can be had is used in any case, and without this one
    /// [`LocalRenderer::start`](crate::LocalRenderer::start) refuses. [`Isolation::L1`] is no boundary: accept it for
    /// code that you trust with this user's files. It is logged, and every result says it.
    #[must_use]
    pub fn accept_isolation(mut self, weakest: Isolation) -> Self {
        self.minimum = weakest;
        self
    }

    /// Where the supervisor is root: the first of the unprivileged users that jobs run
    /// as, two for each of the [`concurrency`](Self::with_concurrency) and two more. They
    /// need no names and must be nobody else's.
    #[must_use]
    pub fn with_first_user(mut self, user: u32) -> Self {
        self.jail.first_user = Some(user);
        self
    }

    /// No stronger isolation than this, also where it could be had. For tests.
    #[doc(hidden)]
    #[must_use]
    pub fn with_isolation_at_most(mut self, level: Isolation) -> Self {
        self.maximum = level;
        self
    }

    /// Leaves layers of the jail out, so that a test sees what each one stops.
    #[doc(hidden)]
    #[must_use]
    pub fn without_layers(mut self, layers: &[Layer]) -> Self {
        self.jail.layers_off = layers.to_vec();
        self
    }

    /// Makes this step of every job's lockdown fail, so that a test sees what follows.
    #[doc(hidden)]
    #[must_use]
    pub fn with_failing_step(mut self, step: u32) -> Self {
        self.jail.fail_at = Some(step);
        self
    }

    /// Calls `look` with the RGBA bytes of every frame and how often it comes in a row.
    /// For tests of the renderer itself.
    #[doc(hidden)]
    #[must_use]
    pub fn with_frame_tap(mut self, look: impl Fn(&[u8], u64) + Send + Sync + 'static) -> Self {
        self.tap = Some(Tap(Arc::new(look)));
        self
    }
}

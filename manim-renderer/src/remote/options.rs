//! How long to wait, how often to ask, and where films go.

use std::sync::Arc;
use std::time::Duration;

use manim_core::{BlobStore, BreakerOptions, Isolation};

/// How a [`RemoteRenderer`](crate::RemoteRenderer) works. Start from [`RemoteOptions::default`].
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    pub(crate) poll: Duration,
    pub(crate) patience: Duration,
    pub(crate) queue_patience: Duration,
    pub(crate) tries: u32,
    pub(crate) leash: Duration,
    pub(crate) film_bytes: u64,
    pub(crate) minimum: Isolation,
    pub(crate) breaker: BreakerOptions,
    pub(super) callback: Option<String>,
    pub(super) bucket: Option<Arc<dyn BlobStore>>,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(500),
            patience: Duration::from_secs(60),
            queue_patience: Duration::from_secs(600),
            tries: 4,
            leash: Duration::from_secs(60),
            film_bytes: 50 * 1000 * 1000,
            minimum: Isolation::L2,
            breaker: BreakerOptions {
                failures: 3,
                cool_down: Duration::from_secs(5),
                trials: 1,
            },
            callback: None,
            bucket: None,
        }
    }
}

impl RemoteOptions {
    /// How often a server is asked how far a render is. Default half a second.
    #[must_use]
    pub fn with_poll(mut self, pause: Duration) -> Self {
        self.poll = pause;
        self
    }

    /// How long to wait for a server when none can be reached. Default one minute.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long to wait for room when all servers are full. Default ten minutes.
    #[must_use]
    pub fn with_queue_patience(mut self, patience: Duration) -> Self {
        self.queue_patience = patience;
        self
    }

    /// How many servers may be lost over one call, at least one. Default 4.
    #[must_use]
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// A server gives a render up when this client has been silent for so long. Default one
    /// minute.
    #[must_use]
    pub fn with_leash(mut self, leash: Duration) -> Self {
        self.leash = leash;
        self
    }

    /// The largest film that is taken. Default 50 MB.
    #[must_use]
    pub fn with_film_bytes(mut self, most: u64) -> Self {
        self.film_bytes = most;
        self
    }

    /// The weakest isolation that a server may have. Default [`Isolation::L2`].
    #[must_use]
    pub fn accept_isolation(mut self, weakest: Isolation) -> Self {
        self.minimum = weakest;
        self
    }

    /// When a server that fails is left alone, and for how long.
    #[must_use]
    pub fn with_breaker(mut self, breaker: BreakerOptions) -> Self {
        self.breaker = breaker;
        self
    }

    /// Servers bring word to this address when a render has ended; it is where
    /// [`RemoteRenderer::callbacks`](crate::RemoteRenderer::callbacks) is mounted, and its origin is allowed on the servers.
    /// Without it, and whenever word does not come, the end is found by asking.
    #[must_use]
    pub fn with_callback(mut self, url: impl Into<String>) -> Self {
        self.callback = Some(url.into());
        self
    }

    /// Servers put videos into this store themselves, by addresses that it signs; its origin is
    /// allowed on the servers. Without it, and where it signs none, they are fetched.
    #[must_use]
    pub fn with_bucket(mut self, bucket: Arc<dyn BlobStore>) -> Self {
        self.bucket = Some(bucket);
        self
    }
}

//! Puts a pipeline together: the required parts first, a working default for the rest.

use std::sync::Arc;
use std::time::Duration;

use super::answers::Answers;
use super::events::Hub;
use super::{Inner, Pipeline};
use crate::blob::BlobStore;
use crate::chain::{Chain, ChainOptions, Pricing};
use crate::clock::{Clock, SystemClock};
use crate::layer::SharedRenderer;
use crate::memory::{MemoryBlobs, MemoryQueue, MemorySessions};
use crate::notifier::Notifier;
use crate::provider::Provider;
use crate::queue::JobQueue;
use crate::renderer::Renderer;
use crate::script::ScriptRunner;
use crate::session::SessionStore;

/// Numbers that a pipeline works by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipelineOptions {
    /// How often a job's code may be mended. Default 3.
    pub repair_attempts: u32,
    /// Jobs worked on at the same time by one [`Pipeline::run`]. Default 1.
    pub workers: usize,
    /// Jobs that may wait before a submission is answered with "busy". Default 1000.
    pub queue_limit: usize,
    /// How providers are asked.
    pub chain: ChainOptions,
    /// How long a worker may be silent before its job is handed to another. Default 30 s.
    pub lease: Duration,
    /// How often a job may be handed out before it is given up. Default 5.
    pub deliveries: u32,
    /// The pause before a job is handed out again after a fault that may pass; grows with each
    /// hand-out. Default 2 s.
    pub pause: Duration,
    /// How long jobs in hand may go on once shutdown has begun; what is not done by then is
    /// let go for another worker. Default zero.
    pub drain: Duration,
    /// How long a viewer may come back to a film that it has opened. Default 10 minutes.
    pub grace: Duration,
    /// How long a film waits to be fetched before its job expires. Default 24 hours; less than
    /// [`Retention::ready`](crate::Retention::ready).
    pub film_ttl: Duration,
    /// How often a worker looks for films that nobody needs any more. Default 10 minutes.
    pub sweep: Duration,
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self {
            repair_attempts: 3,
            workers: 1,
            queue_limit: 1000,
            chain: ChainOptions::default(),
            lease: Duration::from_secs(30),
            deliveries: 5,
            pause: Duration::from_secs(2),
            drain: Duration::ZERO,
            grace: Duration::from_secs(10 * 60),
            film_ttl: Duration::from_secs(24 * 60 * 60),
            sweep: Duration::from_secs(10 * 60),
        }
    }
}

/// Collects the parts of a [`Pipeline`]. What is not given is kept in memory.
#[derive(Debug)]
pub struct PipelineBuilder {
    providers: Vec<Arc<dyn Provider>>,
    renderer: Arc<dyn Renderer>,
    sessions: Option<Arc<dyn SessionStore>>,
    blobs: Option<Arc<dyn BlobStore>>,
    queue: Option<Arc<dyn JobQueue>>,
    notifiers: Vec<Arc<dyn Notifier>>,
    claims: Option<Arc<dyn ScriptRunner>>,
    clock: Arc<dyn Clock>,
    prices: Option<Arc<dyn Pricing>>,
    answers: Option<Arc<dyn BlobStore>>,
    options: PipelineOptions,
}

impl PipelineBuilder {
    pub(super) fn new(providers: Vec<Arc<dyn Provider>>, renderer: Arc<dyn Renderer>) -> Self {
        Self {
            providers,
            renderer,
            sessions: None,
            blobs: None,
            queue: None,
            notifiers: Vec::new(),
            claims: None,
            clock: Arc::new(SystemClock),
            prices: None,
            answers: None,
            options: PipelineOptions::default(),
        }
    }

    /// Keeps sessions and jobs here.
    #[must_use]
    pub fn sessions(mut self, sessions: Arc<dyn SessionStore>) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// Keeps films here.
    #[must_use]
    pub fn blobs(mut self, blobs: Arc<dyn BlobStore>) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// Hands jobs out from here.
    #[must_use]
    pub fn queue(mut self, queue: Arc<dyn JobQueue>) -> Self {
        self.queue = Some(queue);
        self
    }

    /// Tells this one too. Notifiers are told in the order they were added.
    #[must_use]
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifiers.push(notifier);
        self
    }

    /// Checks what answers claim on this runner, and mends or refuses a film whose claims are
    /// false. Without it, claims are recorded as unverified.
    #[must_use]
    pub fn claims(mut self, runner: Arc<dyn ScriptRunner>) -> Self {
        self.claims = Some(runner);
        self
    }

    /// Asks this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Knows what calls of providers cost; without it, records tell no cost.
    #[must_use]
    pub fn prices(mut self, prices: Arc<dyn Pricing>) -> Self {
        self.prices = Some(prices);
        self
    }

    /// Answers a problem that became a film before, in the same settings and by the same
    /// providers, with the same code, from `answers`. Keeps 64 MiB of code there; the oldest
    /// goes first. Without it every job asks anew, which is also how a film gets better.
    ///
    /// With a [`CachedRenderer`](crate::layer::CachedRenderer) the film too is the same one.
    #[must_use]
    pub fn reuse_answers(mut self, answers: Arc<dyn BlobStore>) -> Self {
        self.answers = Some(answers);
        self
    }

    /// Works by these numbers.
    #[must_use]
    pub fn options(mut self, options: PipelineOptions) -> Self {
        self.options = options;
        self
    }

    /// Mends a job's code at most so often.
    #[must_use]
    pub fn repair_attempts(mut self, repairs: u32) -> Self {
        self.options.repair_attempts = repairs;
        self
    }

    /// The pipeline.
    pub fn build(self) -> Pipeline {
        let clock = self.clock;
        let sessions = self
            .sessions
            .unwrap_or_else(|| Arc::new(MemorySessions::new().with_clock(clock.clone())));
        let blobs = self
            .blobs
            .unwrap_or_else(|| Arc::new(MemoryBlobs::new().with_clock(clock.clone())));
        let queue = self
            .queue
            .unwrap_or_else(|| Arc::new(MemoryQueue::new().with_clock(clock.clone())));
        let answers = self
            .answers
            .map(|kept| Answers::new(kept, &self.providers, self.renderer.engine()));
        let chain = Chain::new(self.providers, self.options.chain, clock.clone(), self.prices);
        Pipeline(Arc::new(Inner {
            chain,
            answers,
            renderer: Arc::new(SharedRenderer::new(self.renderer)),
            sessions,
            blobs,
            queue,
            notifiers: self.notifiers,
            claims: self.claims,
            clock,
            options: self.options,
            hub: Hub::default(),
        }))
    }
}

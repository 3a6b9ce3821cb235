//! Performs what [`Job::step`] asks, with the plug-ins it was given. Decides nothing about
//! a job's course: that is the state machine's.

mod access;
mod answers;
mod builder;
mod deliver;
mod events;
mod fault;
mod film;
mod generate;
mod health;
mod lease;
mod sweep;
mod worker;

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use self::access::{Picture, Rereading, Viewing};
pub use self::builder::{PipelineBuilder, PipelineOptions};
pub use self::events::{Change, JobEvent};
pub use self::health::{PipelineHealth, StoreHealth};
pub use self::sweep::{StaleFilm, Staleness, Swept};

use self::answers::Answers;
use self::events::Hub;
use crate::blob::BlobStore;
use crate::chain::Chain;
use crate::clock::Clock;
use crate::error::{Error, Kind, Retry};
use crate::id::{JobId, SessionId};
use crate::job::{Event, Illegal, Job};
use crate::memo::Memo;
use crate::notifier::Notifier;
use crate::problem::ProblemText;
use crate::provider::Provider;
use crate::queue::JobQueue;
use crate::renderer::Renderer;
use crate::scene::RenderSettings;
use crate::script::ScriptRunner;
use crate::session::{Page, SessionStore, StoreError, StoreErrorKind, Versioned};
use crate::trace::TraceParent;

/// Takes problems in, works on them, hands films out. Cheap to clone; all clones are one.
///
/// Submitting and reading work without a worker; films are made while [`run`](Self::run)
/// is being awaited somewhere, in this process or in another on the same stores.
#[derive(Debug, Clone)]
pub struct Pipeline(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    chain: Chain,
    answers: Option<Answers>,
    renderer: Arc<dyn Renderer>,
    sessions: Arc<dyn SessionStore>,
    blobs: Arc<dyn BlobStore>,
    queue: Arc<dyn JobQueue>,
    notifiers: Vec<Arc<dyn Notifier>>,
    claims: Option<Arc<dyn ScriptRunner>>,
    clock: Arc<dyn Clock>,
    options: PipelineOptions,
    hub: Hub,
}

/// A problem handed in.
#[derive(Debug, Clone)]
pub struct Submission {
    session: SessionId,
    problem: ProblemText,
    settings: RenderSettings,
    key: Option<String>,
    trace: Option<TraceParent>,
    origin: Option<Memo>,
}

impl Submission {
    /// `session` asks for a film about `problem`.
    pub fn new(session: SessionId, problem: ProblemText) -> Self {
        Self {
            session,
            problem,
            settings: RenderSettings::default(),
            key: None,
            trace: None,
            origin: None,
        }
    }

    /// How the film should be made.
    #[must_use]
    pub fn with_settings(mut self, settings: RenderSettings) -> Self {
        self.settings = settings;
        self
    }

    /// Two submissions of one session with the same key are one job.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The trace of the request.
    #[must_use]
    pub fn with_trace(mut self, trace: TraceParent) -> Self {
        self.trace = Some(trace);
        self
    }

    /// Where the answer is to go.
    #[must_use]
    pub fn with_origin(mut self, origin: Memo) -> Self {
        self.origin = Some(origin);
        self
    }

    fn job_id(&self) -> JobId {
        match &self.key {
            Some(key) => keyed_id(self.session, key),
            None => JobId::new(),
        }
    }
}

/// The same id for the same session and key (a UUIDv8 made of their SHA-256).
fn keyed_id(session: SessionId, key: &str) -> JobId {
    let digest = Sha256::new()
        .chain_update(session.as_uuid())
        .chain_update(key)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    JobId::from_uuid(Uuid::new_v8(bytes))
}

impl Pipeline {
    /// A pipeline that asks `providers` in this order and renders with `renderer`.
    /// Everything else has a working default; see [`PipelineBuilder`].
    pub fn builder(
        providers: impl IntoIterator<Item = Arc<dyn Provider>>,
        renderer: Arc<dyn Renderer>,
    ) -> PipelineBuilder {
        PipelineBuilder::new(providers.into_iter().collect(), renderer)
    }

    /// Takes a problem in. The job is durable when this returns, and will be worked on. A
    /// submission with a key that was used before is answered with the job it made, however
    /// many jobs wait and wherever that job is.
    ///
    /// # Errors
    /// [`PipelineErrorKind::Busy`] when too many jobs wait; [`PipelineErrorKind::Store`].
    pub async fn submit(&self, submission: Submission) -> Result<JobId, PipelineError> {
        let id = submission.job_id();
        if submission.key.is_some()
            && let Some(known) = self.find(id).await?
        {
            return self.enqueue(known.value).await;
        }
        self.refuse_if_busy().await?;
        let job = self.new_job(id, submission);
        match self.0.sessions.save_job(&job, None).await {
            Ok(_) => tracing::info!(job = %id, session = %job.session(), "job submitted"),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => return Err(stored("submit", id, error)),
        }
        self.enqueue(job).await
    }

    async fn refuse_if_busy(&self) -> Result<(), PipelineError> {
        let waiting = self.0.queue.len().await;
        let waiting = waiting.map_err(|error| stored("submit", "a job", error))?;
        if waiting < self.0.options.queue_limit {
            return Ok(());
        }
        let subject = format!("a job behind {waiting} others");
        Err(PipelineError::new(PipelineErrorKind::Busy, "submit", subject))
    }

    /// Has the job worked on, unless there is nothing left to do. If this does not happen, the
    /// sweep finds the record by its first notice.
    async fn enqueue(&self, job: Job) -> Result<JobId, PipelineError> {
        if !job.status().is_settled() {
            let queued = self.0.queue.enqueue(job.id()).await;
            queued.map_err(|error| stored("submit", job.id(), error))?;
        }
        Ok(job.id())
    }

    fn new_job(&self, id: JobId, submission: Submission) -> Job {
        let Submission {
            session,
            problem,
            settings,
            trace,
            origin,
            ..
        } = submission;
        let repairs = self.0.options.repair_attempts;
        let mut job = Job::new(id, session, problem, settings, repairs, self.0.clock.now());
        if let Some(trace) = trace {
            job = job.with_trace(trace);
        }
        if let Some(origin) = origin {
            job = job.with_origin(origin);
        }
        job
    }

    /// The job's record, as last saved.
    ///
    /// # Errors
    /// [`PipelineErrorKind::NotFound`] when it never was or has expired.
    pub async fn job(&self, id: JobId) -> Result<Job, PipelineError> {
        Ok(self.load(id).await?.value)
    }

    /// A session's jobs, newest first.
    pub async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Job>, PipelineError> {
        let jobs = self.0.sessions.jobs(session, page).await;
        let jobs = jobs.map_err(|error| stored("list jobs of", session, error))?;
        Ok(jobs.into_iter().map(|job| job.value).collect())
    }

    /// How the films of a session are made where a submission does not say.
    pub async fn preference(&self, session: SessionId) -> Result<RenderSettings, PipelineError> {
        let found = self.0.sessions.session(session).await;
        let found = found.map_err(|error| stored("load session", session, error))?;
        Ok(found.map(|session| session.settings).unwrap_or_default())
    }

    /// From now on, films of the session are made like this.
    pub async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<(), PipelineError> {
        let kept = self.0.sessions.prefer(session, settings).await;
        kept.map(drop)
            .map_err(|error| stored("prefer in", session, error))
    }

    /// Stops a job. Work on it ends at once in this process, and at the next heartbeat in
    /// others. A job that has ended already stays as it is.
    pub async fn cancel(&self, id: JobId) -> Result<Job, PipelineError> {
        let job = self.change(id, Event::Cancelled).await?;
        self.remove_film(id).await;
        Ok(job)
    }

    /// Applies an event that does not depend on what was read, however often others write
    /// in between. An event that has become illegal leaves the job as it is.
    async fn change(&self, id: JobId, event: Event) -> Result<Job, PipelineError> {
        loop {
            let mut read = self.load(id).await?;
            if read.value.apply(event.clone(), self.0.clock.now()).is_err() {
                return Ok(read.value);
            }
            match self.save(&mut read).await {
                Ok(()) => {
                    self.clear_outbox(&mut read, false).await;
                    return Ok(read.value);
                }
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(stored("save", id, error)),
            }
        }
    }

    async fn load(&self, id: JobId) -> Result<Versioned<Job>, PipelineError> {
        let found = self.find(id).await?;
        found.ok_or_else(|| PipelineError::new(PipelineErrorKind::NotFound, "load job", id.to_string()))
    }

    async fn find(&self, id: JobId) -> Result<Option<Versioned<Job>>, PipelineError> {
        let found = self.0.sessions.job(id).await;
        found.map_err(|error| stored("load", id, error))
    }

    /// Writes the record and tells this process's listeners.
    async fn save(&self, job: &mut Versioned<Job>) -> Result<(), StoreError> {
        self.forget_untellable(&mut job.value);
        job.revision = self.0.sessions.save_job(&job.value, Some(job.revision)).await?;
        self.0.hub.entered(&job.value);
        Ok(())
    }

    /// Without notifiers nobody is owed anything.
    fn forget_untellable(&self, job: &mut Job) {
        if self.0.notifiers.is_empty() {
            job.told(u64::MAX);
        }
    }
}

fn stored(operation: &'static str, subject: impl fmt::Display, error: StoreError) -> PipelineError {
    let retry = error.retry();
    PipelineError::new(PipelineErrorKind::Store, operation, subject.to_string())
        .with_retry(retry)
        .with_source(error)
}

fn illegal(id: JobId, error: Illegal) -> PipelineError {
    PipelineError::new(PipelineErrorKind::State, "advance job", id.to_string()).with_source(error)
}

/// A pipeline's failure.
pub type PipelineError = Error<PipelineErrorKind>;

/// What failed in the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PipelineErrorKind {
    /// No such job, or it has expired.
    NotFound,
    /// Too many jobs wait; try again later.
    Busy,
    /// The film is not there yet, or never will be.
    NotReady,
    /// The film's single access is used up, or its time is over.
    Gone,
    /// The job is not in a state for this.
    State,
    /// A store failed.
    Store,
}

impl Kind for PipelineErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::Busy | Self::Store => Retry::Now,
            Self::NotFound | Self::NotReady | Self::Gone | Self::State => Retry::Never,
        }
    }
}

impl fmt::Display for PipelineErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "no such job",
            Self::Busy => "too many jobs are waiting, try again in a minute",
            Self::NotReady => "the film is not ready",
            Self::Gone => "the film was already fetched, or its time is over",
            Self::State => "the job is not in a state for this",
            Self::Store => "a store failed",
        })
    }
}

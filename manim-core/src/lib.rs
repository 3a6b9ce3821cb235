//! Contracts and the pipeline.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod blob;
mod clock;
mod diagnostic;
mod error;
mod film;
mod id;
mod job;
mod notifier;
mod problem;
mod provider;
mod queue;
mod renderer;
mod scene;
mod script;
mod session;

pub use blob::{Blob, BlobCapabilities, BlobInfo, BlobMeta, BlobStore, SignedMethod, checked_range};
pub use clock::{Clock, SystemClock, Timestamp};
pub use diagnostic::{Diagnostic, Diagnostics, Severity, Stage};
pub use error::{Error, Kind, Retry, chain};
pub use film::{Content, ContentSource, Film, FilmInfo, Isolation};
pub use id::{BlobKey, InvalidId, JobId, Revision, SessionId};
pub use job::{
    Attempt, AttemptError, Event, Failure, FailureKind, Illegal, InvalidTraceParent, Job, Notice, Status, Step,
    StoredFilm, TraceParent,
};
pub use notifier::{Delivery, Notifier, NotifyError, NotifyErrorKind, Receipt};
pub use problem::{InvalidProblem, ProblemText};
pub use provider::{
    DeltaSink, FinishReason, Generation, GenerationRequest, Provider, ProviderError, ProviderErrorKind, RepairRequest,
    Usage,
};
pub use queue::{DeadLetter, JobQueue, Lease, Settlement};
pub use renderer::{
    Estimate, Inspection, Progress, ProgressSink, RenderError, RenderErrorKind, RenderOutcome, Renderer,
};
pub use scene::{
    Format, InvalidSceneName, Quality, RenderSettings, Scene, SceneCode, SceneName, SourceTooLong, UnknownChoice,
};
pub use script::{Program, ScriptError, ScriptErrorKind, ScriptRunner};
pub use session::{Page, Retention, Session, SessionStore, StoreError, StoreErrorKind, Versioned};

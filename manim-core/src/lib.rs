//! Contracts and the pipeline.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod blob;
#[cfg(feature = "check")]
mod check;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod diagnostic;
mod error;
mod film;
mod generate;
mod id;
mod job;
pub mod memory;
mod notifier;
mod pipeline;
mod problem;
mod provider;
mod queue;
mod renderer;
mod scene;
mod script;
mod session;
#[cfg(feature = "testing")]
pub mod testing;

pub use blob::{
    Blob, BlobCapabilities, BlobInfo, BlobMeta, BlobStore, SignedMethod, checked_meta, checked_range,
};
#[cfg(feature = "check")]
pub use check::{CheckReport, check_code};
pub use clock::{Clock, SystemClock, Timestamp};
pub use diagnostic::{Diagnostic, Diagnostics, Severity, Stage};
pub use error::{Error, Kind, Retry, chain};
pub use film::{Content, ContentSource, Film, FilmInfo, Isolation};
pub use generate::extract::extract_code;
pub use generate::prompt::{Message, Role};
pub use id::{BlobKey, InvalidId, JobId, Revision, SessionId};
pub use job::{
    Attempt, AttemptError, Event, Failure, FailureKind, Illegal, InvalidTraceParent, Job, Notice, Status,
    Step, StoredFilm, TraceParent,
};
pub use notifier::{Delivery, Notifier, NotifyError, NotifyErrorKind, Receipt};
pub use pipeline::{
    Change, JobEvent, OpenFilm, Pipeline, PipelineBuilder, PipelineError, PipelineErrorKind, PipelineOptions,
    Submission,
};
pub use problem::{InvalidProblem, ProblemText};
pub use provider::{
    DeltaSink, FinishReason, Generation, GenerationRequest, Provider, ProviderError, ProviderErrorKind,
    RepairRequest, Usage,
};
pub use queue::{DeadLetter, JobQueue, Lease, Settlement};
pub use renderer::{
    Estimate, Inspection, Progress, ProgressSink, RenderError, RenderErrorKind, RenderOutcome, Renderer,
};
pub use scene::{
    Format, InvalidSceneName, Quality, RenderSettings, Scene, SceneCode, SceneName, SourceTooLong,
    UnknownChoice,
};
pub use script::{Program, ScriptError, ScriptErrorKind, ScriptRunner};
pub use session::{Page, Retention, Session, SessionStore, StoreError, StoreErrorKind, Versioned};

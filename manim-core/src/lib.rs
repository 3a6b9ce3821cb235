//! Turns a maths problem in words into a rendered Manim film: the contracts, the job's
//! state machine and the pipeline. No network, no process, no file system: those are the
//! adapters' (`manim-providers`, `manim-renderer`, `manim-storage`).
//!
//! This program runs as it is, with doubles in place of a model and of Manim:
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use std::sync::Arc;
//! use manim_core::testing::{ScriptedProvider, StubRenderer};
//! use manim_core::{Pipeline, ProblemText, Provider, SessionId, Status, Submission};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let code = "class MainScene(Scene):\n    def construct(self):\n        self.wait()";
//! let provider: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("scripted").replying(code));
//! let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new())).build();
//!
//! let session = SessionId::new();
//! let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0")?;
//! let job = pipeline.submit(Submission::new(session, problem)).await?;
//! assert_eq!(pipeline.run_until_settled(job).await?.status(), Status::Ready);
//!
//! let film = pipeline.open_film(session, job).await?;
//! assert_eq!(film.video.bytes().await?.len() as u64, film.info.bytes);
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Nouns
//! - [`ProblemText`] goes in; [`Film`] comes out; [`Job`] is the record of the way between.
//! - [`Provider`] writes code, [`check_code`] reads it, [`Renderer`] plays it,
//!   [`ScriptRunner`] runs our own Python on untrusted data.
//! - [`Claim`] is what an answer says is true, [`CheckedClaim`] what came of checking it.
//! - [`SessionStore`], [`BlobStore`] and [`JobQueue`] keep things; [`Notifier`] tells people;
//!   [`RateLimiter`] and [`Inbox`] guard the doors.
//! - [`Pipeline`] carries a job through all of them; [`Job::step`] decides what is next.
//!
//! Each trait's documentation is a numbered contract, and each promise is a law of the same
//! number in `conformance`, which every implementation runs.
//!
//! # Features
//! | feature | what it gives | default |
//! |---|---|---|
//! | `check` | [`check_code`]: reads generated Python with ruff's parser | yes |
//! | `testing` | mocks, scripted doubles, a manual clock, `StubRenderer` | no |
//! | `conformance` | the laws of every trait, one macro line for each backend | no |
#![cfg_attr(docsrs, feature(doc_cfg))]

mod access;
mod attempt;
mod blob;
mod chain;
#[cfg(feature = "check")]
mod check;
mod claim;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod diagnostic;
mod digest;
mod error;
mod failure;
mod film;
mod generate;
mod id;
mod inbox;
mod job;
pub mod layer;
mod limit;
mod memo;
pub mod memory;
mod notifier;
mod pipeline;
mod problem;
mod provider;
mod queue;
mod renderer;
mod scene;
mod script;
mod secret;
mod session;
mod shelf;
mod status;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;

pub use access::{Access, AccessToken, InvalidToken};
pub use attempt::{Attempt, AttemptError};
pub use blob::{
    Blob, BlobCapabilities, BlobInfo, BlobMeta, BlobStore, SignedMethod, checked_meta, checked_range,
};
pub use chain::{Breaker, BreakerOptions, Budget, ChainOptions, Circuit, Permit, Pricing, ProviderHealth};
#[cfg(feature = "check")]
pub use check::{CheckOptions, CheckReport, check_code, check_code_with};
pub use claim::{
    CheckedClaim, Claim, Domain, Extremum, Formula, InvalidFormula, Matrix, Side, Verdict, check_claims,
};
pub use clock::{Clock, SystemClock, Timestamp, later};
pub use diagnostic::{Diagnostic, Diagnostics, Severity, Stage};
pub use error::{Error, Kind, Retry, chain};
pub use failure::{Failure, FailureKind};
pub use film::{Content, ContentSource, Film, FilmInfo, Isolation, StoredFilm};
pub use generate::claims::extract_claims;
pub use generate::extract::extract_code;
pub use generate::prompt::{Message, Role};
pub use id::{BlobKey, InvalidId, JobId, Revision, ScopedKey, SessionId};
pub use inbox::{Acceptance, Inbox};
pub use job::{Event, Illegal, Job, Step};
pub use limit::{Admission, Quota, RateLimiter, Takes};
pub use memo::{Memo, MemoTooLong};
pub use notifier::{Delivery, Notice, Notifier, NotifyError, NotifyErrorKind, Receipt};
pub use pipeline::{
    Change, JobEvent, Picture, Pipeline, PipelineBuilder, PipelineError, PipelineErrorKind, PipelineHealth,
    PipelineOptions, Rereading, StaleFilm, Staleness, StoreHealth, Submission, Swept, Viewing,
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
pub use secret::Secret;
pub use session::{Page, Retention, Session, SessionStore, StoreError, StoreErrorKind, Versioned};
pub use status::Status;
pub use trace::{InvalidTraceParent, TraceParent};

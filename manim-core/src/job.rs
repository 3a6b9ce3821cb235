//! Decides what a job does next. Performs nothing: no clock, no IO, no async.

mod claims;
mod event;
mod fallback;
mod record;
mod rejection;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::attempt::Attempt;
use crate::claim::{CheckedClaim, Claim};
use crate::clock::Timestamp;
use crate::diagnostic::Diagnostics;
use crate::failure::Failure;
use crate::film::StoredFilm;
use crate::id::{JobId, SessionId};
use crate::memo::Memo;
use crate::notifier::Notice;
use crate::problem::ProblemText;
use crate::provider::GenerationRequest;
use crate::scene::{RenderSettings, Scene, SceneCode};
use crate::status::Status;
use crate::trace::TraceParent;

use claims::claims_left_out;
pub use event::{Event, Illegal};
use fallback::Fallback;
use rejection::{Rejection, fingerprint};

/// What to do next. Follows from the record alone, so a worker that finds a job half
/// done goes on where the last one stopped.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Say that work begins.
    Start,
    /// Ask a provider.
    Generate(GenerationRequest),
    /// Check the mathematics that was claimed.
    CheckClaims(Vec<Claim>),
    /// Check and dry-run.
    Validate(Scene),
    /// Make the film.
    Render(Scene),
    /// Hand the film to the blob store.
    Upload(Scene),
    /// Offer the film to the notifiers.
    Deliver(StoredFilm),
    /// Nothing.
    Rest,
}

/// One problem on its way to one film: the whole record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    id: JobId,
    session: SessionId,
    problem: ProblemText,
    settings: RenderSettings,
    status: Status,
    created_at: Timestamp,
    updated_at: Timestamp,
    repairs_left: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<SceneCode>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    frames_total: Option<u64>,
    #[serde(default, skip_serializing_if = "Diagnostics::is_empty")]
    findings: Diagnostics,
    /// What is claimed of the answer of the code last written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    claims: Vec<CheckedClaim>,
    /// The claims wait to be checked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    claims_due: bool,
    /// A claim was refuted, and no reply has claimed anything since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    claims_owed: bool,
    /// What was wrong with the last reply, when it brought no code.
    #[serde(default, skip_serializing_if = "Diagnostics::is_empty")]
    reply_findings: Diagnostics,
    /// Fingerprint of the code as it was written, before fixes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    written: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejections: Vec<Rejection>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fallback: Option<Fallback>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    film: Option<StoredFilm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    access: Option<Access>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<Failure>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<TraceParent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<Memo>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    memos: BTreeMap<String, Memo>,
    transitions: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<Notice>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outbox: Vec<Notice>,
}

/// Transitions remembered: more than ten repairs make, and every save writes them.
const HISTORY: usize = 64;

impl Job {
    /// A queued job. `repairs` is how often its code may be mended.
    pub fn new(
        id: JobId,
        session: SessionId,
        problem: ProblemText,
        settings: RenderSettings,
        repairs: u32,
        now: Timestamp,
    ) -> Self {
        let mut job = Self {
            id,
            session,
            problem,
            settings,
            status: Status::Queued,
            created_at: now,
            updated_at: now,
            repairs_left: repairs,
            attempts: Vec::new(),
            code: None,
            frames_total: None,
            findings: Diagnostics::default(),
            claims: Vec::new(),
            claims_due: false,
            claims_owed: false,
            reply_findings: Diagnostics::default(),
            written: String::new(),
            rejections: Vec::new(),
            fallback: None,
            film: None,
            access: None,
            failure: None,
            trace: None,
            origin: None,
            memos: BTreeMap::new(),
            transitions: 0,
            history: Vec::new(),
            outbox: Vec::new(),
        };
        job.post(now);
        job
    }

    /// The same job within the trace of the request that made it.
    #[must_use]
    pub fn with_trace(mut self, trace: TraceParent) -> Self {
        self.trace = Some(trace);
        self
    }

    /// The same job, asked for from there: whoever answers finds the place by it.
    #[must_use]
    pub fn with_origin(mut self, origin: Memo) -> Self {
        self.origin = Some(origin);
        self
    }

    /// What to do next.
    pub fn step(&self) -> Step {
        match self.status {
            Status::Queued => Step::Start,
            Status::AiGenerating => Step::Generate(self.request()),
            Status::CodeValidating if self.claims_due => Step::CheckClaims(self.claimed()),
            Status::CodeValidating => self.scene().map_or(Step::Start, Step::Validate),
            Status::Rendering => self.scene().map_or(Step::Start, Step::Render),
            Status::Uploading => self.scene().map_or(Step::Start, Step::Upload),
            Status::Ready => self.film.clone().map_or(Step::Rest, Step::Deliver),
            Status::Delivered | Status::Failed | Status::Cancelled | Status::Expired => Step::Rest,
        }
    }

    /// Takes what happened. A refused event leaves the job as it was.
    pub fn apply(&mut self, event: Event, now: Timestamp) -> Result<(), Illegal> {
        use Status::{AiGenerating, CodeValidating, Delivered, Queued, Ready, Rendering, Uploading};

        let refused = Illegal {
            status: self.status,
            event: event.name(),
        };
        let next = match (self.status, event) {
            (Queued, Event::Started) => AiGenerating,

            (
                AiGenerating,
                Event::CodeWritten {
                    code,
                    claims,
                    attempts,
                },
            ) => self.take_code(code, claims, attempts),
            (AiGenerating, Event::NoCode { findings, attempts }) => self.ask_again(findings, attempts),
            (AiGenerating, Event::ProvidersFailed { failure, attempts }) => {
                self.attempts.extend(attempts);
                self.fall_back_or_give_up(failure)
            }

            (CodeValidating, Event::ClaimsChecked(claims)) if self.claims_due => {
                self.take_verdicts(claims);
                return Ok(());
            }
            (
                CodeValidating,
                Event::CodeAccepted {
                    code,
                    frames,
                    findings,
                },
            ) if !self.claims_due => self.accept(code, frames, findings),
            (CodeValidating, Event::CodeRejected(findings)) if !self.claims_due => self.reject_all(findings),
            (Rendering, Event::CodeRejected(findings)) => self.reject(findings),

            (Rendering, Event::Rendered) => Uploading,
            (Uploading, Event::FilmLost) => Rendering,
            (Rendering | Uploading, Event::Stored(film)) => {
                self.film = Some(film);
                Ready
            }
            (Ready, Event::Accessed) => Delivered,
            (Ready, Event::Opened(access)) => {
                self.access = Some(access);
                Delivered
            }

            (status, Event::Broken(failure)) if !status.is_settled() => self.give_up(failure),
            (status, Event::Cancelled) if !status.is_terminal() => Status::Cancelled,
            (status, Event::Expired) if !status.is_terminal() => Status::Expired,

            _ => return Err(refused),
        };
        self.enter(next, now);
        Ok(())
    }

    /// Forgets the notices up to `number`: everybody who should know does.
    pub fn told(&mut self, number: u64) {
        self.outbox.retain(|notice| notice.number > number);
    }

    /// Keeps what `notifier` wants to remember, in place of what it remembered before.
    pub fn remember(&mut self, notifier: &str, memo: Memo) {
        self.memos.insert(notifier.to_owned(), memo);
    }

    fn enter(&mut self, status: Status, now: Timestamp) {
        self.status = status;
        self.updated_at = now.max(self.updated_at);
        self.post(self.updated_at);
    }

    fn post(&mut self, now: Timestamp) {
        self.transitions += 1;
        let notice = Notice {
            number: self.transitions,
            status: self.status,
            at: now,
        };
        if self.history.len() == HISTORY {
            self.history.remove(0);
        }
        self.history.push(notice);
        self.outbox.push(notice);
    }

    /// Code that was rejected before, with the same claims, is not looked at again. Who leaves a
    /// refuted claim out has not mended it.
    fn take_code(&mut self, code: SceneCode, claims: Vec<Claim>, attempts: Vec<Attempt>) -> Status {
        self.attempts.extend(attempts);
        let claimed: Vec<String> = claims.iter().map(Claim::to_string).collect();
        let texts = std::iter::once(code.as_str()).chain(claimed.iter().map(String::as_str));
        self.written = fingerprint(texts);
        self.claims_due = !claims.is_empty();
        self.claims_owed &= claims.is_empty();
        self.claims = claims.into_iter().map(CheckedClaim::unchecked).collect();
        let known = self
            .rejections
            .iter()
            .any(|rejection| rejection.code == self.written);
        self.code = Some(code);
        self.reply_findings = Diagnostics::default();
        if known {
            let findings = std::mem::take(&mut self.findings);
            return self.reject(findings);
        }
        if self.claims_owed {
            return self.reject(claims_left_out().into());
        }
        Status::CodeValidating
    }

    fn give_up(&mut self, failure: Failure) -> Status {
        self.failure = Some(failure);
        Status::Failed
    }

    /// The first request, or one that mends the code that was rejected.
    fn request(&self) -> GenerationRequest {
        let mut request = GenerationRequest::new(self.problem.clone(), self.settings);
        request.avoid = self.stuck_providers();
        request.reply_findings = self.reply_findings.clone();
        match &self.code {
            Some(code) => request.repairing(code.clone(), self.findings.clone()),
            None => request,
        }
    }

    fn scene(&self) -> Option<Scene> {
        self.code.clone().map(Scene::new)
    }
}

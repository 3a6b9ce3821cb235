//! Decides what a job does next. Performs nothing: no clock, no IO, no async.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::attempt::Attempt;
use crate::claim::{CheckedClaim, Claim, Verdict, refutations};
use crate::clock::Timestamp;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Stage};
use crate::digest::digest;
use crate::failure::{Failure, FailureKind};
use crate::film::StoredFilm;
use crate::id::{JobId, SessionId};
use crate::memo::Memo;
use crate::notifier::Notice;
use crate::problem::ProblemText;
use crate::provider::GenerationRequest;
use crate::scene::{RenderSettings, Scene, SceneCode};
use crate::status::Status;
use crate::trace::TraceParent;

/// What happened to a job.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A worker took it from the queue.
    Started,
    /// A provider's reply held code.
    CodeWritten {
        /// The code.
        code: SceneCode,
        /// What the reply says is true of its answer.
        claims: Vec<Claim>,
        /// The calls made to get it, the last one successful.
        attempts: Vec<Attempt>,
    },
    /// A provider's reply held no usable code.
    NoCode {
        /// Why, for the next request.
        findings: Diagnostics,
        /// The calls made.
        attempts: Vec<Attempt>,
    },
    /// No provider replied.
    ProvidersFailed {
        /// The sentence for the person.
        failure: Failure,
        /// The calls made.
        attempts: Vec<Attempt>,
    },
    /// What came of checking the claims.
    ClaimsChecked(Vec<CheckedClaim>),
    /// Check and dry run passed; the code may have been fixed on the way.
    CodeAccepted {
        /// The code to render.
        code: SceneCode,
        /// Frames that the film will have.
        frames: u64,
        /// Notes and warnings.
        findings: Diagnostics,
    },
    /// Check, dry run or render found the scene at fault.
    CodeRejected(Diagnostics),
    /// The film is made and in this worker's hands.
    Rendered,
    /// The worker that held the film is gone: make it again.
    FilmLost,
    /// The film is in the blob store (just now, or from an equal job).
    Stored(StoredFilm),
    /// A notifier has handed the film over: its single access took place.
    Accessed,
    /// A viewer has opened the film: its single access took place, and the viewer may come
    /// back for a while.
    Opened(Access),
    /// The machinery failed for good.
    Broken(Failure),
    /// The owner stopped the job.
    Cancelled,
    /// The job's time is over.
    Expired,
}

impl Event {
    /// A stable name, for errors and logs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::CodeWritten { .. } => "code written",
            Self::NoCode { .. } => "no code",
            Self::ProvidersFailed { .. } => "providers failed",
            Self::ClaimsChecked(_) => "claims checked",
            Self::CodeAccepted { .. } => "code accepted",
            Self::CodeRejected(_) => "code rejected",
            Self::Rendered => "rendered",
            Self::FilmLost => "film lost",
            Self::Stored(_) => "stored",
            Self::Accessed => "accessed",
            Self::Opened(_) => "opened",
            Self::Broken(_) => "broken",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// An event that cannot happen to a job in this status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {status} cannot take the event {event:?}")]
pub struct Illegal {
    /// Where the job was.
    pub status: Status,
    /// What was said to have happened.
    pub event: &'static str,
}

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
            ) => {
                self.attempts.extend(attempts);
                self.take_code(code, claims)
            }
            (AiGenerating, Event::NoCode { findings, attempts }) => {
                self.attempts.extend(attempts);
                self.ask_again(findings)
            }
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
            (CodeValidating, Event::CodeRejected(findings)) if !self.claims_due => {
                self.reject(self.with_refutations(findings))
            }
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
    fn take_code(&mut self, code: SceneCode, claims: Vec<Claim>) -> Status {
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

    /// The job stays where it is, so nobody is told.
    fn take_verdicts(&mut self, claims: Vec<CheckedClaim>) {
        self.claims_due = false;
        self.claims_owed = claims.iter().any(|checked| checked.verdict == Verdict::Refuted);
        self.claims = claims;
    }

    fn claimed(&self) -> Vec<Claim> {
        self.claims.iter().map(|checked| checked.claim.clone()).collect()
    }

    /// A film that says what is false is worse than no film.
    fn accept(&mut self, code: SceneCode, frames: u64, findings: Diagnostics) -> Status {
        if refutations(&self.claims).next().is_some() {
            self.code = Some(code);
            return self.reject(self.with_refutations(findings));
        }
        self.render_or_improve(Fallback {
            code,
            frames,
            findings,
            claims: self.claims.clone(),
        })
    }

    /// What was found in the code, behind the claims that are false: a repair mends both.
    fn with_refutations(&self, findings: Diagnostics) -> Diagnostics {
        refutations(&self.claims).chain(findings).collect()
    }

    fn reject(&mut self, findings: Diagnostics) -> Status {
        let why = self.blame(self.written.clone(), &findings);
        self.findings = findings;
        self.mend_or_give_up(why)
    }

    /// Earlier code and what was found in it stay as they are: a reply that was cut off in the
    /// middle of a repair leaves the repair to be done.
    fn ask_again(&mut self, reply_findings: Diagnostics) -> Status {
        let why = self.blame(String::new(), &reply_findings);
        self.reply_findings = reply_findings;
        self.mend_or_give_up(why)
    }

    /// Remembers who wrote what was rejected, and why. The reason in one line.
    fn blame(&mut self, code: String, findings: &Diagnostics) -> String {
        let headline = findings.headline();
        let why = headline.unwrap_or_else(|| "the code was rejected".to_owned());
        if let Some(attempt) = self.attempts.last() {
            self.rejections.push(Rejection {
                provider: attempt.provider.clone(),
                code,
                findings: fingerprint(findings.errors().map(|finding| finding.message.as_str())),
                why: why.clone(),
            });
        }
        why
    }

    fn mend_or_give_up(&mut self, why: String) -> Status {
        self.mend().unwrap_or_else(|| {
            let tries = match self.rejections.len() {
                0 | 1 => "The only try did not become a film".to_owned(),
                tries => format!("None of {tries} tries became a film, the last one for this reason"),
            };
            let message = format!("{tries}: {why}");
            self.fall_back_or_give_up(Failure::new(FailureKind::CodeRejected, message))
        })
    }

    /// Another request, while there are any left.
    fn mend(&mut self) -> Option<Status> {
        self.repairs_left = self.repairs_left.checked_sub(1)?;
        Some(Status::AiGenerating)
    }

    /// A film with a lesser layout beats no film: the layout is mended only while repairs are
    /// left and each brings something.
    fn render_or_improve(&mut self, accepted: Fallback) -> Status {
        let flaws = accepted.flaws();
        let improves = self.fallback.as_ref().is_none_or(|best| flaws < best.flaws());
        if flaws > 0 && improves && self.repairs_left > 0 {
            self.code = Some(accepted.code.clone());
            self.findings = accepted.findings.clone();
            self.fallback = Some(accepted);
            return self.mend().unwrap_or(Status::Rendering);
        }
        match self.fallback.take() {
            Some(best) if !improves => self.settle_for(best),
            _ => self.settle_for(accepted),
        }
    }

    fn settle_for(&mut self, accepted: Fallback) -> Status {
        self.code = Some(accepted.code);
        self.frames_total = Some(accepted.frames);
        self.findings = accepted.findings;
        self.claims = accepted.claims;
        Status::Rendering
    }

    /// The last code that passed its inspection is better than nothing.
    fn fall_back_or_give_up(&mut self, failure: Failure) -> Status {
        match self.fallback.take() {
            Some(accepted) => self.settle_for(accepted),
            None => self.give_up(failure),
        }
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

    /// Providers whose replies were rejected twice for the same findings.
    fn stuck_providers(&self) -> Vec<String> {
        let mut stuck: Vec<String> = Vec::new();
        for (index, rejection) in self.rejections.iter().enumerate() {
            let repeats = self.rejections[..index]
                .iter()
                .any(|earlier| earlier.repeats(rejection));
            if repeats && !stuck.contains(&rejection.provider) {
                stuck.push(rejection.provider.clone());
            }
        }
        stuck
    }

    fn scene(&self) -> Option<Scene> {
        self.code.clone().map(Scene::new)
    }

    /// Its name.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Whose it is.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The user's words.
    pub fn problem(&self) -> &ProblemText {
        &self.problem
    }

    /// How the film should be made.
    pub fn settings(&self) -> RenderSettings {
        self.settings
    }

    /// Where it is.
    pub fn status(&self) -> Status {
        self.status
    }

    /// When it was submitted.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When its status last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// How often its code may still be mended.
    pub fn repairs_left(&self) -> u32 {
        self.repairs_left
    }

    /// Every call of a provider, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// The code last written.
    pub fn code(&self) -> Option<&SceneCode> {
        self.code.as_ref()
    }

    /// Frames that the film will have, once the dry run has told.
    pub fn frames_total(&self) -> Option<u64> {
        self.frames_total
    }

    /// What was found in the code last looked at.
    pub fn findings(&self) -> &Diagnostics {
        &self.findings
    }

    /// What is claimed of the answer of the code last written, and what came of checking it.
    pub fn claims(&self) -> &[CheckedClaim] {
        &self.claims
    }

    /// The film, once it is stored.
    pub fn film(&self) -> Option<&StoredFilm> {
        self.film.as_ref()
    }

    /// Who may come back to the film, once a viewer has opened it.
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// Why there is no film, once the job has failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The trace it belongs to.
    pub fn trace(&self) -> Option<&TraceParent> {
        self.trace.as_ref()
    }

    /// Where it was asked for.
    pub fn origin(&self) -> Option<&Memo> {
        self.origin.as_ref()
    }

    /// What `notifier` remembers of it.
    pub fn memo(&self, notifier: &str) -> Option<&Memo> {
        self.memos.get(notifier)
    }

    /// The statuses it has been in, oldest first, this one last; of a very long way, its end.
    pub fn history(&self) -> &[Notice] {
        &self.history
    }

    /// What must still be told, oldest first.
    pub fn outbox(&self) -> &[Notice] {
        &self.outbox
    }
}

/// Who wrote what was rejected for what. Texts are fingerprints, but for the reason in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rejection {
    provider: String,
    /// Empty when the reply held no code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    code: String,
    findings: String,
    #[serde(default)]
    why: String,
}

impl Rejection {
    fn repeats(&self, other: &Self) -> bool {
        self.provider == other.provider && self.findings == other.findings
    }
}

/// Code that passed its inspection with flaws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Fallback {
    code: SceneCode,
    frames: u64,
    findings: Diagnostics,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    claims: Vec<CheckedClaim>,
}

impl Fallback {
    /// What a dry run would like to be better.
    fn flaws(&self) -> usize {
        let flaw =
            |finding: &&Diagnostic| finding.stage == Stage::Inspect && finding.severity == Severity::Warning;
        self.findings.iter().filter(flaw).count()
    }
}

fn claims_left_out() -> Diagnostic {
    let message = "A claim of the last answer was false, and this answer claims nothing. \
                   Return the corrected claims with the code.";
    Diagnostic::new(Stage::Claims, "claims-left-out", message)
}

/// 64 bits of a SHA-256 in hex: tells texts apart, keeps records small.
fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = digest(texts);
    text.truncate(16);
    text
}

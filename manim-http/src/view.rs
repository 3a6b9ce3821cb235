//! Jobs as the API shows them: what a person may know of the record, under names that stay.

use manim_core::{
    Attempt, CheckedClaim, Diagnostic, Failure, Job, JobId, Notice, SceneCode, StoredFilm, Timestamp,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView<'a> {
    #[serde(flatten)]
    summary: JobSummary<'a>,
    /// The statuses it has been in, oldest first.
    history: Vec<Entered>,
    /// How often its code may still be mended.
    repairs_left: u32,
    /// Every call of a provider, in order.
    attempts: Vec<AttemptView<'a>>,
    /// The Python code last written.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// Frames that the film will have, once the dry run has told.
    #[serde(skip_serializing_if = "Option::is_none")]
    frames_total: Option<u64>,
    /// What was found in the code last looked at.
    findings: Vec<FindingView<'a>>,
    /// What is claimed of the answer, and what came of checking it.
    claims: Vec<ClaimView<'a>>,
}

/// A job in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobSummary<'a> {
    /// Its name.
    #[schema(value_type = uuid::Uuid)]
    id: JobId,
    /// Where it is: `queued`, `ai_generating`, `code_validating`, `rendering`, `uploading`,
    /// `ready`, `delivered`, `failed`, `cancelled` or `expired`.
    #[schema(example = "rendering")]
    status: &'static str,
    /// Whether nothing more happens to it by itself: it is `ready` or has ended.
    settled: bool,
    /// The problem.
    problem: &'a str,
    /// `low`, `medium` or `high`.
    quality: &'static str,
    /// `mp4` or `webm`.
    format: &'static str,
    /// When it was submitted (RFC 3339).
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// When its status last changed (RFC 3339).
    #[schema(value_type = String)]
    updated_at: Timestamp,
    /// The film, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    film: Option<FilmView>,
    /// Why there is no film.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<FailureView<'a>>,
}

/// A status that a job entered.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub(crate) struct Entered {
    /// Counts the statuses from 1; the id of the event that told of it.
    pub(crate) number: u64,
    /// The status.
    pub(crate) status: &'static str,
    /// When (RFC 3339).
    #[schema(value_type = String)]
    pub(crate) at: Timestamp,
}

/// One call of one provider.
#[derive(Debug, Serialize, ToSchema)]
struct AttemptView<'a> {
    provider: &'a str,
    model: &'a str,
    latency_ms: u64,
    input_tokens: u64,
    output_tokens: u64,
    /// Millionths of a US dollar, where prices are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_micro_usd: Option<u64>,
    /// What failed, when it did: a stable name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    error: Option<manim_core::ProviderErrorKind>,
}

/// A finding in the code.
#[derive(Debug, Serialize, ToSchema)]
struct FindingView<'a> {
    /// `note`, `warning` or `error`.
    #[schema(value_type = String)]
    severity: manim_core::Severity,
    /// `check`, `inspect`, `render` or `claims`.
    #[schema(value_type = String)]
    stage: manim_core::Stage,
    /// The name of the rule.
    code: &'a str,
    message: &'a str,
    /// Line of the code, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// Whether it has been mended already.
    fixed: bool,
}

/// Something that is said to be true of the answer.
#[derive(Debug, Serialize, ToSchema)]
struct ClaimView<'a> {
    /// The claim as a sentence.
    #[schema(example = "the derivative of x^2 with respect to x is 2x")]
    claim: String,
    /// `verified`, `refuted` or `unverified`.
    #[schema(value_type = String)]
    verdict: manim_core::Verdict,
    /// How it was checked, what is true instead, or why nobody could say.
    why: &'a str,
}

/// A film.
#[derive(Debug, Serialize, ToSchema)]
struct FilmView {
    width: u32,
    height: u32,
    frame_rate: u32,
    frames: u64,
    duration_s: f64,
    bytes: u64,
    /// How the scene was kept apart from the machine: `L1`, `L2` or `L3`.
    #[schema(value_type = String)]
    isolation: manim_core::Isolation,
    /// Until when the viewer that opened it may come back (RFC 3339); absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    viewable_until: Option<Timestamp>,
}

/// Why there is no film.
#[derive(Debug, Serialize, ToSchema)]
struct FailureView<'a> {
    /// A stable name.
    #[schema(value_type = String)]
    kind: manim_core::FailureKind,
    /// One sentence for the person who asked.
    message: &'a str,
}

/// A part of a session's jobs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobPage<'a> {
    pub(crate) jobs: Vec<JobSummary<'a>>,
    /// Send this as `before` for older ones; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub(crate) next_before: Option<JobId>,
}

impl<'a> JobView<'a> {
    pub(crate) fn of(job: &'a Job) -> Self {
        Self {
            summary: JobSummary::of(job),
            history: job.history().iter().map(Entered::of).collect(),
            repairs_left: job.repairs_left(),
            attempts: job.attempts().iter().map(AttemptView::of).collect(),
            code: job.code().map(SceneCode::as_str),
            frames_total: job.frames_total(),
            findings: job.findings().iter().map(FindingView::of).collect(),
            claims: job.claims().iter().map(ClaimView::of).collect(),
        }
    }
}

impl<'a> JobSummary<'a> {
    pub(crate) fn of(job: &'a Job) -> Self {
        let settings = job.settings();
        Self {
            id: job.id(),
            status: job.status().as_str(),
            settled: job.status().is_settled(),
            problem: job.problem().as_str(),
            quality: settings.quality.as_str(),
            format: settings.format.as_str(),
            created_at: job.created_at(),
            updated_at: job.updated_at(),
            film: job.film().map(|film| FilmView::of(film, job)),
            failure: job.failure().map(FailureView::of),
        }
    }
}

impl Entered {
    pub(crate) fn of(notice: &Notice) -> Self {
        Self {
            number: notice.number,
            status: notice.status.as_str(),
            at: notice.at,
        }
    }
}

impl<'a> AttemptView<'a> {
    /// The error's own message is for developers: it may tell of the operator's account.
    fn of(attempt: &'a Attempt) -> Self {
        Self {
            provider: &attempt.provider,
            model: &attempt.model,
            latency_ms: attempt.latency_ms,
            input_tokens: attempt.usage.input_tokens,
            output_tokens: attempt.usage.output_tokens,
            cost_micro_usd: attempt.cost_micro_usd,
            error: attempt.error.as_ref().map(|error| error.kind),
        }
    }
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Diagnostic) -> Self {
        Self {
            severity: finding.severity,
            stage: finding.stage,
            code: &finding.code,
            message: &finding.message,
            line: finding.line,
            fixed: finding.fixed,
        }
    }
}

impl<'a> ClaimView<'a> {
    fn of(checked: &'a CheckedClaim) -> Self {
        Self {
            claim: checked.claim.to_string(),
            verdict: checked.verdict,
            why: &checked.why,
        }
    }
}

impl FilmView {
    fn of(film: &StoredFilm, job: &Job) -> Self {
        let info = &film.info;
        Self {
            width: info.width,
            height: info.height,
            frame_rate: info.frame_rate,
            frames: info.frames,
            duration_s: info.duration_s(),
            bytes: info.bytes,
            isolation: info.isolation,
            viewable_until: job.access().map(manim_core::Access::until),
        }
    }
}

impl<'a> FailureView<'a> {
    fn of(failure: &'a Failure) -> Self {
        Self {
            kind: failure.kind,
            message: &failure.message,
        }
    }
}

//! Events of every kind, and jobs on their way.

use manim_core::{
    Attempt, AttemptError, CheckedClaim, Claim, Clock, Diagnostic, Diagnostics, Event, Failure, FailureKind,
    FinishReason, Formula, Job, JobId, ProviderErrorKind, RenderSettings, SceneCode, SessionId, Severity,
    Stage, Status, Step, Timestamp, Usage, Verdict, testing::ManualClock,
};

use crate::sample;

pub(super) const REPAIRS: u32 = 2;

pub(super) fn attempt(error: Option<AttemptError>) -> Attempt {
    Attempt {
        provider: "p".to_owned(),
        model: "m".to_owned(),
        usage: Usage::default(),
        cost_micro_usd: None,
        latency_ms: 5,
        finish: error.is_none().then_some(FinishReason::Stop),
        error,
    }
}

pub(super) fn failed_attempt() -> Attempt {
    attempt(Some(AttemptError {
        kind: ProviderErrorKind::TimedOut,
        message: "no byte".to_owned(),
    }))
}

pub(super) fn code(text: &str) -> SceneCode {
    SceneCode::new(text).unwrap()
}

pub(super) fn findings(message: &str) -> Diagnostics {
    Diagnostics::from(Diagnostic::new(Stage::Inspect, "rule", message))
}

pub(super) fn claims() -> Vec<Claim> {
    let equation = |text| Claim::Equality {
        equation: Formula::parse(text).unwrap(),
    };
    vec![equation("1 + 1 = 2"), equation("2 + 2 = 4")]
}

/// The claims are checked: the first ends so, the second holds.
pub(super) fn verdicts(first: Verdict) -> Event {
    let mut checked: Vec<_> = claims().into_iter().map(CheckedClaim::unchecked).collect();
    checked[0].verdict = first;
    checked[0].why = "because".to_owned();
    checked[1].verdict = Verdict::Verified;
    Event::ClaimsChecked(checked)
}

/// Whether the job's claims wait to be checked.
pub(super) fn is_due(job: &Job) -> bool {
    matches!(job.step(), Step::CheckClaims(_))
}

pub(super) fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "It broke.")
}

/// One event of every kind, in the order of the flow.
pub(super) fn every_event() -> Vec<Event> {
    vec![
        Event::Started,
        Event::CodeWritten {
            code: code("a"),
            claims: claims(),
            attempts: vec![failed_attempt(), attempt(None)],
        },
        Event::NoCode {
            findings: findings("no code"),
            attempts: vec![attempt(None)],
        },
        Event::ProvidersFailed {
            failure: failure(FailureKind::ProvidersFailed),
            attempts: vec![failed_attempt()],
        },
        verdicts(Verdict::Verified),
        Event::CodeAccepted {
            code: code("b"),
            frames: 30,
            findings: Diagnostics::default(),
        },
        Event::CodeRejected(findings("bad")),
        Event::Rendered,
        Event::FilmLost,
        Event::Stored(sample::stored_film()),
        Event::Accessed,
        Event::Opened(sample::access()),
        Event::Broken(failure(FailureKind::Internal)),
        Event::Cancelled,
        Event::Expired,
    ]
}

pub(super) fn written(source: &str, claims: Vec<Claim>) -> Event {
    Event::CodeWritten {
        code: code(source),
        claims,
        attempts: vec![attempt(None)],
    }
}

/// Code that passes its inspection with so many flaws in its layout.
pub(super) fn flawed(flaws: usize) -> Event {
    let flaw = Diagnostic::new(Stage::Inspect, "off-frame", "off the frame").with_severity(Severity::Warning);
    Event::CodeAccepted {
        code: code(&format!("flawed {flaws}")),
        frames: 30,
        findings: vec![flaw; flaws].into_iter().collect(),
    }
}

pub(super) const CHECKED: [&str; 4] = ["started", "code written", "claims checked", "code accepted"];

/// The shortest way for a job to get to `status`.
pub(super) fn job_in(status: Status, repairs: u32) -> Job {
    let of = |name: &str| {
        every_event()
            .into_iter()
            .find(|event| event.name() == name)
            .unwrap()
    };
    let way: &[&str] = match status {
        Status::Queued => &[],
        Status::AiGenerating => &["started"],
        Status::CodeValidating => &["started", "code written"],
        Status::Rendering => &CHECKED,
        Status::Uploading => &[&CHECKED[..], &["rendered"]].concat(),
        Status::Ready => &[&CHECKED[..], &["stored"]].concat(),
        Status::Delivered => &[&CHECKED[..], &["stored", "accessed"]].concat(),
        Status::Failed => &["broken"],
        Status::Cancelled => &["cancelled"],
        Status::Expired => &["expired"],
    };
    let mut job = new_job(repairs);
    for name in way {
        job.apply(of(name), start()).unwrap();
    }
    assert_eq!(job.status(), status);
    job
}

pub(super) fn new_job(repairs: u32) -> Job {
    Job::new(
        JobId::new(),
        SessionId::new(),
        sample::problem(),
        RenderSettings::default(),
        repairs,
        start(),
    )
}

pub(super) fn start() -> Timestamp {
    ManualClock::new().now()
}

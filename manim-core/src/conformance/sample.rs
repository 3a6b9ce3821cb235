//! Records that laws write.

use std::time::Duration;

use crate::attempt::{Attempt, AttemptError};
use crate::clock::{Timestamp, later};
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Stage};
use crate::failure::{Failure, FailureKind};
use crate::film::StoredFilm;
use crate::id::{BlobKey, JobId, SessionId};
use crate::job::{Event, Job};
use crate::problem::ProblemText;
use crate::provider::{FinishReason, ProviderErrorKind, Usage};
use crate::scene::{Format, RenderSettings, SceneCode};
use crate::testing::stub_film;
use crate::trace::TraceParent;

/// Whole seconds, so that a backend of any precision keeps them.
pub(super) fn second(number: u64) -> Timestamp {
    later(Timestamp::UNIX_EPOCH, Duration::from_secs(1_767_225_600 + number))
}

pub(super) fn problem() -> ProblemText {
    ProblemText::parse("Löse x² − 5x + 6 = 0 🙂").expect("a problem")
}

/// A queued job made at second `number`.
pub(super) fn job(session: SessionId, number: u64) -> Job {
    Job::new(
        JobId::new(),
        session,
        problem(),
        RenderSettings::default(),
        3,
        second(number),
    )
}

/// A job whose film waits, with every part of the record that such a job can have.
pub(super) fn ready_job(session: SessionId) -> Job {
    let trace =
        TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").expect("a trace");
    let mut job = job(session, 0).with_trace(trace);
    for (number, event) in story().into_iter().enumerate() {
        job.apply(event, second(1 + number as u64))
            .expect("a legal event");
    }
    job
}

/// A job that has failed.
pub(super) fn failed_job(session: SessionId) -> Job {
    let mut job = job(session, 0);
    let failure = Failure::new(FailureKind::Internal, "A disk broke.");
    job.apply(Event::Broken(failure), second(1))
        .expect("a legal event");
    job
}

fn story() -> Vec<Event> {
    let code = SceneCode::new("class MainScene(Scene):\n    '''\u{0}\\ü\"'''\n").expect("code");
    let finding = Diagnostic::new(Stage::Check, "long-line", "Line 2 is long.").at(2, Some(4), Some("x"));
    let findings = Diagnostics::from(finding.with_severity(Severity::Warning));
    vec![
        Event::Started,
        Event::CodeWritten {
            code: code.clone(),
            claims: Vec::new(),
            attempts: vec![failed_attempt(), attempt()],
        },
        Event::CodeAccepted {
            code,
            frames: 30,
            findings,
        },
        Event::Rendered,
        Event::Stored(stored_film()),
    ]
}

fn attempt() -> Attempt {
    Attempt {
        provider: "scripted".to_owned(),
        model: "m".to_owned(),
        usage: Usage {
            input_tokens: 1,
            output_tokens: u64::from(u32::MAX) + 1,
        },
        cost_micro_usd: None,
        latency_ms: 7,
        finish: Some(FinishReason::Stop),
        error: None,
    }
}

fn failed_attempt() -> Attempt {
    Attempt {
        finish: None,
        error: Some(AttemptError {
            kind: ProviderErrorKind::RateLimited,
            message: "slow down".to_owned(),
        }),
        ..attempt()
    }
}

pub(super) fn stored_film() -> StoredFilm {
    StoredFilm {
        info: stub_film(Format::Mp4).info,
        video: key("films/a.mp4"),
        poster: key("films/a.png"),
        storyboard: key("films/a-storyboard.png"),
    }
}

pub(super) fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).expect("a key")
}

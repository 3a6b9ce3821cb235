//! What holds for a job whatever happens to it.

use std::time::Duration;

use manim_core::{
    Attempt, AttemptError, Clock, Diagnostic, Diagnostics, Event, Failure, FailureKind, FinishReason,
    Illegal, Job, JobId, ProviderErrorKind, RenderSettings, SceneCode, SessionId, Severity, Stage, Status,
    Step, Timestamp, Usage, testing::ManualClock,
};
use proptest::prelude::*;

use crate::sample;

const REPAIRS: u32 = 2;

fn attempt(error: Option<AttemptError>) -> Attempt {
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

fn failed_attempt() -> Attempt {
    attempt(Some(AttemptError {
        kind: ProviderErrorKind::TimedOut,
        message: "no byte".to_owned(),
    }))
}

fn code(text: &str) -> SceneCode {
    SceneCode::new(text).unwrap()
}

fn findings(message: &str) -> Diagnostics {
    Diagnostics::from(Diagnostic::new(Stage::Inspect, "rule", message))
}

fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, "It broke.")
}

/// One event of every kind, in the order of the flow.
fn every_event() -> Vec<Event> {
    vec![
        Event::Started,
        Event::CodeWritten {
            code: code("a"),
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

/// The whole of the flow: where an event leads from a status, and nothing else is legal.
/// A job has repairs left, or none.
fn leads_to(status: Status, event: &Event, repairs_left: bool) -> Option<Status> {
    use Status::{
        AiGenerating, Cancelled, CodeValidating, Delivered, Expired, Failed, Queued, Ready, Rendering,
        Uploading,
    };
    let mended = if repairs_left { AiGenerating } else { Failed };
    let working = [Queued, AiGenerating, CodeValidating, Rendering, Uploading].contains(&status);
    match (event.name(), status) {
        ("started", Queued) => Some(AiGenerating),
        ("code written", AiGenerating) => Some(CodeValidating),
        ("no code", AiGenerating) => Some(mended),
        ("providers failed", AiGenerating) => Some(Failed),
        ("code accepted", CodeValidating) => Some(Rendering),
        ("code rejected", CodeValidating | Rendering) => Some(mended),
        ("rendered", Rendering) => Some(Uploading),
        ("film lost", Uploading) => Some(Rendering),
        ("stored", Rendering | Uploading) => Some(Ready),
        ("accessed" | "opened", Ready) => Some(Delivered),
        ("broken", _) if working => Some(Failed),
        ("cancelled", _) if working || status == Ready => Some(Cancelled),
        ("expired", _) if working || status == Ready => Some(Expired),
        _ => None,
    }
}

/// Where else an event may lead by what the job remembers: code that was rejected before is
/// rejected again, a flawed layout is mended, and what would fail settles for flawed code.
fn memory_leads_to(event: &Event, repairs_left: bool) -> &'static [Status] {
    let mends: &[Status] = match event.name() {
        "code written" | "code accepted" => &[Status::AiGenerating, Status::Rendering],
        _ => &[Status::Rendering],
    };
    match event.name() {
        "code written" if !repairs_left => &[Status::Failed, Status::Rendering],
        "code written" | "code accepted" | "no code" | "providers failed" | "code rejected" => mends,
        _ => &[],
    }
}

/// The shortest way for a job to get to `status`.
fn job_in(status: Status, repairs: u32) -> Job {
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
        Status::Rendering => &["started", "code written", "code accepted"],
        Status::Uploading => &["started", "code written", "code accepted", "rendered"],
        Status::Ready => &["started", "code written", "code accepted", "stored"],
        Status::Delivered => &["started", "code written", "code accepted", "stored", "accessed"],
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

fn new_job(repairs: u32) -> Job {
    Job::new(
        JobId::new(),
        SessionId::new(),
        sample::problem(),
        RenderSettings::default(),
        repairs,
        start(),
    )
}

fn start() -> Timestamp {
    ManualClock::new().now()
}

#[test]
fn every_pair_of_status_and_event_is_legal_or_refused_as_the_flow_says() {
    for status in Status::ALL {
        for event in every_event() {
            for repairs in [0, REPAIRS] {
                check_pair(status, &event, repairs);
            }
        }
    }
}

#[track_caller]
fn check_pair(status: Status, event: &Event, repairs: u32) {
    let mut job = job_in(status, repairs);
    let name = event.name();
    let expected = leads_to(status, event, repairs > 0).ok_or(Illegal { status, event: name });
    let seen = job.apply(event.clone(), start()).map(|()| job.status());
    assert_eq!(seen, expected, "{name} while {status} with {repairs} repairs");
}

#[test]
fn every_event_is_in_the_table() {
    let names: Vec<_> = every_event().iter().map(Event::name).collect();
    let used: Vec<_> = names
        .iter()
        .filter(|name| {
            let event = every_event()
                .into_iter()
                .find(|event| event.name() == **name)
                .unwrap();
            Status::ALL
                .into_iter()
                .any(|status| leads_to(status, &event, true).is_some())
        })
        .collect();
    assert_eq!(used.len(), names.len(), "an event that is legal nowhere");
}

/// Whether the step is the one that the status asks for, with what the record holds.
fn step_fits(job: &Job) -> bool {
    let codes = |scene: manim_core::Scene| Some(&scene.code) == job.code();
    match (job.status(), job.step()) {
        (Status::Queued, Step::Start) => true,
        (Status::AiGenerating, Step::Generate(request)) => {
            let repair = request.repair.map(|repair| (repair.code, repair.findings));
            request.problem == *job.problem()
                && repair == job.code().map(|code| (code.clone(), job.findings().clone()))
        }
        (Status::CodeValidating, Step::Validate(scene))
        | (Status::Rendering, Step::Render(scene))
        | (Status::Uploading, Step::Upload(scene)) => codes(scene),
        (Status::Ready, Step::Deliver(film)) => Some(&film) == job.film(),
        (status, Step::Rest) => status.is_terminal(),
        _ => false,
    }
}

/// What holds for a job at every point of its life.
fn assert_invariants(job: &Job) {
    let status = job.status();
    assert!(
        job.repairs_left() <= REPAIRS,
        "repairs came back or went below zero"
    );
    assert_eq!(
        job.failure().is_some(),
        status == Status::Failed,
        "a failure without failing, or the reverse"
    );
    assert!(step_fits(job), "{:?} does not fit {status}", job.step());
    assert_eq!(
        job.step(),
        job.clone().step(),
        "the step follows from the record alone"
    );
    if matches!(status, Status::Ready | Status::Delivered) {
        assert!(job.film().is_some() && job.frames_total().is_some());
    }
    let numbers: Vec<_> = job.outbox().iter().map(|notice| notice.number).collect();
    assert!(
        numbers.windows(2).all(|pair| pair[1] == pair[0] + 1),
        "{numbers:?}"
    );
    let text = serde_json::to_string(job).unwrap();
    assert_eq!(serde_json::from_str::<Job>(&text).unwrap(), *job, "{text}");
}

/// Applies one event and checks what it may and may not have changed.
fn assert_transition(job: &mut Job, event: Event, now: Timestamp) {
    let before = job.clone();
    let expected = leads_to(before.status(), &event, before.repairs_left() > 0);
    match job.apply(event.clone(), now) {
        Err(refused) => {
            assert_eq!(expected, None, "{refused}");
            assert_eq!(refused.status, before.status());
            assert_eq!(*job, before, "a refused event changed the job");
        }
        Ok(()) => {
            assert!(
                !before.status().is_terminal(),
                "a job came back from {}",
                before.status()
            );
            let repairs_left = before.repairs_left() > 0;
            let remembered = memory_leads_to(&event, repairs_left).contains(&job.status());
            assert!(
                expected == Some(job.status()) || remembered,
                "{} led from {} to {}",
                event.name(),
                before.status(),
                job.status()
            );
            assert_entered(&before, job);
        }
    }
}

fn assert_entered(before: &Job, job: &Job) {
    let last = job.outbox().last().expect("a transition is told");
    assert_eq!((last.status, last.at), (job.status(), job.updated_at()));
    assert_eq!(
        &job.outbox()[..before.outbox().len()],
        before.outbox(),
        "an older notice was lost"
    );
    assert_eq!(job.outbox().len(), before.outbox().len() + 1);
    assert!(job.updated_at() >= before.updated_at(), "time went back");
    assert!(
        job.attempts().starts_with(before.attempts()),
        "an attempt was forgotten"
    );
    assert!(job.repairs_left() <= before.repairs_left());
    let same = |job: &Job| (job.id(), job.session(), job.created_at(), job.settings());
    assert_eq!(same(job), same(before));
}

/// Something that happens to a record.
#[derive(Debug, Clone)]
enum Happening {
    Event(Event),
    Told(u64),
    ClockMoves(i64),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    // What goes on with the flow is drawn more often, so that long lives occur.
    let events = every_event();
    let mut onward: Vec<_> = events.iter().filter(|event| !ends(event)).cloned().collect();
    onward.extend((1..4).map(flawed));
    onward.push(Event::CodeWritten {
        code: code("c"),
        attempts: vec![attempt(None)],
    });
    let happening = prop_oneof![
        12 => prop::sample::select(onward).prop_map(Happening::Event),
        1 => prop::sample::select(events).prop_map(Happening::Event),
        2 => (0u64..20).prop_map(Happening::Told),
        2 => (-100i64..100).prop_map(Happening::ClockMoves),
    ];
    prop::collection::vec(happening, 0..60)
}

/// Code that passes its inspection with so many flaws in its layout.
fn flawed(flaws: usize) -> Event {
    let flaw = Diagnostic::new(Stage::Inspect, "off-frame", "off the frame").with_severity(Severity::Warning);
    Event::CodeAccepted {
        code: code(&format!("flawed {flaws}")),
        frames: 30,
        findings: vec![flaw; flaws].into_iter().collect(),
    }
}

fn ends(event: &Event) -> bool {
    matches!(
        event,
        Event::Broken(_)
            | Event::Cancelled
            | Event::Expired
            | Event::ProvidersFailed { .. }
            | Event::Accessed
            | Event::Opened(_)
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(512)
    })]

    #[test]
    fn a_job_keeps_its_laws_whatever_happens(repairs in 0..=REPAIRS, happenings in happenings()) {
        let mut job = new_job(repairs);
        let mut now = start();
        let mut transitions = 1;
        assert_invariants(&job);
        for happening in happenings {
            let last = job.outbox().last().map(|notice| notice.number);
            match happening {
                Happening::Event(event) => {
                    let before = job.status();
                    let outbox = job.outbox().len();
                    assert_transition(&mut job, event, now);
                    let entered = job.outbox().len() > outbox;
                    transitions += u64::from(entered);
                    prop_assert!(entered || job.status() == before);
                    let newest = job.outbox().last().map(|notice| notice.number);
                    prop_assert_eq!(newest, if entered { Some(transitions) } else { last });
                }
                Happening::Told(number) => {
                    job.told(number);
                    prop_assert!(job.outbox().iter().all(|notice| notice.number > number));
                    let kept = last.filter(|last| *last > number);
                    prop_assert_eq!(job.outbox().last().map(|notice| notice.number), kept);
                }
                Happening::ClockMoves(seconds) => now = moved(now, seconds),
            }
            assert_invariants(&job);
        }
    }
}

fn moved(now: Timestamp, seconds: i64) -> Timestamp {
    let by = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 { now - by } else { now + by }
}

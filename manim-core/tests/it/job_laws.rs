//! What holds for a job whatever happens to it.

use std::time::Duration;

use manim_core::{
    Attempt, AttemptError, CheckedClaim, Claim, Clock, Diagnostic, Diagnostics, Event, Failure, FailureKind,
    FinishReason, Formula, Illegal, Job, JobId, ProviderErrorKind, RenderSettings, SceneCode, SessionId,
    Severity, Stage, Status, Step, Timestamp, Usage, Verdict, testing::ManualClock,
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

fn claims() -> Vec<Claim> {
    let equation = |text| Claim::Equality {
        equation: Formula::parse(text).unwrap(),
    };
    vec![equation("1 + 1 = 2"), equation("2 + 2 = 4")]
}

/// The claims are checked: the first ends so, the second holds.
fn verdicts(first: Verdict) -> Event {
    let mut checked: Vec<_> = claims().into_iter().map(CheckedClaim::unchecked).collect();
    checked[0].verdict = first;
    checked[0].why = "because".to_owned();
    checked[1].verdict = Verdict::Verified;
    Event::ClaimsChecked(checked)
}

/// Whether the job's claims wait to be checked.
fn is_due(job: &Job) -> bool {
    matches!(job.step(), Step::CheckClaims(_))
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

/// The whole of the flow: where an event leads from a status, and nothing else is legal.
/// A job has repairs left, or none; its claims wait to be checked, or not.
fn leads_to(status: Status, event: &Event, repairs_left: bool, due: bool) -> Option<Status> {
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
        ("claims checked", CodeValidating) if due => Some(CodeValidating),
        ("code accepted", CodeValidating) if !due => Some(Rendering),
        ("code rejected", CodeValidating | Rendering) if !due => Some(mended),
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
/// rejected again, so is code whose claims are false, a flawed layout is mended, and what would
/// fail settles for flawed code.
fn memory_leads_to(event: &Event, repairs_left: bool) -> &'static [Status] {
    let mends: &[Status] = match event.name() {
        "code written" | "code accepted" => &[Status::AiGenerating, Status::Rendering],
        _ => &[Status::Rendering],
    };
    match event.name() {
        "code written" | "code accepted" if !repairs_left => &[Status::Failed, Status::Rendering],
        "code written" | "code accepted" | "no code" | "providers failed" | "code rejected" => mends,
        _ => &[],
    }
}

const CHECKED: [&str; 4] = ["started", "code written", "claims checked", "code accepted"];

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
                let mut job = job_in(status, repairs);
                check_pair(job.clone(), &event);
                if is_due(&job) {
                    job.apply(verdicts(Verdict::Unverified), start()).unwrap();
                    check_pair(job, &event);
                }
            }
        }
    }
}

#[track_caller]
fn check_pair(mut job: Job, event: &Event) {
    let (status, repairs, due) = (job.status(), job.repairs_left(), is_due(&job));
    let name = event.name();
    let expected = leads_to(status, event, repairs > 0, due).ok_or(Illegal { status, event: name });
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
            Status::ALL.into_iter().any(|status| {
                [true, false]
                    .into_iter()
                    .any(|due| leads_to(status, &event, true, due).is_some())
            })
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
        (Status::CodeValidating, Step::CheckClaims(claims)) => {
            !claims.is_empty() && job.claims().iter().map(|checked| &checked.claim).eq(&claims)
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
    let refuted = job
        .claims()
        .iter()
        .any(|checked| checked.verdict == Verdict::Refuted);
    let made = matches!(
        status,
        Status::Rendering | Status::Uploading | Status::Ready | Status::Delivered
    );
    assert!(!(refuted && made), "a film is made whose claims are false");
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
    let expected = leads_to(
        before.status(),
        &event,
        before.repairs_left() > 0,
        is_due(&before),
    );
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
            match event {
                Event::ClaimsChecked(claims) => assert_checked(before, job, &claims),
                _ => assert_entered(&before, job),
            }
        }
    }
}

/// Nothing but the verdicts has changed, and nobody is told of a status that stays.
fn assert_checked(before: Job, job: &Job, claims: &[CheckedClaim]) {
    assert_eq!(job.claims(), claims);
    assert!(!is_due(job) && is_due(&before));
    let told = |job: &Job| (job.outbox().to_vec(), job.updated_at(), job.findings().clone());
    assert_eq!(told(job), told(&before));
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
    onward.push(written("c", Vec::new()));
    onward.push(verdicts(Verdict::Refuted));
    let happening = prop_oneof![
        12 => prop::sample::select(onward).prop_map(Happening::Event),
        1 => prop::sample::select(events).prop_map(Happening::Event),
        2 => (0u64..20).prop_map(Happening::Told),
        2 => (-100i64..100).prop_map(Happening::ClockMoves),
    ];
    prop::collection::vec(happening, 0..60)
}

fn written(source: &str, claims: Vec<Claim>) -> Event {
    Event::CodeWritten {
        code: code(source),
        claims,
        attempts: vec![attempt(None)],
    }
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

/// A job whose first answer claims what is false.
fn refuted(repairs: u32) -> Job {
    let mut job = new_job(repairs);
    for event in [Event::Started, written("a", claims()), verdicts(Verdict::Refuted)] {
        job.apply(event, start()).unwrap();
    }
    job
}

fn accepted(source: &str) -> Event {
    Event::CodeAccepted {
        code: code(source),
        frames: 30,
        findings: Diagnostics::default(),
    }
}

#[test]
fn a_false_claim_rejects_code_that_would_run_and_is_named_in_the_repair() {
    let mut job = refuted(1);
    job.apply(accepted("a"), start()).unwrap();
    let Step::Generate(request) = job.step() else {
        panic!("{:?}", job.step())
    };
    let findings = request.repair.unwrap().findings;
    assert_eq!(findings.errors().count(), 1);
    let finding = findings.errors().next().unwrap();
    assert_eq!(
        (finding.stage, finding.code.as_str()),
        (Stage::Claims, "claim-refuted")
    );
    assert!(
        finding.message.contains("1 + 1 = 2") && finding.message.contains("because"),
        "{finding}"
    );
}

#[test]
fn a_repair_is_told_of_false_claims_and_of_broken_code_at_once() {
    let mut job = refuted(1);
    job.apply(Event::CodeRejected(findings("no such name")), start())
        .unwrap();
    let stages: Vec<_> = job.findings().iter().map(|finding| finding.stage).collect();
    assert_eq!(stages, [Stage::Claims, Stage::Inspect]);
}

#[test]
fn without_repairs_a_false_claim_ends_the_job() {
    let mut job = refuted(0);
    job.apply(accepted("a"), start()).unwrap();
    let failure = job.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::CodeRejected);
    assert!(failure.message.contains("1 + 1 = 2"), "{}", failure.message);
}

#[test]
fn code_with_false_claims_is_never_what_a_job_settles_for() {
    let mut job = refuted(1);
    job.apply(flawed(1), start()).unwrap();
    job.apply(
        Event::ProvidersFailed {
            failure: failure(FailureKind::ProvidersFailed),
            attempts: vec![failed_attempt()],
        },
        start(),
    )
    .unwrap();
    assert_eq!(job.status(), Status::Failed);
}

#[test]
fn a_job_that_settles_for_earlier_code_keeps_the_claims_of_that_code() {
    let mut job = new_job(2);
    let good = verdicts(Verdict::Verified);
    for event in [
        Event::Started,
        written("a", claims()),
        good.clone(),
        flawed(1),
        written("b", claims()),
        verdicts(Verdict::Refuted),
        accepted("b"),
        Event::NoCode {
            findings: findings("nothing"),
            attempts: vec![attempt(None)],
        },
    ] {
        job.apply(event, start()).unwrap();
    }
    assert_eq!(job.status(), Status::Rendering);
    assert_eq!(Event::ClaimsChecked(job.claims().to_vec()), good);
}

#[test]
fn leaving_a_false_claim_out_mends_nothing() {
    let mut job = refuted(3);
    job.apply(accepted("a"), start()).unwrap();
    job.apply(written("b", Vec::new()), start()).unwrap();
    assert_eq!(job.status(), Status::AiGenerating);
    assert_eq!(job.findings().iter().next().unwrap().code, "claims-left-out");
    job.apply(written("b", claims()), start()).unwrap();
    assert!(is_due(&job), "{}", job.status());
}

#[test]
fn the_same_code_with_other_claims_is_looked_at_again() {
    let mut job = refuted(3);
    job.apply(accepted("a"), start()).unwrap();
    job.apply(written("a", claims()), start()).unwrap();
    assert_eq!(
        job.status(),
        Status::AiGenerating,
        "the same answer was looked at twice"
    );
    job.apply(written("a", claims().split_off(1)), start()).unwrap();
    assert_eq!(job.status(), Status::CodeValidating);
}

#[test]
fn a_record_of_an_earlier_version_has_no_claims() {
    let job = job_in(Status::CodeValidating, 1);
    let mut record = serde_json::to_value(&job).unwrap();
    for field in ["claims", "claims_due", "claims_owed"] {
        record.as_object_mut().unwrap().remove(field);
    }
    let old: Job = serde_json::from_value(record).unwrap();
    assert_eq!(old.claims(), []);
    assert!(matches!(old.step(), Step::Validate(_)));
}

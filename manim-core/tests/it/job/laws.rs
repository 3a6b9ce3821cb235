//! What holds for a job at every point of its life, whatever happens to it.

use std::time::Duration;

use manim_core::{CheckedClaim, Event, Job, Status, Step, Timestamp, Verdict};
use proptest::prelude::*;

use super::event::{REPAIRS, every_event, flawed, is_due, new_job, start, verdicts, written};
use super::flow::{leads_to, memory_leads_to};

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

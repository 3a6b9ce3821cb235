//! What becomes of a job whose claims are false.

use manim_core::{Diagnostics, Event, FailureKind, Job, Stage, Status, Step, Verdict};

use super::event::{
    attempt, claims, code, failed_attempt, failure, findings, flawed, is_due, job_in, new_job, start,
    verdicts, written,
};

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

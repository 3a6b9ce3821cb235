//! Where each event leads from each status.

use manim_core::{Event, Illegal, Job, Status, Verdict};

use super::event::{REPAIRS, every_event, is_due, job_in, start, verdicts};

/// The whole of the flow: where an event leads from a status, and nothing else is legal.
/// A job has repairs left, or none; its claims wait to be checked, or not.
pub(super) fn leads_to(status: Status, event: &Event, repairs_left: bool, due: bool) -> Option<Status> {
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
pub(super) fn memory_leads_to(event: &Event, repairs_left: bool) -> &'static [Status] {
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

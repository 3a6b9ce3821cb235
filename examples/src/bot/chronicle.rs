//! The course of each job: when it entered which status, in whatever process, kept with the job
//! and told in one line at its end.

use async_trait::async_trait;
use manim_core::{Delivery, Job, Memo, Notice, Notifier, NotifyError, Receipt, Status};

/// The name that the course is kept under.
const NAME: &str = "course";

/// Writes each job's course into its record, and into the log when the job has ended.
#[derive(Debug, Default)]
pub struct Chronicle;

#[async_trait]
impl Notifier for Chronicle {
    fn name(&self) -> &str {
        NAME
    }

    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError> {
        let mut hops = hops(job);
        if hops.last().is_none_or(|hop| hop.number < notice.number) {
            let after = notice.at - job.created_at();
            hops.push(Hop {
                number: notice.number,
                status: notice.status,
                ms: u64::try_from(after.num_milliseconds()).unwrap_or(0),
            });
        }
        if notice.status.is_terminal() {
            let trace = job.trace().map_or("", |trace| trace.as_str());
            tracing::info!(
                job = %job.id(), session = %job.session(), trace, status = %notice.status,
                course = described(job, &hops), "job ended"
            );
        }
        Ok(written(&hops))
    }

    async fn deliver(&self, _: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        Ok(Receipt::NotMine)
    }
}

/// Where a job has been, with the time at each stop and what happened there.
pub fn course(job: &Job) -> String {
    described(job, &hops(job))
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Hop {
    number: u64,
    status: Status,
    /// Since the job was submitted.
    ms: u64,
}

/// `NUMBER:STATUS:MS`, with commas between: a course of twenty stops fits.
fn written(hops: &[Hop]) -> Option<Memo> {
    let mut from = 0;
    loop {
        let texts = hops.get(from..)?.iter().map(|hop| {
            let status = ORDER.iter().position(|status| *status == hop.status).unwrap_or(0);
            format!("{}:{status}:{}", hop.number, hop.ms)
        });
        match Memo::parse(texts.collect::<Vec<_>>().join(",")) {
            Ok(memo) => return Some(memo),
            // The latest are worth more than the first.
            Err(_) => from += 1,
        }
    }
}

fn hops(job: &Job) -> Vec<Hop> {
    let text = job.memo(NAME).map_or("", Memo::as_str);
    text.split(',').filter_map(hop).collect()
}

fn hop(text: &str) -> Option<Hop> {
    let mut parts = text.split(':');
    let number = parts.next()?.parse().ok()?;
    let place: usize = parts.next()?.parse().ok()?;
    Some(Hop {
        number,
        status: *ORDER.get(place)?,
        ms: parts.next()?.parse().ok()?,
    })
}

/// Their numbers are in records: append only.
const ORDER: [Status; 10] = [
    Status::Queued,
    Status::AiGenerating,
    Status::CodeValidating,
    Status::Rendering,
    Status::Uploading,
    Status::Ready,
    Status::Delivered,
    Status::Failed,
    Status::Cancelled,
    Status::Expired,
];

fn described(job: &Job, hops: &[Hop]) -> String {
    let mut stops: Vec<String> = Vec::new();
    for (place, hop) in hops.iter().enumerate() {
        let stay = hops.get(place + 1).map(|next| next.ms.saturating_sub(hop.ms));
        let stay = stay.map_or_else(String::new, |ms| format!(" {ms} ms"));
        stops.push(format!(
            "@{} {}{stay}{}",
            hop.ms,
            hop.status,
            aside(job, hop.status)
        ));
    }
    stops.join(" → ")
}

/// What is known of a stop beyond its time.
fn aside(job: &Job, status: Status) -> String {
    match status {
        Status::AiGenerating => {
            let calls = job.attempts().iter().map(|attempt| {
                let ended = if attempt.error.is_some() { " failed" } else { "" };
                format!(
                    "{}/{} {} ms{ended}",
                    attempt.provider, attempt.model, attempt.latency_ms
                )
            });
            let calls: Vec<_> = calls.collect();
            if calls.is_empty() {
                String::new()
            } else {
                format!(" [{}]", calls.join(", "))
            }
        }
        Status::Rendering => job.film().map_or_else(String::new, |film| {
            let info = &film.info;
            format!(
                " [{} frames, {} ms, {}]",
                info.frames, info.wall_ms, info.isolation
            )
        }),
        Status::Uploading => {
            let bytes = job.film().map(|film| film.info.bytes);
            bytes.map_or_else(String::new, |bytes| format!(" [{bytes} bytes]"))
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_read_as_it_was_written() {
        let hops: Vec<_> = (1..=40)
            .map(|number| Hop {
                number,
                status: Status::Rendering,
                ms: 1000 * number,
            })
            .collect();
        let memo = written(&hops).unwrap();
        let read: Vec<_> = memo.as_str().split(',').filter_map(hop).collect();
        assert!(read.len() > 20, "{}", read.len());
        assert_eq!(read.last(), hops.last());
    }
}

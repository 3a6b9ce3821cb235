//! The course of each job, told in one line at its end: when it entered which status, in
//! whatever process, and what happened there.

use async_trait::async_trait;
use manim_core::{Delivery, Job, Memo, Notice, Notifier, NotifyError, Receipt, Status};

/// Writes each job's course into the log when the job has ended.
#[derive(Debug, Default)]
pub struct Chronicle;

#[async_trait]
impl Notifier for Chronicle {
    fn name(&self) -> &str {
        "chronicle"
    }

    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError> {
        if notice.status.is_terminal() {
            let trace = job.trace().map_or("", |trace| trace.as_str());
            tracing::info!(
                job = %job.id(), session = %job.session(), trace, status = %notice.status,
                course = course(job), "job ended"
            );
        }
        Ok(None)
    }

    async fn deliver(&self, _: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        Ok(Receipt::NotMine)
    }
}

/// Where a job has been: `@MS STATUS STAY`, milliseconds since it was submitted, and what is
/// known of each stop. Nothing of the problem.
pub fn course(job: &Job) -> String {
    let stops = job.history().iter().enumerate().map(|(place, stop)| {
        let since = (stop.at - job.created_at()).num_milliseconds();
        let next = job.history().get(place + 1);
        let stay = next.map(|next| format!(" for {} ms", (next.at - stop.at).num_milliseconds()));
        let stay = stay.unwrap_or_default();
        format!("@{since} {}{stay}{}", stop.status, aside(job, stop.status))
    });
    stops.collect::<Vec<_>>().join(" → ")
}

/// The same for a person: one stop a line, below who the job is and whose trace it follows.
pub fn timetable(job: &Job) -> String {
    let trace = job.trace().map_or("none", |trace| trace.as_str());
    let mut table = format!("job {}\nsession {}\ntrace {trace}\n", job.id(), job.session());
    table.push_str("\n     at ms   for ms  stop\n");
    for (place, stop) in job.history().iter().enumerate() {
        let next = job.history().get(place + 1).map(|next| next.at);
        let stay = next.map_or("–".to_owned(), |next| {
            (next - stop.at).num_milliseconds().to_string()
        });
        let since = (stop.at - job.created_at()).num_milliseconds();
        let aside = aside(job, stop.status);
        table.push_str(&format!("{since:>10} {stay:>8}  {}{aside}\n", stop.status));
    }
    table.trim_end().to_owned()
}

/// What is known of a stop beyond its time.
fn aside(job: &Job, status: Status) -> String {
    let film = job.film().map(|film| &film.info);
    match (status, film) {
        (Status::AiGenerating, _) if !job.attempts().is_empty() => {
            let calls = job.attempts().iter().map(|attempt| {
                let ended = if attempt.error.is_some() { " failed" } else { "" };
                format!(
                    "{}/{} {} ms{ended}",
                    attempt.provider, attempt.model, attempt.latency_ms
                )
            });
            format!(" ({})", calls.collect::<Vec<_>>().join(", "))
        }
        (Status::Rendering, Some(film)) => {
            format!(
                " ({} frames, {} ms, {})",
                film.frames, film.wall_ms, film.isolation
            )
        }
        (Status::Uploading, Some(film)) => format!(" ({} bytes)", film.bytes),
        _ => String::new(),
    }
}

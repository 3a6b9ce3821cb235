//! What happens to a job, as server-sent events.
//!
//! `status` events have ids: they count the statuses that the job has been in, so whoever was
//! cut off is told what it missed, by any process. `progress` and `writing` have none: of them
//! only the newest matters.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use manim_core::{Change, Job, JobEvent, Pipeline, Progress, Status};
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::{Named, own_job};
use crate::http::Http;
use crate::problem::{Problem, ProblemCode};
use crate::session::Caller;
use crate::view::Entered;

/// More often than this nobody sees a bar move.
const PROGRESS_PAUSE: Duration = Duration::from_millis(200);

/// A client that was cut off comes back after this pause.
const RETRY: Duration = Duration::from_secs(1);

/// Proxies of nginx's family collect an answer before they pass it on, unless told otherwise.
const UNBUFFERED: (HeaderName, &str) = (HeaderName::from_static("x-accel-buffering"), "no");

#[utoipa::path(get, path = "/api/v1/jobs/{id}/events", tag = "jobs",
    params(("id" = uuid::Uuid, Path), ("Last-Event-ID" = Option<u64>, Header, description = "Tell only what came after this event")),
    responses((status = 200, description = "Events `status` (with an id), `progress` and `writing`; ends when the job is settled", content_type = "text/event-stream", body = String),
        (status = 204, description = "The job is settled, and the caller knows: do not come back"),
        (status = 404, body = crate::problem::ProblemBody), (status = 503, body = crate::problem::ProblemBody)))]
pub(crate) async fn follow(
    State(http): State<Http>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let job = own_job(&http, caller.known()?, id).await?;
    let known = last_event_id(&headers);
    if job.status().is_settled() && newest(&job) <= known {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let permit = http.listeners().clone().try_acquire_owned();
    let permit = permit.map_err(|_| too_many_listeners())?;
    let events = http.pipeline().events(id).await?;
    let listener = Listener {
        pipeline: http.pipeline().clone(),
        events: events.boxed(),
        known,
        told_at: None,
        ended: false,
        _seat: Seat::taken(permit),
    };
    let keep_alive = KeepAlive::new().interval(http.options().keep_alive);
    Ok(([UNBUFFERED], Sse::new(listener.stream()).keep_alive(keep_alive)).into_response())
}

/// What cannot be read was not given by us: the whole story is told.
fn last_event_id(headers: &HeaderMap) -> u64 {
    let id = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    id.and_then(|id| id.trim().parse().ok()).unwrap_or(0)
}

fn newest(job: &Job) -> u64 {
    job.history().last().map_or(0, |notice| notice.number)
}

fn too_many_listeners() -> Problem {
    let detail = "Too many streams of events are open. Read the job itself every few seconds instead.";
    Problem::new(ProblemCode::Busy, detail).after(Duration::from_secs(10))
}

struct Listener {
    pipeline: Pipeline,
    events: BoxStream<'static, JobEvent>,
    /// The number of the last status told.
    known: u64,
    /// When progress was last told.
    told_at: Option<Instant>,
    ended: bool,
    _seat: Seat,
}

impl Listener {
    fn stream(self) -> impl Stream<Item = Result<Event, Infallible>> + Send {
        let steps = stream::unfold(self, |mut listener| async move {
            let events = listener.next().await?;
            Some((stream::iter(events), listener))
        });
        steps.flatten().map(Ok)
    }

    async fn next(&mut self) -> Option<Vec<Event>> {
        while !self.ended {
            let event = self.events.next().await?;
            let events = match event.change {
                Change::Entered { status } => self.entered(event, status).await,
                Change::Rendering(progress) => self.rendering(progress),
                Change::Writing { characters } => self.writing(characters),
                _ => Vec::new(),
            };
            if !events.is_empty() {
                return Some(events);
            }
        }
        None
    }

    /// Every status since the last one told. The record knows those that went by too fast.
    async fn entered(&mut self, event: JobEvent, status: Status) -> Vec<Event> {
        self.told_at = None;
        let Ok(job) = self.pipeline.job(event.job).await else {
            self.ended = status.is_settled();
            return Vec::new();
        };
        self.ended = job.status().is_settled();
        let missed = job.history().iter().filter(|notice| notice.number > self.known);
        let events = missed.map(|notice| {
            let entered = Entered::of(notice);
            let settled = notice.status.is_settled();
            written("status", &Told { entered, settled }).id(notice.number.to_string())
        });
        let mut events: Vec<Event> = events.collect();
        if let Some(first) = events.first_mut().filter(|_| self.known == 0) {
            *first = first.clone().retry(RETRY);
        }
        self.known = self.known.max(newest(&job));
        events
    }

    /// The last position is told however soon it comes.
    fn rendering(&mut self, progress: Progress) -> Vec<Event> {
        let done = progress.frames_total == Some(progress.frames_done);
        self.seldom(done, || written("progress", &progress))
    }

    fn writing(&mut self, characters: u64) -> Vec<Event> {
        self.seldom(false, || written("writing", &Written { characters }))
    }

    fn seldom(&mut self, always: bool, event: impl FnOnce() -> Event) -> Vec<Event> {
        let now = Instant::now();
        let soon = self.told_at.is_some_and(|told| now - told < PROGRESS_PAUSE);
        if soon && !always {
            return Vec::new();
        }
        self.told_at = Some(now);
        vec![event()]
    }
}

/// The data of a `status` event.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    entered: Entered,
    settled: bool,
}

/// The data of a `writing` event.
#[derive(Serialize)]
struct Written {
    characters: u64,
}

fn written(name: &'static str, data: &impl Serialize) -> Event {
    let data = serde_json::to_string(data).unwrap_or_default();
    Event::default().event(name).data(data)
}

/// One of the streams that may be open.
struct Seat {
    _permit: OwnedSemaphorePermit,
}

impl Seat {
    fn taken(permit: OwnedSemaphorePermit) -> Self {
        metrics::gauge!("manim_http_event_listeners").increment(1.0);
        Self { _permit: permit }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        metrics::gauge!("manim_http_event_listeners").decrement(1.0);
    }
}

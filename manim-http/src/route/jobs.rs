//! Problems in, records out.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{OriginalUri, Query, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::{Extension, extract::rejection::QueryRejection};
use manim_core::{
    Format, Job, JobId, Page, Pipeline, ProblemText, Quality, RenderSettings, SessionId, Submission,
    TraceParent,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Named, own_job};
use crate::gate::{ClientAddress, admit};
use crate::http::Http;
use crate::problem::{Problem, ProblemCode};
use crate::session::{Caller, hand_over};
use crate::view::{JobPage, JobSummary, JobView};

/// A problem handed in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewJob {
    /// The problem in words: 10 to 5000 characters.
    #[schema(example = "Differentiate x^2 sin(x)", min_length = 10, max_length = 5000)]
    problem: String,
    /// `low`, `medium` or `high`; without it, what the session prefers.
    #[schema(value_type = Option<String>)]
    quality: Option<Quality>,
    /// `mp4` or `webm`; without it, what the session prefers.
    #[schema(value_type = Option<String>)]
    format: Option<Format>,
}

/// Longer than any key that a library makes.
const MAX_KEY: usize = 255;

#[utoipa::path(post, path = "/api/v1/jobs", tag = "jobs", request_body = NewJob,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and problem are one job, however often they are sent")),
    responses((status = 202, description = "Taken in; `Location` names the job, `Session-Token` comes with a new session", body = JobView),
        (status = 400, body = crate::problem::ProblemBody), (status = 413, body = crate::problem::ProblemBody),
        (status = 422, body = crate::problem::ProblemBody), (status = 429, body = crate::problem::ProblemBody),
        (status = 503, body = crate::problem::ProblemBody)))]
pub(crate) async fn submit(
    State(http): State<Http>,
    caller: Caller,
    address: ClientAddress,
    trace: Option<Extension<TraceParent>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let new: NewJob = json(&headers, body)?;
    let problem = ProblemText::parse(&new.problem)
        .map_err(|error| Problem::new(ProblemCode::InvalidProblem, format!("{error}.")))?;
    let key = idempotency_key(&headers)?;
    let session = caller.session().unwrap_or_else(SessionId::new);
    admit(&http, session, address).await?;

    let settings = settings(http.pipeline(), caller, &new).await?;
    let mut submission = Submission::new(session, problem.clone()).with_settings(settings);
    if let Some(key) = &key {
        submission = submission.with_key(format!("http {key}"));
    }
    if let Some(Extension(trace)) = trace {
        submission = submission.with_trace(trace);
    }
    let id = http.pipeline().submit(submission).await?;
    let job = http.pipeline().job(id).await?;
    if *job.problem() != problem {
        return Err(key_reused());
    }
    let mut response = (StatusCode::ACCEPTED, Json(JobView::of(&job))).into_response();
    let location = format!("{}/{id}", uri.path().trim_end_matches('/'));
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(LOCATION, location);
    }
    if caller == Caller::Nobody {
        hand_over(response.headers_mut(), session, &http);
    }
    Ok(response)
}

fn json(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<NewJob, Problem> {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = said.and_then(|text| text.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|text| text.eq_ignore_ascii_case("application/json")) {
        let detail = "Send the problem as JSON, with the header Content-Type: application/json.";
        return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
    }
    let body = body.map_err(|error| match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::new(
            ProblemCode::InvalidJson,
            "The body broke off. Send the request again.",
        ),
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        let detail =
            format!("The body is not what is wanted ({error}). Send {{\"problem\": \"Solve x^2 = 4\"}}.");
        Problem::new(ProblemCode::InvalidJson, detail)
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    if (1..=MAX_KEY).contains(&text.len()) {
        return Ok(Some(text.to_owned()));
    }
    let detail =
        format!("An Idempotency-Key has 1 to {MAX_KEY} visible ASCII characters; a UUID is a good one.");
    Err(Problem::new(ProblemCode::InvalidParameter, detail))
}

fn key_reused() -> Problem {
    Problem::new(
        ProblemCode::IdempotencyKeyReused,
        "This Idempotency-Key came with another problem before. Send a new key with a new problem.",
    )
}

async fn settings(pipeline: &Pipeline, caller: Caller, new: &NewJob) -> Result<RenderSettings, Problem> {
    let mut settings = match caller.session() {
        Some(session) => pipeline.preference(session).await?,
        None => RenderSettings::default(),
    };
    if let Some(quality) = new.quality {
        settings = settings.with_quality(quality);
    }
    if let Some(format) = new.format {
        settings = settings.with_format(format);
    }
    Ok(settings)
}

/// Which part of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// At most so many, 1 to 100; default 20.
    limit: Option<usize>,
    /// Only jobs older than this one: `next_before` of the part before.
    #[param(value_type = Option<uuid::Uuid>)]
    before: Option<JobId>,
}

const DEFAULT_PART: usize = 20;
const MAX_PART: usize = 100;

#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", params(Part),
    responses((status = 200, description = "The session's jobs, newest first; none without a session", body = JobPage)))]
pub(crate) async fn list(
    State(http): State<Http>,
    caller: Caller,
    part: Result<Query<Part>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(part) = part.map_err(|error| {
        let detail = format!("The address cannot be read ({error}). Send limit=20 or before=JOB_ID.");
        Problem::new(ProblemCode::InvalidParameter, detail)
    })?;
    let limit = part.limit.unwrap_or(DEFAULT_PART).clamp(1, MAX_PART);
    let jobs = match caller.session() {
        Some(session) => listed(http.pipeline(), session, limit, part.before).await?,
        None => Vec::new(),
    };
    // One more than shown was asked for: it tells whether there are older ones.
    let more = jobs.len() > limit;
    let shown = jobs.get(..limit.min(jobs.len())).unwrap_or_default();
    let page = JobPage {
        jobs: shown.iter().map(JobSummary::of).collect(),
        next_before: shown.last().filter(|_| more).map(Job::id),
    };
    Ok(Json(page).into_response())
}

async fn listed(
    pipeline: &Pipeline,
    session: SessionId,
    limit: usize,
    before: Option<JobId>,
) -> Result<Vec<Job>, Problem> {
    let page = Page {
        limit: limit + 1,
        before,
    };
    Ok(pipeline.jobs(session, page).await?)
}

#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, body = JobView), (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn read(
    State(http): State<Http>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    let job = own_job(&http, caller.known()?, id).await?;
    Ok(Json(JobView::of(&job)).into_response())
}

#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The job as it is now; one that had ended stays as it was", body = JobView),
        (status = 404, body = crate::problem::ProblemBody)))]
pub(crate) async fn cancel(
    State(http): State<Http>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    own_job(&http, caller.known()?, id).await?;
    let job = http.pipeline().cancel(id).await?;
    Ok(Json(JobView::of(&job)).into_response())
}

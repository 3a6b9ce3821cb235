//! What each address answers.

pub(crate) mod blob;
pub(crate) mod debug;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod jobs;
pub(crate) mod link;
pub(crate) mod video;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use manim_core::{Job, JobId, SessionId};

use crate::http::Http;
use crate::problem::Problem;

/// The job that the address names. What is no id is the id of no job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named(pub(crate) JobId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| Problem::not_found())?;
        let id = params
            .iter()
            .find(|(name, _)| *name == "id")
            .and_then(|(_, text)| text.parse().ok());
        id.map(Self).ok_or_else(Problem::not_found)
    }
}

/// The job, if it is the session's; nobody learns whether another's exists.
pub(crate) async fn own_job(http: &Http, session: SessionId, id: JobId) -> Result<Job, Problem> {
    let job = http.pipeline().job(id).await?;
    if job.session() == session {
        return Ok(job);
    }
    Err(Problem::not_found())
}

//! What went wrong, for programs (a stable code) and for people (a sentence that says what to
//! do). RFC 9457, `application/problem+json`.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use manim_core::{PipelineError, PipelineErrorKind, ProblemText, Retry, chain};
use serde::Serialize;
use utoipa::ToSchema;

/// The codes of problems. A code never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemCode {
    /// The body is not the JSON that is wanted.
    InvalidJson,
    /// A parameter of the address or a header cannot be read.
    InvalidParameter,
    /// The session token is not one of ours, or its time is over.
    InvalidSession,
    /// The admin token is missing or wrong.
    Unauthorized,
    /// The request was sent by a page of another site.
    ForeignOrigin,
    /// A browser asks ahead; a film is handed over on a person's wish only.
    Prefetch,
    /// No such thing, or not this session's.
    NotFound,
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// The request did not arrive in time.
    RequestTimeout,
    /// The film is not there yet, or never will be.
    FilmNotReady,
    /// The film was fetched already, or its time is over.
    FilmGone,
    /// The body is larger than any problem.
    TooLarge,
    /// The body is not said to be JSON.
    UnsupportedMediaType,
    /// No byte of the film lies in the range asked for.
    RangeNotSatisfiable,
    /// The text is no problem that can be worked on.
    InvalidProblem,
    /// The idempotency key belongs to another problem.
    IdempotencyKeyReused,
    /// Too many problems within a minute.
    RateLimited,
    /// A fault of ours.
    Internal,
    /// Too many jobs or listeners wait.
    Busy,
    /// A store is out of reach.
    StoreUnavailable,
}

impl ProblemCode {
    /// Every code, in the order of their status.
    pub const ALL: [Self; 20] = [
        Self::InvalidJson,
        Self::InvalidParameter,
        Self::InvalidSession,
        Self::Unauthorized,
        Self::ForeignOrigin,
        Self::Prefetch,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::RequestTimeout,
        Self::FilmNotReady,
        Self::FilmGone,
        Self::TooLarge,
        Self::UnsupportedMediaType,
        Self::RangeNotSatisfiable,
        Self::InvalidProblem,
        Self::IdempotencyKeyReused,
        Self::RateLimited,
        Self::Internal,
        Self::Busy,
        Self::StoreUnavailable,
    ];

    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The status that it is answered with.
    pub const fn status(self) -> StatusCode {
        self.row().0
    }

    /// A few words for people; the same for every problem of this code.
    pub const fn title(self) -> &'static str {
        self.row().2
    }

    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::InvalidJson => (S::BAD_REQUEST, "invalid-json", "The body cannot be read"),
            Self::InvalidParameter => (S::BAD_REQUEST, "invalid-parameter", "A parameter cannot be read"),
            Self::InvalidSession => (S::UNAUTHORIZED, "invalid-session", "The session has ended"),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "The admin token is needed"),
            Self::ForeignOrigin => (S::FORBIDDEN, "foreign-origin", "Another site sent this"),
            Self::Prefetch => (S::FORBIDDEN, "prefetch", "Films are not fetched ahead"),
            Self::NotFound => (S::NOT_FOUND, "not-found", "There is nothing here"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Not by this method"),
            Self::RequestTimeout => (S::REQUEST_TIMEOUT, "request-timeout", "The request took too long"),
            Self::FilmNotReady => (S::CONFLICT, "film-not-ready", "The film is not ready"),
            Self::FilmGone => (S::GONE, "film-gone", "The film is gone"),
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::UnsupportedMediaType => (S::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not JSON"),
            Self::RangeNotSatisfiable => (S::RANGE_NOT_SATISFIABLE, "range-not-satisfiable", "No such bytes"),
            Self::InvalidProblem => (
                S::UNPROCESSABLE_ENTITY,
                "invalid-problem",
                "No problem to work on",
            ),
            Self::IdempotencyKeyReused => (
                S::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The key is taken",
            ),
            Self::RateLimited => (S::TOO_MANY_REQUESTS, "rate-limited", "Too many problems"),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "A fault of ours"),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "Too much is waiting"),
            Self::StoreUnavailable => (
                S::SERVICE_UNAVAILABLE,
                "store-unavailable",
                "A store is out of reach",
            ),
        }
    }
}

/// A problem, as it is answered.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: ProblemCode,
    detail: String,
    retry_after: Option<Duration>,
}

/// The body of every answer of 400 and above.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// A URI that names the kind of problem.
    #[schema(example = "urn:manim-http:film-gone")]
    r#type: String,
    /// A few words; the same for every problem of this kind.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// One or two sentences that say what to do.
    detail: String,
    /// The kind of problem, for programs.
    #[schema(example = "film-gone")]
    code: &'static str,
    /// After so many seconds the same request may succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
}

impl Problem {
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            retry_after: None,
        }
    }

    pub(crate) fn after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    pub(crate) fn code(&self) -> ProblemCode {
        self.code
    }

    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            ProblemCode::NotFound,
            "There is no such job in this session. Look at the id, and send the session token that \
             came with the job; jobs are kept for a week.",
        )
    }

    pub(crate) fn too_large() -> Self {
        let detail = format!(
            "The body is too large. A problem has at most {} characters.",
            ProblemText::MAX_CHARS
        );
        Self::new(ProblemCode::TooLarge, detail)
    }

    /// Whole seconds, and never none: a pause of zero asks for a loop.
    fn retry_after_s(&self) -> Option<u64> {
        let rounded_up = |pause: Duration| pause.as_millis().div_ceil(1000).max(1) as u64;
        self.retry_after.map(rounded_up)
    }
}

impl From<PipelineError> for Problem {
    fn from(error: PipelineError) -> Self {
        let problem = match error.kind() {
            PipelineErrorKind::NotFound => return Self::not_found(),
            PipelineErrorKind::NotReady => {
                return Self::new(
                    ProblemCode::FilmNotReady,
                    "The film is not ready. Follow the job's events, and ask again once it is.",
                );
            }
            PipelineErrorKind::Gone => {
                return Self::new(
                    ProblemCode::FilmGone,
                    "A film can be fetched once, and this one was, or nobody came for it in time. Submit \
                     the problem again for a new one.",
                );
            }
            PipelineErrorKind::Busy => Self::new(
                ProblemCode::Busy,
                "Too many jobs are waiting. Send the same request again in a minute.",
            )
            .after(Duration::from_secs(60)),
            PipelineErrorKind::Store => Self::new(
                ProblemCode::StoreUnavailable,
                "The service cannot reach its store. Send the same request again in a few seconds.",
            )
            .after(match error.retry() {
                Retry::After(pause) => pause,
                Retry::Now | Retry::Never => Duration::from_secs(5),
            }),
            _ => Self::new(
                ProblemCode::Internal,
                "Something failed on our side. Try again; if it stays so, tell the operator the request id.",
            ),
        };
        tracing::warn!(
            error = chain(&error),
            code = problem.code.as_str(),
            "request failed"
        );
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let retry_after_s = self.retry_after_s();
        let body = ProblemBody {
            r#type: format!("urn:manim-http:{}", self.code.as_str()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: self.detail,
            code: self.code.as_str(),
            retry_after_s,
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.code.status(), body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after_s {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        if self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own_and_an_error_status() {
        let names: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            assert!(code.status().as_u16() >= 400, "{code:?}");
        }
    }

    #[test]
    fn a_pause_is_rounded_up() {
        let problem = |ms| Problem::new(ProblemCode::Busy, "").after(Duration::from_millis(ms));
        assert_eq!(problem(0).retry_after_s(), Some(1));
        assert_eq!(problem(1001).retry_after_s(), Some(2));
    }
}

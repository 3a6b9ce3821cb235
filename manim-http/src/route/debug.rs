//! For the operator alone. Without the admin token these addresses do not exist; to compare it
//! takes as long whatever was sent.

use axum::extract::{FromRequestParts, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Json;
use manim_core::PipelineHealth;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::http::Http;
use crate::problem::{Problem, ProblemCode};
use crate::session::bearer;

/// Proof that the caller has the admin token.
pub(crate) struct Admin;

impl FromRequestParts<Http> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let Some(token) = &http.options().admin_token else {
            return Err(Problem::new(
                ProblemCode::NotFound,
                "There is no such address: the operator has set no admin token.",
            ));
        };
        let given = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(bearer)
            .unwrap_or_default();
        // Digests are of one length, so that not even the token's length is told.
        let (given, known) = (Sha256::digest(given), Sha256::digest(token.expose()));
        let same = bool::from(given.as_slice().ct_eq(known.as_slice()));
        if same && !token.expose().is_empty() {
            return Ok(Self);
        }
        let detail = "Send the admin token in the header Authorization: Bearer TOKEN.";
        Err(Problem::new(ProblemCode::Unauthorized, detail))
    }
}

/// Everything that is known of providers and stores, errors included.
pub(crate) async fn providers(_: Admin, State(http): State<Http>) -> Json<PipelineHealth> {
    Json(http.pipeline().health().await)
}

/// What was counted, for Prometheus.
#[cfg(feature = "prometheus")]
pub(crate) async fn metrics(_: Admin, State(http): State<Http>) -> Result<String, Problem> {
    let Some(recorder) = http.recorder() else {
        let detail = "Nothing is counted: the program has installed no recorder.";
        return Err(Problem::new(ProblemCode::NotFound, detail));
    };
    let health = http.pipeline().health().await;
    crate::metrics::record(&health);
    Ok(recorder.render())
}

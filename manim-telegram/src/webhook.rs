//! Updates that the service brings.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use manim_core::{Secret, TraceParent};
use subtle::ConstantTimeEq;

use crate::conversation::{Handled, Telegram};
use crate::wire::Update;

/// An update is some kilobytes: a text has at most 4096 characters.
const MAX_UPDATE_BYTES: usize = 1 << 20;
const SECRET: &str = "x-telegram-bot-api-secret-token";

#[derive(Debug, Clone)]
struct Hook {
    telegram: Telegram,
    secret: Secret,
}

impl Telegram {
    /// A router with one route, `POST path`, for the address given to
    /// [`Api::set_webhook`](crate::Api::set_webhook) with the same `secret`.
    ///
    /// Answers 401 to whoever does not know the secret, 200 to every update that is done or
    /// that we have no use for, 503 when it is to be sent again. What an update asks for is in
    /// the stores when it is acknowledged.
    pub fn webhook(&self, path: &str, secret: Secret) -> Router {
        let hook = Hook {
            telegram: self.clone(),
            secret,
        };
        Router::new()
            .route(path, post(receive))
            .layer(DefaultBodyLimit::max(MAX_UPDATE_BYTES))
            .with_state(hook)
    }
}

async fn receive(State(hook): State<Hook>, headers: HeaderMap, body: Bytes) -> StatusCode {
    if !is_from_service(&hook.secret, &headers) {
        return StatusCode::UNAUTHORIZED;
    }
    let Some(update) = serde_json::from_slice(&body).ok().and_then(Update::read) else {
        // A kind that is newer than this program. Sent again, it would be no better.
        tracing::debug!(bytes = body.len(), "an update that cannot be read");
        return StatusCode::OK;
    };
    match hook.telegram.handle(update, trace(&headers)).await {
        Handled::Done => StatusCode::OK,
        Handled::Later => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Takes as long whatever was sent.
fn is_from_service(secret: &Secret, headers: &HeaderMap) -> bool {
    let given = headers.get(SECRET).map_or(&[][..], |value| value.as_bytes());
    let expected = secret.expose().as_bytes();
    !expected.is_empty() && bool::from(given.ct_eq(expected))
}

fn trace(headers: &HeaderMap) -> Option<TraceParent> {
    let header = headers.get("traceparent")?.to_str().ok()?;
    TraceParent::parse(header).ok()
}

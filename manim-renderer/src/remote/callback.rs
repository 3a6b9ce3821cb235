//! Completions that servers bring: each wakes the render that waits for it. What it says is not
//! believed; the render asks its server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use manim_core::{Clock, JobId, SystemClock};
use tokio::sync::Notify;

use super::call::Line;
use super::seal::Refusal;
use super::wire::{CALLBACK, Completion};

/// A completion has some hundred bytes.
const MAX_BYTES: usize = 16 * 1024;

/// Renders that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiting(Mutex<HashMap<JobId, Arc<Notify>>>);

impl Waiting {
    fn renders(&self) -> MutexGuard<'_, HashMap<JobId, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a render's completion for as long as the value lives.
    pub(crate) fn expect(self: &Arc<Self>, id: JobId) -> Expected {
        let bell = Arc::new(Notify::new());
        self.renders().insert(id, Arc::clone(&bell));
        Expected {
            waiting: Arc::clone(self),
            id,
            bell,
        }
    }

    fn ring(&self, id: JobId) {
        if let Some(bell) = self.renders().get(&id) {
            bell.notify_one();
        }
    }
}

/// A render that waits.
#[derive(Debug)]
pub(crate) struct Expected {
    waiting: Arc<Waiting>,
    id: JobId,
    bell: Arc<Notify>,
}

impl Expected {
    pub(crate) async fn rung(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.waiting.renders().remove(&self.id);
    }
}

#[derive(Debug, Clone)]
struct Door {
    line: Arc<Line>,
    waiting: Arc<Waiting>,
}

/// `POST path`: 204 for a completion, 401 for one that is forged or late, 409 for one that was
/// taken before.
pub(crate) fn router(path: &str, line: Arc<Line>, waiting: Arc<Waiting>) -> Router {
    Router::new()
        .route(path, post(receive))
        .layer(DefaultBodyLimit::max(MAX_BYTES))
        .with_state(Door { line, waiting })
}

async fn receive(State(door): State<Door>, headers: HeaderMap, body: Bytes) -> StatusCode {
    match door
        .line
        .seal
        .verify(CALLBACK, &headers, &body, SystemClock.now())
    {
        Ok(()) => {}
        Err(Refusal::Replayed) => return StatusCode::CONFLICT,
        Err(refusal) => {
            tracing::debug!(%refusal, "a completion was refused");
            return StatusCode::UNAUTHORIZED;
        }
    }
    let Ok(completion) = serde_json::from_slice::<Completion>(&body) else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    door.waiting.ring(completion.id);
    StatusCode::NO_CONTENT
}

//! How the parts of a pipeline are doing: what was seen of them, and a small question to each
//! store. Changes nothing.

use std::future::Future;
use std::time::Duration;

use serde::Serialize;
use tokio::time::{Instant, timeout};

use super::Pipeline;
use crate::chain::ProviderHealth;
use crate::error::chain;
use crate::film::Isolation;
use crate::id::{BlobKey, SessionId};
use crate::session::StoreError;

/// A store that is silent for so long is as good as gone for whoever asks about health.
const PATIENCE: Duration = Duration::from_secs(3);

/// How the parts of a pipeline are doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineHealth {
    /// Engine and version of the renderer.
    pub engine: String,
    /// How strongly it isolates scenes.
    pub isolation: Isolation,
    /// The providers, in the order in which they are asked.
    pub providers: Vec<ProviderHealth>,
    /// The stores: sessions, queue and films.
    pub stores: Vec<StoreHealth>,
    /// Jobs that wait or are worked on, where the queue could say.
    pub jobs_waiting: Option<usize>,
}

impl PipelineHealth {
    /// Whether problems can be taken in and answers be read: every store answers.
    pub fn is_ready(&self) -> bool {
        self.stores.iter().all(|store| store.error.is_none())
    }
}

/// How a store answered just now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoreHealth {
    /// `sessions`, `queue` or `films`.
    pub store: &'static str,
    /// How long its answer took, in milliseconds.
    pub latency_ms: u64,
    /// Why there was none, for the operator.
    pub error: Option<String>,
}

impl Pipeline {
    /// Asks each store something small, at the same time; at most 3 seconds.
    pub async fn health(&self) -> PipelineHealth {
        let (sessions, queue, films) = futures::join!(
            asked("sessions", self.0.sessions.session(NOBODY)),
            asked("queue", self.0.queue.len()),
            asked("films", self.ask_for_a_film()),
        );
        PipelineHealth {
            engine: self.0.renderer.engine().to_owned(),
            isolation: self.0.renderer.isolation(),
            providers: self.provider_health(),
            stores: vec![sessions.0, queue.0, films.0],
            jobs_waiting: queue.1,
        }
    }

    async fn ask_for_a_film(&self) -> Result<(), StoreError> {
        match BlobKey::parse("films/health") {
            Ok(key) => self.0.blobs.head(&key).await.map(drop),
            Err(_) => Ok(()),
        }
    }
}

/// No session has this name: theirs are drawn at random.
const NOBODY: SessionId = SessionId::from_uuid(uuid::Uuid::nil());

async fn asked<T>(
    store: &'static str,
    question: impl Future<Output = Result<T, StoreError>>,
) -> (StoreHealth, Option<T>) {
    let begun = Instant::now();
    let (answer, error) = match timeout(PATIENCE, question).await {
        Ok(Ok(answer)) => (Some(answer), None),
        Ok(Err(error)) => (None, Some(chain(&error))),
        Err(_) => (None, Some("no answer in time".to_owned())),
    };
    let health = StoreHealth {
        store,
        latency_ms: begun.elapsed().as_millis() as u64,
        error,
    };
    (health, answer)
}

//! Updates that are fetched: for a machine that the service cannot reach.

use std::time::Duration;

use manim_core::{Retry, chain};
use serde_json::Value;

use crate::conversation::{Handled, Telegram};
use crate::error::{ApiError, ApiErrorKind};
use crate::wire::Update;

/// After a failure; grows to the longest.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// An update that cannot be done now is tried again after this.
const LATER: Duration = Duration::from_secs(2);
/// An update that was put off this often is left: the others must come through.
const PATIENCE: u32 = 45;

impl Telegram {
    /// Removes the webhook and fetches updates until `shutdown`.
    ///
    /// # Errors
    /// [`ApiErrorKind::Unauthorized`]: nothing else ends it.
    pub async fn poll(&self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ApiError> {
        tokio::select! {
            biased;
            () = shutdown => Ok(()),
            ended = self.fetch() => ended,
        }
    }

    async fn fetch(&self) -> Result<(), ApiError> {
        let (mut offset, mut failures) = (0, 0);
        let mut polls = false;
        loop {
            let fetched = match polls {
                true => self.api().get_updates(offset).await,
                false => self.api().delete_webhook().await.map(|()| Vec::new()),
            };
            match fetched {
                Ok(updates) => {
                    (polls, failures) = (true, 0);
                    for update in updates {
                        offset = self.take(update).await.unwrap_or(offset);
                    }
                }
                Err(error) if error.kind() == ApiErrorKind::Unauthorized => return Err(error),
                Err(error) => {
                    failures += 1;
                    tracing::warn!(error = chain(&error), "no updates could be fetched");
                    tokio::time::sleep(pause(&error, failures)).await;
                }
            }
        }
    }

    /// Handles one update; returns the offset that acknowledges it.
    async fn take(&self, update: Value) -> Option<i64> {
        let number = update["update_id"].as_i64()?;
        let Some(update) = Update::read(update) else {
            return Some(number + 1);
        };
        for _ in 0..PATIENCE {
            match self.handle(update.clone(), None).await {
                Handled::Done => break,
                Handled::Later => tokio::time::sleep(LATER).await,
            }
        }
        Some(number + 1)
    }
}

fn pause(error: &ApiError, failures: u32) -> Duration {
    match error.retry() {
        Retry::After(pause) => pause.min(LONGEST_PAUSE),
        _ => (PAUSE * failures.min(60)).min(LONGEST_PAUSE),
    }
}

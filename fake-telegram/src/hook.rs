//! Brings updates to the bot's webhook, one after the other, each until it is taken.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::desk::Hook;
use crate::server::Shared;

/// The service waits this long for the bot's answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The real pause grows; a test should not wait for it.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs until it is aborted.
pub(crate) async fn deliver(shared: Arc<Shared>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
    let Ok(client) = client else { return };
    loop {
        let changed = shared.changed.notified();
        let next = {
            let desk = shared.desk();
            desk.hook.clone().zip(desk.updates.front().cloned())
        };
        let Some((hook, update)) = next else {
            changed.await;
            continue;
        };
        let began = Instant::now();
        if bring(&client, &hook, &update).await {
            shared.acknowledged(&update, began.elapsed());
        } else {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn bring(client: &reqwest::Client, hook: &Hook, update: &Value) -> bool {
    let mut request = client.post(&hook.url).json(update);
    if let Some(secret) = &hook.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    match request.send().await {
        Ok(answer) => answer.status().is_success(),
        Err(_) => false,
    }
}

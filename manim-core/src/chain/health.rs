//! What is known of a provider from its calls.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use super::breaker::Circuit;
use crate::provider::ProviderErrorKind;

/// How a provider has been doing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProviderHealth {
    /// Its name.
    pub provider: String,
    /// Its model.
    pub model: String,
    /// Whether it is asked now.
    pub circuit: Circuit,
    /// Calls that ended.
    pub calls: u64,
    /// Of those, calls that brought a reply.
    pub successes: u64,
    /// Typical latency of a reply in milliseconds: a moving average that weighs the last
    /// call with a fifth.
    pub latency_ms: Option<u64>,
    /// What the last failure was.
    pub last_error: Option<ProviderErrorKind>,
}

#[derive(Debug, Default)]
pub(super) struct Record(Mutex<Counts>);

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    calls: u64,
    successes: u64,
    latency_ms: Option<f64>,
    last_error: Option<ProviderErrorKind>,
}

/// Weight of the newest latency in the moving average.
const NEWEST: f64 = 0.2;

impl Record {
    pub(super) fn succeeded(&self, latency: Duration) {
        let mut counts = self.counts();
        let seen = latency.as_secs_f64() * 1000.0;
        counts.calls += 1;
        counts.successes += 1;
        counts.latency_ms = Some(counts.latency_ms.map_or(seen, |old| old + NEWEST * (seen - old)));
    }

    pub(super) fn failed(&self, kind: ProviderErrorKind) {
        let mut counts = self.counts();
        counts.calls += 1;
        counts.last_error = Some(kind);
    }

    pub(super) fn health(&self, provider: &str, model: &str, circuit: Circuit) -> ProviderHealth {
        let counts = *self.counts();
        ProviderHealth {
            provider: provider.to_owned(),
            model: model.to_owned(),
            circuit,
            calls: counts.calls,
            successes: counts.successes,
            latency_ms: counts.latency_ms.map(|latency| latency.round() as u64),
            last_error: counts.last_error,
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

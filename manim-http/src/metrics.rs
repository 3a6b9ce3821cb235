//! What is counted, in Prometheus' words.
//!
//! | metric | labels |
//! |---|---|
//! | `manim_http_requests_total` | `method`, `route` (the pattern, never the address), `status` |
//! | `manim_http_request_seconds` | `route` |
//! | `manim_http_event_listeners` | |
//! | `manim_jobs_waiting` | |
//! | `manim_provider_up` | `provider`, `model` |
//! | `manim_store_up`, `manim_store_seconds` | `store` |

use std::fmt;

use manim_core::{Circuit, PipelineHealth};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

/// Collects what the whole process counts through the `metrics` crate.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

/// From a millisecond to the longest that a request may take.
const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0];

impl Recorder {
    /// Begins to count, for the whole process. Fails where another recorder is installed.
    pub fn install() -> Result<Self, BuildError> {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?;
        builder.install_recorder().map(Self)
    }

    /// Shows what a recorder that the program has installed itself counts.
    pub fn of(handle: PrometheusHandle) -> Self {
        Self(handle)
    }

    pub(crate) fn render(&self) -> String {
        self.0.run_upkeep();
        self.0.render()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recorder")
    }
}

/// Notes how the parts are doing now.
pub(crate) fn record(health: &PipelineHealth) {
    if let Some(waiting) = health.jobs_waiting {
        metrics::gauge!("manim_jobs_waiting").set(waiting as f64);
    }
    for provider in &health.providers {
        let labels = [
            ("provider", provider.provider.clone()),
            ("model", provider.model.clone()),
        ];
        let up = f64::from(u8::from(provider.circuit == Circuit::Closed));
        metrics::gauge!("manim_provider_up", &labels).set(up);
    }
    for store in &health.stores {
        let up = f64::from(u8::from(store.error.is_none()));
        metrics::gauge!("manim_store_up", "store" => store.store).set(up);
        let seconds = store.latency_ms as f64 / 1000.0;
        metrics::gauge!("manim_store_seconds", "store" => store.store).set(seconds);
    }
}

//! Whether the service lives, whether it can take problems in, and how its parts are doing.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use manim_core::{Circuit, Isolation, PipelineHealth, ProviderHealth, StoreHealth};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::Http;

/// Says that the process answers. Asks nothing else: a store out of reach is no reason to
/// start it anew.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200, body = Live)))]
pub(crate) async fn live() -> Json<Live> {
    Json(Live { status: "live" })
}

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Live {
    status: &'static str,
}

/// Whether problems can be taken in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// `ready` or `not_ready`.
    status: &'static str,
}

#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses((status = 200, body = Ready), (status = 503, description = "A store does not answer", body = Ready)))]
pub(crate) async fn ready(State(http): State<Http>) -> Response {
    let ready = http.pipeline().health().await.is_ready();
    let (code, status) = match ready {
        true => (StatusCode::OK, "ready"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
    };
    (code, Json(Ready { status })).into_response()
}

/// How the parts are doing, without what only the operator may know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Relays {
    /// `ok`, `degraded` (a provider is paused) or `down` (a store or every provider is).
    status: &'static str,
    renderer: RendererState,
    providers: Vec<ProviderState>,
    stores: Vec<StoreState>,
    /// Jobs that wait or are worked on.
    jobs_waiting: Option<usize>,
}

#[derive(Debug, Serialize, ToSchema)]
struct RendererState {
    /// Engine and version.
    engine: String,
    /// How strongly scenes are kept apart from the machine: `L1`, `L2` or `L3`.
    #[schema(value_type = String)]
    isolation: Isolation,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProviderState {
    provider: String,
    model: String,
    /// `up`, `paused`, `probing` or `unknown` (not asked yet).
    state: &'static str,
    /// Typical latency of a reply.
    latency_ms: Option<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct StoreState {
    /// `sessions`, `queue` or `films`.
    store: &'static str,
    /// `up` or `down`.
    state: &'static str,
    /// How long its answer took.
    latency_ms: u64,
}

#[utoipa::path(get, path = "/health/relays", tag = "health", responses((status = 200, body = Relays)))]
pub(crate) async fn relays(State(http): State<Http>) -> Json<Relays> {
    let health = http.pipeline().health().await;
    for store in &health.stores {
        if let Some(error) = &store.error {
            tracing::warn!(store = store.store, error, "store does not answer");
        }
    }
    Json(Relays::of(health))
}

impl Relays {
    fn of(health: PipelineHealth) -> Self {
        Self {
            status: overall(&health),
            renderer: RendererState {
                engine: health.engine,
                isolation: health.isolation,
            },
            providers: health.providers.into_iter().map(ProviderState::of).collect(),
            stores: health.stores.into_iter().map(StoreState::of).collect(),
            jobs_waiting: health.jobs_waiting,
        }
    }
}

fn overall(health: &PipelineHealth) -> &'static str {
    let closed = |provider: &ProviderHealth| provider.circuit == Circuit::Closed;
    let providers = &health.providers;
    if !health.is_ready() || !providers.iter().any(closed) {
        "down"
    } else if providers.iter().all(closed) {
        "ok"
    } else {
        "degraded"
    }
}

impl ProviderState {
    fn of(health: ProviderHealth) -> Self {
        let state = match health.circuit {
            Circuit::Open => "paused",
            Circuit::HalfOpen => "probing",
            Circuit::Closed if health.calls == 0 => "unknown",
            Circuit::Closed => "up",
        };
        Self {
            provider: health.provider,
            model: health.model,
            state,
            latency_ms: health.latency_ms,
        }
    }
}

impl StoreState {
    fn of(health: StoreHealth) -> Self {
        Self {
            store: health.store,
            state: if health.error.is_none() { "up" } else { "down" },
            latency_ms: health.latency_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn health(circuits: &[Circuit], error: Option<&str>) -> PipelineHealth {
        let provider = |circuit: &Circuit| ProviderHealth {
            provider: "p".into(),
            model: "m".into(),
            circuit: *circuit,
            calls: 0,
            successes: 0,
            latency_ms: None,
            last_error: None,
        };
        PipelineHealth {
            engine: "e".into(),
            isolation: Isolation::L3,
            providers: circuits.iter().map(provider).collect(),
            stores: vec![StoreHealth {
                store: "queue",
                latency_ms: 1,
                error: error.map(str::to_owned),
            }],
            jobs_waiting: None,
        }
    }

    #[test]
    fn the_whole_is_as_well_as_its_parts() {
        use Circuit::{Closed, Open};
        assert_eq!(overall(&health(&[Closed], None)), "ok");
        assert_eq!(overall(&health(&[Open, Closed], None)), "degraded");
        assert_eq!(overall(&health(&[Open], None)), "down");
        assert_eq!(overall(&health(&[Closed], Some("no answer"))), "down");
    }

    #[test]
    fn a_stores_error_is_for_the_operator() {
        let relays = Relays::of(health(
            &[Circuit::Closed],
            Some("password of db.internal refused"),
        ));
        assert!(!serde_json::to_string(&relays).unwrap().contains("internal"));
    }
}

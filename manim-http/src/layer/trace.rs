//! Gives every request a name and a place in a trace, counts it and measures it.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use manim_core::TraceParent;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Longer than any id that a proxy gives.
const MAX_REQUEST_ID: usize = 64;

pub(crate) async fn follow(mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(request.headers());
    let trace = trace(request.headers());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or("unknown", MatchedPath::as_str).to_owned();
    let method = method_name(&request);
    let span = tracing::info_span!("http", request = %id, method, route, trace = trace.as_str());
    request.extensions_mut().insert(trace.clone());

    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    measure(method, route, status, begun.elapsed());
    span.in_scope(|| tracing::debug!(status, ms = begun.elapsed().as_millis() as u64, "answered"));
    insert(response.headers_mut(), REQUEST_ID, &id);
    insert(response.headers_mut(), TRACEPARENT, trace.as_str());
    response
}

/// The caller's, if it can stand in a log; else one of ours.
fn request_id(headers: &HeaderMap) -> String {
    let plain = |text: &&str| {
        let safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        (1..=MAX_REQUEST_ID).contains(&text.len()) && text.bytes().all(safe)
    };
    let given = headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(plain);
    given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// A step of our own in the caller's trace, or the first one of a new trace.
fn trace(headers: &HeaderMap) -> TraceParent {
    let given = headers
        .get(TRACEPARENT)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| TraceParent::parse(text).ok());
    let mut parts = given.as_ref().map(|given| given.as_str().split('-').skip(1));
    let fresh = Uuid::new_v4().simple().to_string();
    let trace = parts.as_mut().and_then(Iterator::next).unwrap_or(&fresh);
    let flags = parts.and_then(Iterator::last).unwrap_or("01");
    let step = Uuid::new_v4().simple().to_string();
    let step = step.get(..16).unwrap_or_default();
    // Random ids are a trace unless all of their bits are zero.
    let child = TraceParent::parse(format!("00-{trace}-{step}-{flags}"));
    child
        .or_else(|_| TraceParent::parse(format!("00-{trace}-{}1-01", "0".repeat(15))))
        .unwrap_or_else(|_| given.unwrap_or_else(first_trace))
}

fn first_trace() -> TraceParent {
    trace(&HeaderMap::new())
}

/// A method that nobody has heard of must not become a new time series.
fn method_name(request: &Request) -> &'static str {
    match request.method().as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

fn measure(method: &'static str, route: String, status: u16, took: std::time::Duration) {
    let labels = [
        ("method", method.to_owned()),
        ("route", route.clone()),
        ("status", status.to_string()),
    ];
    metrics::counter!("manim_http_requests_total", &labels).increment(1);
    metrics::histogram!("manim_http_request_seconds", "route" => route).record(took.as_secs_f64());
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn a_step_of_our_own_stays_in_the_callers_trace() {
        let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
        let ours = trace(&headers(TRACEPARENT, given));
        assert!(ours.as_str().starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-"));
        assert!(ours.as_str().ends_with("-00") && ours.as_str() != given);
    }

    #[test]
    fn a_trace_that_cannot_be_read_is_replaced() {
        let ours = trace(&headers(TRACEPARENT, "00-zz-1-01"));
        assert_ne!(ours, trace(&HeaderMap::new()));
    }

    #[test]
    fn a_request_id_that_could_forge_a_log_line_is_replaced() {
        assert_eq!(request_id(&headers(REQUEST_ID, "abc-1.2_3")), "abc-1.2_3");
        for id in ["", "a b", "a=\"b\"", &"x".repeat(65)] {
            assert_ne!(request_id(&headers(REQUEST_ID, id)), id);
        }
    }
}

//! Finds out whose request it is, and refuses what a page of another site sends in a person's
//! name. Renews the cookie of a session that is used.

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::Http;
use crate::options::HttpOptions;
use crate::problem::{Problem, ProblemCode};
use crate::session::{Caller, hand_over};

pub(crate) async fn identify(State(http): State<Http>, mut request: Request, next: Next) -> Response {
    let caller = match Caller::of(request.headers(), &http) {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    // A token in a header is put there by a program that knows it: no browser adds it.
    if changes && !matches!(caller, Caller::Bearer(_)) && is_foreign(request.headers(), http.options()) {
        return foreign().into_response();
    }
    request.extensions_mut().insert(caller);
    let mut response = next.run(request).await;
    if let Caller::Cookie { session, stale: true } = caller {
        hand_over(response.headers_mut(), session, &http);
    }
    response
}

/// Browsers say where a request comes from; a program that says nothing acts for itself.
fn is_foreign(headers: &HeaderMap, options: &HttpOptions) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(ORIGIN.as_str()) {
        let allowed = options.allowed_origins.iter().any(|known| known == origin);
        return !allowed && !is_own(origin, text(HOST.as_str()), options);
    }
    // Only a request that changes nothing is sent without its origin by today's browsers.
    matches!(text("sec-fetch-site"), Some("cross-site" | "same-site"))
}

fn is_own(origin: &str, host: Option<&str>, options: &HttpOptions) -> bool {
    match options.public_origin() {
        Some(public) => origin == public,
        None => {
            let named = origin.split_once("://").map(|(_, host)| host);
            named.is_some() && named == host
        }
    }
}

fn foreign() -> Problem {
    Problem::new(
        ProblemCode::ForeignOrigin,
        "A page of another site sent this request. Programs send the session token in the Authorization \
         header; pages of other origins must be on the operator's list of allowed origins.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        pairs.collect()
    }

    #[track_caller]
    fn check(pairs: &[(&'static str, &str)], foreign: bool) {
        let options = HttpOptions::default().with_allowed_origins(["https://app.example"]);
        assert_eq!(is_foreign(&headers(pairs), &options), foreign, "{pairs:?}");
    }

    #[test]
    fn a_page_of_another_site_is_told_by_its_origin() {
        check(&[], false);
        check(&[("origin", "http://a.example"), ("host", "a.example")], false);
        check(&[("origin", "http://b.example"), ("host", "a.example")], true);
        check(&[("origin", "null"), ("host", "a.example")], true);
        check(&[("origin", "https://app.example"), ("host", "a.example")], false);
        check(&[("sec-fetch-site", "cross-site")], true);
        check(&[("sec-fetch-site", "same-origin")], false);
    }

    #[test]
    fn with_a_public_address_only_its_origin_is_our_own() {
        let options = HttpOptions::default().with_public_url("https://a.example/x");
        let seen = |origin| {
            let pairs = [("origin", origin), ("host", "evil.example")];
            is_foreign(&headers(&pairs), &options)
        };
        assert!(!seen("https://a.example"));
        assert!(seen("http://evil.example"));
    }
}

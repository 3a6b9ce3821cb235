//! The page at `/`.

use axum::extract::{OriginalUri, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse, Response};

use super::{escaped, policy};
use crate::film::offer_token;
use crate::http::Http;

const PAGE: &str = include_str!("index.html");

/// Addresses begin with where the page is found, so that it works wherever it is nested.
pub(super) async fn page(
    State(http): State<Http>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let prefix = escaped(uri.path().trim_end_matches('/'));
    let page = PAGE.replace("{{prefix}}", &prefix);
    let policy = policy(&http).await;
    let mut response = (
        [(CONTENT_SECURITY_POLICY, policy)],
        [(CACHE_CONTROL, "no-store")],
        Html(page),
    )
        .into_response();
    offer_token(&http, &headers, response.headers_mut());
    response
}

//! What people see in a browser. Every script and style is a file of ours, so that browsers can
//! be told to run nothing else.

mod asset;
#[cfg(feature = "dashboard")]
mod dashboard;
pub(crate) mod landing;

use axum::Router;
use axum::http::HeaderValue;
use axum::routing::get;

use crate::http::Http;

pub(crate) fn routes() -> Router<Http> {
    let router = Router::new().route("/assets/{name}", get(asset::file));
    #[cfg(feature = "dashboard")]
    let router = router.route("/", get(dashboard::page));
    router
}

/// What a page of ours may do: read our own files and, where the store hands films out itself,
/// play them from there.
pub(crate) async fn policy(http: &Http) -> HeaderValue {
    let store = http
        .store_origin()
        .await
        .map_or(String::new(), |origin| format!(" {origin}"));
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'{store}; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Text as it may stand in HTML, attributes in double quotes included.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

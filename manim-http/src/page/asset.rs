//! The files that pages are made of, inside the program. A browser asks each time whether its
//! copy is still good: a new version of the program is a new page at once.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::problem::{Problem, ProblemCode};

struct Asset {
    media_type: &'static str,
    text: &'static str,
    tag: String,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Name, media type, content. A name is looked up and never becomes a path.
const FILES: &[(&str, &str, &str)] = &[
    ("style.css", "text/css; charset=utf-8", include_str!("style.css")),
    ("icon.svg", "image/svg+xml", include_str!("icon.svg")),
    #[cfg(feature = "dashboard")]
    ("app.js", SCRIPT, include_str!("app.js")),
    #[cfg(feature = "dashboard")]
    ("api.js", SCRIPT, include_str!("api.js")),
    #[cfg(feature = "dashboard")]
    ("job.js", SCRIPT, include_str!("job.js")),
    #[cfg(feature = "dashboard")]
    ("math.js", SCRIPT, include_str!("math.js")),
    #[cfg(feature = "dashboard")]
    ("python.js", SCRIPT, include_str!("python.js")),
];

fn assets() -> &'static BTreeMap<&'static str, Asset> {
    static ASSETS: OnceLock<BTreeMap<&'static str, Asset>> = OnceLock::new();
    ASSETS.get_or_init(|| {
        let asset = |&(name, media_type, text): &(&'static str, &'static str, &'static str)| {
            let tag = tag(text);
            (
                name,
                Asset {
                    media_type,
                    text,
                    tag,
                },
            )
        };
        FILES.iter().map(asset).collect()
    })
}

pub(super) fn tag(text: &str) -> String {
    let digest = Sha256::digest(text);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{hex}\"")
}

/// `GET /assets/{name}`.
pub(super) async fn file(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = assets().get(name.as_str()) else {
        return Problem::new(ProblemCode::NotFound, "There is no such file.").into_response();
    };
    let known = headers.get(IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let cached = [(ETAG, asset.tag.as_str()), (CACHE_CONTROL, "no-cache")];
    if known.is_some_and(|known| {
        known
            .split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == asset.tag)
    }) {
        return (StatusCode::NOT_MODIFIED, cached).into_response();
    }
    (cached, [(CONTENT_TYPE, asset.media_type)], asset.text).into_response()
}

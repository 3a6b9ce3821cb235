//! The API in words that programs read.

use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::OpenApi;

use crate::route;

/// OpenAPI of the routes below `/api/v1` and `/health`.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Manim films",
        description = "Turns a maths problem in words into an animated film, and hands the film over once. \
                       Errors are `application/problem+json` with a stable `code`. Send the `Session-Token` \
                       of the first answer as `Authorization: Bearer …`."
    ),
    paths(
        route::jobs::submit,
        route::jobs::list,
        route::jobs::read,
        route::jobs::cancel,
        route::events::follow,
        route::video::access,
        route::video::poster,
        route::video::storyboard,
        route::health::live,
        route::health::ready,
        route::health::relays
    )
)]
struct Document;

/// `GET /openapi.json`.
pub(crate) async fn document() -> impl IntoResponse {
    static JSON: OnceLock<String> = OnceLock::new();
    let json = JSON.get_or_init(|| Document::openapi().to_json().unwrap_or_default());
    ([(CONTENT_TYPE, "application/json")], json.as_str())
}

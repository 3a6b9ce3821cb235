//! The film of a job, once, to the session that asked for it; and its pictures, as long as the
//! film can be had.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use manim_core::Picture;

use super::own_job;
use crate::film::Viewer;
use crate::http::Http;
use crate::offer::Offer;
use crate::problem::{Problem, ProblemCode};

#[utoipa::path(get, path = "/api/v1/video/{id}/access", tag = "films",
    params(("id" = uuid::Uuid, Path), ("Range" = Option<String>, Header),
        ("Film-Token" = Option<String>, Header, description = "32 hexadecimal digits. Chosen by the caller for the first access, or given by it: its holder may come back for some minutes")),
    responses((status = 200, description = "The film", content_type = "video/mp4"), (status = 206, description = "The part asked for"),
        (status = 302, description = "Where the store hands it out"), (status = 404, body = crate::problem::ProblemBody),
        (status = 409, body = crate::problem::ProblemBody), (status = 410, description = "Fetched already, or too late", body = crate::problem::ProblemBody),
        (status = 416, body = crate::problem::ProblemBody)))]
pub(crate) async fn access(
    State(http): State<Http>,
    viewer: Viewer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if method == Method::HEAD {
        return viewer.head(&http).await;
    }
    if is_ahead(&headers) {
        return Err(prefetch());
    }
    if is_foreign_visit(&headers) {
        let job = own_job(&http, viewer.session, viewer.job).await?;
        return Ok(to_landing(&http.link_token(&job)));
    }
    if let Some(refusal) = Offer::film(&viewer.peek(&http).await?).refused_range(&headers) {
        return Ok(refusal);
    }
    let watched = viewer.watch(&http).await?;
    Ok(watched.send(&http, &viewer, &headers).await)
}

/// Browsers and their helpers say when they ask for something that nobody has asked for yet.
pub(crate) fn is_ahead(headers: &HeaderMap) -> bool {
    let ahead = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|text| text.contains("prefetch") || text.contains("preview"))
    };
    ["sec-purpose", "purpose", "x-purpose", "x-moz"]
        .iter()
        .any(|name| ahead(name))
}

pub(crate) fn prefetch() -> Problem {
    let detail = "A film is handed over once, so it is not fetched ahead. Ask when it is to be watched.";
    Problem::new(ProblemCode::Prefetch, detail)
}

/// A page of another site leads a person here: the press of a button shows that it is wanted.
fn is_foreign_visit(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("sec-fetch-site") == Some("cross-site") && text("sec-fetch-mode") == Some("navigate")
}

fn to_landing(link: &str) -> Response {
    let place = format!("../../../../film/{link}");
    (StatusCode::SEE_OTHER, [("location", place)]).into_response()
}

#[utoipa::path(get, path = "/api/v1/video/{id}/poster", tag = "films", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "The frame that stands for the film; uses nothing up", content_type = "image/png"),
        (status = 404, body = crate::problem::ProblemBody), (status = 410, body = crate::problem::ProblemBody)))]
pub(crate) async fn poster(State(http): State<Http>, viewer: Viewer) -> Result<Response, Problem> {
    picture(&http, &viewer, Picture::Poster).await
}

#[utoipa::path(get, path = "/api/v1/video/{id}/storyboard", tag = "films", params(("id" = uuid::Uuid, Path)),
    responses((status = 200, description = "One frame of each animation; uses nothing up", content_type = "image/png"),
        (status = 404, body = crate::problem::ProblemBody), (status = 410, body = crate::problem::ProblemBody)))]
pub(crate) async fn storyboard(State(http): State<Http>, viewer: Viewer) -> Result<Response, Problem> {
    picture(&http, &viewer, Picture::Storyboard).await
}

pub(crate) async fn picture(http: &Http, viewer: &Viewer, picture: Picture) -> Result<Response, Problem> {
    let token = viewer.token.as_ref();
    let read = http
        .pipeline()
        .film_picture(viewer.session, viewer.job, picture, token);
    let mut response = read.await?.into_response();
    let png = HeaderValue::from_static("image/png");
    response.headers_mut().insert(CONTENT_TYPE, png);
    Ok(response)
}

//! A film behind a link: a page with the poster and a button. Looking uses nothing up; the
//! button does, and leads to the film.

use axum::extract::{OriginalUri, Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use manim_core::{Job, Picture};

use super::video::{is_ahead, picture, prefetch};
use crate::film::{Viewer, offer_token};
use crate::http::Http;
use crate::link;
use crate::offer::Offer;
use crate::page::landing::Landing;
use crate::page::{self, escaped};
use crate::problem::{Problem, ProblemCode};

/// The film that the link leads to, and who asks.
async fn find(http: &Http, link: &str, headers: &HeaderMap) -> Result<(Job, Viewer), Problem> {
    let id = link::read(http.keys(), link, http.now()).ok_or_else(no_such_link)?;
    let job = http.pipeline().job(id).await.map_err(|error| {
        let problem = Problem::from(error);
        if problem.code() == ProblemCode::NotFound {
            no_such_link()
        } else {
            problem
        }
    })?;
    let viewer = Viewer::new(http, headers, job.session(), id);
    Ok((job, viewer))
}

fn no_such_link() -> Problem {
    let detail = "This link does not lead to a film, or its time is over. Ask for the film again.";
    Problem::new(ProblemCode::NotFound, detail)
}

/// `GET` and `HEAD /film/{link}`.
pub(crate) async fn landing(
    State(http): State<Http>,
    Path(link): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let found = find(&http, &link, &headers).await;
    let (status, shown) = match found {
        Err(problem) => (problem.code().status(), Landing::Nothing(problem)),
        Ok((job, viewer)) => match viewer.peek(&http).await {
            Err(problem) => (problem.code().status(), Landing::Nothing(problem)),
            Ok(film) if job.access().is_some() => (StatusCode::OK, Landing::Film(film)),
            Ok(film) => (StatusCode::OK, Landing::Button(film)),
        },
    };
    let path = escaped(uri.path());
    let html = shown.html(&path, http.options().public_origin());
    let policy = page::policy(&http).await;
    let mut response = (status, [(CONTENT_SECURITY_POLICY, policy)], Html(html)).into_response();
    offer_token(&http, &headers, response.headers_mut());
    response
}

/// `POST /film/{link}`: the single access. What comes of it is shown by the page itself, so that
/// going back and forth in a browser opens nothing twice.
pub(crate) async fn open(
    State(http): State<Http>,
    Path(link): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let opened = async {
        let (_, viewer) = find(&http, &link, &headers).await?;
        let watched = viewer.watch(&http).await?;
        Ok::<_, Problem>(watched.remember(&http, &viewer))
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    match opened.await {
        Ok(cookie) => response.headers_mut().extend(cookie),
        Err(problem) if problem.code().status().is_server_error() => return problem.into_response(),
        // The page explains.
        Err(_) => {}
    }
    if let Ok(place) = HeaderValue::from_str(uri.path()) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

/// `GET` and `HEAD /film/{link}/video`: for who has opened the film, and for nobody else.
pub(crate) async fn video(
    State(http): State<Http>,
    Path(link): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (job, viewer) = find(&http, &link, &headers).await?;
    if method == Method::HEAD {
        return viewer.head(&http).await;
    }
    if is_ahead(&headers) {
        return Err(prefetch());
    }
    let film = viewer.peek(&http).await?;
    if job.access().is_none() {
        let detail = "Open the film's own page first, and press its button.";
        return Err(Problem::new(ProblemCode::FilmNotReady, detail));
    }
    if let Some(refusal) = Offer::film(&film).refused_range(&headers) {
        return Ok(refusal);
    }
    let watched = viewer.watch(&http).await?;
    Ok(watched.send(&http, &viewer, &headers).await)
}

/// `GET /film/{link}/poster`.
pub(crate) async fn poster(
    State(http): State<Http>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (_, viewer) = find(&http, &link, &headers).await?;
    picture(&http, &viewer, Picture::Poster).await
}

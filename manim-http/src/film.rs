//! Hands a film over, whole or in part: from here, or by the store's own address.

use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use manim_core::{AccessToken, Content, JobId, SessionId, StoredFilm, Timestamp};

use crate::cookie::Cookie;
use crate::http::Http;
use crate::offer::Offer;
use crate::problem::Problem;
use crate::route::Named;
use crate::session::Caller;

/// The header in which a program brings its token, or is given one.
pub(crate) const FILM_TOKEN: &str = "film-token";

/// Who asks for which film.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) session: SessionId,
    pub(crate) job: JobId,
    /// What it may come back with.
    pub(crate) token: Option<AccessToken>,
}

impl Viewer {
    /// A program's header counts before a browser's cookie.
    pub(crate) fn new(http: &Http, headers: &HeaderMap, session: SessionId, job: JobId) -> Self {
        let token = token(http, headers);
        Self { session, job, token }
    }

    /// What is known of the film. Uses nothing up.
    pub(crate) async fn peek(&self, http: &Http) -> Result<StoredFilm, Problem> {
        let peeked = http
            .pipeline()
            .peek_film(self.session, self.job, self.token.as_ref());
        Ok(peeked.await?)
    }

    /// The film: the single access, or a return.
    pub(crate) async fn watch(&self, http: &Http) -> Result<Watched, Problem> {
        if let Some(token) = &self.token
            && let Ok(again) = http.pipeline().reread_film(self.session, self.job, token).await
        {
            return Ok(Watched {
                film: again.film,
                video: again.video,
                until: again.until,
                token: token.clone(),
            });
        }
        let film = self.peek(http).await?;
        let viewing = http
            .pipeline()
            .view_film(self.session, self.job, self.token.as_ref());
        let viewing = viewing.await?;
        Ok(Watched {
            film,
            video: viewing.film.video,
            until: viewing.until,
            token: viewing.token,
        })
    }

    /// What `HEAD` is told.
    pub(crate) async fn head(&self, http: &Http) -> Result<Response, Problem> {
        Ok(Offer::film(&self.peek(http).await?).head())
    }
}

/// The caller, of the job that the address names.
impl FromRequestParts<Http> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, http: &Http) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, http).await?;
        let Named(job) = Named::from_request_parts(parts, http).await?;
        Ok(Self::new(http, &parts.headers, caller.known()?, job))
    }
}

fn token(http: &Http, headers: &HeaderMap) -> Option<AccessToken> {
    let header = headers.get(FILM_TOKEN).and_then(|token| token.to_str().ok());
    let cookie = Cookie::viewer(http.options().is_secure()).read(headers);
    header.or(cookie).and_then(|text| AccessToken::parse(text).ok())
}

/// Gives a browser the token that it will open films with, so that it may ask again when the
/// first answer is lost on its way.
pub(crate) fn offer_token(http: &Http, asked: &HeaderMap, answer: &mut HeaderMap) {
    if token(http, asked).is_none() {
        set_token(http, answer, &AccessToken::new());
    }
}

fn set_token(http: &Http, answer: &mut HeaderMap, token: &AccessToken) {
    let cookie = Cookie::viewer(http.options().is_secure()).write(&token.reveal(), None);
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        answer.append(SET_COOKIE, cookie);
    }
}

/// A film in its viewer's hands.
pub(crate) struct Watched {
    film: StoredFilm,
    video: Content,
    until: Timestamp,
    token: AccessToken,
}

impl Watched {
    /// The headers that let this viewer come back.
    pub(crate) fn remember(&self, http: &Http, viewer: &Viewer) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if viewer.token.as_ref() != Some(&self.token) {
            set_token(http, &mut headers, &self.token);
        }
        if let Ok(token) = HeaderValue::from_str(&self.token.reveal()) {
            headers.insert(FILM_TOKEN, token);
        }
        headers
    }

    /// The bytes asked for, or where they are.
    pub(crate) async fn send(self, http: &Http, viewer: &Viewer, headers: &HeaderMap) -> Response {
        let remembered = self.remember(http, viewer);
        let mut response = match self.address(http).await {
            Some(address) => (StatusCode::FOUND, [(LOCATION, address)]).into_response(),
            None => self.stream(headers),
        };
        response.headers_mut().extend(remembered);
        response
    }

    fn stream(&self, headers: &HeaderMap) -> Response {
        let offer = Offer::film(&self.film);
        offer.send(headers, Body::from_stream(self.video.read(offer.range(headers))))
    }

    /// Where the store itself hands the film out, for as long as its viewer may come back.
    async fn address(&self, http: &Http) -> Option<HeaderValue> {
        let left = (self.until - http.now()).to_std().unwrap_or_default();
        if !http.options().direct || left < Duration::from_secs(1) {
            return None;
        }
        let address = http.pipeline().film_address(&self.film.video, left).await;
        let address = address.unwrap_or_else(|error| {
            tracing::warn!(
                error = manim_core::chain(&error),
                "film sent through this process"
            );
            None
        });
        HeaderValue::from_str(&address?).ok()
    }
}

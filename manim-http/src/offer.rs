//! Bytes of known length, offered whole or in part (RFC 9110, sections 13 and 14).

use std::ops::Range;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use manim_core::{BlobKey, StoredFilm};

use crate::problem::{Problem, ProblemCode};
use crate::range::Wanted;

/// What can be asked for, and how it is described.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    bytes: u64,
    media_type: String,
    etag: String,
    name: String,
}

impl Offer {
    pub(crate) fn film(film: &StoredFilm) -> Self {
        let name = format!("film.{}", film.info.format);
        Self::new(&film.video, film.info.bytes, film.info.format.media_type(), &name)
    }

    /// `key` ends with the content's address, so its last part tells one content from another.
    pub(crate) fn new(key: &BlobKey, bytes: u64, media_type: &str, name: &str) -> Self {
        Self {
            bytes,
            media_type: media_type.to_owned(),
            etag: format!("\"{}\"", last_part(key)),
            name: format!("inline; filename=\"{name}\""),
        }
    }

    /// A part of another content is worth nothing: `If-Range` names the one that the caller has.
    fn wanted(&self, asked: &HeaderMap) -> Wanted {
        let text = |name| {
            asked
                .get(name)
                .and_then(|value: &HeaderValue| value.to_str().ok())
        };
        let same = text(IF_RANGE).is_none_or(|tag| tag == self.etag);
        Wanted::of(text(RANGE).filter(|_| same), self.bytes)
    }

    /// The answer to headers that ask for bytes that are not there.
    pub(crate) fn refused_range(&self, asked: &HeaderMap) -> Option<Response> {
        if self.wanted(asked) != Wanted::Nothing {
            return None;
        }
        let detail = format!("There are {} bytes. Ask for bytes within them.", self.bytes);
        let mut response = Problem::new(ProblemCode::RangeNotSatisfiable, detail).into_response();
        describe(&mut response, CONTENT_RANGE, &format!("bytes */{}", self.bytes));
        Some(response)
    }

    /// The bytes that are asked for.
    pub(crate) fn range(&self, asked: &HeaderMap) -> Range<u64> {
        match self.wanted(asked) {
            Wanted::Part(range) => range,
            Wanted::Whole | Wanted::Nothing => 0..self.bytes,
        }
    }

    /// What `HEAD` is told.
    pub(crate) fn head(&self) -> Response {
        self.answer(StatusCode::OK, self.bytes, Body::empty())
    }

    /// `body` are the bytes of [`range`](Self::range).
    pub(crate) fn send(&self, asked: &HeaderMap, body: Body) -> Response {
        let Wanted::Part(range) = self.wanted(asked) else {
            return self.answer(StatusCode::OK, self.bytes, body);
        };
        let mut response = self.answer(StatusCode::PARTIAL_CONTENT, range.end - range.start, body);
        let place = format!("bytes {}-{}/{}", range.start, range.end - 1, self.bytes);
        describe(&mut response, CONTENT_RANGE, &place);
        response
    }

    fn answer(&self, status: StatusCode, bytes: u64, body: Body) -> Response {
        let mut response = (status, body).into_response();
        response.headers_mut().insert(CONTENT_LENGTH, bytes.into());
        describe(&mut response, ACCEPT_RANGES, "bytes");
        describe(&mut response, CONTENT_TYPE, &self.media_type);
        describe(&mut response, ETAG, &self.etag);
        describe(&mut response, CONTENT_DISPOSITION, &self.name);
        response
    }
}

pub(crate) fn last_part(key: &BlobKey) -> &str {
    key.as_str().rsplit('/').next().unwrap_or_default()
}

fn describe(response: &mut Response, header: HeaderName, text: &str) {
    if let Ok(text) = HeaderValue::from_str(text) {
        response.headers_mut().insert(header, text);
    }
}

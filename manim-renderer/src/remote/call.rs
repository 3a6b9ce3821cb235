//! One signed call of one render server, and what its answer means.

use std::fmt;
use std::time::Duration;

use manim_core::{Clock, RenderError, RenderErrorKind, SystemClock};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::seal::Seal;
use super::wire::{MAX_MESSAGE_BYTES, Problem};
use crate::log::printable;

/// A longer pause than this is not believed.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// Why a call brought nothing.
#[derive(Debug)]
pub(crate) enum Missed {
    /// The server has no room for now.
    Busy(Duration),
    /// No answer came: the line broke, or the server is gone.
    Unheard(RenderError),
    /// The server has lost what it was doing for us, or cannot be used: another one may do it.
    Lost(RenderError),
    /// Asking again or elsewhere would bring the same.
    Final(RenderError),
}

/// Signs and sends.
#[derive(Debug)]
pub(crate) struct Line {
    client: Client,
    pub(crate) seal: Seal,
}

impl Line {
    pub(crate) fn new(client: Client, seal: Seal) -> Self {
        Self { client, seal }
    }

    /// Sends `order` and reads an answer in JSON.
    pub(crate) async fn post<A: DeserializeOwned>(
        &self,
        server: &Url,
        path: &str,
        order: &(impl Serialize + Sync),
        limit: Duration,
    ) -> Result<A, Missed> {
        self.ask(server, Method::POST, path, Some(order), limit).await
    }

    /// Asks for an answer in JSON.
    pub(crate) async fn get<A: DeserializeOwned>(
        &self,
        server: &Url,
        path: &str,
        limit: Duration,
    ) -> Result<A, Missed> {
        self.ask(server, Method::GET, path, None::<&()>, limit).await
    }

    async fn ask<A: DeserializeOwned>(
        &self,
        server: &Url,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
        limit: Duration,
    ) -> Result<A, Missed> {
        let answer = self.open(server, method, path, body, limit).await?;
        let body = read(answer, MAX_MESSAGE_BYTES, server).await?;
        serde_json::from_slice(&body)
            .map_err(|error| Missed::Lost(nonsense(server, "an answer that is none").with_source(error)))
    }

    /// Asks, and leaves the answer's body to the caller.
    pub(crate) async fn open(
        &self,
        server: &Url,
        method: Method,
        path: &str,
        body: Option<&(impl Serialize + Sync)>,
        limit: Duration,
    ) -> Result<Response, Missed> {
        let body = match body {
            Some(body) => serde_json::to_vec(body)
                .map_err(|error| Missed::Final(nonsense(server, "JSON").with_source(error)))?,
            None => Vec::new(),
        };
        let sealed = self
            .seal
            .sign(&format!("{method} {path}"), &body, SystemClock.now());
        let base = server.as_str().trim_end_matches('/');
        let request = self.client.request(method, format!("{base}{path}"));
        let request = sealed
            .headers()
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        let request = request.header("content-type", "application/json").body(body);
        let answer = request.timeout(limit).send().await;
        let answer =
            answer.map_err(|error| Missed::Unheard(unreachable(server).with_source(error.without_url())))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        Err(refused(answer, server).await)
    }
}

/// All of a body, if it is not larger than it may be.
pub(crate) async fn read(mut answer: Response, most: usize, server: &Url) -> Result<Vec<u8>, Missed> {
    let mut body = Vec::new();
    loop {
        let piece = answer.chunk().await;
        match piece.map_err(|error| Missed::Unheard(unreachable(server).with_source(error.without_url())))? {
            None => return Ok(body),
            Some(piece) if body.len() + piece.len() > most => {
                return Err(Missed::Lost(nonsense(server, "an answer without end")));
            }
            Some(piece) => body.extend_from_slice(&piece),
        }
    }
}

async fn refused(answer: Response, server: &Url) -> Missed {
    const MOST: usize = 64 * 1024;
    let status = answer.status();
    let pause = retry_after(&answer);
    let body = read(answer, MOST, server).await.unwrap_or_default();
    let said = serde_json::from_slice(&body).ok();
    classify(status, pause, said, server)
}

/// What a refusal means.
fn classify(status: StatusCode, pause: Duration, said: Option<Problem>, server: &Url) -> Missed {
    let detail = said.map_or_else(String::new, |said| clip(&said.detail));
    let subject = format!("{} ({status} {detail})", shown(server));
    let error = |kind| RenderError::new(kind, "render on", subject);
    match status {
        StatusCode::TOO_MANY_REQUESTS => Missed::Busy(pause),
        StatusCode::NOT_FOUND => Missed::Lost(error(RenderErrorKind::Unavailable)),
        status if status.is_server_error() => Missed::Unheard(error(RenderErrorKind::Unavailable)),
        // Another engine, a wrong secret, a clock that is wrong: another server may be better.
        StatusCode::UNAUTHORIZED | StatusCode::CONFLICT => Missed::Lost(error(RenderErrorKind::Environment)),
        _ => Missed::Final(error(RenderErrorKind::Protocol)),
    }
}

fn retry_after(answer: &Response) -> Duration {
    let header = answer.headers().get("retry-after");
    let seconds = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(1)).clamp(Duration::from_millis(100), LONGEST_RETRY_AFTER)
}

pub(crate) fn unreachable(server: &Url) -> RenderError {
    RenderError::new(RenderErrorKind::Unavailable, "reach", shown(server))
}

pub(crate) fn nonsense(server: &Url, what: impl fmt::Display) -> RenderError {
    RenderError::new(
        RenderErrorKind::Protocol,
        "understand",
        format!("{} ({what})", shown(server)),
    )
}

/// What another machine wrote, fit to be shown.
pub(crate) fn clip(text: &str) -> String {
    const MOST: usize = 2000;
    printable(text).chars().take(MOST).collect()
}

/// A server's address without a password that somebody put into it.
fn shown(server: &Url) -> String {
    server.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, expected: &str) {
        let server = Url::parse("http://u:secret@a.example/").unwrap();
        let said = Problem {
            status,
            code: "x".into(),
            detail: "why\u{1b}[2J".into(),
        };
        let missed = classify(
            StatusCode::from_u16(status).unwrap(),
            Duration::from_secs(7),
            Some(said),
            &server,
        );
        let told = match missed {
            Missed::Busy(pause) => format!("busy {}", pause.as_secs()),
            Missed::Unheard(error) => format!("unheard {:?}", error.kind()),
            Missed::Lost(error) => format!("lost {:?}", error.kind()),
            Missed::Final(error) => format!("final {:?}: {error}", error.kind()),
        };
        assert!(told.starts_with(expected), "{status}: {told}");
        assert!(!told.contains("secret") && !told.contains('\u{1b}'), "{told}");
    }

    #[test]
    fn every_refusal_has_a_meaning() {
        check(429, "busy 7");
        check(404, "lost Unavailable");
        check(503, "unheard Unavailable");
        check(401, "lost Environment");
        check(409, "lost Environment");
        check(413, "final Protocol");
        check(422, "final Protocol");
    }
}

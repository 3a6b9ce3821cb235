//! One POST and its bounded reply. Follows no redirect to another host, repeats nothing,
//! and lets no key and no query reach an error or a log.

use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use manim_core::ProviderErrorKind::{TimedOut, Unavailable};
use manim_core::{DeltaSink, ProviderErrorKind};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, redirect};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::classify::{self, Refusal};
use crate::config::ConfigError;
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::sse::{Caps, Decoder, Event};

/// A whole reply that is not a stream; a chat completion is some kilobytes.
const MAX_BODY_BYTES: usize = 4 << 20;
/// As much of an error body as can hold a code and a message.
const MAX_REFUSAL_BYTES: usize = 64 << 10;
/// An error body is short; a server that dribbles it is not waited for.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_REDIRECTS: usize = 3;

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    connect: Duration,
    idle: Duration,
    total: Duration,
}

impl Default for Limits {
    /// 10 s to connect, 90 s without a byte (reasoning models are silent before they
    /// answer), 5 minutes in all.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(90),
            total: Duration::from_secs(300),
        }
    }
}

impl Limits {
    /// The longest wait for a connection.
    #[must_use]
    pub const fn with_connect_timeout(mut self, connect: Duration) -> Self {
        self.connect = connect;
        self
    }

    /// The longest wait for the next byte of the reply, the first one included.
    #[must_use]
    pub const fn with_idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// The longest a whole call may take.
    #[must_use]
    pub const fn with_total_timeout(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }
}

/// The process's choice of cryptography stands where the program has made one.
fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing this race means that another one has chosen meanwhile.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

/// A client for one service.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    client: Client,
    limits: Limits,
}

impl Transport {
    pub(crate) fn new(base: &Endpoint, limits: Limits) -> Result<Self, ConfigError> {
        choose_cryptography();
        let mut builder = Client::builder()
            .user_agent(concat!("manim-providers/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::custom(stay_home))
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(limits.connect);
        if base.is_plain_http() {
            // Redirects keep the scheme, so no certificates are needed, and a machine
            // without any can still talk to its local model.
            builder = builder.tls_certs_only([]);
        }
        if base.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(ConfigError::client)?;
        Ok(Self { client, limits })
    }

    /// Posts JSON and waits for the reply's head. A refusal is an error, classified.
    pub(crate) async fn post(
        &self,
        endpoint: &Endpoint,
        key: Option<(&'static str, HeaderValue)>,
        body: Vec<u8>,
        secret: &Secret,
    ) -> Result<Reply, Fault> {
        let deadline = Instant::now() + self.limits.total;
        let sent = self
            .client
            .post(endpoint.url().clone())
            .headers(headers(key))
            .body(body)
            .send();
        let response = within(deadline, self.limits.idle, sent)
            .await?
            .map_err(not_sent)?;
        let mut reply = Reply {
            response,
            deadline,
            idle: self.limits.idle,
        };
        match reply.response.status().is_success() {
            true => Ok(reply),
            false => Err(reply.refusal(secret).await),
        }
    }
}

/// A request's body.
pub(crate) fn json(body: &impl serde::Serialize) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(body).map_err(|error| {
        Fault::new(
            ProviderErrorKind::InvalidRequest,
            "the request could not be written",
        )
        .with_source(error)
    })
}

/// Reads an event or a body. The parser's own message quotes what it read, which may be
/// anyone's text, so only the place is kept.
pub(crate) fn parse<T: serde::de::DeserializeOwned>(data: &str, expected: &str) -> Result<T, Fault> {
    serde_json::from_str(data).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        Fault::bad_reply(format!("the reply is not {expected} ({place})"))
    })
}

fn headers(key: Option<(&'static str, HeaderValue)>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        ACCEPT,
        HeaderValue::from_static("text/event-stream, application/json"),
    );
    headers.extend(key.map(|(name, value)| (HeaderName::from_static(name), value)));
    headers
}

/// Follows 307 and 308 within the origin. Other statuses would turn the POST into a GET,
/// and another host must never see the key.
fn stay_home(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let home = attempt
        .previous()
        .first()
        .is_some_and(|first| first.origin() == attempt.url().origin());
    let keeps_method = matches!(attempt.status().as_u16(), 307 | 308);
    match home && keeps_method && attempt.previous().len() <= MAX_REDIRECTS {
        true => attempt.follow(),
        false => attempt.stop(),
    }
}

/// The head of a reply and the bytes still to come.
#[derive(Debug)]
pub(crate) struct Reply {
    response: Response,
    deadline: Instant,
    idle: Duration,
}

/// Reads one event's data (or a whole body) into the answer.
pub(crate) type Read = fn(&str, &mut Answer<'_>) -> Result<(), Fault>;

impl Reply {
    /// Reads the reply to its end, giving each new piece of text to `deltas`.
    pub(crate) async fn listen(
        mut self,
        read: Read,
        answer: &mut Answer<'_>,
        deltas: &dyn DeltaSink,
    ) -> Result<(), Fault> {
        match self.media_type().as_str() {
            "text/event-stream" => self.listen_to_events(read, answer, deltas).await,
            "application/json" => {
                let body = self.body(MAX_BODY_BYTES).await?;
                answer.done = true;
                take(read, &String::from_utf8_lossy(&body), answer, deltas)
            }
            other => Err(Fault::bad_reply(wrong_type(other))),
        }
    }

    async fn listen_to_events(
        &mut self,
        read: Read,
        answer: &mut Answer<'_>,
        deltas: &dyn DeltaSink,
    ) -> Result<(), Fault> {
        let mut decoder = Decoder::new(Caps::default());
        let mut events = Vec::new();
        while let Some(chunk) = self.next_chunk(answer).await? {
            decoder.feed(&chunk, &mut events).map_err(overflow)?;
            take_all(&mut events, read, answer, deltas)?;
            if answer.done {
                return Ok(());
            }
        }
        decoder.finish(&mut events).map_err(overflow)?;
        take_all(&mut events, read, answer, deltas)
    }

    /// The next bytes. Once the model has said that it is done, a lost connection costs at
    /// most the usage figures, so it ends the reply instead of wasting it.
    async fn next_chunk(&mut self, answer: &Answer<'_>) -> Result<Option<Bytes>, Fault> {
        match self.chunk().await {
            Err(fault) if answer.finish.is_some() => {
                tracing::debug!(detail = fault.detail(), "the connection ended after the answer");
                Ok(None)
            }
            outcome => outcome,
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        within(self.deadline, self.idle, self.response.chunk())
            .await?
            .map_err(broken)
    }

    async fn body(&mut self, cap: usize) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > cap {
                return Err(Fault::bad_reply(format!("the reply is larger than {cap} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    async fn refusal(&mut self, secret: &Secret) -> Fault {
        self.deadline = self.deadline.min(Instant::now() + REFUSAL_TIMEOUT);
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = self.chunk().await {
            body.extend_from_slice(&chunk[..chunk.len().min(MAX_REFUSAL_BYTES - body.len())]);
            if body.len() == MAX_REFUSAL_BYTES {
                break;
            }
        }
        let refusal = Refusal {
            status: self.response.status(),
            headers: self.response.headers(),
            body: &body,
        };
        classify::classify(refusal, SystemTime::now(), secret)
    }

    fn media_type(&self) -> String {
        let value = self
            .response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
        essence.trim().to_ascii_lowercase()
    }
}

fn take_all(
    events: &mut Vec<Event>,
    read: Read,
    answer: &mut Answer<'_>,
    deltas: &dyn DeltaSink,
) -> Result<(), Fault> {
    for event in events.drain(..).filter(|event| !event.data.is_empty()) {
        if answer.done {
            break;
        }
        if event.name == "error" {
            return Err(in_band(&event.data, answer.key));
        }
        take(read, &event.data, answer, deltas)?;
    }
    Ok(())
}

fn take(read: Read, data: &str, answer: &mut Answer<'_>, deltas: &dyn DeltaSink) -> Result<(), Fault> {
    let before = answer.text().len();
    read(data, answer)?;
    let piece = &answer.text()[before..];
    if !piece.is_empty() {
        deltas.delta(piece);
    }
    Ok(())
}

fn in_band(data: &str, key: &Secret) -> Fault {
    let value = serde_json::from_str(data).unwrap_or_else(|_| serde_json::Value::String(data.to_owned()));
    classify::classify_in_band(&value, key)
}

/// Runs `step` within the idle time and what is left of the total.
async fn within<T>(deadline: Instant, idle: Duration, step: impl Future<Output = T>) -> Result<T, Fault> {
    let idle_end = Instant::now() + idle;
    let detail = match idle_end < deadline {
        true => "no byte came for too long",
        false => "the reply took too long",
    };
    tokio::time::timeout_at(idle_end.min(deadline), step)
        .await
        .map_err(|_| Fault::new(TimedOut, detail))
}

fn not_sent(error: reqwest::Error) -> Fault {
    let detail = match () {
        _ if error.is_dns() => "the host name is unknown",
        _ if error.is_connect() && error.is_timeout() => "no connection within the deadline",
        _ if error.is_connect() => "no connection",
        _ => "the connection broke before a reply",
    };
    Fault::new(Unavailable, detail).with_source(error.without_url())
}

fn broken(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    match is_garbage(&error) {
        true => Fault::bad_reply("the reply broke the HTTP framing").with_source(error),
        false => Fault::new(
            ProviderErrorKind::Unavailable,
            "the connection broke in the middle of the reply",
        )
        .with_source(error),
    }
}

/// Bad framing surfaces as an `io::Error` of these kinds below the HTTP library's error.
fn is_garbage(error: &(dyn StdError + 'static)) -> bool {
    let framing = |cause: &io::Error| {
        matches!(
            cause.kind(),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
        )
    };
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.downcast_ref::<io::Error>().is_some_and(framing) {
            return true;
        }
        next = cause.source();
    }
    false
}

fn overflow(overflow: crate::sse::Overflow) -> Fault {
    Fault::bad_reply(overflow.to_string())
}

fn wrong_type(media_type: &str) -> String {
    match media_type {
        "" => "the reply has no content type".to_owned(),
        "text/html" => "a web page instead of an API reply; check the base URL".to_owned(),
        other => format!("the reply has the content type {}", classify::tidy(other)),
    }
}

/// Says once, at set-up, that a key will travel in clear text beyond this machine.
pub(crate) fn warn_of_exposed_key(provider: &str, base: &Endpoint, key: &Secret) {
    if base.exposes_keys() && !key.expose().is_empty() {
        tracing::warn!(provider, address = %base, "the key is sent without encryption");
    }
}

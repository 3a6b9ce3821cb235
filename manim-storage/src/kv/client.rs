//! Cloudflare's REST API for KV: four requests, and what its answers mean.
//! Source: <https://developers.cloudflare.com/api/resources/kv/>.

use std::fmt;
use std::time::Duration;

use manim_core::{Retry, Secret, StoreError, StoreErrorKind};
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::settings::{Settings, refused};
use crate::tls::choose_cryptography;

const API: &str = "https://api.cloudflare.com/client/v4";
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// A job's record has at most 4 MiB; a longer answer is not one of ours.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// The service keeps nothing for less.
const SHORTEST: Duration = Duration::from_secs(60);

/// The service's number for a key that is not there.
const NO_SUCH_KEY: u32 = 10009;

/// How many names one page of a listing holds at most.
const PAGE: &str = "1000";

pub(super) struct Client {
    http: reqwest::Client,
    namespace: Url,
    token: Secret,
}

/// The operation and its subject, for errors.
pub(super) type Did<'a> = (&'static str, &'a (dyn fmt::Display + Sync));

#[derive(Deserialize)]
struct Envelope<T> {
    success: bool,
    result: Option<T>,
    #[serde(default)]
    result_info: Info,
}

#[derive(Default, Deserialize)]
struct Info {
    #[serde(default)]
    cursor: String,
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
struct Complaints {
    #[serde(default)]
    errors: Vec<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    code: u32,
    message: String,
}

impl Client {
    pub(super) fn new(account: &str, namespace: &str, settings: &Settings) -> Result<Self, StoreError> {
        choose_cryptography();
        let token = settings.need(
            "CLOUDFLARE_API_TOKEN",
            "an API token that may edit Workers KV Storage",
        )?;
        let base = settings.get("CLOUDFLARE_KV_BASE_URL").map_or(API, Secret::expose);
        let text = format!(
            "{}/accounts/{account}/storage/kv/namespaces/{namespace}/",
            base.trim_end_matches('/')
        );
        let namespace = Url::parse(&text)
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none())
            .ok_or_else(|| refused("CLOUDFLARE_KV_BASE_URL: it is no http:// or https:// address"))?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|cause| refused("the HTTP client cannot be set up").with_source(cause))?;
        Ok(Self {
            http,
            namespace,
            token: token.clone(),
        })
    }

    /// The record under `key`.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        did: Did<'_>,
        key: &str,
    ) -> Result<Option<T>, StoreError> {
        let request = self.request(Method::GET, &format!("values/{key}"), &[]);
        let reply = self.send(did, request).await?;
        if reply.status() == StatusCode::NOT_FOUND {
            let (complaint, error) = self.refusal(did, reply).await;
            return if complaint == Some(NO_SUCH_KEY) {
                Ok(None)
            } else {
                Err(error)
            };
        }
        let text = self.accepted(did, reply).await?;
        let read = serde_json::from_slice(&text).map(Some);
        read.map_err(|cause| {
            error(did, StoreErrorKind::Corrupt, "the value is no record of ours").with_source(cause)
        })
    }

    /// Keeps `text` under `key` for `ttl`.
    pub(super) async fn put(
        &self,
        did: Did<'_>,
        key: &str,
        text: Vec<u8>,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let seconds = ttl.max(SHORTEST).as_secs().to_string();
        let request = self.request(
            Method::PUT,
            &format!("values/{key}"),
            &[("expiration_ttl", &seconds)],
        );
        let request = request.body(text);
        self.done::<IgnoredAny>(did, request).await.map(drop)
    }

    pub(super) async fn delete(&self, did: Did<'_>, key: &str) -> Result<(), StoreError> {
        let request = self.request(Method::DELETE, &format!("values/{key}"), &[]);
        self.done::<IgnoredAny>(did, request).await.map(drop)
    }

    /// A page of the names that begin with `prefix`, in order, and where the next one begins.
    pub(super) async fn names(
        &self,
        did: Did<'_>,
        prefix: &str,
        cursor: &str,
    ) -> Result<(Vec<String>, Option<String>), StoreError> {
        let query = [("prefix", prefix), ("limit", PAGE), ("cursor", cursor)];
        let request = self.request(Method::GET, "keys", &query);
        let page = self.done::<Vec<Name>>(did, request).await?;
        let names = page.result.unwrap_or_default().into_iter().map(|name| name.name);
        let next = Some(page.result_info.cursor).filter(|cursor| !cursor.is_empty());
        Ok((names.collect(), next))
    }

    /// Keys are of letters, digits and hyphens, with `:` between: none needs an escape.
    fn request(&self, method: Method, path: &str, query: &[(&str, &str)]) -> RequestBuilder {
        let mut url = self.namespace.clone();
        url.set_path(&format!("{}{path}", self.namespace.path()));
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.http.request(method, url).bearer_auth(self.token.expose())
    }

    async fn send(&self, did: Did<'_>, request: RequestBuilder) -> Result<Response, StoreError> {
        request.send().await.map_err(|cause| {
            error(
                did,
                StoreErrorKind::Unavailable,
                "nobody answers at CLOUDFLARE_KV_BASE_URL",
            )
            .with_source(cause.without_url())
        })
    }

    async fn done<T: DeserializeOwned>(
        &self,
        did: Did<'_>,
        request: RequestBuilder,
    ) -> Result<Envelope<T>, StoreError> {
        let reply = self.send(did, request).await?;
        let text = self.accepted(did, reply).await?;
        match serde_json::from_slice::<Envelope<T>>(&text) {
            Ok(envelope) if envelope.success => Ok(envelope),
            _ => Err(error(
                did,
                StoreErrorKind::Unavailable,
                "the answer is not one of Cloudflare's API: check CLOUDFLARE_KV_BASE_URL",
            )),
        }
    }

    async fn accepted(&self, did: Did<'_>, reply: Response) -> Result<Vec<u8>, StoreError> {
        if reply.status() != StatusCode::OK {
            return Err(self.refusal(did, reply).await.1);
        }
        body(reply).await.ok_or_else(|| {
            error(
                did,
                StoreErrorKind::Unavailable,
                "the answer broke off, or is too long",
            )
        })
    }

    /// The service's own number for what is wrong, and the error for a caller.
    async fn refusal(&self, did: Did<'_>, reply: Response) -> (Option<u32>, StoreError) {
        let (status, pause) = (reply.status(), pause(&reply));
        let text = body(reply).await.unwrap_or_default();
        let complaint = serde_json::from_slice::<Complaints>(&text)
            .ok()
            .and_then(|said| said.errors.into_iter().next());
        let (kind, why) = meaning(status);
        let mut error = error(did, kind, why);
        if let Some(pause) = pause {
            error = error.with_retry(Retry::After(pause));
        }
        let said = match &complaint {
            Some(said) => format!("{status}: {} {}", said.code, self.token.redact(&said.message)),
            None => status.to_string(),
        };
        (complaint.map(|said| said.code), error.with_source(said))
    }
}

fn meaning(status: StatusCode) -> (StoreErrorKind, &'static str) {
    match status.as_u16() {
        401 | 403 => (
            StoreErrorKind::Unauthorized,
            "CLOUDFLARE_API_TOKEN is refused, or may not edit Workers KV Storage of this account",
        ),
        404 => (
            StoreErrorKind::NotFound,
            "there is no such namespace: create it, or name another in the kv:// URL",
        ),
        413 => (StoreErrorKind::Invalid, "the record is too large for KV"),
        429 => (
            StoreErrorKind::Unavailable,
            "Cloudflare's limit is reached (one write a second for each key, and the plan's own)",
        ),
        500.. => (StoreErrorKind::Unavailable, "Cloudflare cannot answer now"),
        _ => (StoreErrorKind::Invalid, "Cloudflare does not accept the request"),
    }
}

fn pause(reply: &Response) -> Option<Duration> {
    let seconds = reply.headers().get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn body(mut reply: Response) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    while let Some(piece) = reply.chunk().await.ok()? {
        text.extend_from_slice(&piece);
        if text.len() > ANSWER_BYTES {
            return None;
        }
    }
    Some(text)
}

pub(super) fn error((operation, subject): Did<'_>, kind: StoreErrorKind, why: &str) -> StoreError {
    StoreError::new(kind, operation, format!("{subject} ({why})"))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Client").field(&self.namespace.as_str()).finish()
    }
}

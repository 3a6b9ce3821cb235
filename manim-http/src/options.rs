//! Numbers and choices that the front door works by.

use std::time::Duration;

use manim_core::{Quota, Secret};

/// How the front door behaves. The default is right for one process behind no proxy.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    pub(crate) public_url: Option<String>,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) admin_token: Option<Secret>,
    pub(crate) session_quota: Quota,
    pub(crate) address_quota: Option<Quota>,
    pub(crate) forwarded_hops: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) keep_alive: Duration,
    pub(crate) max_listeners: usize,
    pub(crate) direct: bool,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            public_url: None,
            allowed_origins: Vec::new(),
            admin_token: None,
            session_quota: Quota::default(),
            address_quota: Some(Quota::per_minute(60)),
            forwarded_hops: 0,
            request_timeout: Duration::from_secs(15),
            keep_alive: Duration::from_secs(15),
            max_listeners: 10_000,
            direct: true,
        }
    }
}

impl HttpOptions {
    /// Where people reach this router, without a slash at the end, for example
    /// `https://films.example/manim`. Links to films begin with it, and with `https` cookies are
    /// secure ones. Without it there are no links.
    #[must_use]
    pub fn with_public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into().trim_end_matches('/').to_owned());
        self
    }

    /// Lets pages of these origins (`https://app.example`) use the API with a session token.
    #[must_use]
    pub fn with_allowed_origins(mut self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.allowed_origins = origins.into_iter().map(Into::into).collect();
        self
    }

    /// Opens `/debug/providers` and `/metrics` to whoever sends this as a bearer token. Without
    /// it they do not exist.
    #[must_use]
    pub fn with_admin_token(mut self, token: Secret) -> Self {
        self.admin_token = Some(token);
        self
    }

    /// How many problems a session may submit. Default 10 in any minute.
    #[must_use]
    pub fn with_session_quota(mut self, quota: Quota) -> Self {
        self.session_quota = quota;
        self
    }

    /// How many problems may come from one address (of IPv6, one /64), whatever their sessions:
    /// a new session costs nothing. Default 60 in any minute; a school behind one address may
    /// need more. `None`: any number. Needs the address: see
    /// [`with_forwarded_hops`](Self::with_forwarded_hops) and [`serve`](crate::serve).
    #[must_use]
    pub fn with_address_quota(mut self, quota: Option<Quota>) -> Self {
        self.address_quota = quota;
        self
    }

    /// How many proxies of yours stand in front, each adding the address it was called from to
    /// `X-Forwarded-For`. Default 0: the header is not believed, and the peer is the client.
    #[must_use]
    pub fn with_forwarded_hops(mut self, hops: usize) -> Self {
        self.forwarded_hops = hops;
        self
    }

    /// How long a request may take to arrive and to be answered, streams not counted. Default
    /// 15 s.
    #[must_use]
    pub fn with_request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How often a silent stream of events shows that it lives. Default 15 s: proxies close
    /// what is silent for 30 or 60.
    #[must_use]
    pub fn with_keep_alive(mut self, pause: Duration) -> Self {
        self.keep_alive = pause;
        self
    }

    /// How many streams of events may be open at the same time. Default 10 000.
    #[must_use]
    pub fn with_max_listeners(mut self, listeners: usize) -> Self {
        self.max_listeners = listeners;
        self
    }

    /// Sends every film through this process, also where the blob store could hand it out by a
    /// signed address that is good until the viewer's time is over.
    #[must_use]
    pub fn proxied(mut self) -> Self {
        self.direct = false;
        self
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }

    pub(crate) fn public_origin(&self) -> Option<&str> {
        origin(self.public_url.as_deref()?)
    }
}

/// `https://films.example` of `https://films.example/manim`.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let host = url.find("://")? + 3;
    let end = url
        .get(host..)?
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| host + at);
    url.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_address_without_its_path() {
        let origin = |url| {
            let options = HttpOptions::default().with_public_url(url);
            options.public_origin().map(str::to_owned)
        };
        assert_eq!(
            origin("https://a.example/x/").as_deref(),
            Some("https://a.example")
        );
        assert_eq!(
            origin("http://127.0.0.1:80").as_deref(),
            Some("http://127.0.0.1:80")
        );
        assert_eq!(origin("nonsense"), None);
    }
}

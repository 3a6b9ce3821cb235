//! What is served at which address.

use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use manim_core::{BlobStore, Clock, SignedMethod, SystemClock};
use manim_http::{Http, LinkRefusal};
use manim_renderer::RemoteRenderer;
use manim_storage::{LinkError, Settings, SignedLinks};
use manim_telegram::Telegram;

use super::config::{Config, Updates};

/// Where Telegram brings updates, below the public address.
pub(super) const WEBHOOK: &str = "/telegram/webhook";
/// Where render servers bring word.
const CALLBACK: &str = "/callbacks/render";

/// Who answers.
pub(super) struct Routes<'a> {
    pub(super) config: &'a Config,
    pub(super) http: &'a Http,
    pub(super) telegram: Option<&'a Telegram>,
    pub(super) remote: Option<&'a RemoteRenderer>,
}

impl Routes<'_> {
    pub(super) fn router(&self, blobs: Arc<dyn BlobStore>, settings: &Settings) -> anyhow::Result<Router> {
        let mut router = match self.config.role.faces_people() {
            true => self.http.router(),
            false => self.http.router().layer(from_fn(for_machines_only)),
        };
        if let (Some(telegram), Some(site)) = (self.telegram, &self.config.telegram)
            && let Updates::Webhook(secret) = &site.updates
        {
            router = router.merge(telegram.webhook(WEBHOOK, secret.clone()));
        }
        if let Some(links) = self.blob_links(blobs, settings)? {
            router = router.merge(links);
        }
        if let Some(remote) = self.remote {
            router = router.merge(remote.callbacks(CALLBACK));
        }
        Ok(router)
    }

    /// The addresses that a directory or memory signs are served here: it has no server of its own.
    fn blob_links(&self, blobs: Arc<dyn BlobStore>, settings: &Settings) -> anyhow::Result<Option<Router>> {
        let path = self
            .config
            .link_path()
            .filter(|_| self.config.role.faces_people());
        let links = SignedLinks::from_settings(settings).context("cannot sign links")?;
        Ok(path.zip(links).map(|(path, links)| {
            self.http.store_links(path, blobs, move |path, query| {
                let now = SystemClock.now();
                links.verify(SignedMethod::Get, path, query, now).map_err(refusal)
            })
        }))
    }
}

fn refusal(error: LinkError) -> LinkRefusal {
    match error {
        LinkError::Expired => LinkRefusal::Expired,
        _ => LinkRefusal::Forged,
    }
}

/// A worker says how it is, and faces nobody.
async fn for_machines_only(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let open = ["/health/", "/metrics", "/debug/"]
        .iter()
        .any(|start| path.starts_with(start));
    match open {
        true => next.run(request).await,
        false => StatusCode::NOT_FOUND.into_response(),
    }
}

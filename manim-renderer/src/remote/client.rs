//! A renderer whose scenes are played on other machines.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use futures::future::join_all;
use manim_core::{
    BlobInfo, BlobKey, BlobStore, Clock, Inspection, Isolation, JobId, Program, ProgressSink, RenderError,
    RenderErrorKind, RenderOutcome, RenderSettings, Renderer, Scene, ScriptError, ScriptErrorKind,
    ScriptRunner, Secret, StoreError, StoreErrorKind, SystemClock, later,
};
use reqwest::Url;
use serde_json::Value;

use super::call::{Line, clip};
use super::callback::{self, Waiting};
use super::errand::{Errand, UPLOADS};
use super::fleet::{Fleet, Hired, Server};
use super::http;
use super::options::RemoteOptions;
use super::seal::Seal;
use super::wire::{SceneOrder, ScriptAnswer, ScriptOrder};
use crate::progress::Teller;
use crate::totals::Totals;

/// A [`Renderer`] and [`ScriptRunner`] on render servers. Cheap to clone; all clones are one.
///
/// A render goes to the least busy server. A server that is lost in the middle is replaced by
/// another, or by itself once it is back; a film is fetched, looked at, and forgotten there.
#[derive(Clone)]
pub struct RemoteRenderer(Arc<Inner>);

struct Inner {
    fleet: Fleet,
    line: Arc<Line>,
    waiting: Arc<Waiting>,
    isolation: Isolation,
    totals: Totals,
}

impl fmt::Debug for RemoteRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let urls = self.0.fleet.servers.iter().map(|server| server.url.as_str());
        f.debug_struct("RemoteRenderer")
            .field("servers", &urls.collect::<Vec<_>>())
            .field("engine", &self.0.fleet.engine)
            .finish_non_exhaustive()
    }
}

impl RemoteRenderer {
    /// The renderer on `servers`, which share `secret`. Learns their engine; those out of reach
    /// now may come later.
    ///
    /// # Errors
    /// [`RenderErrorKind::Unavailable`] when no server can be reached;
    /// [`RenderErrorKind::Environment`] for a wrong secret, an address that is none, or servers
    /// of different engines, whose films would differ; [`RenderErrorKind::Isolation`].
    pub async fn connect<S: AsRef<str>>(
        servers: impl IntoIterator<Item = S>,
        secret: Secret,
        options: RemoteOptions,
    ) -> Result<Self, RenderError> {
        let urls: Vec<Url> = servers
            .into_iter()
            .map(|text| address(text.as_ref()))
            .collect::<Result<_, _>>()?;
        let tls = urls.iter().any(|url| url.scheme() == "https");
        let client = http::client(tls).map_err(|error| unfit("TLS").with_source(error))?;
        let line = Arc::new(Line::new(client, Seal::new(secret)));
        let servers: Vec<_> = urls
            .into_iter()
            .map(|url| Arc::new(Server::new(url, &options)))
            .collect();
        let told = join_all(servers.iter().map(|server| server.about(&line))).await;
        let first = told.iter().find_map(|told| told.as_ref().ok());
        let Some(engine) = first.map(|about| about.engine.clone()) else {
            let failure = told.into_iter().find_map(Result::err);
            return Err(failure.unwrap_or_else(|| unfit("no server: name at least one")));
        };
        let fleet = Fleet::new(servers, engine, options);
        let mut isolation = Isolation::L3;
        for (server, about) in fleet.servers.iter().zip(told) {
            if let Ok(about) = about {
                fleet.fit(&server.url, &about)?;
                isolation = isolation.min(about.isolation);
            }
        }
        Ok(Self(Arc::new(Inner {
            fleet,
            line,
            waiting: Arc::default(),
            isolation,
            totals: Totals::default(),
        })))
    }

    /// One route, `POST path`, for the address given to [`RemoteOptions::with_callback`]. Takes
    /// what a server has signed within the last five minutes, once.
    pub fn callbacks(&self, path: &str) -> Router {
        callback::router(path, Arc::clone(&self.0.line), Arc::clone(&self.0.waiting))
    }

    /// Removes what servers have put into the bucket for clients that have died: uploads of
    /// `age` and more. Returns how many.
    ///
    /// # Errors
    /// Those of the bucket.
    pub async fn sweep_uploads(&self, age: Duration) -> Result<usize, StoreError> {
        let Some(bucket) = &self.0.fleet.options.bucket else {
            return Ok(0);
        };
        let uploads = orphaned_uploads(bucket.as_ref(), age).await?;
        for upload in &uploads {
            bucket.delete(&upload.key).await?;
        }
        Ok(uploads.len())
    }

    fn errand<'a>(&'a self, server: &'a Hired) -> Errand<'a> {
        Errand {
            line: &self.0.line,
            waiting: &self.0.waiting,
            options: &self.0.fleet.options,
            server: server.url(),
        }
    }

    fn scene_order(&self, scene: &Scene, settings: RenderSettings) -> SceneOrder {
        SceneOrder {
            code: scene.code.clone(),
            class: scene.class.clone(),
            settings,
            engine: Some(self.0.fleet.engine.clone()),
        }
    }
}

/// What render servers have put into `bucket` for clients that have died: uploads of `age` and
/// more, which is to be longer than a render and its upload take. See
/// [`RemoteRenderer::sweep_uploads`].
///
/// # Errors
/// Those of the bucket.
pub async fn orphaned_uploads(bucket: &dyn BlobStore, age: Duration) -> Result<Vec<BlobInfo>, StoreError> {
    let unnamable = |error| StoreError::new(StoreErrorKind::Invalid, "name", UPLOADS).with_source(error);
    let folder = BlobKey::parse(UPLOADS).map_err(unnamable)?;
    let mut uploads = bucket.list(Some(&folder)).await?;
    let now = SystemClock.now();
    uploads.retain(|upload| is_upload(&upload.key) && later(upload.created_at, age) <= now);
    Ok(uploads)
}

/// Uploads are named after their render. A cache of films may have a folder of the same name, and
/// names its films by what is in them.
fn is_upload(key: &BlobKey) -> bool {
    let name = key.as_str().rsplit('/').next();
    let render = name.and_then(|name| name.split('.').next());
    render.is_some_and(|render| render.parse::<JobId>().is_ok())
}

#[async_trait]
impl Renderer for RemoteRenderer {
    fn engine(&self) -> &str {
        &self.0.fleet.engine
    }

    fn isolation(&self) -> Isolation {
        self.0.isolation
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        let order = self.scene_order(scene, settings);
        let mut search = self.0.fleet.search(&self.0.line);
        let inspection = loop {
            let server = search.next().await?;
            match self.errand(&server).inspect(&order).await {
                Ok(inspection) => break inspection,
                Err(missed) => search.missed(&server, missed)?,
            }
        };
        if let Inspection::Passed(estimate) = &inspection {
            let address = scene.content_address(settings, self.engine());
            self.0.totals.remember(address, estimate.frames);
        }
        Ok(inspection)
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let known = self.0.totals.get(&scene.content_address(settings, self.engine()));
        let mut teller = Teller::new(progress, known);
        let mut search = self.0.fleet.search(&self.0.line);
        let outcome = loop {
            let server = search.next().await?;
            let order = self.scene_order(scene, settings);
            match self.errand(&server).render(order, settings, &mut teller).await {
                Ok(outcome) => break outcome,
                Err(missed) => search.missed(&server, missed)?,
            }
        };
        if let RenderOutcome::Rendered(film) = &outcome {
            teller.tell(film.info.frames);
        }
        Ok(outcome)
    }
}

#[async_trait]
impl ScriptRunner for RemoteRenderer {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        let order = script_order(program, input);
        let failed = |kind, why: String| {
            ScriptError::new(kind, "run the program", format!("{} ({why})", program.name))
        };
        let lost = |error: RenderError| {
            failed(ScriptErrorKind::Worker, "no render server ran it".to_owned()).with_source(error)
        };
        let mut search = self.0.fleet.search(&self.0.line);
        loop {
            let server = search.next().await.map_err(lost)?;
            match self.errand(&server).script(&order).await {
                Ok(ScriptAnswer::Answer(value)) => return Ok(value),
                Ok(ScriptAnswer::Failed { kind, message }) => return Err(failed(kind, clip(&message))),
                Err(missed) => search.missed(&server, missed).map_err(lost)?,
            }
        }
    }
}

fn script_order(program: Program, input: Value) -> ScriptOrder {
    let modules = program.modules.iter();
    ScriptOrder {
        name: program.name.to_owned(),
        modules: modules
            .map(|(name, source)| ((*name).to_owned(), (*source).to_owned()))
            .collect(),
        input,
    }
}

fn address(text: &str) -> Result<Url, RenderError> {
    let url = Url::parse(text.trim()).map_err(|error| unfit(&clip(text)).with_source(error))?;
    let whole = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.path() == "/";
    if whole {
        return Ok(url);
    }
    Err(unfit("an address that is not http://HOST:PORT or https://HOST"))
}

fn unfit(what: &str) -> RenderError {
    RenderError::new(RenderErrorKind::Environment, "use render servers with", what)
}

//! A renderer whose scenes are played on other machines.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use futures::future::join_all;
use manim_core::{
    BlobKey, BlobStore, BreakerOptions, Clock, Diagnostics, Estimate, Inspection, Isolation, JobId, Program,
    ProgressSink, RenderError, RenderErrorKind, RenderOutcome, RenderSettings, Renderer, Scene, ScriptError,
    ScriptErrorKind, ScriptRunner, Secret, SignedMethod, StoreError, SystemClock, chain,
};
use reqwest::{Method, Url};
use serde_json::Value;
use tokio::time::sleep;

use super::call::{Line, Missed, clip, nonsense};
use super::callback::{self, Waiting};
use super::fetch::{BucketPlace, Parcel};
use super::fleet::{Fleet, Hired, Server};
use super::seal::Seal;
use super::{http, wire};
use crate::log::printable;
use crate::progress::Teller;
use crate::totals::Totals;
use wire::{Inspected, RenderOrder, RenderStatus, SceneOrder, ScriptAnswer, ScriptOrder, State};

/// A short question.
const ASK_LIMIT: Duration = Duration::from_secs(10);
/// A dry run or a program, with its wait for a slot.
const CALL_LIMIT: Duration = Duration::from_secs(600);
/// Looks in a row that fail before a server is given up.
const LOST_LOOKS: u32 = 3;
/// How long a presigned address lasts: a render and its upload.
const UPLOAD_TTL: Duration = Duration::from_secs(3600);
/// Findings of one scene; ours are a handful.
const MAX_FINDINGS: usize = 200;
/// Where uploads go on their way. Other folders of the bucket are other people's.
const UPLOADS: &str = "renders";

/// How a [`RemoteRenderer`] works. Start from [`RemoteOptions::default`].
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    pub(crate) poll: Duration,
    pub(crate) patience: Duration,
    pub(crate) queue_patience: Duration,
    pub(crate) tries: u32,
    pub(crate) leash: Duration,
    pub(crate) film_bytes: u64,
    pub(crate) minimum: Isolation,
    pub(crate) breaker: BreakerOptions,
    callback: Option<String>,
    bucket: Option<Arc<dyn BlobStore>>,
}

impl Default for RemoteOptions {
    fn default() -> Self {
        Self {
            poll: Duration::from_millis(500),
            patience: Duration::from_secs(60),
            queue_patience: Duration::from_secs(600),
            tries: 4,
            leash: Duration::from_secs(60),
            film_bytes: 50 * 1000 * 1000,
            minimum: Isolation::L2,
            breaker: BreakerOptions {
                failures: 3,
                cool_down: Duration::from_secs(5),
                trials: 1,
            },
            callback: None,
            bucket: None,
        }
    }
}

impl RemoteOptions {
    /// How often a server is asked how far a render is. Default half a second.
    #[must_use]
    pub fn with_poll(mut self, pause: Duration) -> Self {
        self.poll = pause;
        self
    }

    /// How long to wait for a server when none can be reached. Default one minute.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long to wait for room when all servers are full. Default ten minutes.
    #[must_use]
    pub fn with_queue_patience(mut self, patience: Duration) -> Self {
        self.queue_patience = patience;
        self
    }

    /// How many servers may be lost over one call, at least one. Default 4.
    #[must_use]
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// A server gives a render up when this client has been silent for so long. Default one
    /// minute.
    #[must_use]
    pub fn with_leash(mut self, leash: Duration) -> Self {
        self.leash = leash;
        self
    }

    /// The largest film that is taken. Default 50 MB.
    #[must_use]
    pub fn with_film_bytes(mut self, most: u64) -> Self {
        self.film_bytes = most;
        self
    }

    /// The weakest isolation that a server may have. Default [`Isolation::L2`].
    #[must_use]
    pub fn accept_isolation(mut self, weakest: Isolation) -> Self {
        self.minimum = weakest;
        self
    }

    /// When a server that fails is left alone, and for how long.
    #[must_use]
    pub fn with_breaker(mut self, breaker: BreakerOptions) -> Self {
        self.breaker = breaker;
        self
    }

    /// Servers bring word to this address when a render has ended; it is where
    /// [`RemoteRenderer::callbacks`] is mounted, and its origin is allowed on the servers.
    /// Without it, and whenever word does not come, the end is found by asking.
    #[must_use]
    pub fn with_callback(mut self, url: impl Into<String>) -> Self {
        self.callback = Some(url.into());
        self
    }

    /// Servers put videos into this store themselves, by addresses that it signs; its origin is
    /// allowed on the servers. Without it, and where it signs none, they are fetched.
    #[must_use]
    pub fn with_bucket(mut self, bucket: Arc<dyn BlobStore>) -> Self {
        self.bucket = Some(bucket);
        self
    }
}

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
        let (Some(bucket), Ok(folder)) = (&self.options().bucket, BlobKey::parse(UPLOADS)) else {
            return Ok(0);
        };
        let mut removed = 0;
        for blob in bucket.list(Some(&folder)).await? {
            if manim_core::later(blob.created_at, age) <= SystemClock.now() {
                bucket.delete(&blob.key).await?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn options(&self) -> &RemoteOptions {
        &self.0.fleet.options
    }

    fn scene_order(&self, scene: &Scene, settings: RenderSettings) -> SceneOrder {
        SceneOrder {
            code: scene.code.clone(),
            class: scene.class.clone(),
            settings,
            engine: Some(self.0.fleet.engine.clone()),
        }
    }

    async fn inspect_on(&self, server: &Hired, order: &SceneOrder) -> Result<Inspection, Missed> {
        let asked = self
            .0
            .line
            .ask(server.url(), Method::POST, "/inspect", Some(order), CALL_LIMIT);
        match asked.await? {
            Inspected::Rejected { findings } => self.rejection(server, findings).map(Inspection::Rejected),
            Inspected::Failed(fault) => Err(Missed::Final(failed(&fault))),
            Inspected::Passed {
                frames,
                duration,
                plays,
                findings,
            } => Ok(Inspection::Passed(Estimate {
                frames,
                duration,
                plays,
                findings: tidy(findings),
            })),
        }
    }

    async fn script_on(&self, server: &Hired, order: &ScriptOrder) -> Result<ScriptAnswer, Missed> {
        let asked = self
            .0
            .line
            .ask(server.url(), Method::POST, "/script", Some(order), CALL_LIMIT);
        asked.await
    }

    async fn render_on(
        &self,
        server: &Hired,
        scene: &Scene,
        settings: RenderSettings,
        teller: &mut Teller<'_>,
    ) -> Result<RenderOutcome, Missed> {
        let id = JobId::new();
        let (place, upload) = self.place(id, settings).await.unzip();
        let order = RenderOrder {
            id,
            scene: self.scene_order(scene, settings),
            callback: self.options().callback.clone(),
            upload,
            leash_s: Some(self.options().leash.as_secs().max(1)),
        };
        // From here on, dropping this future ends the render there.
        let _recall = Recall {
            line: Arc::clone(&self.0.line),
            server: server.url().clone(),
            id,
        };
        let asked = self
            .0
            .line
            .ask(server.url(), Method::POST, "/render", Some(&order), ASK_LIMIT);
        let _taken: RenderStatus = asked.await?;
        match self.wait(server, id, teller).await? {
            State::Rejected { findings } => self.rejection(server, findings).map(RenderOutcome::Rejected),
            State::Failed(fault) => Err(Missed::Final(failed(&fault))),
            State::Rendered { info, uploaded } => {
                let parcel = Parcel {
                    line: &self.0.line,
                    server: server.url(),
                    id,
                    options: self.options(),
                    bucket: place.filter(|_| uploaded),
                };
                parcel.open(info, settings).await.map(RenderOutcome::Rendered)
            }
            State::Waiting | State::Running { .. } => Err(Missed::Lost(nonsense(server.url(), "no end"))),
        }
    }

    /// Asks until the render has ended: now and then, and when the server says so.
    async fn wait(&self, server: &Hired, id: JobId, teller: &mut Teller<'_>) -> Result<State, Missed> {
        let expected = self.0.waiting.expect(id);
        let path = format!("/render/{id}");
        let mut failures = 0;
        loop {
            tokio::select! {
                () = expected.rung() => {}
                () = sleep(self.options().poll) => {}
            }
            let asked = self
                .0
                .line
                .ask(server.url(), Method::GET, &path, None::<&()>, ASK_LIMIT);
            match asked.await {
                Ok(RenderStatus { state, .. }) if state.has_ended() => return Ok(state),
                Ok(RenderStatus { state, .. }) => {
                    failures = 0;
                    if let State::Running { progress } = state {
                        teller.learn(progress.frames_total);
                        teller.tell(progress.frames_done);
                    }
                }
                Err(Missed::Busy(_)) => {}
                Err(Missed::Unheard(_)) if failures + 1 < LOST_LOOKS => failures += 1,
                Err(missed) => return Err(missed),
            }
        }
    }

    /// Where the server may put the video, and the address for it.
    async fn place(&self, id: JobId, settings: RenderSettings) -> Option<(BucketPlace, String)> {
        let bucket = self.options().bucket.as_ref()?;
        if !bucket.capabilities().signed_put {
            return None;
        }
        let key = BlobKey::parse(format!("{UPLOADS}/{id}.{}", settings.format.as_str())).ok()?;
        match bucket.sign(&key, SignedMethod::Put, UPLOAD_TTL).await {
            Ok(url) => Some((BucketPlace::new(Arc::clone(bucket), key), url)),
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "no address to put a film to; it is fetched"
                );
                None
            }
        }
    }

    /// A rejection says why, or it is none.
    fn rejection(&self, server: &Hired, findings: Diagnostics) -> Result<Diagnostics, Missed> {
        let findings = tidy(findings);
        if findings.has_errors() {
            return Ok(findings);
        }
        Err(Missed::Lost(nonsense(
            server.url(),
            "a rejection without a reason",
        )))
    }
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
        loop {
            let server = search.next().await?;
            match self.inspect_on(&server, &order).await {
                Ok(inspection) => {
                    if let Inspection::Passed(estimate) = &inspection {
                        let address = scene.content_address(settings, self.engine());
                        self.0.totals.remember(address, estimate.frames);
                    }
                    return Ok(inspection);
                }
                Err(missed) => search.missed(&server, missed)?,
            }
        }
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
        loop {
            let server = search.next().await?;
            match self.render_on(&server, scene, settings, &mut teller).await {
                Ok(outcome) => {
                    if let RenderOutcome::Rendered(film) = &outcome {
                        teller.tell(film.info.frames);
                    }
                    return Ok(outcome);
                }
                Err(missed) => search.missed(&server, missed)?,
            }
        }
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
            match self.script_on(&server, &order).await {
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

/// Ends a render on its server when it goes: also when the film has been fetched.
struct Recall {
    line: Arc<Line>,
    server: Url,
    id: JobId,
}

impl Drop for Recall {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (line, server, id) = (Arc::clone(&self.line), self.server.clone(), self.id);
        runtime.spawn(async move {
            let path = format!("/render/{id}");
            // If this fails, the leash ends it.
            let _ = line
                .open(&server, Method::DELETE, &path, None::<&()>, ASK_LIMIT)
                .await;
        });
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

fn failed(fault: &wire::Fault) -> RenderError {
    RenderError::new(fault.kind, "render remotely", clip(&fault.message))
}

/// What another machine found, fit to be shown and stored.
fn tidy(findings: Diagnostics) -> Diagnostics {
    let tidied = findings.into_iter().take(MAX_FINDINGS).map(|mut finding| {
        finding.message = clip(&finding.message);
        finding.code = printable(&finding.code).chars().take(80).collect();
        finding.excerpt = finding
            .excerpt
            .map(|text| printable(&text).chars().take(200).collect());
        finding
    });
    tidied.collect()
}

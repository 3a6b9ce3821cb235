//! Renders for others over HTTP. Holds no key of any store, and forgets what it has handed over.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State as Held};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use manim_core::{
    Clock, Content, JobId, RenderError, RenderErrorKind, Renderer, ScriptRunner, Secret, SystemClock, chain,
};
use reqwest::Url;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::desk::{Addresses, Bounds, Desk, Render, fault};
use super::http;
use super::origin::{Origin, admitted};
use super::programs::Programs;
use super::seal::Seal;
use super::wire::{
    About, Inspected, MAX_MESSAGE_BYTES, Problem, RenderOrder, RenderStatus, SceneOrder, ScriptAnswer,
    ScriptOrder,
};

/// A secret that can be guessed is none.
const SHORTEST_SECRET: usize = 16;
/// A body of some kilobytes that takes longer is somebody holding the line.
const BODY_LIMIT: Duration = Duration::from_secs(30);
/// When there is no room. A render takes seconds.
const RETRY_AFTER_S: u64 = 5;
/// How long connections may go on once the server is to end.
const FAREWELL: Duration = Duration::from_secs(5);

/// How a [`RenderServer`] works. Start from [`ServerOptions::default`].
#[derive(Debug, Clone)]
pub struct ServerOptions {
    slots: usize,
    queue: usize,
    keep: Duration,
    origins: Vec<Origin>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            slots: std::thread::available_parallelism().map_or(1, usize::from),
            queue: 8,
            keep: Duration::from_secs(600),
            origins: Vec::new(),
        }
    }
}

impl ServerOptions {
    /// Renders at the same time, at least one. The default is the number of processors.
    #[must_use]
    pub fn with_slots(mut self, slots: usize) -> Self {
        self.slots = slots.max(1);
        self
    }

    /// Renders that may wait for a slot; those beyond are answered with 429. Default 8.
    #[must_use]
    pub fn with_queue(mut self, queue: usize) -> Self {
        self.queue = queue;
        self
    }

    /// How long a finished film waits to be fetched. Default ten minutes.
    #[must_use]
    pub fn with_keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// Completions and films may be sent there, and nowhere else. None by default.
    #[must_use]
    pub fn allow_origin(mut self, origin: Origin) -> Self {
        self.origins.push(origin);
        self
    }
}

/// A renderer behind HTTP, for [`RemoteRenderer`](crate::RemoteRenderer) and any client that
/// speaks what `docs/render-servers.md` describes. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct RenderServer(Arc<Inner>);

struct Inner {
    renderer: Arc<dyn Renderer>,
    scripts: Arc<dyn ScriptRunner>,
    desk: Arc<Desk>,
    seal: Arc<Seal>,
    origins: Vec<Origin>,
    programs: Programs,
    quick: Semaphore,
}

impl fmt::Debug for RenderServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenderServer")
            .field("engine", &self.0.renderer.engine())
            .field("origins", &self.0.origins)
            .finish_non_exhaustive()
    }
}

impl RenderServer {
    /// A server that renders with `renderer` for whoever has `secret`.
    ///
    /// # Errors
    /// [`RenderErrorKind::Environment`]: the secret has less than 16 characters, or an origin is
    /// `https` and this machine has no certificates.
    pub fn new<R: Renderer + ScriptRunner>(
        renderer: Arc<R>,
        secret: Secret,
        options: ServerOptions,
    ) -> Result<Self, RenderError> {
        let unfit = |what: &str| RenderError::new(RenderErrorKind::Environment, "serve with", what);
        if secret.expose().chars().count() < SHORTEST_SECRET {
            return Err(unfit("a secret of less than 16 characters: make a longer one"));
        }
        let tls = options
            .origins
            .iter()
            .any(|origin| origin.to_string().starts_with("https:"));
        let client = http::client(tls).map_err(|error| unfit("TLS").with_source(error))?;
        let seal = Arc::new(Seal::new(secret));
        let bounds = Bounds {
            slots: options.slots,
            queue: options.queue,
            keep: options.keep,
        };
        let desk = Desk::new(renderer.clone(), bounds, client, Arc::clone(&seal));
        Ok(Self(Arc::new(Inner {
            scripts: renderer.clone(),
            renderer,
            desk: Arc::new(desk),
            seal,
            origins: options.origins,
            programs: Programs::default(),
            quick: Semaphore::new(4 * (options.slots + options.queue)),
        })))
    }

    /// The routes, to be mounted at the root of a host.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/about", get(about))
            .route("/inspect", post(inspect))
            .route("/script", post(script))
            .route("/render", post(render))
            .route("/render/{id}", get(status).delete(cancel))
            .route("/render/{id}/video", get(video))
            .route("/render/{id}/poster", get(poster))
            .route("/render/{id}/storyboard", get(storyboard))
            .layer(from_fn_with_state(self.clone(), authenticate))
            .layer(DefaultBodyLimit::max(MAX_MESSAGE_BYTES))
            .route("/health/live", get(async || "live\n"))
            .with_state(self.clone())
    }

    /// Serves until `shutdown`; then the renders under way end, and their clients hear of it.
    ///
    /// # Errors
    /// The listener failed.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let (told, mut hear) = tokio::sync::watch::channel(false);
        let server = self.clone();
        let ending = async move {
            shutdown.await;
            server.0.desk.clear();
            told.send_replace(true);
        };
        let serving = axum::serve(listener, self.router()).with_graceful_shutdown(ending);
        tokio::select! {
            ended = serving.into_future() => ended,
            () = async {
                let _ = hear.wait_for(|told| *told).await;
                tokio::time::sleep(FAREWELL).await;
            } => Ok(()),
        }
    }

    /// A turn for a short call. `None`: too many are under way.
    fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.0.quick.try_acquire().ok()
    }
}

/// Lets nobody in without the secret, by signature or as a bearer.
async fn authenticate(Held(server): Held<RenderServer>, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let reading = tokio::time::timeout(BODY_LIMIT, to_bytes(body, MAX_MESSAGE_BYTES));
    let Ok(Ok(body)) = reading.await else {
        return problem(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "send at most 4 MiB, within 30 s",
        );
    };
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let context = format!("{} {path}", head.method);
    let seal = &server.0.seal;
    if !seal.is_bearer(&head.headers)
        && let Err(refusal) = seal.verify(&context, &head.headers, &body, SystemClock.now())
    {
        tracing::debug!(%refusal, context, "a request was refused");
        return problem(StatusCode::UNAUTHORIZED, "unauthorized", &refusal.to_string());
    }
    next.run(Request::from_parts(head, Body::from(body))).await
}

async fn about(Held(server): Held<RenderServer>) -> Json<About> {
    Json(About {
        engine: server.0.renderer.engine().to_owned(),
        isolation: server.0.renderer.isolation(),
        slots: server.0.desk.bounds().slots,
        busy: server.0.desk.busy(),
    })
}

/// Answers when the dry run has ended; ends it when the caller hangs up.
async fn inspect(Held(server): Held<RenderServer>, body: Bytes) -> Response {
    let order: SceneOrder = match parse(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    if let Some(refusal) = server.unfit(&order) {
        return refusal;
    }
    let Some(_turn) = server.turn() else { return busy() };
    let inspected = server.0.renderer.inspect(&order.scene(), order.settings).await;
    let answer = inspected.map_or_else(|error| Inspected::Failed(fault(&error)), Inspected::from);
    Json(answer).into_response()
}

/// Answers when the program has ended; ends it when the caller hangs up.
async fn script(Held(server): Held<RenderServer>, body: Bytes) -> Response {
    let order: ScriptOrder = match parse(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    let Some(program) = server.0.programs.keep(&order.name, &order.modules) else {
        let why = "too large, or the server has kept too many others: start it again";
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "program-refused", why);
    };
    let Some(_turn) = server.turn() else { return busy() };
    let answer = match server.0.scripts.run(program, order.input).await {
        Ok(value) => ScriptAnswer::Answer(value),
        Err(error) => ScriptAnswer::Failed {
            kind: error.kind(),
            message: chain(&error),
        },
    };
    Json(answer).into_response()
}

async fn render(Held(server): Held<RenderServer>, body: Bytes) -> Response {
    let order: RenderOrder = match parse(&body) {
        Ok(order) => order,
        Err(refusal) => return *refusal,
    };
    if let Some(refusal) = server.unfit(&order.scene) {
        return refusal;
    }
    let (id, allowed) = (order.id, &server.0.origins);
    let addresses = match (
        address(order.upload.as_deref(), allowed),
        address(order.callback.as_deref(), allowed),
    ) {
        (Ok(upload), Ok(callback)) => Addresses { upload, callback },
        _ => {
            let why = "start the server with --allow-origin for the origins of callback and upload";
            return problem(StatusCode::UNPROCESSABLE_ENTITY, "origin-not-allowed", why);
        }
    };
    match server.0.desk.accept(order, addresses) {
        Some(state) => (StatusCode::ACCEPTED, Json(RenderStatus { id, state })).into_response(),
        None => busy(),
    }
}

async fn status(Held(server): Held<RenderServer>, Path(id): Path<String>) -> Response {
    match server.find(&id) {
        Ok((id, render)) => Json(RenderStatus {
            id,
            state: render.look(),
        })
        .into_response(),
        Err(refusal) => *refusal,
    }
}

/// Also for a render that is not there: it is what was wanted.
async fn cancel(Held(server): Held<RenderServer>, Path(id): Path<String>) -> StatusCode {
    if let Ok(id) = id.parse() {
        server.0.desk.remove(id);
    }
    StatusCode::NO_CONTENT
}

async fn video(Held(server): Held<RenderServer>, Path(id): Path<String>) -> Response {
    server.hand(&id, |film| (film.video.clone(), film.info.format.media_type()))
}

async fn poster(Held(server): Held<RenderServer>, Path(id): Path<String>) -> Response {
    server.hand(&id, |film| (film.poster.clone().into(), PNG))
}

async fn storyboard(Held(server): Held<RenderServer>, Path(id): Path<String>) -> Response {
    server.hand(&id, |film| (film.storyboard.clone().into(), PNG))
}

const PNG: &str = "image/png";

impl RenderServer {
    fn find(&self, id: &str) -> Result<(JobId, Arc<Render>), Box<Response>> {
        let known = id.parse().ok().and_then(|id| Some((id, self.0.desk.find(id)?)));
        known.ok_or_else(|| {
            Box::new(problem(
                StatusCode::NOT_FOUND,
                "unknown-render",
                "no such render here",
            ))
        })
    }

    /// A part of a film, streamed.
    fn hand(&self, id: &str, part: impl Fn(&manim_core::Film) -> (Content, &'static str)) -> Response {
        let render = match self.find(id) {
            Ok((_, render)) => render,
            Err(refusal) => return *refusal,
        };
        // A fetch under way is a sign of life too.
        render.look();
        let Some((content, media_type)) = render.film().as_ref().map(part) else {
            return problem(
                StatusCode::NOT_FOUND,
                "no-film",
                "the render has no film, or not yet",
            );
        };
        let length = HeaderValue::from(content.len());
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (header::CONTENT_LENGTH, length),
        ];
        (headers, Body::from_stream(content.stream())).into_response()
    }

    /// Films of another engine are other films.
    fn unfit(&self, order: &SceneOrder) -> Option<Response> {
        let ours = self.0.renderer.engine();
        let wanted = order.engine.as_deref().filter(|wanted| *wanted != ours)?;
        let why = format!("this server has {ours:?}, not {wanted:?}");
        Some(problem(StatusCode::CONFLICT, "other-engine", &why))
    }
}

fn address(text: Option<&str>, allowed: &[Origin]) -> Result<Option<Url>, ()> {
    text.map(|text| admitted(text, allowed).ok_or(())).transpose()
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| {
        let why = error.to_string();
        Box::new(problem(StatusCode::UNPROCESSABLE_ENTITY, "malformed", &why))
    })
}

fn busy() -> Response {
    let mut refusal = problem(
        StatusCode::TOO_MANY_REQUESTS,
        "busy",
        "too many renders are waiting: ask again later, or another server",
    );
    let headers = refusal.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S));
    refusal
}

fn problem(status: StatusCode, code: &str, detail: &str) -> Response {
    let body = Json(Problem {
        status: status.as_u16(),
        code: code.to_owned(),
        detail: detail.chars().take(500).collect(),
    });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body).into_response()
}

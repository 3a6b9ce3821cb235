//! The front door put together: what it needs, and which routes it has.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Router, http};
use manim_core::memory::MemoryLimiter;
use manim_core::{BlobKey, BlobStore, Clock, Job, Pipeline, RateLimiter, SystemClock, Timestamp};
use tokio::sync::{OnceCell, Semaphore};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::key::SigningKeys;
use crate::layer;
use crate::link;
#[cfg(feature = "prometheus")]
use crate::metrics::Recorder;
use crate::options::{HttpOptions, origin};
use crate::problem::{Problem, ProblemCode};
use crate::route;
use crate::route::blob::LinkRefusal;

/// A problem of 5000 characters, each of them escaped as a pair of surrogates, and room beside it.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// A pipeline behind HTTP. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub struct Http(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pipeline: Pipeline,
    keys: SigningKeys,
    limiter: Arc<dyn RateLimiter>,
    clock: Arc<dyn Clock>,
    options: HttpOptions,
    listeners: Arc<Semaphore>,
    /// Where the store hands films out itself, as browsers must be told.
    store_origin: OnceCell<Option<String>>,
    #[cfg(feature = "prometheus")]
    recorder: Option<Recorder>,
}

/// Collects the parts of an [`Http`].
#[derive(Debug)]
pub struct HttpBuilder {
    pipeline: Pipeline,
    keys: SigningKeys,
    limiter: Option<Arc<dyn RateLimiter>>,
    clock: Arc<dyn Clock>,
    options: HttpOptions,
    #[cfg(feature = "prometheus")]
    recorder: Option<Recorder>,
}

impl HttpBuilder {
    /// Counts submissions here; without it, in this process's memory.
    #[must_use]
    pub fn limiter(mut self, limiter: Arc<dyn RateLimiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// Asks this clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Behaves like this.
    #[must_use]
    pub fn options(mut self, options: HttpOptions) -> Self {
        self.options = options;
        self
    }

    /// Shows what `recorder` has counted at `/metrics`, to whoever has the admin token.
    #[cfg(feature = "prometheus")]
    #[must_use]
    pub fn recorder(mut self, recorder: Recorder) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// The front door.
    pub fn build(self) -> Http {
        let clock = self.clock;
        let limiter = self
            .limiter
            .unwrap_or_else(|| Arc::new(MemoryLimiter::new().with_clock(clock.clone())));
        let listeners = self.options.max_listeners.min(Semaphore::MAX_PERMITS);
        Http(Arc::new(Inner {
            pipeline: self.pipeline,
            keys: self.keys,
            limiter,
            clock,
            options: self.options,
            listeners: Arc::new(Semaphore::new(listeners)),
            store_origin: OnceCell::new(),
            #[cfg(feature = "prometheus")]
            recorder: self.recorder,
        }))
    }
}

impl Http {
    /// A front door to `pipeline` whose sessions and links are signed with `keys`.
    pub fn builder(pipeline: Pipeline, keys: SigningKeys) -> HttpBuilder {
        HttpBuilder {
            pipeline,
            keys,
            limiter: None,
            clock: Arc::new(SystemClock),
            options: HttpOptions::default(),
            #[cfg(feature = "prometheus")]
            recorder: None,
        }
    }

    /// All routes, to serve with [`serve`](crate::serve) or to nest in a program's own router.
    pub fn router(&self) -> Router {
        let api = self.api();
        let films = Router::new()
            .route("/film/{link}", get(route::link::landing).post(route::link::open))
            .route("/film/{link}/video", get(route::link::video))
            .route("/film/{link}/poster", get(route::link::poster));
        let service = Router::new()
            .route("/health/live", get(route::health::live))
            .route("/health/ready", get(route::health::ready))
            .route("/health/relays", get(route::health::relays))
            .route("/debug/providers", get(route::debug::providers))
            .route("/openapi.json", get(crate::openapi::document));
        #[cfg(feature = "prometheus")]
        let service = service.route("/metrics", get(route::debug::metrics));
        let router = api
            .merge(films)
            .merge(service)
            .merge(crate::page::routes())
            .fallback(no_such_route)
            .method_not_allowed_fallback(no_such_method)
            .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
            .layer(from_fn(layer::size::bound));
        self.guarded(router).with_state(self.clone())
    }

    /// A route that hands out the blobs below `path` to whoever has an address that their store
    /// has signed: for stores that sign addresses and serve none, a directory or memory. `judge`
    /// is given what follows `path` and its slash, and what follows the question mark.
    pub fn store_links<J>(&self, path: &str, blobs: Arc<dyn BlobStore>, judge: J) -> Router
    where
        J: Fn(&str, &str) -> Result<BlobKey, LinkRefusal> + Send + Sync + 'static,
    {
        self.guarded(route::blob::routes(path, blobs, Arc::new(judge)))
    }

    /// What every answer of ours has.
    fn guarded<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router
            .layer(from_fn_with_state(self.clone(), layer::deadline::bound))
            .layer(from_fn_with_state(self.clone(), layer::headers::secure))
            .layer(from_fn(layer::trace::follow))
    }

    fn api(&self) -> Router<Self> {
        Router::new()
            .route("/api/v1/jobs", post(route::jobs::submit).get(route::jobs::list))
            .route(
                "/api/v1/jobs/{id}",
                get(route::jobs::read).delete(route::jobs::cancel),
            )
            .route("/api/v1/jobs/{id}/events", get(route::events::follow))
            .route("/api/v1/video/{id}/access", get(route::video::access))
            .route("/api/v1/video/{id}/poster", get(route::video::poster))
            .route("/api/v1/video/{id}/storyboard", get(route::video::storyboard))
            .layer(from_fn_with_state(self.clone(), layer::caller::identify))
            .layer(self.cors())
    }

    /// Tokens travel in headers, so no page needs our cookies, and none gets them.
    fn cors(&self) -> CorsLayer {
        let origins = self.options().allowed_origins.iter();
        let origins = origins.filter_map(|origin| origin.parse().ok());
        let header = http::HeaderName::from_static;
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([http::Method::GET, http::Method::POST, http::Method::DELETE])
            .allow_headers([
                http::header::AUTHORIZATION,
                http::header::CONTENT_TYPE,
                http::header::RANGE,
                header("idempotency-key"),
                header("last-event-id"),
                header("film-token"),
                header("traceparent"),
            ])
            .expose_headers([
                http::header::LOCATION,
                http::header::RETRY_AFTER,
                header("session-token"),
                header("film-token"),
                header("x-request-id"),
                header("traceparent"),
            ])
            .max_age(Duration::from_secs(3600))
    }

    /// An address at which whoever has it may open the job's film, once, without a session; good
    /// for two days. `None` without [`HttpOptions::with_public_url`].
    ///
    /// The address shows a page with the poster and a button. Previews, scanners and `HEAD`
    /// never use the film up.
    pub fn film_link(&self, job: &Job) -> Option<String> {
        let public = self.options().public_url.as_deref()?;
        Some(format!("{public}/film/{}", self.link_token(job)))
    }

    pub(crate) fn link_token(&self, job: &Job) -> String {
        link::write(self.keys(), job.id(), self.now())
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.0.pipeline
    }

    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    pub(crate) fn limiter(&self) -> &dyn RateLimiter {
        &*self.0.limiter
    }

    pub(crate) fn options(&self) -> &HttpOptions {
        &self.0.options
    }

    pub(crate) fn listeners(&self) -> &Arc<Semaphore> {
        &self.0.listeners
    }

    /// `https://account.r2.cloudflarestorage.com`, where films come from there. A store that
    /// cannot say is asked again.
    pub(crate) async fn store_origin(&self) -> Option<&str> {
        if !self.options().direct {
            return None;
        }
        let found = self.0.store_origin.get_or_try_init(|| async {
            let key = BlobKey::parse("films/origin.mp4").map_err(drop)?;
            let address = self.pipeline().film_address(&key, Duration::from_secs(1));
            let address = address.await.map_err(drop)?;
            Ok::<_, ()>(address.as_deref().and_then(origin).map(str::to_owned))
        });
        found.await.ok()?.as_deref()
    }

    #[cfg(feature = "prometheus")]
    pub(crate) fn recorder(&self) -> Option<&Recorder> {
        self.0.recorder.as_ref()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }
}

impl FromRef<Http> for Pipeline {
    fn from_ref(http: &Http) -> Self {
        http.0.pipeline.clone()
    }
}

async fn no_such_route() -> Problem {
    let detail = "There is no such address. The addresses are listed in /openapi.json.";
    Problem::new(ProblemCode::NotFound, detail)
}

async fn no_such_method() -> Problem {
    let detail = "This address does not take that method; the Allow header lists those it takes.";
    Problem::new(ProblemCode::MethodNotAllowed, detail)
}

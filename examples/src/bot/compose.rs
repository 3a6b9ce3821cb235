//! Puts the parts together as the configuration says.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use manim_core::{
    Job, Pipeline, PipelineOptions, Provider, Quota, RenderErrorKind, Renderer, ScriptRunner, Secret, chain,
};
use manim_http::{Http, HttpOptions, Recorder, SigningKeys};
use manim_providers::PriceTable;
use manim_renderer::{Options, RemoteOptions, RemoteRenderer};
use manim_storage::{Records, Settings, open_blobs, open_records};
use manim_telegram::{Api, ApiOptions, Delivering, Telegram, TelegramNotifier, TelegramOptions, Watcher};

use super::absent::NoRenderer;
use super::chronicle::Chronicle;
use super::config::{Config, Delivery, Remote, Renders, Site, TelegramSite, Updates};
use super::routes::{Routes, WEBHOOK};
use crate::engine::{providers, renderer};

/// How long to wait for the first render server. One that starts at the same time as the bot is
/// there by then.
const SERVER_PATIENCE: Duration = Duration::from_secs(60);

/// What a render server has put into the bucket so long ago is for nobody: an address to put a
/// film to lasts for an hour.
pub(super) const UPLOAD_AGE: Duration = Duration::from_secs(2 * 3600);

/// The parts of a running bot.
pub(super) struct Parts {
    pub(super) pipeline: Pipeline,
    pub(super) telegram: Option<Telegram>,
    pub(super) watcher: Option<Watcher>,
    pub(super) site: Option<(Site, Router)>,
    pub(super) remote: Option<RemoteRenderer>,
}

/// Who draws.
struct Engine {
    renderer: Arc<dyn Renderer>,
    scripts: Option<Arc<dyn ScriptRunner>>,
    remote: Option<RemoteRenderer>,
}

pub(super) async fn compose(config: &Config) -> anyhow::Result<Parts> {
    let settings = Settings::from_env();
    let records = open_records(config.records.expose(), &settings).await;
    let records = records.context("cannot open RECORDS_URL")?;
    let blobs = open_blobs(config.blobs.expose(), &settings).await;
    let blobs = blobs.context("cannot open BLOBS_URL")?;
    let engine = engine(config, &blobs).await?;
    // The notifier makes links, the front door knows how, and the pipeline is between them.
    let door: Arc<OnceLock<Http>> = Arc::default();
    let api = config.telegram.as_ref().map(api).transpose()?;
    let (notifier, watcher) = api
        .clone()
        .zip(config.telegram.as_ref())
        .map(|(api, site)| TelegramNotifier::new(api, delivering(site, config, &door)))
        .unzip();

    let mut builder = Pipeline::builder(ask(config, &engine)?, engine.renderer.clone())
        .sessions(records.sessions.clone())
        .queue(records.queue.clone())
        .blobs(blobs.clone())
        .prices(Arc::new(PriceTable::published()))
        .options(options(config));
    if let Some(scripts) = engine.scripts.clone().filter(|_| config.claims) {
        builder = builder.claims(scripts);
    }
    if config.reuse_answers {
        builder = builder.reuse_answers(blobs.clone());
    }
    if let Some(notifier) = notifier {
        builder = builder.notifier(Arc::new(notifier));
    }
    let pipeline = builder.notifier(Arc::new(Chronicle)).build();

    let http = front_door(config, &pipeline, &records)?;
    let _ = door.set(http.clone());
    let telegram = match api {
        Some(api) if config.role.faces_people() => Some(talk(config, api, &pipeline, &records).await?),
        _ => None,
    };
    let routes = Routes {
        config,
        http: &http,
        telegram: telegram.as_ref(),
        remote: engine.remote.as_ref(),
    };
    let router = routes.router(blobs, &settings)?;
    let site = config.http.clone().map(|site| (site, router));
    Ok(Parts {
        pipeline,
        telegram,
        watcher: watcher.filter(|_| config.role.works()),
        site,
        remote: engine.remote,
    })
}

async fn engine(config: &Config, blobs: &Arc<dyn manim_core::BlobStore>) -> anyhow::Result<Engine> {
    if !config.role.works() {
        return Ok(Engine {
            renderer: Arc::new(NoRenderer),
            scripts: None,
            remote: None,
        });
    }
    match &config.renders {
        Renders::Here { jobs, scratch } => {
            let mut options = Options::default().accept_isolation(config.isolation);
            if let Some(jobs) = jobs {
                options = options.with_concurrency(*jobs);
            }
            if let Some(scratch) = scratch {
                options = options.with_scratch(scratch);
            }
            let renderer = renderer(options).await?;
            Ok(Engine {
                scripts: Some(renderer.clone()),
                renderer,
                remote: None,
            })
        }
        Renders::There(there) => {
            let mut options = RemoteOptions::default().accept_isolation(config.isolation);
            if let Some(callback) = &there.callback {
                options = options.with_callback(callback);
            }
            if there.uploads {
                options = options.with_bucket(blobs.clone());
            }
            let remote = reach(there, options).await?;
            Ok(Engine {
                renderer: Arc::new(remote.clone()),
                scripts: Some(Arc::new(remote.clone())),
                remote: Some(remote),
            })
        }
    }
}

/// The first server may still be starting.
async fn reach(there: &Remote, options: RemoteOptions) -> anyhow::Result<RemoteRenderer> {
    let begun = tokio::time::Instant::now();
    loop {
        let connected = RemoteRenderer::connect(&there.servers, there.secret.clone(), options.clone()).await;
        match connected {
            Err(error)
                if error.kind() == RenderErrorKind::Unavailable && begun.elapsed() < SERVER_PATIENCE =>
            {
                tracing::warn!(error = chain(&error), "no render server yet");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            connected => return connected.context("cannot use the render servers"),
        }
    }
}

fn ask(config: &Config, engine: &Engine) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
    match &engine.scripts {
        Some(scripts) => providers(&config.providers, scripts.clone()),
        None => Ok(Vec::new()),
    }
}

pub(super) fn options(config: &Config) -> PipelineOptions {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    PipelineOptions {
        repair_attempts: config.repairs,
        workers: config.workers.unwrap_or(processors),
        queue_limit: config.queue_limit,
        lease: config.lease,
        drain: config.drain,
        film_ttl: config.film_ttl,
        ..PipelineOptions::default()
    }
}

fn api(site: &TelegramSite) -> anyhow::Result<Arc<Api>> {
    let options = match &site.api_url {
        Some(url) => ApiOptions::default().with_base_url(url),
        None => ApiOptions::default(),
    };
    Ok(Arc::new(Api::new(site.token.clone(), options)?))
}

fn delivering(site: &TelegramSite, config: &Config, door: &Arc<OnceLock<Http>>) -> Delivering {
    if config.public_url.is_none() {
        return Delivering::videos();
    }
    let door = Arc::clone(door);
    let link = move |job: &Job| door.get()?.film_link(job);
    match site.delivery {
        Delivery::Video => Delivering::videos_or_links(link),
        Delivery::Link => Delivering::links(link),
    }
}

/// Also where nothing is served: a worker makes the frontends' links.
fn front_door(config: &Config, pipeline: &Pipeline, records: &Records) -> anyhow::Result<Http> {
    let site = config.http.as_ref();
    let keys = match site
        .and_then(|site| site.key.as_ref())
        .or(config.link_key.as_ref())
    {
        Some(key) => signing_keys(key, site.and_then(|site| site.previous_key.as_ref()))?,
        None => SigningKeys::random(),
    };
    let mut options =
        HttpOptions::default().with_session_quota(Quota::per_minute(config.quota.min(Quota::MAX_LIMIT)));
    if let Some(url) = &config.public_url {
        options = options.with_public_url(url);
    }
    if let Some(site) = site {
        options = options
            .with_allowed_origins(site.allowed_origins.clone())
            .with_forwarded_hops(site.forwarded_hops);
        if let Some(token) = &site.admin_token {
            options = options.with_admin_token(token.clone());
        }
    }
    let mut builder = Http::builder(pipeline.clone(), keys)
        .limiter(records.limiter.clone())
        .options(options);
    if site.is_some_and(|site| site.admin_token.is_some()) {
        builder = builder.recorder(Recorder::install().context("cannot count for /metrics")?);
    }
    Ok(builder.build())
}

fn signing_keys(key: &Secret, previous: Option<&Secret>) -> anyhow::Result<SigningKeys> {
    let keys = SigningKeys::new(key).context("HTTP_SIGNING_KEY")?;
    match previous {
        Some(previous) => keys.with_previous(previous).context("HTTP_SIGNING_KEY_PREVIOUS"),
        None => Ok(keys),
    }
}

async fn talk(
    config: &Config,
    api: Arc<Api>,
    pipeline: &Pipeline,
    records: &Records,
) -> anyhow::Result<Telegram> {
    let options = TelegramOptions {
        quota: Quota::per_minute(config.quota.min(Quota::MAX_LIMIT)),
    };
    let (inbox, limiter) = (records.inbox.clone(), records.limiter.clone());
    let telegram = Telegram::start(api.clone(), pipeline.clone(), inbox, limiter, options).await;
    let telegram = telegram.context("cannot start the Telegram bot")?;
    if let (Some(site), Some(url)) = (&config.telegram, &config.public_url)
        && let Updates::Webhook(secret) = &site.updates
    {
        let set = api.set_webhook(&format!("{url}{WEBHOOK}"), secret).await;
        set.context("cannot set the webhook")?;
    }
    Ok(telegram)
}

/// Removes, once an hour, what render servers have put into the bucket for nobody.
pub(super) async fn sweep_uploads(remote: RemoteRenderer, shutdown: impl Future<Output = ()>) {
    const EVERY: Duration = Duration::from_secs(3600);
    let sweeping = async {
        loop {
            if let Err(error) = remote.sweep_uploads(UPLOAD_AGE).await {
                tracing::warn!(error = chain(&error), "uploads were not swept");
            }
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = shutdown => {}
        () = sweeping => {}
    }
}

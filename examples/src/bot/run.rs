//! Runs the bot until it is told to stop, and tells of one job on request.

use std::io::IsTerminal;

use anyhow::{Context, bail};
use futures::future::{BoxFuture, FutureExt};
use manim_core::{JobId, SessionStore};
use manim_http::{ServeOptions, serve};
use manim_storage::{Settings, open_records};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing_subscriber::EnvFilter;

use super::chronicle::timetable;
use super::compose::{Parts, compose, sweep_uploads};
use super::config::{Config, Log, Updates};

/// Logs to stderr. The problems that people send are in no event.
pub fn start_log(log: &Log) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&log.filter).context("cannot read LOG")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match log.json {
        true => builder.json().flatten_event(true).init(),
        false => builder.with_ansi(std::io::stderr().is_terminal()).init(),
    }
    Ok(())
}

/// The course of one job, as far as its record tells.
///
/// # Errors
/// The store cannot be opened (one in a file belongs to the running bot), or there is no such job.
pub async fn trace(records: &str, id: JobId) -> anyhow::Result<String> {
    let records = open_records(records, &Settings::from_env()).await;
    let records = records.context("cannot open RECORDS_URL")?;
    let sessions: &dyn SessionStore = &*records.sessions;
    let Some(job) = sessions.job(id).await? else {
        bail!("there is no job {id}: it never was, or its record has expired");
    };
    Ok(timetable(&job.value))
}

/// Runs until SIGTERM or SIGINT; then takes nothing more in, ends or hands on what is in hand,
/// and returns. A second signal ends it at once.
///
/// # Errors
/// A part cannot be started, or Telegram refuses the token.
pub async fn run(config: Config) -> anyhow::Result<()> {
    let (stop, _) = watch::channel(false);
    let mut signals = Signals::new()?;
    let parts = tokio::select! {
        parts = compose(&config) => parts?,
        () = signals.next() => return Ok(()),
    };
    let mut tasks = start(&config, parts, &stop).await?;
    tracing::info!(role = ?config.role, "the bot is running");
    let mut end = Ok(());
    loop {
        tokio::select! {
            () = signals.next() => {
                if stop.send_replace(true) {
                    bail!("a second signal: stopped at once");
                }
                tracing::info!("stopping");
            }
            ended = tasks.join_next() => match ended {
                None => return end,
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => {
                    stop.send_replace(true);
                    end = end.and(Err(error));
                }
                Some(Err(error)) => {
                    stop.send_replace(true);
                    end = end.and(Err(error.into()));
                }
            },
        }
    }
}

type Task = JoinSet<anyhow::Result<()>>;

async fn start(config: &Config, parts: Parts, stop: &watch::Sender<bool>) -> anyhow::Result<Task> {
    let Parts {
        pipeline,
        telegram,
        watcher,
        site,
        remote,
    } = parts;
    let mut tasks = JoinSet::new();
    if let Some((site, router)) = site {
        let listener = TcpListener::bind(site.listen).await;
        let listener = listener.with_context(|| format!("cannot listen on {}", site.listen))?;
        tracing::info!(address = %listener.local_addr()?, "listening");
        let stopped = stopped(stop);
        tasks.spawn(async move {
            let served = serve(listener, router, ServeOptions::default(), stopped).await;
            served.context("the HTTP server ended")
        });
    }
    if let Some(watcher) = watcher {
        let (watched, stopped) = (pipeline.clone(), stopped(stop));
        tasks.spawn(async move {
            watcher.run(watched, stopped).await;
            Ok(())
        });
    }
    if let Some(telegram) = telegram {
        let polls = config
            .telegram
            .as_ref()
            .is_some_and(|site| site.updates == Updates::Polling);
        let stopped = stopped(stop);
        tasks.spawn(async move {
            match polls {
                true => telegram.poll(stopped).await?,
                false => stopped.await,
            }
            telegram.finish().await;
            Ok(())
        });
    }
    if let Some(remote) = remote {
        let stopped = stopped(stop);
        tasks.spawn(async move {
            sweep_uploads(remote, stopped).await;
            Ok(())
        });
    }
    if config.role.works() {
        let stopped = stopped(stop);
        tasks.spawn(async move {
            pipeline.run(stopped).await;
            Ok(())
        });
    }
    Ok(tasks)
}

fn stopped(stop: &watch::Sender<bool>) -> BoxFuture<'static, ()> {
    let mut stop = stop.subscribe();
    async move {
        let _ = stop.wait_for(|stop| *stop).await;
    }
    .boxed()
}

/// SIGTERM, as service managers send it, and SIGINT, as people do.
pub(super) struct Signals {
    term: tokio::signal::unix::Signal,
    int: tokio::signal::unix::Signal,
}

impl Signals {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
        })
    }

    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}

//! Several render servers: which are there, which is least busy, whom to ask next.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use manim_core::{Breaker, Clock, Isolation, RenderError, RenderErrorKind, SystemClock};
use reqwest::Url;
use tokio::time::{Instant, sleep};

use super::call::{Line, Missed, unreachable};
use super::options::RemoteOptions;
use super::wire::About;

/// A server that does not say how busy it is within this time is not asked to render.
const ABOUT_LIMIT: Duration = Duration::from_secs(5);
/// Between looks whether any server is there.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// One server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: Url,
    breaker: Breaker,
    /// Calls of ours that it is working on.
    ours: AtomicUsize,
}

impl Server {
    pub(crate) fn new(url: Url, options: &RemoteOptions) -> Self {
        Self {
            url,
            breaker: Breaker::new(options.breaker),
            ours: AtomicUsize::new(0),
        }
    }

    /// Asks the server what it is. An open circuit is an answer too.
    pub(crate) async fn about(&self, line: &Line) -> Result<About, RenderError> {
        let Some(permit) = self.breaker.admit(SystemClock.now()) else {
            return Err(unreachable(&self.url));
        };
        let asked = line.get(&self.url, "/about", ABOUT_LIMIT).await;
        match asked {
            Ok(about) => {
                permit.succeeded();
                Ok(about)
            }
            Err(Missed::Unheard(error) | Missed::Lost(error) | Missed::Final(error)) => {
                permit.failed(SystemClock.now());
                Err(error)
            }
            Err(Missed::Busy(_)) => Err(unreachable(&self.url)),
        }
    }

    /// It failed in the middle of something.
    fn failed(&self) {
        if let Some(permit) = self.breaker.admit(SystemClock.now()) {
            permit.failed(SystemClock.now());
        }
    }
}

/// A server at work for us; counted for as long as this lives.
#[derive(Debug)]
pub(crate) struct Hired {
    server: Arc<Server>,
    place: usize,
}

impl Hired {
    pub(crate) fn url(&self) -> &Url {
        &self.server.url
    }
}

impl Drop for Hired {
    fn drop(&mut self) {
        self.server.ours.fetch_sub(1, Ordering::Relaxed);
    }
}

/// All servers.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) servers: Vec<Arc<Server>>,
    pub(crate) engine: String,
    pub(crate) options: RemoteOptions,
    next: AtomicUsize,
}

impl Fleet {
    pub(crate) fn new(servers: Vec<Arc<Server>>, engine: String, options: RemoteOptions) -> Self {
        Self {
            servers,
            engine,
            options,
            next: AtomicUsize::new(0),
        }
    }

    /// Looks for a server for one call.
    pub(crate) fn search<'a>(&'a self, line: &'a Line) -> Search<'a> {
        Search {
            fleet: self,
            line,
            full: HashMap::new(),
            losses: 0,
            alone_since: None,
            queued_since: None,
        }
    }

    /// Whether a film made there is one of ours.
    pub(crate) fn fit(&self, server: &Url, about: &About) -> Result<(), RenderError> {
        let host = server.origin().ascii_serialization();
        if about.engine != self.engine {
            let subject = format!("{host} (it has {:?}, the others {:?})", about.engine, self.engine);
            return Err(RenderError::new(
                RenderErrorKind::Environment,
                "render on",
                subject,
            ));
        }
        fit_isolation(&host, about.isolation, self.options.minimum)
    }

    /// The least busy of those that are there, and not among `full`.
    async fn least_busy(
        &self,
        line: &Line,
        full: &HashMap<usize, Instant>,
    ) -> Result<Hired, Option<RenderError>> {
        let open = || {
            self.servers
                .iter()
                .enumerate()
                .filter(|(place, _)| !full.contains_key(place))
        };
        let told = join_all(open().map(|(_, server)| server.about(line))).await;
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let (mut best, mut failure) = (None, None);
        for ((place, server), about) in open().zip(told) {
            match about.and_then(|about| self.fit(&server.url, &about).map(|()| about)) {
                Err(error) => failure = Some(error),
                Ok(about) => {
                    let ours = server.ours.load(Ordering::Relaxed);
                    let turns = (place + turn) % self.servers.len();
                    let load = load(about.busy.max(ours), about.slots);
                    let candidate = (Reverse((load, turns)), place);
                    best = best.max(Some(candidate));
                }
            }
        }
        let Some((_, place)) = best else {
            return Err(failure);
        };
        let server = Arc::clone(&self.servers[place]);
        server.ours.fetch_add(1, Ordering::Relaxed);
        Ok(Hired { server, place })
    }
}

pub(crate) fn fit_isolation(host: &str, level: Isolation, minimum: Isolation) -> Result<(), RenderError> {
    if level >= minimum {
        return Ok(());
    }
    let subject = format!("{host} (it isolates at {level}, {minimum} is asked for)");
    Err(RenderError::new(RenderErrorKind::Isolation, "render on", subject))
}

/// Thousandths of its slots.
fn load(busy: usize, slots: usize) -> usize {
    busy.saturating_mul(1000) / slots.max(1)
}

/// The search for a server that does one call, with what was learned on the way.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    fleet: &'a Fleet,
    line: &'a Line,
    /// Servers without room, until when.
    full: HashMap<usize, Instant>,
    losses: u32,
    alone_since: Option<Instant>,
    queued_since: Option<Instant>,
}

impl Search<'_> {
    /// The next server to ask; waits for one to come back, and for one to have room.
    pub(crate) async fn next(&mut self) -> Result<Hired, RenderError> {
        loop {
            let now = Instant::now();
            self.full.retain(|_, until| *until > now);
            match self.fleet.least_busy(self.line, &self.full).await {
                Ok(hired) => {
                    self.alone_since = None;
                    return Ok(hired);
                }
                Err(failure) => self.wait(failure).await?,
            }
        }
    }

    async fn wait(&mut self, failure: Option<RenderError>) -> Result<(), RenderError> {
        let (now, options) = (Instant::now(), &self.fleet.options);
        if let Some(room) = self.full.values().min().copied() {
            let since = *self.queued_since.get_or_insert(now);
            if now.duration_since(since) >= options.queue_patience {
                return Err(RenderError::new(
                    RenderErrorKind::Busy,
                    "find room on",
                    "any render server",
                ));
            }
            sleep(room.duration_since(now).max(LOOK_AGAIN)).await;
            return Ok(());
        }
        let since = *self.alone_since.get_or_insert(now);
        if now.duration_since(since) >= options.patience {
            let nobody = || RenderError::new(RenderErrorKind::Unavailable, "reach", "any render server");
            return Err(failure.unwrap_or_else(nobody));
        }
        sleep(LOOK_AGAIN).await;
        Ok(())
    }

    /// The server did not do it. `Err`: nobody will.
    pub(crate) fn missed(&mut self, hired: &Hired, missed: Missed) -> Result<(), RenderError> {
        match missed {
            Missed::Final(error) => Err(error),
            Missed::Busy(pause) => {
                self.full.insert(hired.place, Instant::now() + pause);
                Ok(())
            }
            Missed::Unheard(error) | Missed::Lost(error) => {
                hired.server.failed();
                self.losses += 1;
                if self.losses >= self.fleet.options.tries {
                    return Err(error);
                }
                tracing::warn!(
                    error = manim_core::chain(&error),
                    "a render server was lost; the call is made again"
                );
                Ok(())
            }
        }
    }
}

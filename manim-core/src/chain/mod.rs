//! Asks the providers in the order given until one replies. Holds no state of a job.
//!
//! A round asks each provider once and never waits: one that fails fast costs nothing.
//! Only when all have failed, those that may do better later are asked again, after the
//! pause they named or a growing one.

mod breaker;
mod budget;
mod explain;
mod health;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::time::{Instant, sleep, timeout};

pub use self::breaker::{Breaker, BreakerOptions, Circuit, Permit};
pub use self::budget::{Budget, Pricing};
pub use self::health::ProviderHealth;

use self::health::Record;
use crate::attempt::{Attempt, AttemptError};
use crate::clock::Clock;
use crate::error::{Retry, chain};
use crate::failure::Failure;
use crate::provider::{
    DeltaSink, Generation, GenerationRequest, Provider, ProviderError, ProviderErrorKind, Usage,
};

/// How providers are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainOptions {
    /// How long one call may take. Default 180 s: a long answer of a slow model.
    pub timeout: Duration,
    /// How often each provider is asked before the job fails. Default 3.
    pub rounds: u32,
    /// The pause before the second round; doubles with each further one. Default 1 s.
    pub backoff: Duration,
    /// The longest pause; a provider that asks for more is not asked again. Default 60 s.
    pub longest_pause: Duration,
    /// Ask the next provider too when those asked are silent for so long; the first reply
    /// wins and the others are dropped. Default: never.
    pub hedge_after: Option<Duration>,
    /// When a provider is not asked for a while.
    pub breaker: BreakerOptions,
    /// What the calls of one job may cost together.
    pub budget: Budget,
}

impl Default for ChainOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(180),
            rounds: 3,
            backoff: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            hedge_after: None,
            breaker: BreakerOptions::default(),
            budget: Budget::default(),
        }
    }
}

/// Providers in the order in which they are asked.
#[derive(Debug)]
pub(crate) struct Chain {
    links: Vec<Link>,
    options: ChainOptions,
    clock: Arc<dyn Clock>,
    prices: Option<Arc<dyn Pricing>>,
}

#[derive(Debug)]
struct Link {
    provider: Arc<dyn Provider>,
    breaker: Breaker,
    record: Record,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) reply: Result<Generation, Failure>,
}

impl Chain {
    pub(crate) fn new(
        providers: Vec<Arc<dyn Provider>>,
        options: ChainOptions,
        clock: Arc<dyn Clock>,
        prices: Option<Arc<dyn Pricing>>,
    ) -> Self {
        let link = |provider| Link {
            provider,
            breaker: Breaker::new(options.breaker),
            record: Record::default(),
        };
        Self {
            links: providers.into_iter().map(link).collect(),
            options,
            clock,
            prices,
        }
    }

    pub(crate) fn health(&self) -> Vec<ProviderHealth> {
        let now = self.clock.now();
        let health = |link: &Link| {
            let (name, model) = (link.provider.name(), link.provider.model());
            link.record.health(name, model, link.breaker.circuit(now))
        };
        self.links.iter().map(health).collect()
    }

    /// Asks until there is a reply, the budget is used up, or asking again cannot help.
    /// `spent` are the calls made for the same job before.
    pub(crate) async fn ask(
        &self,
        request: &GenerationRequest,
        spent: &[Attempt],
        deltas: &dyn DeltaSink,
    ) -> Asked {
        let mut asking = Asking {
            chain: self,
            request,
            spent,
            deltas: Heard::new(deltas),
            attempts: Vec::new(),
            errors: self.links.iter().map(|_| None).collect(),
        };
        let reply = asking.rounds().await;
        let reply = reply.ok_or_else(|| {
            let errors: Vec<_> = asking.errors.into_iter().flatten().collect();
            explain::explain(&errors)
        });
        Asked {
            attempts: asking.attempts,
            reply,
        }
    }

    /// Providers that failed twice in the same way on this job come last.
    fn order(&self, request: &GenerationRequest) -> VecDeque<usize> {
        let mut order: Vec<usize> = (0..self.links.len()).collect();
        order.sort_by_key(|&link| {
            request
                .avoid
                .iter()
                .any(|name| name == self.links[link].provider.name())
        });
        order.into()
    }

    async fn call(&self, link: usize, request: &GenerationRequest, deltas: &Heard<'_>) -> Call {
        let begun = Instant::now();
        let reply = self.links[link].call(self, request, deltas).await;
        Call {
            link,
            latency: begun.elapsed(),
            reply,
        }
    }
}

impl Link {
    async fn call(
        &self,
        chain: &Chain,
        request: &GenerationRequest,
        deltas: &Heard<'_>,
    ) -> Result<Generation, Refusal> {
        let begun = Instant::now();
        let Some(permit) = self.breaker.admit(chain.clock.now()) else {
            return Err(Refusal::NotAsked(
                self.error(ProviderErrorKind::Unavailable, "paused after failures"),
            ));
        };
        let late = |_| self.error(ProviderErrorKind::TimedOut, "no answer in time");
        let limit = chain.options.timeout;
        let reply = timeout(limit, self.provider.generate(request, deltas))
            .await
            .map_err(late);
        match reply.and_then(|reply| reply) {
            Ok(generation) => {
                permit.succeeded();
                self.record.succeeded(begun.elapsed());
                Ok(generation)
            }
            Err(error) => {
                if blames_the_provider(error.kind()) {
                    permit.failed(chain.clock.now());
                } else {
                    permit.succeeded();
                }
                self.record.failed(error.kind());
                Err(Refusal::Failed(error))
            }
        }
    }

    fn error(&self, kind: ProviderErrorKind, why: &str) -> ProviderError {
        ProviderError::new(kind, "generate with", format!("{} ({why})", self.provider.name()))
    }
}

/// A provider that answers, if only to decline this request, is up.
fn blames_the_provider(kind: ProviderErrorKind) -> bool {
    use ProviderErrorKind as Kind;
    !matches!(kind, Kind::Unsupported | Kind::Refused | Kind::InvalidRequest)
}

struct Call {
    link: usize,
    latency: Duration,
    reply: Result<Generation, Refusal>,
}

enum Refusal {
    NotAsked(ProviderError),
    Failed(ProviderError),
}

/// One request on its way through the chain.
struct Asking<'a> {
    chain: &'a Chain,
    request: &'a GenerationRequest,
    spent: &'a [Attempt],
    deltas: Heard<'a>,
    attempts: Vec<Attempt>,
    errors: Vec<Option<ProviderError>>,
}

impl Asking<'_> {
    async fn rounds(&mut self) -> Option<Generation> {
        let mut queue = self.chain.order(self.request);
        for round in 0..self.chain.options.rounds.max(1) {
            if let Some(generation) = self.round(queue).await {
                return Some(generation);
            }
            let last = round + 1 == self.chain.options.rounds;
            let (pause, again) = self.another_chance(round)?;
            if last || self.budget_is_used_up() {
                return None;
            }
            sleep(pause).await;
            queue = again;
        }
        None
    }

    /// Asks each provider of the queue once: one after the other, or the next one beside a
    /// silent one when hedging is on.
    async fn round(&mut self, mut queue: VecDeque<usize>) -> Option<Generation> {
        let (chain, request) = (self.chain, self.request);
        let deltas = self.deltas.clone();
        let mut running = FuturesUnordered::new();
        let mut under_way: Vec<(usize, Instant)> = Vec::new();
        loop {
            if running.is_empty() {
                let link = queue.pop_front().filter(|_| !self.budget_is_used_up())?;
                under_way.push((link, Instant::now()));
                running.push(chain.call(link, request, &deltas));
            }
            tokio::select! {
                Some(call) = running.next() => {
                    under_way.retain(|(link, _)| *link != call.link);
                    if let Some(generation) = self.take(call) {
                        self.overtaken(&under_way);
                        return Some(generation);
                    }
                }
                () = deltas.silence(chain.options.hedge_after), if !queue.is_empty() => {
                    if let Some(link) = queue.pop_front().filter(|_| !self.budget_is_used_up()) {
                        under_way.push((link, Instant::now()));
                        running.push(chain.call(link, request, &deltas));
                    }
                }
            }
        }
    }

    /// Records a call that ended.
    fn take(&mut self, call: Call) -> Option<Generation> {
        let provider = &self.chain.links[call.link].provider;
        match call.reply {
            Ok(generation) => {
                let mut attempt = blank(provider.name(), &generation.model, call.latency);
                attempt.usage = generation.usage;
                attempt.finish = Some(generation.finish);
                attempt.cost_micro_usd = self.price(&attempt);
                self.attempts.push(attempt);
                Some(generation)
            }
            Err(Refusal::Failed(error)) => {
                tracing::warn!(
                    provider = provider.name(),
                    error = chain(&error),
                    "provider failed"
                );
                let mut attempt = blank(provider.name(), provider.model(), call.latency);
                attempt.error = Some(AttemptError {
                    kind: error.kind(),
                    message: chain(&error),
                });
                self.attempts.push(attempt);
                self.errors[call.link] = Some(error);
                None
            }
            Err(Refusal::NotAsked(error)) => {
                self.errors[call.link] = Some(error);
                None
            }
        }
    }

    fn price(&self, attempt: &Attempt) -> Option<u64> {
        let prices = self.chain.prices.as_ref()?;
        prices.micro_usd(&attempt.provider, &attempt.model, attempt.usage)
    }

    /// Records the calls that are dropped because another one was faster.
    fn overtaken(&mut self, under_way: &[(usize, Instant)]) {
        for (link, begun) in under_way {
            let provider = &self.chain.links[*link].provider;
            let mut attempt = blank(provider.name(), provider.model(), begun.elapsed());
            attempt.error = Some(AttemptError {
                kind: ProviderErrorKind::TimedOut,
                message: "overtaken by another provider".to_owned(),
            });
            self.attempts.push(attempt);
        }
    }

    fn budget_is_used_up(&mut self) -> bool {
        let calls = self.spent.iter().chain(&self.attempts);
        let Some(exhausted) = self.chain.options.budget.exhausted(calls) else {
            return false;
        };
        tracing::warn!(%exhausted, "no provider is asked any more");
        let error = ProviderError::new(
            ProviderErrorKind::Refused,
            "ask",
            format!("a provider ({exhausted})"),
        );
        if let Some(slot) = self.errors.first_mut() {
            slot.get_or_insert(error);
        }
        true
    }

    /// Who may do better after a pause, and the pause.
    fn another_chance(&self, round: u32) -> Option<(Duration, VecDeque<usize>)> {
        let options = &self.chain.options;
        let growing = (options.backoff * 2_u32.saturating_pow(round)).min(options.longest_pause);
        let pause = |link: usize| match self.errors[link].as_ref()?.retry() {
            Retry::Never => None,
            Retry::Now => Some(growing),
            Retry::After(pause) => Some(pause.max(growing)),
        };
        let order = self.chain.order(self.request);
        let chances: Vec<_> = order
            .into_iter()
            .filter_map(|link| Some((link, pause(link)?)))
            .collect();
        let soonest = chances.iter().map(|(_, pause)| *pause).min()?;
        let due = chances
            .iter()
            .filter(|(_, pause)| *pause <= soonest)
            .map(|(link, _)| *link);
        (soonest <= options.longest_pause).then(|| (soonest, due.collect()))
    }
}

fn blank(provider: &str, model: &str, latency: Duration) -> Attempt {
    Attempt {
        provider: provider.to_owned(),
        model: model.to_owned(),
        usage: Usage::default(),
        cost_micro_usd: None,
        latency_ms: latency.as_millis() as u64,
        finish: None,
        error: None,
    }
}

/// Passes deltas on, and remembers that there were some.
#[derive(Clone)]
struct Heard<'a> {
    sink: &'a dyn DeltaSink,
    count: Arc<AtomicU64>,
}

impl<'a> Heard<'a> {
    fn new(sink: &'a dyn DeltaSink) -> Self {
        Self {
            sink,
            count: Arc::default(),
        }
    }

    /// Ready once nothing was heard for `limit`; never without a limit.
    async fn silence(&self, limit: Option<Duration>) {
        let Some(limit) = limit else {
            return std::future::pending().await;
        };
        loop {
            let before = self.count.load(Ordering::Relaxed);
            sleep(limit).await;
            if self.count.load(Ordering::Relaxed) == before {
                return;
            }
        }
    }
}

impl DeltaSink for Heard<'_> {
    fn delta(&self, text: &str) {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.sink.delta(text);
    }
}

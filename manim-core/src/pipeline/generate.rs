//! Asks the providers in order, and records every call.

use std::time::Instant;

use tokio::time::timeout;

use super::events::{Change, Hub};
use super::{Inner, Pipeline};
use crate::error::chain;
use crate::generate::extract::extract_code;
use crate::id::JobId;
use crate::job::{Attempt, AttemptError, Event, Failure, FailureKind};
use crate::provider::{
    DeltaSink, Generation, GenerationRequest, Provider, ProviderError, ProviderErrorKind, Usage,
};

impl Pipeline {
    /// The first reply decides: with code, or without.
    pub(super) async fn generate(&self, job: JobId, request: &GenerationRequest) -> Event {
        let mut attempts = Vec::new();
        let mut errors = Vec::new();
        for provider in &self.0.providers {
            let begun = Instant::now();
            let reply = self.0.ask(provider.as_ref(), job, request).await;
            attempts.push(attempt(provider.as_ref(), begun, &reply));
            match reply {
                Ok(generation) => return read(&generation, attempts),
                Err(error) => {
                    tracing::warn!(%job, provider = provider.name(), error = chain(&error), "provider failed");
                    errors.push(error);
                }
            }
        }
        Event::ProvidersFailed {
            failure: explain(&errors),
            attempts,
        }
    }
}

impl Inner {
    async fn ask(
        &self,
        provider: &dyn Provider,
        job: JobId,
        request: &GenerationRequest,
    ) -> Result<Generation, ProviderError> {
        let writing = Writing::new(&self.hub, job);
        let limit = self.options.provider_timeout;
        let late = |_| ProviderError::new(ProviderErrorKind::TimedOut, "generate with", provider.name());
        timeout(limit, provider.generate(request, &writing))
            .await
            .map_err(late)?
    }
}

fn read(generation: &Generation, attempts: Vec<Attempt>) -> Event {
    match extract_code(&generation.text) {
        Ok(code) => Event::CodeWritten { code, attempts },
        Err(findings) => Event::NoCode { findings, attempts },
    }
}

fn attempt(provider: &dyn Provider, begun: Instant, reply: &Result<Generation, ProviderError>) -> Attempt {
    let generation = reply.as_ref().ok();
    Attempt {
        provider: provider.name().to_owned(),
        model: generation.map_or_else(
            || provider.model().to_owned(),
            |generation| generation.model.clone(),
        ),
        usage: generation.map_or_else(Usage::default, |generation| generation.usage),
        latency_ms: begun.elapsed().as_millis() as u64,
        finish: generation.map(|generation| generation.finish),
        error: reply.as_ref().err().map(|error| AttemptError {
            kind: error.kind(),
            message: chain(error),
        }),
    }
}

/// One sentence for a person out of what every provider said.
fn explain(errors: &[ProviderError]) -> Failure {
    let unsupported = |error: &&ProviderError| error.kind() == ProviderErrorKind::Unsupported;
    match errors {
        [] => Failure::new(FailureKind::ProvidersFailed, "No provider is configured."),
        errors if errors.iter().all(|error| unsupported(&error)) => {
            let told: Vec<_> = errors.iter().map(ProviderError::subject).collect();
            Failure::new(FailureKind::Unsupported, told.join(" "))
        }
        errors => {
            let told: Vec<_> = errors.iter().map(ToString::to_string).collect();
            Failure::new(
                FailureKind::ProvidersFailed,
                format!("No provider could answer. {}.", told.join("; ")),
            )
        }
    }
}

/// Tells listeners how much of the reply has arrived.
struct Writing<'a> {
    hub: &'a Hub,
    job: JobId,
    characters: std::sync::atomic::AtomicU64,
}

impl<'a> Writing<'a> {
    fn new(hub: &'a Hub, job: JobId) -> Self {
        Self {
            hub,
            job,
            characters: 0.into(),
        }
    }
}

impl DeltaSink for Writing<'_> {
    fn delta(&self, text: &str) {
        let new = text.chars().count() as u64;
        let before = self
            .characters
            .fetch_add(new, std::sync::atomic::Ordering::Relaxed);
        let characters = before + new;
        self.hub.send(self.job, Change::Writing { characters });
    }
}

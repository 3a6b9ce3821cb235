//! Asks the chain for code, and tells listeners how much of the reply has arrived.

use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::OptionFuture;

use super::Pipeline;
use super::events::{Change, Hub};
use crate::chain::ProviderHealth;
use crate::diagnostic::{Diagnostic, Stage};
use crate::generate::claims::extract_claims;
use crate::generate::extract::extract_code;
use crate::id::JobId;
use crate::job::{Event, Job};
use crate::provider::{DeltaSink, FinishReason, GenerationRequest};

impl Pipeline {
    /// How each provider has been doing in this process, in the order in which they are asked.
    pub fn provider_health(&self) -> Vec<ProviderHealth> {
        self.0.chain.health()
    }

    /// What is remembered, else the first reply: with code, or without.
    pub(super) async fn generate(&self, job: &Job, request: &GenerationRequest) -> Event {
        let known = OptionFuture::from(self.0.answers.as_ref().map(|answers| answers.find(job)));
        if let Some(event) = known.await.flatten() {
            return event;
        }
        let writing = Writing::new(&self.0.hub, job.id());
        let asked = self.0.chain.ask(request, job.attempts(), &writing).await;
        let attempts = asked.attempts;
        let generation = match asked.reply {
            Ok(generation) => generation,
            Err(failure) => return Event::ProvidersFailed { failure, attempts },
        };
        if let Some(cut) = cut_short(generation.finish) {
            let findings = cut.into();
            return Event::NoCode { findings, attempts };
        }
        match extract_code(&generation.text) {
            Ok(code) => Event::CodeWritten {
                code,
                claims: extract_claims(&generation.text),
                attempts,
            },
            Err(findings) => Event::NoCode { findings, attempts },
        }
    }

    /// A film is there: its code may answer the next one who asks.
    pub(super) async fn keep_answer(&self, job: &Job) {
        if let Some(answers) = &self.0.answers {
            answers.keep(job).await;
        }
    }
}

/// Why a reply is not whole. Half a scene may still parse, and be the wrong film.
fn cut_short(finish: FinishReason) -> Option<Diagnostic> {
    let (code, message) = match finish {
        FinishReason::Length => (
            "truncated",
            "The reply was cut off at the provider's limit on answer tokens: it takes a shorter scene or a higher limit.",
        ),
        FinishReason::ContentFilter => ("withheld", "A filter of the vendor withheld a part of the reply."),
        _ => return None,
    };
    Some(Diagnostic::new(Stage::Check, code, message))
}

/// Tells listeners how much of the reply has arrived.
struct Writing<'a> {
    hub: &'a Hub,
    job: JobId,
    characters: AtomicU64,
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
        let characters = new + self.characters.fetch_add(new, Ordering::Relaxed);
        self.hub.send(self.job, Change::Writing { characters });
    }
}

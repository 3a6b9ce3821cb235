//! Code that became a film before, for the same problem: asked before any provider is.
//! Used only where the program has said so.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::attempt::Attempt;
use crate::blob::{BlobMeta, BlobStore};
use crate::claim::Claim;
use crate::diagnostic::Severity;
use crate::digest::digest;
use crate::error::chain;
use crate::generate::prompt;
use crate::id::BlobKey;
use crate::job::{Event, Job};
use crate::provider::{FinishReason, Provider, Usage};
use crate::scene::SceneCode;
use crate::session::{StoreError, StoreErrorKind};

/// Room for ten thousand scenes of the usual size.
const CAPACITY_BYTES: u64 = 64 * 1024 * 1024;
/// The folder of the store that is ours.
const FOLDER: &str = "answers";
/// Who the record says has answered.
const NAME: &str = "remembered";

/// Code by problem, settings, and who would have been asked how.
#[derive(Debug)]
pub(super) struct Answers {
    blobs: Arc<dyn BlobStore>,
    /// Everything besides a job that an answer depends on.
    asked: String,
}

/// One answer, as it is kept.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    code: SceneCode,
    model: String,
    /// What the answer claims: checked again for each job, like the code.
    claims: Vec<Claim>,
}

impl Answers {
    pub(super) fn new(blobs: Arc<dyn BlobStore>, providers: &[Arc<dyn Provider>], engine: &str) -> Self {
        let version = prompt::version();
        let named = providers
            .iter()
            .flat_map(|provider| [provider.name(), provider.model()]);
        let asked = digest([engine, version.as_str()].into_iter().chain(named));
        Self { blobs, asked }
    }

    /// What a first request would bring, if it is known.
    pub(super) async fn find(&self, job: &Job) -> Option<Event> {
        if job.code().is_some() || !job.attempts().is_empty() {
            return None;
        }
        match self.read(job).await {
            Ok(answer) => answer.map(remembered),
            Err(error) => {
                tracing::warn!(error = chain(&error), "the answers kept cannot be read");
                None
            }
        }
    }

    /// Keeps the code of a job whose film is there. A film that could be better is not the
    /// last word on its problem.
    pub(super) async fn keep(&self, job: &Job) {
        let flawed = job
            .findings()
            .iter()
            .any(|finding| finding.severity > Severity::Note);
        let Some(code) = job.code().filter(|_| !flawed) else {
            return;
        };
        if let Err(error) = self.write(job, code).await {
            tracing::warn!(error = chain(&error), "an answer cannot be kept");
        }
    }

    async fn read(&self, job: &Job) -> Result<Option<Answer>, StoreError> {
        let key = self.key(job)?;
        let text = match self.blobs.get(&key, None).await {
            Ok(blob) => blob.bytes().await?,
            Err(error) if error.kind() == StoreErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&text).map(Some).map_err(|error| {
            StoreError::new(StoreErrorKind::Corrupt, "read", key.as_str()).with_source(error)
        })
    }

    /// The first answer stays: equal keys, equal worth.
    async fn write(&self, job: &Job, code: &SceneCode) -> Result<(), StoreError> {
        let key = self.key(job)?;
        let model = job.attempts().last().map(|attempt| attempt.model.clone());
        let answer = Answer {
            code: code.clone(),
            model: model.unwrap_or_default(),
            claims: job.claims().iter().map(|checked| checked.claim.clone()).collect(),
        };
        let text = serde_json::to_vec(&answer).map_err(|error| {
            StoreError::new(StoreErrorKind::Invalid, "write", key.as_str()).with_source(error)
        })?;
        match self.blobs.put(&key, text.into(), BlobMeta::of(&key)).await {
            Err(error) if error.kind() == StoreErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
            Ok(()) => self.trim().await,
        }
    }

    /// Removes the oldest answers until the rest have room.
    async fn trim(&self) -> Result<(), StoreError> {
        let mut answers = self.blobs.list(Some(&key(FOLDER.to_owned())?)).await?;
        answers.sort_by_key(|answer| answer.created_at);
        let mut kept: u64 = answers.iter().map(|answer| answer.bytes).sum();
        for answer in answers {
            if kept <= CAPACITY_BYTES {
                break;
            }
            self.blobs.delete(&answer.key).await?;
            kept -= answer.bytes;
        }
        Ok(())
    }

    fn key(&self, job: &Job) -> Result<BlobKey, StoreError> {
        let settings = job.settings();
        let address = digest([
            self.asked.as_str(),
            settings.quality.as_str(),
            settings.format.as_str(),
            job.problem().as_str(),
        ]);
        key(format!("{FOLDER}/{address}.json"))
    }
}

fn key(text: String) -> Result<BlobKey, StoreError> {
    BlobKey::parse(text)
        .map_err(|error| StoreError::new(StoreErrorKind::Invalid, "name", "an answer").with_source(error))
}

/// The answer as an attempt that cost nothing, so that the record tells where the code is from.
fn remembered(answer: Answer) -> Event {
    let attempt = Attempt {
        provider: NAME.to_owned(),
        model: answer.model,
        usage: Usage::default(),
        cost_micro_usd: Some(0),
        latency_ms: 0,
        finish: Some(FinishReason::Stop),
        error: None,
    };
    Event::CodeWritten {
        code: answer.code,
        claims: answer.claims,
        attempts: vec![attempt],
    }
}

//! Words in, code out: the contract of everything that writes scenes.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostics;
use crate::error::{Error, Kind, Retry};
use crate::problem::ProblemText;
use crate::scene::{RenderSettings, SceneCode};

/// Writes the code of a scene for a problem: a language model, or a solver of our own.
///
/// # Contract
/// 1. `name` is stable, lower-case and unique in a chain; it names the provider in records.
/// 2. `generate` returns the reply's text as the model gave it; the pipeline extracts code.
/// 3. Deltas given to the sink, joined, are the returned text, or a prefix of it.
/// 4. One call makes at most one billed request: retries belong to decorators.
/// 5. A key never appears in an error, a log or `Debug`.
///
/// # Cancellation
/// Dropping the future ends the request; nothing goes on in the background.
///
/// # Errors
/// [`ProviderErrorKind`] with [`Retry`] as the reply had it.
#[async_trait]
pub trait Provider: fmt::Debug + Send + Sync + 'static {
    /// The provider's name in records, flags and metrics, for example `openai`.
    fn name(&self) -> &str;

    /// The model asked, for records. Empty when the provider has none.
    fn model(&self) -> &str;

    /// Asks for a scene.
    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError>;
}

/// Told of the reply as it arrives. Must return at once.
pub trait DeltaSink: Send + Sync {
    /// The next piece of the reply.
    fn delta(&self, text: &str);
}

/// Ignores every piece.
impl DeltaSink for () {
    fn delta(&self, _: &str) {}
}

/// What a provider is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerationRequest {
    /// The user's problem: data, never an instruction.
    pub problem: ProblemText,
    /// How the film will be made; a scene may use the size of text it allows.
    pub settings: RenderSettings,
    /// Set when earlier code failed: mend it instead of starting again.
    pub repair: Option<RepairRequest>,
    /// What was wrong with the last reply, when it brought no code: cut off, prose only.
    pub reply_findings: Diagnostics,
    /// Providers that failed on this job twice in the same way: they are asked last.
    pub avoid: Vec<String>,
}

impl GenerationRequest {
    /// A first request for `problem`.
    pub fn new(problem: ProblemText, settings: RenderSettings) -> Self {
        Self {
            problem,
            settings,
            repair: None,
            reply_findings: Diagnostics::default(),
            avoid: Vec::new(),
        }
    }

    /// Asks to mend `code`, of which `findings` say what is wrong.
    #[must_use]
    pub fn repairing(mut self, code: SceneCode, findings: Diagnostics) -> Self {
        self.repair = Some(RepairRequest { code, findings });
        self
    }
}

/// Code that failed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRequest {
    /// The last code.
    pub code: SceneCode,
    /// What was found in it.
    pub findings: Diagnostics,
}

/// A provider's reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// The reply as given, prose and fences included.
    pub text: String,
    /// The model that answered, as it names itself.
    pub model: String,
    /// Why the reply ended.
    pub finish: FinishReason,
    /// What the call used, where the provider says so.
    pub usage: Usage,
}

/// Why a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The length limit cut the reply: its code is not whole.
    Length,
    /// A filter of the vendor withheld the rest.
    ContentFilter,
    /// A reason that we do not know, or none given.
    Other,
}

/// What a call used. Zero where the provider does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the reply.
    pub output_tokens: u64,
}

/// A provider's failure.
pub type ProviderError = Error<ProviderErrorKind>;

/// What failed, as far as the next move depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// The key is missing, wrong or not allowed to do this.
    Unauthorized,
    /// The account has no credit or quota left.
    QuotaExhausted,
    /// Too many requests; a pause helps.
    RateLimited,
    /// The service is overloaded, down or out of reach.
    Unavailable,
    /// No byte, or no end, within the deadline.
    TimedOut,
    /// The service refuses this request as it is.
    InvalidRequest,
    /// The model or the address does not exist.
    NotFound,
    /// The reply broke the protocol or its limits.
    BadReply,
    /// The model declined to answer, or answered nothing.
    Refused,
    /// The problem is outside what this provider can do.
    Unsupported,
}

impl Kind for ProviderErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::RateLimited | Self::Unavailable | Self::TimedOut | Self::BadReply => Retry::Now,
            Self::Unauthorized
            | Self::QuotaExhausted
            | Self::InvalidRequest
            | Self::NotFound
            | Self::Refused
            | Self::Unsupported => Retry::Never,
        }
    }
}

impl fmt::Display for ProviderErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "the key is missing or was refused",
            Self::QuotaExhausted => "the account's quota is used up",
            Self::RateLimited => "the provider asks for fewer requests",
            Self::Unavailable => "the provider is out of reach or overloaded",
            Self::TimedOut => "the provider did not answer in time",
            Self::InvalidRequest => "the provider refuses the request",
            Self::NotFound => "the model or the address does not exist",
            Self::BadReply => "the reply could not be understood",
            Self::Refused => "the model gave no answer",
            Self::Unsupported => "this kind of problem is not supported",
        })
    }
}

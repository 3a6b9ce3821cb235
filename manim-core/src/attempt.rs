//! One call of one provider, as the record keeps it.

use serde::{Deserialize, Serialize};

use crate::provider::{FinishReason, ProviderErrorKind, Usage};

/// One call of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The provider's name.
    pub provider: String,
    /// The model that answered, or was asked.
    pub model: String,
    /// What the call used.
    pub usage: Usage,
    /// What it cost, in millionths of a US dollar, where prices are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
    /// From request to last byte, in milliseconds.
    pub latency_ms: u64,
    /// Why the reply ended, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<FinishReason>,
    /// What failed, when it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<AttemptError>,
}

/// Why a call of a provider failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptError {
    /// For programs.
    pub kind: ProviderErrorKind,
    /// For a developer.
    pub message: String,
}

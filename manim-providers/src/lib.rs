//! Language models that write Manim scenes, and what a program needs to talk to them.
//!
//! ```no_run
//! use manim_core::{GenerationRequest, ProblemText, Provider, RenderSettings};
//! use manim_providers::{Dialect, OpenAiCompatible};
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! // Reads GROQ_API_KEY. A local model: OpenAiCompatible::builder("http://localhost:11434/v1", "name").
//! let provider = OpenAiCompatible::from_env(Dialect::GROQ)?;
//!
//! let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0")?;
//! let request = GenerationRequest::new(problem, RenderSettings::default());
//! let reply = provider.generate(&request, &()).await?;
//! println!("{} wrote:\n{}", reply.model, reply.text);
//! # Ok(())
//! # }
//! ```
//!
//! Every service is a [`Provider`](manim_core::Provider): one call, at most one billed
//! request, errors that say whether and when to try again. Retries, fallback and circuit
//! breaking are decorators and belong to the caller. A reply is bounded in size and time
//! ([`Limits`]); dropping the call closes the connection; a [`Secret`] is never shown.
//!
//! # Services
//! | name | type | set up by |
//! |---|---|---|
//! | `openai` | [`OpenAiCompatible`], [`Dialect::OPENAI`] | `OPENAI_API_KEY` |
//! | `gemini` | `Gemini` | `GEMINI_API_KEY` or `GOOGLE_API_KEY` |
//! | `groq` | [`OpenAiCompatible`], [`Dialect::GROQ`] | `GROQ_API_KEY` |
//! | `deepseek` | [`OpenAiCompatible`], [`Dialect::DEEPSEEK`] | `DEEPSEEK_API_KEY` |
//! | `huggingface` | [`OpenAiCompatible`], [`Dialect::HUGGINGFACE`] | `HF_TOKEN` |
//! | `cloudflare` | [`OpenAiCompatible`], [`Dialect::CLOUDFLARE`] | `CLOUDFLARE_ACCOUNT_ID`, `CLOUDFLARE_API_TOKEN` |
//! | `cloudflare-native` | `CloudflareWorkersAi` | the same |
//! | `openai-compatible` | [`OpenAiCompatible`], [`Dialect::GENERIC`] | `MANIM_LLM_BASE_URL`, `MANIM_LLM_MODEL` |
//!
//! Each also reads a base URL and a model, named in its documentation. [`service`] makes one
//! by its name, [`configured_services`] all that are set up. [`PriceTable`] tells what a
//! call cost.
//!
//! # Features
//! | feature | default | what you get |
//! |---|---|---|
//! | `openai-compatible` | yes | OpenAI, Groq, DeepSeek, HuggingFace, Cloudflare, any compatible address |
//! | `offline` | yes | the solver that needs no key and no network |
//! | `gemini` | | Google Gemini through its own API |
//! | `cloudflare` | | Cloudflare Workers AI through its own API |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "http")]
mod answer;
#[cfg(feature = "http")]
mod classify;
#[cfg(feature = "cloudflare")]
mod cloudflare;
#[cfg(feature = "http")]
mod complaint;
#[cfg(feature = "http")]
mod config;
#[cfg(feature = "http")]
mod endpoint;
#[cfg(feature = "http")]
mod environment;
#[cfg(feature = "http")]
mod fault;
#[cfg(feature = "gemini")]
mod gemini;
#[cfg(feature = "offline")]
mod offline;
#[cfg(feature = "openai-compatible")]
mod openai;
#[cfg(feature = "http")]
mod pause;
mod price;
#[cfg(feature = "http")]
mod secret;
#[cfg(feature = "http")]
mod service;
#[cfg(feature = "http")]
mod sse;
#[cfg(feature = "http")]
mod transport;
#[cfg(feature = "http")]
mod unpack;

#[cfg(feature = "cloudflare")]
pub use cloudflare::{CloudflareWorkersAi, CloudflareWorkersAiBuilder};
#[cfg(feature = "http")]
pub use config::ConfigError;
#[cfg(feature = "http")]
pub use environment::{configured_services, service, service_names};
#[cfg(feature = "gemini")]
pub use gemini::{Gemini, GeminiBuilder};
#[cfg(feature = "offline")]
pub use offline::OfflineSolver;
#[cfg(feature = "openai-compatible")]
pub use openai::dialect::Dialect;
#[cfg(feature = "openai-compatible")]
pub use openai::{OpenAiCompatible, OpenAiCompatibleBuilder};
pub use price::{Price, PriceEntry, PriceTable};
#[cfg(feature = "http")]
pub use secret::Secret;
#[cfg(feature = "http")]
pub use transport::Limits;

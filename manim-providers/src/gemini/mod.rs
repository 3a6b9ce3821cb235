//! Google Gemini through its own API, which tells more than its compatible path: blocked
//! prompts, thoughts' tokens, quotas with their pause.

mod stream;
mod wire;

use async_trait::async_trait;
use manim_core::{DeltaSink, Generation, GenerationRequest, Provider, ProviderError};
use reqwest::header::HeaderValue;

use crate::answer::Answer;
use crate::config::{self, ConfigError, Lookup};
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::transport::{self, Limits, Transport};

const NAME: &str = "gemini";
const BASE_URL: &str = "https://generativelanguage.googleapis.com/v1beta";
const MODEL: &str = "gemini-3.8-flash";
/// Thinking counts as output, so there is room for it beside a scene.
const MAX_OUTPUT_TOKENS: u32 = 16_384;

/// Google's Gemini models.
///
/// ```
/// use manim_providers::Gemini;
///
/// let provider = Gemini::builder("key").model("gemini-3.5-flash-lite").build()?;
/// # Ok::<(), manim_providers::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Gemini {
    model: String,
    endpoint: Endpoint,
    key: Secret,
    header: Option<HeaderValue>,
    max_output_tokens: u32,
    temperature: Option<f32>,
    transport: Transport,
}

impl Gemini {
    /// Starts from a key; everything else has a default.
    pub fn builder(key: impl Into<Secret>) -> GeminiBuilder {
        GeminiBuilder {
            key: key.into(),
            base_url: Secret::new(BASE_URL),
            model: MODEL.to_owned(),
            streamed: true,
            max_output_tokens: MAX_OUTPUT_TOKENS,
            temperature: None,
            limits: Limits::default(),
        }
    }

    /// Reads `GEMINI_API_KEY` (or `GOOGLE_API_KEY`), and `GEMINI_BASE_URL` and
    /// `GEMINI_MODEL` if other than usual.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder_from(&config::environment)?.build()
    }

    pub(crate) fn builder_from(lookup: Lookup<'_>) -> Result<GeminiBuilder, ConfigError> {
        let key = config::required(NAME, &["GEMINI_API_KEY", "GOOGLE_API_KEY"], lookup)?;
        let mut builder = Self::builder(key);
        if let Some(url) = config::first(&["GEMINI_BASE_URL"], lookup) {
            builder = builder.base_url(url);
        }
        if let Some(model) = config::first(&["GEMINI_MODEL"], lookup) {
            builder = builder.model(model.trim());
        }
        Ok(builder)
    }

    async fn ask(&self, request: &GenerationRequest, deltas: &dyn DeltaSink) -> Result<Generation, Fault> {
        let config = wire::Config {
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
        };
        let body = transport::json(&wire::request(request, config))?;
        let key = self.header.clone().map(|value| ("x-goog-api-key", value));
        let reply = self.transport.post(&self.endpoint, key, body, &self.key).await?;
        let mut answer = Answer::new(&self.key);
        reply.listen(stream::read, &mut answer, deltas).await?;
        answer.into_generation(&self.model)
    }
}

#[async_trait]
impl Provider for Gemini {
    fn name(&self) -> &str {
        NAME
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        self.ask(request, deltas).await.map_err(|fault| fault.blame(NAME))
    }
}

/// Sets up a [`Gemini`].
#[derive(Debug, Clone)]
pub struct GeminiBuilder {
    key: Secret,
    /// May hold a password.
    base_url: Secret,
    model: String,
    streamed: bool,
    max_output_tokens: u32,
    temperature: Option<f32>,
    limits: Limits,
}

impl GeminiBuilder {
    /// Another address: a gateway, a test server. It ends before `/models`.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Secret::new(base_url.into());
        self
    }

    /// The model, with or without `models/` before it.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// Asks for the answer in one piece, for gateways that do not stream.
    #[must_use]
    pub fn without_streaming(mut self) -> Self {
        self.streamed = false;
        self
    }

    /// The longest answer, thoughts included, in tokens.
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u32) -> Self {
        self.max_output_tokens = tokens;
        self
    }

    /// Sampling temperature. Unset: the model's own.
    #[must_use]
    pub fn temperature(mut self, temperature: f32) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Deadlines of a call.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Checks the address and the key, and sets up the HTTP client. Sends nothing.
    pub fn build(self) -> Result<Gemini, ConfigError> {
        let base = Endpoint::parse(NAME, self.base_url.expose())?;
        let model = self
            .model
            .strip_prefix("models/")
            .unwrap_or(&self.model)
            .to_owned();
        transport::warn_of_exposed_key(NAME, &base, &self.key);
        Ok(Gemini {
            endpoint: endpoint(&base, &model, self.streamed),
            header: config::key_header(NAME, "", &self.key)?,
            transport: Transport::new(&base, self.limits)?,
            key: self.key,
            model,
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
        })
    }
}

fn endpoint(base: &Endpoint, model: &str, streamed: bool) -> Endpoint {
    match streamed {
        // Without `alt=sse` the stream is a JSON array, which has no events.
        true => base
            .join(["models", &format!("{model}:streamGenerateContent")])
            .with_pair("alt", "sse"),
        false => base.join(["models", &format!("{model}:generateContent")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_gives_key_model_and_address() {
        let set = [
            ("GOOGLE_API_KEY", "k"),
            ("GEMINI_MODEL", "models/g-1"),
            ("GEMINI_BASE_URL", "http://localhost:1/v1beta/"),
        ];
        let lookup = |name: &str| {
            set.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let gemini = Gemini::builder_from(&lookup).unwrap().build().unwrap();
        assert_eq!(gemini.model(), "g-1");
        assert_eq!(
            gemini.endpoint.url().as_str(),
            "http://localhost:1/v1beta/models/g-1:streamGenerateContent?alt=sse"
        );
    }

    #[test]
    fn a_missing_key_is_named() {
        let error = Gemini::builder_from(&|_| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "gemini needs GEMINI_API_KEY or GOOGLE_API_KEY, which is not set"
        );
    }

    #[test]
    fn a_models_name_cannot_leave_its_segment() {
        let gemini = Gemini::builder("k")
            .model("../x?y")
            .without_streaming()
            .build()
            .unwrap();
        assert!(
            gemini
                .endpoint
                .url()
                .as_str()
                .ends_with("/v1beta/models/..%2Fx%3Fy:generateContent"),
            "{}",
            gemini.endpoint
        );
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", Gemini::builder("s3cret").build().unwrap()).contains("s3cret"));
    }
}

//! Google Gemini through its own API, which tells more than its compatible path: blocked
//! prompts, thoughts' tokens, quotas with their pause.

mod stream;
mod wire;

use async_trait::async_trait;
use manim_core::{DeltaSink, Generation, GenerationRequest, Provider, ProviderError};

use crate::config::{self, ConfigError, Lookup};
use crate::endpoint::Endpoint;
use crate::secret::Secret;
use crate::service::{self, KeyHeader, Reading, Service, Settings};

const NAME: &str = "gemini";
const BASE_URL: &str = "https://generativelanguage.googleapis.com/v1beta";
const MODEL: &str = "gemini-3.8-flash";
/// Thinking counts as output, so there is room for it beside a scene.
const MAX_OUTPUT_TOKENS: u32 = 16_384;
const KEY: KeyHeader = KeyHeader {
    name: "x-goog-api-key",
    prefix: "",
};

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
    service: Service,
    max_output_tokens: u32,
    temperature: Option<f32>,
}

impl Gemini {
    /// Starts from a key; everything else has a default.
    pub fn builder(key: impl Into<Secret>) -> GeminiBuilder {
        GeminiBuilder {
            key: key.into(),
            streamed: true,
            settings: Settings::new(BASE_URL, MODEL),
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
}

#[async_trait]
impl Provider for Gemini {
    fn name(&self) -> &str {
        self.service.name()
    }

    fn model(&self) -> &str {
        self.service.model()
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        let config = wire::Config {
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
        };
        let body = wire::request(request, config);
        self.service
            .ask(&body, Reading::plain(stream::read), deltas)
            .await
    }
}

/// Sets up a [`Gemini`].
#[derive(Debug, Clone)]
pub struct GeminiBuilder {
    key: Secret,
    streamed: bool,
    settings: Settings,
}

impl GeminiBuilder {
    /// Another address: a gateway, a test server. It ends before `/models`.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.settings.base_url = Secret::new(base_url.into());
        self
    }

    /// Asks for the answer in one piece, for gateways that do not stream.
    #[must_use]
    pub fn without_streaming(mut self) -> Self {
        self.streamed = false;
        self
    }

    service::setters!();

    /// Checks the address and the key, and sets up the HTTP client. Sends nothing. The model's
    /// name may have `models/` before it.
    pub fn build(self) -> Result<Gemini, ConfigError> {
        let mut settings = self.settings;
        let bare = settings.model.strip_prefix("models/").map(str::to_owned);
        settings.model = bare.unwrap_or(settings.model);
        let base = Endpoint::parse(NAME, settings.base_url.expose())?;
        let endpoint = endpoint(&base, &settings.model, self.streamed);
        Ok(Gemini {
            service: Service::new(NAME, endpoint, (self.key, KEY), &settings)?,
            max_output_tokens: settings.max_output_tokens.unwrap_or(MAX_OUTPUT_TOKENS),
            temperature: settings.temperature,
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
            gemini.service.address(),
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
                .service
                .address()
                .ends_with("/v1beta/models/..%2Fx%3Fy:generateContent"),
            "{}",
            gemini.service.address()
        );
    }

    #[test]
    fn debug_shows_no_key() {
        assert!(!format!("{:?}", Gemini::builder("s3cret").build().unwrap()).contains("s3cret"));
    }
}

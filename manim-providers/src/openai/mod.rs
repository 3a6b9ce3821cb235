//! Every service that speaks chat completions. Holds no retry loop and no vendor's name:
//! vendors are values of [`Dialect`].

pub(crate) mod dialect;
pub(crate) mod stream;
pub(crate) mod wire;

use async_trait::async_trait;
use manim_core::{DeltaSink, Generation, GenerationRequest, Provider, ProviderError};

use self::dialect::Dialect;
use crate::config::{self, ConfigError, Lookup};
use crate::endpoint::Endpoint;
use crate::secret::Secret;
use crate::service::{self, BEARER, Reading, Service, Settings};

/// A model behind any service that speaks the chat completions protocol.
///
/// ```
/// use manim_providers::OpenAiCompatible;
///
/// // Ollama, vLLM, llama.cpp, a gateway: the base URL is the part before /chat/completions.
/// let provider = OpenAiCompatible::builder("http://localhost:11434/v1", "qwen3-coder").build()?;
/// # Ok::<(), manim_providers::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpenAiCompatible {
    service: Service,
    dialect: Dialect,
    max_output_tokens: Option<u32>,
    temperature: Option<f32>,
    packed: bool,
}

impl OpenAiCompatible {
    /// Starts from an address and a model; everything else has a default.
    pub fn builder(base_url: impl Into<String>, model: impl Into<String>) -> OpenAiCompatibleBuilder {
        OpenAiCompatibleBuilder {
            dialect: Dialect::GENERIC,
            name: None,
            key: None,
            packed: false,
            settings: Settings::new(base_url.into(), model),
        }
    }

    /// Reads key, address and model of a service from the environment; see the constants
    /// of [`Dialect`] for the names.
    pub fn from_env(dialect: Dialect) -> Result<Self, ConfigError> {
        Self::builder_from(dialect, &config::environment)?.build()
    }

    /// Like [`from_env`](Self::from_env), before it is built: change the model or limits.
    pub fn builder_from_env(dialect: Dialect) -> Result<OpenAiCompatibleBuilder, ConfigError> {
        Self::builder_from(dialect, &config::environment)
    }

    pub(crate) fn builder_from(
        dialect: Dialect,
        lookup: Lookup<'_>,
    ) -> Result<OpenAiCompatibleBuilder, ConfigError> {
        let variables = dialect.variables;
        let needed = |names, usual: Option<&str>| match (config::first(names, lookup), usual) {
            (Some(given), _) => Ok(given),
            (None, Some(usual)) => Ok(usual.to_owned()),
            (None, None) => config::required(dialect.name, names, lookup),
        };
        let key = match dialect.key_required {
            true => Some(config::required(dialect.name, variables.key, lookup)?),
            false => config::first(variables.key, lookup),
        };
        let mut base_url = needed(variables.base_url, dialect.base_url)?;
        if base_url.contains(config::ACCOUNT) {
            let account = config::required(dialect.name, variables.account, lookup)?;
            base_url = config::with_account(dialect.name, &base_url, &account)?;
        }
        let model = needed(variables.model, dialect.model)?;
        let builder = Self::builder(base_url, model.trim()).dialect(dialect);
        Ok(key.into_iter().fold(builder, OpenAiCompatibleBuilder::key))
    }

    fn body(&self, request: &GenerationRequest) -> wire::Request<'_> {
        let ask = wire::Ask {
            dialect: &self.dialect,
            model: self.model(),
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
            packed: self.packed,
        };
        wire::request(ask, request)
    }
}

#[async_trait]
impl Provider for OpenAiCompatible {
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
        let body = self.body(request);
        let reading = Reading {
            packed: self.packed,
            ..Reading::plain(stream::read)
        };
        self.service.ask(&body, reading, deltas).await
    }
}

/// Sets up an [`OpenAiCompatible`].
#[derive(Debug, Clone)]
pub struct OpenAiCompatibleBuilder {
    dialect: Dialect,
    name: Option<String>,
    key: Option<Secret>,
    packed: bool,
    settings: Settings,
}

impl OpenAiCompatibleBuilder {
    /// The service's way of speaking; [`Dialect::GENERIC`] unless set.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }

    /// The name in records; the dialect's unless set. Unique within a chain.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The key, sent as a bearer token.
    #[must_use]
    pub fn key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Makes the service hold the model to a JSON object around the code
    /// (`response_format` of type `json_schema`). For small models, which otherwise answer in
    /// prose; larger ones write better code without it. The code arrives as usual. A service
    /// that knows no schemas refuses the request, or answers as if it had not been asked.
    #[must_use]
    pub fn with_json_schema(mut self) -> Self {
        self.packed = true;
        self
    }

    service::setters!();

    /// Checks the address and the key, and sets up the HTTP client. Sends nothing.
    pub fn build(self) -> Result<OpenAiCompatible, ConfigError> {
        let settings = self.settings;
        let name = self.name.unwrap_or_else(|| self.dialect.name.to_owned());
        let base = Endpoint::parse(&name, settings.base_url.expose())?;
        let key = self.key.unwrap_or_else(|| Secret::new(""));
        let dialect = self.dialect.at_host(base.url().host_str().unwrap_or_default());
        Ok(OpenAiCompatible {
            service: Service::new(name, endpoint(&base), (key, BEARER), &settings)?,
            max_output_tokens: settings.max_output_tokens.or(dialect.max_output_tokens),
            temperature: settings.temperature,
            packed: self.packed,
            dialect,
        })
    }
}

/// People paste both the base URL and the full address; both mean the same.
fn endpoint(base: &Endpoint) -> Endpoint {
    match base
        .url()
        .path()
        .trim_end_matches('/')
        .ends_with("/chat/completions")
    {
        true => base.clone(),
        false => base.join(["chat", "completions"]),
    }
}

#[cfg(test)]
mod tests;

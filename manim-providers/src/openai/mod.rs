//! Every service that speaks chat completions. Holds no retry loop and no vendor's name:
//! vendors are values of [`Dialect`].

pub(crate) mod dialect;
pub(crate) mod stream;
pub(crate) mod wire;

use async_trait::async_trait;
use manim_core::{DeltaSink, Generation, GenerationRequest, Provider, ProviderError};
use reqwest::header::HeaderValue;

use self::dialect::Dialect;
use crate::answer::Answer;
use crate::config::{self, ConfigError, Lookup};
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::transport::{self, Limits, Transport};

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
    name: String,
    model: String,
    dialect: Dialect,
    endpoint: Endpoint,
    key: Secret,
    authorization: Option<HeaderValue>,
    max_output_tokens: Option<u32>,
    temperature: Option<f32>,
    transport: Transport,
}

impl OpenAiCompatible {
    /// Starts from an address and a model; everything else has a default.
    pub fn builder(base_url: impl Into<String>, model: impl Into<String>) -> OpenAiCompatibleBuilder {
        OpenAiCompatibleBuilder {
            base_url: Secret::new(base_url.into()),
            model: model.into(),
            dialect: Dialect::GENERIC,
            name: None,
            key: None,
            max_output_tokens: None,
            temperature: None,
            limits: Limits::default(),
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

    async fn ask(&self, request: &GenerationRequest, deltas: &dyn DeltaSink) -> Result<Generation, Fault> {
        let key = self.authorization.clone().map(|value| ("authorization", value));
        let reply = self
            .transport
            .post(&self.endpoint, key, self.body(request)?, &self.key)
            .await?;
        let mut answer = Answer::new(&self.key);
        reply.listen(stream::read, &mut answer, deltas).await?;
        answer.into_generation(&self.model)
    }

    fn body(&self, request: &GenerationRequest) -> Result<Vec<u8>, Fault> {
        let ask = wire::Ask {
            dialect: &self.dialect,
            model: &self.model,
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
        };
        transport::json(&wire::request(ask, request))
    }
}

#[async_trait]
impl Provider for OpenAiCompatible {
    fn name(&self) -> &str {
        &self.name
    }

    fn model(&self) -> &str {
        &self.model
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        self.ask(request, deltas)
            .await
            .map_err(|fault| fault.blame(&self.name))
    }
}

/// Sets up an [`OpenAiCompatible`].
#[derive(Debug, Clone)]
pub struct OpenAiCompatibleBuilder {
    /// May hold a password.
    base_url: Secret,
    model: String,
    dialect: Dialect,
    name: Option<String>,
    key: Option<Secret>,
    max_output_tokens: Option<u32>,
    temperature: Option<f32>,
    limits: Limits,
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

    /// Another model than the one given first.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// The longest answer, in tokens. Unset: the dialect's usual limit.
    #[must_use]
    pub fn max_output_tokens(mut self, tokens: u32) -> Self {
        self.max_output_tokens = Some(tokens);
        self
    }

    /// Sampling temperature. Unset: the model's own; several reasoning models refuse others.
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
    pub fn build(self) -> Result<OpenAiCompatible, ConfigError> {
        let name = self.name.unwrap_or_else(|| self.dialect.name.to_owned());
        let base = Endpoint::parse(&name, self.base_url.expose())?;
        let key = self.key.unwrap_or_else(|| Secret::new(""));
        let authorization = config::key_header(&name, "Bearer ", &key)?;
        transport::warn_of_exposed_key(&name, &base, &key);
        let dialect = self.dialect.at_host(base.url().host_str().unwrap_or_default());
        Ok(OpenAiCompatible {
            model: self.model,
            endpoint: endpoint(&base),
            max_output_tokens: self.max_output_tokens.or(dialect.max_output_tokens),
            transport: Transport::new(&base, self.limits)?,
            temperature: self.temperature,
            name,
            dialect,
            key,
            authorization,
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

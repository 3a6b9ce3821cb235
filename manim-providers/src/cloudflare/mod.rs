//! Cloudflare Workers AI through its own path, `/ai/run/{model}`, which serves models that
//! the compatible path does not.

mod stream;
mod wire;

use async_trait::async_trait;
use manim_core::{DeltaSink, FinishReason, Generation, GenerationRequest, Provider, ProviderError};
use reqwest::header::HeaderValue;

use crate::answer::Answer;
use crate::config::{self, ConfigError, Lookup};
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::transport::{self, Limits, Transport};

const NAME: &str = "cloudflare-native";
const BASE_URL: &str = "https://api.cloudflare.com/client/v4/accounts/{account}/ai";
const MODEL: &str = "@cf/qwen/qwen2.5-coder-32b-instruct";
/// Left out, the service stops after 256 tokens; its models' contexts start at 24 000.
const MAX_OUTPUT_TOKENS: u32 = 8192;

/// Models of Cloudflare Workers AI, asked in Cloudflare's own words.
///
/// ```
/// use manim_providers::CloudflareWorkersAi;
///
/// let provider = CloudflareWorkersAi::builder("account-id", "token").build()?;
/// # Ok::<(), manim_providers::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct CloudflareWorkersAi {
    model: String,
    endpoint: Endpoint,
    key: Secret,
    authorization: Option<HeaderValue>,
    max_output_tokens: u32,
    temperature: Option<f32>,
    transport: Transport,
}

impl CloudflareWorkersAi {
    /// Starts from an account and a token; everything else has a default.
    pub fn builder(account: impl Into<String>, token: impl Into<Secret>) -> CloudflareWorkersAiBuilder {
        CloudflareWorkersAiBuilder {
            account: account.into(),
            token: token.into(),
            base_url: Secret::new(BASE_URL),
            model: MODEL.to_owned(),
            max_output_tokens: MAX_OUTPUT_TOKENS,
            temperature: None,
            limits: Limits::default(),
        }
    }

    /// Reads `CLOUDFLARE_ACCOUNT_ID` and `CLOUDFLARE_API_TOKEN`, and
    /// `CLOUDFLARE_NATIVE_BASE_URL` and `CLOUDFLARE_NATIVE_MODEL` if other than usual.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::builder_from(&config::environment)?.build()
    }

    pub(crate) fn builder_from(lookup: Lookup<'_>) -> Result<CloudflareWorkersAiBuilder, ConfigError> {
        let token = config::required(NAME, &["CLOUDFLARE_API_TOKEN"], lookup)?;
        let account = config::required(NAME, &["CLOUDFLARE_ACCOUNT_ID"], lookup)?;
        let mut builder = Self::builder(account, token);
        if let Some(url) = config::first(&["CLOUDFLARE_NATIVE_BASE_URL"], lookup) {
            builder = builder.base_url(url);
        }
        if let Some(model) = config::first(&["CLOUDFLARE_NATIVE_MODEL"], lookup) {
            builder = builder.model(model.trim());
        }
        Ok(builder)
    }

    async fn ask(&self, request: &GenerationRequest, deltas: &dyn DeltaSink) -> Result<Generation, Fault> {
        let body = transport::json(&wire::request(request, self.max_output_tokens, self.temperature))?;
        let key = self.authorization.clone().map(|value| ("authorization", value));
        let reply = self.transport.post(&self.endpoint, key, body, &self.key).await?;
        let mut answer = Answer::new(&self.key);
        reply.listen(stream::read, &mut answer, deltas).await?;
        self.infer_length(&mut answer);
        answer.into_generation(&self.model)
    }

    /// Cloudflare's own words have no finish reason; an answer as long as the limit was cut.
    fn infer_length(&self, answer: &mut Answer<'_>) {
        if answer.done
            && answer.finish.is_none()
            && answer.output_tokens() >= u64::from(self.max_output_tokens)
        {
            answer.finish = Some(FinishReason::Length);
        }
    }
}

#[async_trait]
impl Provider for CloudflareWorkersAi {
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

/// Sets up a [`CloudflareWorkersAi`].
#[derive(Debug, Clone)]
pub struct CloudflareWorkersAiBuilder {
    account: String,
    token: Secret,
    /// May hold a password.
    base_url: Secret,
    model: String,
    max_output_tokens: u32,
    temperature: Option<f32>,
    limits: Limits,
}

impl CloudflareWorkersAiBuilder {
    /// Another address: a gateway, a test server. It ends before `/run`; `{account}` in it
    /// stands for the account id.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Secret::new(base_url.into());
        self
    }

    /// The model, for example `@cf/meta/llama-3.3-70b-instruct-fp8-fast`.
    #[must_use]
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.model = model.into();
        self
    }

    /// The longest answer, in tokens.
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

    /// Checks account, address and token, and sets up the HTTP client. Sends nothing.
    pub fn build(self) -> Result<CloudflareWorkersAi, ConfigError> {
        let base = Endpoint::parse(
            NAME,
            &config::with_account(NAME, self.base_url.expose(), &self.account)?,
        )?;
        transport::warn_of_exposed_key(NAME, &base, &self.token);
        Ok(CloudflareWorkersAi {
            endpoint: base.join(std::iter::once("run").chain(self.model.split('/'))),
            authorization: config::key_header(NAME, "Bearer ", &self.token)?,
            transport: Transport::new(&base, self.limits)?,
            key: self.token,
            model: self.model,
            max_output_tokens: self.max_output_tokens,
            temperature: self.temperature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_name_is_part_of_the_path() {
        let provider = CloudflareWorkersAi::builder("a1", "t")
            .model("@cf/meta/../llama?x")
            .build()
            .unwrap();
        assert_eq!(
            provider.endpoint.url().as_str(),
            "https://api.cloudflare.com/client/v4/accounts/a1/ai/run/@cf/meta/llama%3Fx"
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        let token_only = |name: &str| (name == "CLOUDFLARE_API_TOKEN").then(|| "t".to_owned());
        let error = CloudflareWorkersAi::builder_from(&token_only).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cloudflare-native needs CLOUDFLARE_ACCOUNT_ID, which is not set"
        );
    }

    #[test]
    fn debug_shows_no_token() {
        assert!(
            !format!(
                "{:?}",
                CloudflareWorkersAi::builder("a", "s3cret").build().unwrap()
            )
            .contains("s3cret")
        );
    }
}

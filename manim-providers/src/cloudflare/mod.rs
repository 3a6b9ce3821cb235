//! Cloudflare Workers AI through its own path, `/ai/run/{model}`, which serves models that
//! the compatible path does not.

mod stream;
mod wire;

use async_trait::async_trait;
use manim_core::{DeltaSink, Generation, GenerationRequest, Provider, ProviderError};

use crate::config::{self, ConfigError, Lookup};
use crate::endpoint::Endpoint;
use crate::secret::Secret;
use crate::service::{self, BEARER, Reading, Service, Settings};

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
    service: Service,
    max_output_tokens: u32,
    temperature: Option<f32>,
}

impl CloudflareWorkersAi {
    /// Starts from an account and a token; everything else has a default.
    pub fn builder(account: impl Into<String>, token: impl Into<Secret>) -> CloudflareWorkersAiBuilder {
        CloudflareWorkersAiBuilder {
            account: account.into(),
            token: token.into(),
            settings: Settings::new(BASE_URL, MODEL),
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
}

#[async_trait]
impl Provider for CloudflareWorkersAi {
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
        let body = wire::request(request, self.max_output_tokens, self.temperature);
        // Cloudflare's own words have no finish reason.
        let reading = Reading {
            cut_at: Some(self.max_output_tokens),
            ..Reading::plain(stream::read)
        };
        self.service.ask(&body, reading, deltas).await
    }
}

/// Sets up a [`CloudflareWorkersAi`].
#[derive(Debug, Clone)]
pub struct CloudflareWorkersAiBuilder {
    account: String,
    token: Secret,
    settings: Settings,
}

impl CloudflareWorkersAiBuilder {
    /// Another address: a gateway, a test server. It ends before `/run`; `{account}` in it
    /// stands for the account id.
    #[must_use]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.settings.base_url = Secret::new(base_url.into());
        self
    }

    service::setters!();

    /// Checks account, address and token, and sets up the HTTP client. Sends nothing.
    pub fn build(self) -> Result<CloudflareWorkersAi, ConfigError> {
        let Self {
            account,
            token,
            settings,
        } = self;
        let base = config::with_account(NAME, settings.base_url.expose(), &account)?;
        let path = std::iter::once("run").chain(settings.model.split('/'));
        let endpoint = Endpoint::parse(NAME, &base)?.join(path);
        Ok(CloudflareWorkersAi {
            service: Service::new(NAME, endpoint, (token, BEARER), &settings)?,
            max_output_tokens: settings.max_output_tokens.unwrap_or(MAX_OUTPUT_TOKENS),
            temperature: settings.temperature,
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
            provider.service.address(),
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

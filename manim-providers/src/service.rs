//! What every service has: settings that a person may change, and one call from the words
//! to the generation. How its words look on the wire is the vendor's own module.

use manim_core::{DeltaSink, Generation, ProviderError};
use reqwest::header::HeaderValue;
use serde::Serialize;

use crate::answer::Answer;
use crate::config::{self, ConfigError};
use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::secret::Secret;
use crate::transport::{self, Limits, Read, Transport};

/// What a person may set of any service.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// May hold a password.
    pub(crate) base_url: Secret,
    pub(crate) model: String,
    pub(crate) max_output_tokens: Option<u32>,
    pub(crate) temperature: Option<f32>,
    pub(crate) limits: Limits,
}

impl Settings {
    pub(crate) fn new(base_url: impl Into<Secret>, model: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            model: model.into(),
            max_output_tokens: None,
            temperature: None,
            limits: Limits::default(),
        }
    }
}

/// The setters of [`Settings`], for a builder that keeps them in `settings`.
macro_rules! setters {
    () => {
        /// Another model than the usual one.
        #[must_use]
        pub fn model(mut self, model: impl Into<String>) -> Self {
            self.settings.model = model.into();
            self
        }

        /// The longest answer in tokens, a model's thoughts included. Unset: the usual limit
        /// of the service.
        #[must_use]
        pub fn max_output_tokens(mut self, tokens: u32) -> Self {
            self.settings.max_output_tokens = Some(tokens);
            self
        }

        /// Sampling temperature. Unset: the model's own; several reasoning models refuse others.
        #[must_use]
        pub fn temperature(mut self, temperature: f32) -> Self {
            self.settings.temperature = Some(temperature);
            self
        }

        /// Deadlines of a call.
        #[must_use]
        pub fn limits(mut self, limits: $crate::transport::Limits) -> Self {
            self.settings.limits = limits;
            self
        }
    };
}
pub(crate) use setters;

/// The header that carries a key, and what stands before the key in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyHeader {
    pub(crate) name: &'static str,
    pub(crate) prefix: &'static str,
}

pub(crate) const BEARER: KeyHeader = KeyHeader {
    name: "authorization",
    prefix: "Bearer ",
};

/// A service that is set up.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    name: String,
    model: String,
    endpoint: Endpoint,
    key: Secret,
    header: Option<(&'static str, HeaderValue)>,
    transport: Transport,
}

/// How a vendor's reply is read.
pub(crate) struct Reading {
    /// One event, or the body of a reply that was not streamed.
    pub(crate) read: Read,
    /// The answer was asked for as a JSON object around the code.
    pub(crate) packed: bool,
    /// Tokens allowed, where only they tell that an answer was cut.
    pub(crate) cut_at: Option<u32>,
}

impl Reading {
    pub(crate) fn plain(read: Read) -> Self {
        Self {
            read,
            packed: false,
            cut_at: None,
        }
    }
}

impl Service {
    /// Checks the key and sets up the HTTP client for `endpoint`. Sends nothing.
    pub(crate) fn new(
        name: impl Into<String>,
        endpoint: Endpoint,
        (key, header): (Secret, KeyHeader),
        settings: &Settings,
    ) -> Result<Self, ConfigError> {
        let name = name.into();
        let value = config::key_header(&name, header.prefix, &key)?;
        transport::warn_of_exposed_key(&name, &endpoint, &key);
        Ok(Self {
            transport: Transport::new(&endpoint, settings.limits)?,
            header: value.map(|value| (header.name, value)),
            model: settings.model.clone(),
            name,
            endpoint,
            key,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    #[cfg(test)]
    pub(crate) fn address(&self) -> &str {
        self.endpoint.url().as_str()
    }

    /// Sends `body` and reads the reply. One request, and errors in this service's name.
    pub(crate) async fn ask(
        &self,
        body: &impl Serialize,
        reading: Reading,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        let asked = async {
            let body = transport::json(body)?;
            self.listen(body, reading, deltas).await
        };
        asked.await.map_err(|fault: Fault| fault.blame(&self.name))
    }

    async fn listen(
        &self,
        body: Vec<u8>,
        reading: Reading,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, Fault> {
        let header = self.header.clone();
        let reply = self
            .transport
            .post(&self.endpoint, header, body, &self.key)
            .await?;
        let mut answer = match reading.packed {
            true => Answer::packed(&self.key),
            false => Answer::new(&self.key),
        };
        reply.listen(reading.read, &mut answer, deltas).await?;
        answer.infer_length(reading.cut_at);
        answer.into_generation(&self.model)
    }
}

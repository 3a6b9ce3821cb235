//! The client of the Bot API. One call is one request; what may be repeated is repeated by
//! [`Api::say`] and its siblings, in which the service's own pauses are kept.

use std::time::Duration;

use manim_core::{Retry, Secret};
use reqwest::Client;
use reqwest::multipart::Form;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::{ApiError, ApiErrorKind, Envelope};
use crate::pace::Pace;
use crate::wire::{Sent, Update, User};

/// Where the service is.
const SERVICE: &str = "https://api.telegram.org";
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A call without a file.
const CALL_LIMIT: Duration = Duration::from_secs(30);
/// A film of 50 MB over a slow line.
const UPLOAD_LIMIT: Duration = Duration::from_secs(300);
/// The service holds a poll open for as long as it is asked to.
const POLL: Duration = Duration::from_secs(25);
/// An answer is some kilobytes; a hundred updates are less than a megabyte.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// A message that was put off this often is given up.
const TRIES: u32 = 5;
/// A longer pause than this is left to the caller.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(1);

/// Where the service is, for tests and for a Bot API server of one's own.
#[derive(Debug, Clone)]
pub struct ApiOptions {
    base: String,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            base: SERVICE.to_owned(),
        }
    }
}

impl ApiOptions {
    /// Calls `base` in place of `https://api.telegram.org`.
    #[must_use]
    pub fn with_base_url(mut self, base: &str) -> Self {
        base.trim_end_matches('/').clone_into(&mut self.base);
        self
    }
}

/// The Bot API for one bot. Its token appears in no error, no log and no `Debug`.
#[derive(Debug)]
pub struct Api {
    client: Client,
    base: String,
    token: Secret,
    pace: Pace,
}

impl Api {
    /// A client for the bot with this token. Makes no call.
    ///
    /// # Errors
    /// [`ApiErrorKind::Unavailable`] when this machine has no usable certificates.
    pub fn new(token: Secret, options: ApiOptions) -> Result<Self, ApiError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Losing this race means that another one has chosen meanwhile.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut builder = Client::builder()
            .user_agent(concat!("manim-telegram/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT);
        if options.base.starts_with("http://") {
            // Redirects are not followed, so no certificates are needed.
            builder = builder.tls_certs_only([]).no_proxy();
        }
        let client = builder.build().map_err(|error| unavailable("start", error))?;
        Ok(Self {
            client,
            base: options.base,
            token,
            pace: Pace::default(),
        })
    }

    pub(crate) fn token(&self) -> &Secret {
        &self.token
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The bot itself.
    pub(crate) async fn get_me(&self) -> Result<User, ApiError> {
        self.call("getMe", &json!({})).await
    }

    /// The next updates; waits for one for as long as a poll lasts.
    pub(crate) async fn get_updates(&self, offset: i64) -> Result<Vec<Value>, ApiError> {
        let wanted = json!({"offset": offset, "timeout": POLL.as_secs(), "allowed_updates": WANTED});
        let request = self.client.post(self.address("getUpdates")).json(&wanted);
        self.read("getUpdates", request.timeout(POLL + CALL_LIMIT)).await
    }

    /// Has updates sent to `url`, with `secret` in a header.
    ///
    /// # Errors
    /// [`ApiErrorKind::Refused`] for an address that is not https.
    pub async fn set_webhook(&self, url: &str, secret: &Secret) -> Result<(), ApiError> {
        let hook = json!({"url": url, "secret_token": secret.expose(), "allowed_updates": WANTED});
        self.done("setWebhook", &hook).await
    }

    /// Has updates kept for polling.
    pub async fn delete_webhook(&self) -> Result<(), ApiError> {
        self.done("deleteWebhook", &json!({})).await
    }

    /// What people see when they type a slash, in one language (`None`: in all others).
    pub(crate) async fn set_my_commands(
        &self,
        commands: &[(&str, &str)],
        language: Option<&str>,
    ) -> Result<(), ApiError> {
        let commands: Vec<Value> = commands
            .iter()
            .map(|(command, description)| json!({"command": command, "description": description}))
            .collect();
        let mut call = json!({ "commands": commands });
        if let Some(language) = language {
            call["language_code"] = language.into();
        }
        self.done("setMyCommands", &call).await
    }

    /// Sends a message, at the pace of its chat, and again where that can help.
    pub(crate) async fn say(&self, message: Value) -> Result<Sent, ApiError> {
        self.repeat(message, |message| async move {
            self.call("sendMessage", &message).await
        })
        .await
    }

    /// Edits a message. One that looks like that already is as wanted.
    pub(crate) async fn edit(&self, message: Value) -> Result<(), ApiError> {
        let edited = self
            .repeat(message, |message| async move {
                self.call::<Value>("editMessageText", &message).await
            })
            .await;
        match edited {
            Err(error) if error.kind() == ApiErrorKind::NotModified => Ok(()),
            edited => edited.map(drop),
        }
    }

    /// Ends the little clock on a pressed button.
    pub(crate) async fn answer_press(&self, press: &str, text: &str) -> Result<(), ApiError> {
        let answer = json!({"callback_query_id": press, "text": text});
        self.done("answerCallbackQuery", &answer).await
    }

    /// Sends a film once. Its parts are read while they are sent.
    pub(crate) async fn send_video(&self, chat: i64, form: Form) -> Result<Sent, ApiError> {
        self.pace.wait(chat).await;
        let request = self.client.post(self.address("sendVideo")).multipart(form);
        self.read("sendVideo", request.timeout(UPLOAD_LIMIT)).await
    }

    /// Keeps the pauses that the service asks for, and follows a group to its new number.
    async fn repeat<T, F>(&self, mut message: Value, call: impl Fn(Value) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut tries = 1;
        loop {
            self.pace.wait(message["chat_id"].as_i64().unwrap_or(0)).await;
            let error = match call(message.clone()).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let pause = match (error.kind(), error.retry()) {
                _ if tries == TRIES => return Err(error),
                (ApiErrorKind::Migrated(chat), _) => {
                    message["chat_id"] = chat.into();
                    Duration::ZERO
                }
                (_, Retry::After(pause)) if pause <= LONGEST_PAUSE => pause,
                (_, Retry::Now) => PAUSE * tries,
                _ => return Err(error),
            };
            tokio::time::sleep(pause).await;
            tries += 1;
        }
    }

    async fn done(&self, method: &'static str, fields: &Value) -> Result<(), ApiError> {
        self.call::<bool>(method, fields).await.map(drop)
    }

    async fn call<T: DeserializeOwned>(&self, method: &'static str, fields: &Value) -> Result<T, ApiError> {
        let request = self.client.post(self.address(method)).json(fields);
        self.read(method, request.timeout(CALL_LIMIT)).await
    }

    /// The address holds the token: it is in no error.
    fn address(&self, method: &str) -> String {
        format!("{}/bot{}/{method}", self.base, self.token.expose())
    }

    async fn read<T: DeserializeOwned>(
        &self,
        method: &'static str,
        request: reqwest::RequestBuilder,
    ) -> Result<T, ApiError> {
        let mut answer = request.send().await.map_err(|error| unavailable(method, error))?;
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| unavailable(method, error))? {
            if body.len() + piece.len() > MAX_ANSWER_BYTES {
                return Err(nonsense(method, "an answer without end"));
            }
            body.extend_from_slice(&piece);
        }
        let status = answer.status().as_u16();
        let envelope: Envelope<T> = serde_json::from_slice(&body)
            .map_err(|_| nonsense(method, &format!("status {status} and no answer in JSON")))?;
        match envelope {
            Envelope {
                ok: true,
                result: Some(result),
                ..
            } => Ok(result),
            refused => Err(refused.refusal(method)),
        }
    }
}

/// Kinds of update that are read; the service keeps all others to itself.
const WANTED: [&str; 2] = ["message", "callback_query"];

impl Update {
    /// `None`: not even its number can be read.
    pub(crate) fn read(value: Value) -> Option<Self> {
        serde_json::from_value(value).ok()
    }
}

fn unavailable(method: &'static str, error: reqwest::Error) -> ApiError {
    ApiError::new(ApiErrorKind::Unavailable, "call", method).with_source(error.without_url())
}

fn nonsense(method: &'static str, what: &str) -> ApiError {
    ApiError::new(ApiErrorKind::Unavailable, "call", format!("{method} ({what})"))
}

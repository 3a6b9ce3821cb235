//! What the Bot API answers when it does not do what was asked.

use std::fmt;
use std::time::Duration;

use manim_core::{Error, Kind, NotifyError, NotifyErrorKind, Retry};
use serde::Deserialize;

/// A call's failure.
pub type ApiError = Error<ApiErrorKind>;

/// What failed, as far as the next move depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// The token is wrong.
    Unauthorized,
    /// Too many messages; the pause asked for is in [`Retry::After`].
    RateLimited,
    /// The person has blocked the bot, or the chat is gone.
    Gone,
    /// The group has another number now.
    Migrated(i64),
    /// The message was deleted, or cannot be edited any more.
    MessageGone,
    /// The message looks like that already.
    NotModified,
    /// A webhook is set, or another program polls.
    Conflict,
    /// The file is too large.
    TooLarge,
    /// The service refuses the call as it is.
    Refused,
    /// The service is out of reach, or answers nonsense.
    Unavailable,
}

impl Kind for ApiErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::RateLimited | Self::Unavailable | Self::Conflict => Retry::Now,
            Self::Unauthorized
            | Self::Gone
            | Self::Migrated(_)
            | Self::MessageGone
            | Self::NotModified
            | Self::TooLarge
            | Self::Refused => Retry::Never,
        }
    }
}

impl fmt::Display for ApiErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unauthorized => "Telegram does not know this bot token; get the right one from @BotFather",
            Self::RateLimited => "Telegram asks for fewer messages",
            Self::Gone => "the chat is closed to the bot",
            Self::Migrated(_) => "the group has another number now",
            Self::MessageGone => "the message is not there any more",
            Self::NotModified => "the message looks like that already",
            Self::Conflict => "a webhook is set, or another program polls for this bot",
            Self::TooLarge => "the file is too large for Telegram",
            Self::Refused => "Telegram refuses the call",
            Self::Unavailable => "Telegram is out of reach",
        })
    }
}

/// The envelope of every answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<T> {
    pub(crate) ok: bool,
    pub(crate) result: Option<T>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    parameters: Parameters,
}

#[derive(Debug, Default, Deserialize)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

impl<T> Envelope<T> {
    /// Why the call failed. The service's words are for a developer; they hold no secret.
    pub(crate) fn refusal(self, method: &'static str) -> ApiError {
        let code = self.error_code.unwrap_or(0);
        let kind = classify(code, &self.description, &self.parameters);
        let error = ApiError::new(kind, "call", format!("{method} ({code} {})", self.description));
        match self.parameters.retry_after {
            Some(seconds) => error.with_retry(Retry::After(Duration::from_secs(seconds))),
            None => error,
        }
    }
}

fn classify(code: u16, description: &str, parameters: &Parameters) -> ApiErrorKind {
    let says = |part: &str| description.to_ascii_lowercase().contains(part);
    match (code, parameters.migrate_to_chat_id) {
        (_, Some(chat)) => ApiErrorKind::Migrated(chat),
        // The service answers 404 for a token that cannot be one.
        (401 | 404, _) => ApiErrorKind::Unauthorized,
        (403, _) => ApiErrorKind::Gone,
        (409, _) => ApiErrorKind::Conflict,
        (413, _) => ApiErrorKind::TooLarge,
        (429, _) => ApiErrorKind::RateLimited,
        (400, _) if says("message is not modified") => ApiErrorKind::NotModified,
        (400, _) if says("chat not found") || says("user not found") => ApiErrorKind::Gone,
        (400, _) if says("message to edit not found") || says("message can't be edited") => {
            ApiErrorKind::MessageGone
        }
        (400, _) if says("message to delete not found") => ApiErrorKind::MessageGone,
        (400, _) if says("file is too big") || says("too large") => ApiErrorKind::TooLarge,
        (400..=499, _) => ApiErrorKind::Refused,
        _ => ApiErrorKind::Unavailable,
    }
}

/// What a failed call means for a notice or a film.
pub(crate) fn untold(error: ApiError) -> NotifyError {
    let kind = match error.kind() {
        ApiErrorKind::RateLimited => NotifyErrorKind::RateLimited,
        ApiErrorKind::Gone | ApiErrorKind::Unauthorized => NotifyErrorKind::Gone,
        ApiErrorKind::TooLarge => NotifyErrorKind::TooLarge,
        ApiErrorKind::Unavailable | ApiErrorKind::Conflict => NotifyErrorKind::Unavailable,
        ApiErrorKind::Migrated(_)
        | ApiErrorKind::MessageGone
        | ApiErrorKind::NotModified
        | ApiErrorKind::Refused => NotifyErrorKind::Refused,
    };
    let retry = error.retry();
    NotifyError::new(kind, "tell", "a Telegram chat")
        .with_retry(retry)
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(answer: Value, kind: ApiErrorKind) {
        let envelope: Envelope<bool> = serde_json::from_value(answer).unwrap();
        assert_eq!(envelope.refusal("sendMessage").kind(), kind);
    }

    #[test]
    fn answers_have_the_kind_that_the_next_move_depends_on() {
        let refused = |code: u16, words: &str| json!({"ok": false, "error_code": code, "description": words});
        check(refused(401, "Unauthorized"), ApiErrorKind::Unauthorized);
        check(refused(404, "Not Found"), ApiErrorKind::Unauthorized);
        check(
            refused(403, "Forbidden: bot was blocked by the user"),
            ApiErrorKind::Gone,
        );
        check(refused(400, "Bad Request: chat not found"), ApiErrorKind::Gone);
        check(
            refused(
                400,
                "Bad Request: message is not modified: specified new message content",
            ),
            ApiErrorKind::NotModified,
        );
        check(
            refused(400, "Bad Request: message to edit not found"),
            ApiErrorKind::MessageGone,
        );
        check(refused(413, "Request Entity Too Large"), ApiErrorKind::TooLarge);
        check(refused(400, "Bad Request: something else"), ApiErrorKind::Refused);
        check(refused(502, "Bad Gateway"), ApiErrorKind::Unavailable);
        check(
            json!({"ok": false, "error_code": 400, "parameters": {"migrate_to_chat_id": -100}}),
            ApiErrorKind::Migrated(-100),
        );
    }

    #[test]
    fn the_pause_asked_for_is_kept() {
        let answer = json!({"ok": false, "error_code": 429, "parameters": {"retry_after": 7}});
        let envelope: Envelope<bool> = serde_json::from_value(answer).unwrap();
        let error = untold(envelope.refusal("sendMessage"));
        assert_eq!(error.retry(), Retry::After(Duration::from_secs(7)));
        assert_eq!(error.kind(), NotifyErrorKind::RateLimited);
    }
}

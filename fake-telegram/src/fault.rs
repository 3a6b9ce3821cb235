//! What the real service does on a bad day.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// An answer made instead of doing what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// 429: come again after so many seconds.
    TooManyRequests(u64),
    /// 403: the person has blocked the bot.
    Blocked,
    /// 400: the group is now the supergroup with this id.
    Migrated(i64),
    /// 400: the message to edit was deleted.
    MessageGone,
    /// 400 of any other wording.
    Refused(String),
    /// 502 with a page of HTML, as a proxy in front of the service sends it.
    BadGateway,
    /// The connection is closed without an answer; what was asked is done all the same.
    LostAnswer,
}

impl Fault {
    /// Status and body; `None` closes the connection.
    pub(crate) fn answer(&self) -> Option<(StatusCode, Value)> {
        let (code, body) = match self {
            Self::TooManyRequests(seconds) => (
                429,
                json!({
                    "description": format!("Too Many Requests: retry after {seconds}"),
                    "parameters": {"retry_after": seconds},
                }),
            ),
            Self::Blocked => (
                403,
                json!({"description": "Forbidden: bot was blocked by the user"}),
            ),
            Self::Migrated(to) => (
                400,
                json!({
                    "description": "Bad Request: group chat was upgraded to a supergroup chat",
                    "parameters": {"migrate_to_chat_id": to},
                }),
            ),
            Self::MessageGone => (
                400,
                json!({"description": "Bad Request: message to edit not found"}),
            ),
            Self::Refused(why) => (400, json!({"description": format!("Bad Request: {why}")})),
            Self::BadGateway => return Some((StatusCode::BAD_GATEWAY, Value::Null)),
            Self::LostAnswer => return None,
        };
        Some(refusal(code, body))
    }
}

/// A refusal as the service words it.
pub(crate) fn refusal(code: u16, mut body: Value) -> (StatusCode, Value) {
    body["ok"] = false.into();
    body["error_code"] = code.into();
    (
        StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST),
        body,
    )
}

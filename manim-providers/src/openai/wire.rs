//! The chat completions protocol as it is on the wire. Unknown fields are ignored;
//! known ones may be null, because some service sends each of them so.

use manim_core::{GenerationRequest, Role};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value, json};

use super::dialect::{Dialect, LengthField};

#[derive(Debug, Serialize)]
pub(super) struct Request<'a> {
    model: &'a str,
    messages: Vec<Message>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
}

#[derive(Debug, Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

#[derive(Debug, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// What a request asks for beside the words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) model: &'a str,
    pub(super) max_output_tokens: Option<u32>,
    pub(super) temperature: Option<f32>,
    pub(super) packed: bool,
}

/// The object that a model is held to, and the words that tell it so.
fn object() -> Value {
    json!({"type": "json_schema", "json_schema": {"name": "film", "schema": {
        "type": "object",
        "properties": {
            "code": {"type": "string"},
            "claims": {"type": "array", "items": {"type": "object"}},
        },
        "required": ["code"],
        "additionalProperties": false,
    }}})
}

const OBJECT: &str = "\n\n# In place of the fenced block\nAnswer with one JSON object and nothing else: \
                      its member `code` is the whole file, without a fence.";

/// The request's body.
pub(super) fn request<'a>(ask: Ask<'a>, request: &GenerationRequest) -> Request<'a> {
    let limit = |field| {
        ask.max_output_tokens
            .filter(|_| ask.dialect.length_field == field)
    };
    let role = |role| match role {
        Role::System => ask.dialect.system_role,
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let message = |mut message: manim_core::Message| {
        if ask.packed && message.role == Role::System {
            message.content.push_str(OBJECT);
        }
        Message {
            role: role(message.role),
            content: message.content,
        }
    };
    Request {
        model: ask.model,
        messages: request.messages().into_iter().map(message).collect(),
        stream: true,
        stream_options: ask
            .dialect
            .usage_on_request
            .then_some(StreamOptions { include_usage: true }),
        max_tokens: limit(LengthField::MaxTokens),
        max_completion_tokens: limit(LengthField::MaxCompletionTokens),
        temperature: ask.temperature,
        response_format: ask.packed.then(object),
    }
}

/// One event of a stream, or a whole completion: they differ in `delta` and `message` only.
#[derive(Debug, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) model: Option<String>,
    pub(crate) choices: Option<Vec<Choice>>,
    pub(crate) usage: Option<Usage>,
    pub(crate) error: Option<Value>,
    /// Groq's own envelope: errors in a stream arrive here.
    pub(crate) x_groq: Option<XGroq>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct XGroq {
    pub(crate) usage: Option<Usage>,
    pub(crate) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    pub(crate) index: Option<u32>,
    pub(crate) delta: Option<Delta>,
    /// In place of `delta` when the completion was not streamed. Some gateways repeat the
    /// whole message beside the last delta.
    pub(crate) message: Option<Delta>,
    pub(crate) finish_reason: Option<String>,
}

/// `reasoning_content`, `reasoning` and `thinking` are absent: they are not the answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Delta {
    pub(crate) content: Option<Content>,
    pub(crate) refusal: Option<String>,
    pub(crate) tool_calls: Option<Vec<Value>>,
    pub(crate) function_call: Option<Value>,
}

/// Text as services send it: a string, a list of typed parts, or (Cloudflare, for a token
/// that happens to be digits) a bare number.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Text(String),
    Number(Number),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    text: Option<String>,
}

impl Content {
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.to_string(),
            Self::Parts(parts) => parts.into_iter().filter_map(|part| part.text).collect(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub(crate) struct Usage {
    #[serde(default)]
    pub(crate) prompt_tokens: Option<u64>,
    #[serde(default)]
    pub(crate) completion_tokens: Option<u64>,
}

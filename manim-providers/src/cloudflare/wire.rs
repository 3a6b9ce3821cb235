//! Workers AI's `/ai/run/` as it is on the wire: its own words for older models, chat
//! completions for newer ones, and an envelope around what is not streamed.

use manim_core::{GenerationRequest, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::openai::wire::{Chunk, Content};

#[derive(Debug, Serialize)]
pub(super) struct Request {
    messages: Vec<Message>,
    stream: bool,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f32>,
}

#[derive(Debug, Serialize)]
struct Message {
    role: &'static str,
    content: String,
}

/// The request's body.
pub(super) fn request(request: &GenerationRequest, max_tokens: u32, temperature: Option<f32>) -> Request {
    let message = |message: manim_core::Message| Message {
        role: match message.role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        },
        content: message.content,
    };
    Request {
        messages: request.messages().into_iter().map(message).collect(),
        stream: true,
        max_tokens,
        temperature,
    }
}

/// What is not streamed comes inside `result`; errors come beside it.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    pub(super) success: Option<bool>,
    pub(super) errors: Option<Vec<Value>>,
    pub(super) result: Option<Event>,
}

/// One event, or the `result` of an envelope.
#[derive(Debug, Deserialize)]
pub(super) struct Event {
    pub(super) response: Option<Content>,
    pub(super) tool_calls: Option<Vec<Value>>,
    #[serde(flatten)]
    pub(super) chunk: Chunk,
}

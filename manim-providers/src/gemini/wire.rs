//! Gemini's generateContent as it is on the wire. Unknown fields are ignored.

use manim_core::{GenerationRequest, Message, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<Content>,
    contents: Vec<Content>,
    generation_config: Config,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    pub(super) max_output_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) temperature: Option<f32>,
}

#[derive(Debug, Serialize)]
struct Content {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Text; 1],
}

#[derive(Debug, Serialize)]
struct Text {
    text: String,
}

/// The request's body. The rules go into a field of their own; a model's turn is `model`.
pub(super) fn request(request: &GenerationRequest, generation_config: Config) -> Request {
    let (rules, turns): (Vec<_>, Vec<_>) = request
        .messages()
        .into_iter()
        .partition(|message| message.role == Role::System);
    Request {
        system_instruction: rules.into_iter().next().map(content),
        contents: turns.into_iter().map(content).collect(),
        generation_config,
    }
}

fn content(message: Message) -> Content {
    Content {
        role: match message.role {
            Role::System => None,
            Role::User => Some("user"),
            Role::Assistant => Some("model"),
        },
        parts: [Text {
            text: message.content,
        }],
    }
}

/// A whole reply, or one event of a stream: both have this shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Chunk {
    pub(super) candidates: Option<Vec<Candidate>>,
    pub(super) prompt_feedback: Option<Feedback>,
    pub(super) usage_metadata: Option<Usage>,
    pub(super) model_version: Option<String>,
    pub(super) error: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Candidate {
    pub(super) index: Option<u32>,
    pub(super) content: Option<Parts>,
    pub(super) finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Parts {
    pub(super) parts: Option<Vec<Part>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    pub(super) text: Option<String>,
    /// True for a summary of the model's thoughts, which is not the answer.
    pub(super) thought: Option<bool>,
    pub(super) function_call: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Feedback {
    pub(super) block_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    pub(super) prompt_token_count: Option<u64>,
    pub(super) candidates_token_count: Option<u64>,
    /// Billed like output.
    pub(super) thoughts_token_count: Option<u64>,
}

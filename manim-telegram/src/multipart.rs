//! A film as the parts of one request, read while it is sent.

use std::sync::Arc;

use manim_core::{Content, FilmInfo, Format};
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::origin::Origin;

/// What a film is sent with.
pub(crate) struct Film<'a> {
    pub(crate) to: &'a Origin,
    pub(crate) info: &'a FilmInfo,
    pub(crate) video: Content,
    pub(crate) thumbnail: Option<Arc<[u8]>>,
    pub(crate) caption: String,
}

impl Film<'_> {
    /// To `chat`, which may be the number that a group has now.
    pub(crate) fn form(&self, chat: i64) -> Form {
        let info = self.info;
        // The service counts whole seconds; a film shorter than one is not zero long.
        let seconds = info.duration_s().round().max(1.0) as u64;
        let mut form = Form::new()
            .text("chat_id", chat.to_string())
            .text("caption", self.caption.clone())
            .text("duration", seconds.to_string())
            .text("width", info.width.to_string())
            .text("height", info.height.to_string())
            .text("supports_streaming", "true")
            .text("reply_parameters", reply_to(self.to.message).to_string());
        if let Some(topic) = self.to.topic {
            form = form.text("message_thread_id", topic.to_string());
        }
        if let Some(thumbnail) = &self.thumbnail {
            let part = Part::bytes(thumbnail.to_vec()).file_name("thumbnail.jpg");
            form = form.part("thumbnail", typed(part, "image/jpeg"));
        }
        form.part("video", self.video_part())
    }

    fn video_part(&self) -> Part {
        let name = match self.info.format {
            Format::WebM => "film.webm",
            _ => "film.mp4",
        };
        let body = Body::wrap_stream(self.video.stream());
        let part = Part::stream_with_length(body, self.video.len()).file_name(name);
        typed(part, self.info.format.media_type())
    }
}

/// The answer to a message that may have been deleted meanwhile.
pub(crate) fn reply_to(message: i64) -> serde_json::Value {
    json!({"message_id": message, "allow_sending_without_reply": true})
}

fn typed(part: Part, media_type: &str) -> Part {
    let mut headers = reqwest::header::HeaderMap::new();
    if let Ok(value) = media_type.parse() {
        headers.insert(reqwest::header::CONTENT_TYPE, value);
    }
    part.headers(headers)
}

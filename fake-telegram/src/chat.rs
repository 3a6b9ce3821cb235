//! Chats and the messages in them.

use serde_json::{Value, json};

use crate::call::{Call, Upload};

/// Where people and the bot talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chat {
    pub(crate) id: i64,
    /// The person who speaks.
    pub(crate) person: i64,
    pub(crate) topic: Option<i64>,
    pub(crate) language: &'static str,
}

impl Chat {
    /// The chat of one person with the bot.
    pub const fn private(person: i64) -> Self {
        Self {
            id: person,
            person,
            topic: None,
            language: "en",
        }
    }

    /// A group, in which `person` speaks. `id` is negative.
    pub const fn group(id: i64, person: i64) -> Self {
        Self {
            id,
            person,
            topic: None,
            language: "en",
        }
    }

    /// The same chat, in one of its topics.
    #[must_use]
    pub const fn topic(mut self, topic: i64) -> Self {
        self.topic = Some(topic);
        self
    }

    /// The same chat, of a person whose app speaks `language` (IETF tag).
    #[must_use]
    pub const fn speaking(mut self, language: &'static str) -> Self {
        self.language = language;
        self
    }

    /// Its id.
    pub const fn id(&self) -> i64 {
        self.id
    }

    pub(crate) fn as_chat(&self) -> Value {
        match (self.id > 0, self.topic) {
            (true, _) => json!({"id": self.id, "type": "private", "first_name": "Ada"}),
            (false, None) => json!({"id": self.id, "type": "group", "title": "Maths"}),
            (false, Some(_)) => {
                json!({"id": self.id, "type": "supergroup", "title": "Maths", "is_forum": true})
            }
        }
    }

    pub(crate) fn as_user(&self) -> Value {
        json!({
            "id": self.person, "is_bot": false, "first_name": "Ada", "last_name": "Lovelace",
            "username": "ada", "language_code": self.language,
        })
    }
}

/// A message of the bot as it stands now, edits included.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its number in its chat.
    pub id: i64,
    /// Its chat.
    pub chat: i64,
    /// Its topic.
    pub topic: Option<i64>,
    /// Text, or the caption of a film.
    pub text: String,
    /// `(label, callback data or address)` of its buttons.
    pub buttons: Vec<(String, String)>,
    /// The film, if there is one.
    pub video: Option<Upload>,
    /// The film's thumbnail.
    pub thumbnail: Option<Upload>,
    /// How often it was edited.
    pub edits: u32,
    /// Whether it was deleted.
    pub deleted: bool,
    /// The call that sent it.
    pub call: Call,
}

impl Message {
    /// Whether it holds a film.
    pub fn has_video(&self) -> bool {
        self.video.is_some()
    }

    /// Whether its text contains `part`.
    pub fn says(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    pub(crate) fn sent(id: i64, chat: i64, call: Call) -> Self {
        Self {
            id,
            chat,
            topic: call.value("message_thread_id").as_i64(),
            text: call
                .text("text")
                .or_else(|| call.text("caption"))
                .unwrap_or_default(),
            buttons: buttons(&call.value("reply_markup")),
            video: call.file("video").cloned(),
            thumbnail: call.file("thumbnail").cloned(),
            edits: 0,
            deleted: false,
            call,
        }
    }

    /// `Err`: nothing would change, which the service refuses.
    pub(crate) fn edit(&mut self, call: &Call) -> Result<(), &'static str> {
        let text = call.text("text").or_else(|| call.text("caption"));
        let text = text.unwrap_or_else(|| self.text.clone());
        let buttons = buttons(&call.value("reply_markup"));
        if text == self.text && buttons == self.buttons {
            return Err("message is not modified");
        }
        (self.text, self.buttons) = (text, buttons);
        self.edits += 1;
        Ok(())
    }

    pub(crate) fn as_json(&self, chat: &Value) -> Value {
        let mut message = json!({"message_id": self.id, "date": 1_790_000_000, "chat": chat});
        if let Some(topic) = self.topic {
            message["message_thread_id"] = topic.into();
        }
        match &self.video {
            Some(video) => {
                message["caption"] = self.text.as_str().into();
                message["video"] = self.video_json(video);
            }
            None => message["text"] = self.text.as_str().into(),
        }
        message
    }

    fn video_json(&self, video: &Upload) -> Value {
        let number = |name| self.call.value(name).as_i64().unwrap_or(0);
        json!({
            "file_id": format!("film-{}-{}", self.chat, self.id),
            "file_unique_id": format!("film{}", self.id),
            "width": number("width"), "height": number("height"), "duration": number("duration"),
            "mime_type": video.media_type, "file_size": video.bytes.len(),
        })
    }
}

fn buttons(markup: &Value) -> Vec<(String, String)> {
    let rows = markup["inline_keyboard"].as_array();
    let all = rows.into_iter().flatten().filter_map(Value::as_array).flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.map(|button| {
        let does = button.get("callback_data").or_else(|| button.get("url"));
        (text(&button["text"]), does.map(text).unwrap_or_default())
    })
    .collect()
}

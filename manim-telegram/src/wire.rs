//! What the service sends, as far as we read it. A part that is not as published is taken as
//! absent: a new kind of update must never stop the old ones.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// One thing that happened.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Update {
    pub(crate) update_id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message: Option<Message>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) callback_query: Option<Press>,
}

/// Somebody wrote, or something happened in a chat.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Message {
    pub(crate) message_id: i64,
    pub(crate) chat: Chat,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) from: Option<User>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message_thread_id: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) is_topic_message: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) reply_to_message: Option<Replied>,
    #[serde(default, deserialize_with = "lenient")]
    new_chat_members: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    left_chat_member: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    pinned_message: Option<Value>,
    #[serde(default, deserialize_with = "lenient")]
    migrate_to_chat_id: Option<i64>,
}

impl Message {
    /// Tells of the chat itself rather than saying something.
    pub(crate) fn is_service(&self) -> bool {
        self.new_chat_members.is_some()
            || self.left_chat_member.is_some()
            || self.pinned_message.is_some()
            || self.migrate_to_chat_id.is_some()
    }

    /// The topic of a forum; the thread of a plain reply is none.
    pub(crate) fn topic(&self) -> Option<i64> {
        self.message_thread_id
            .filter(|_| self.is_topic_message == Some(true))
    }
}

/// The message that a message answers.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Replied {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) from: Option<User>,
}

/// Somebody pressed a button.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Press {
    pub(crate) id: String,
    pub(crate) from: User,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message: Option<Message>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) data: Option<String>,
}

/// Where people talk.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Chat {
    pub(crate) id: i64,
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
}

/// Who talks. Names are not read.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct User {
    pub(crate) id: i64,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) is_bot: Option<bool>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) language_code: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) username: Option<String>,
}

/// A message that was sent.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Sent {
    pub(crate) message_id: i64,
}

fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(serde_json::from_value(value).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_as_published_is_absent() {
        let update: Update = serde_json::from_value(json!({
            "update_id": 3,
            "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": 5, "from": "nobody"},
            "callback_query": {"id": 7},
            "crystal_ball": {},
        }))
        .unwrap();
        let message = update.message.unwrap();
        assert!(message.text.is_none() && message.from.is_none());
        assert!(update.callback_query.is_none());
    }

    #[test]
    fn a_thread_is_a_topic_only_where_the_service_says_so() {
        let message = |topic: bool| {
            let value = json!({"message_id": 1, "chat": {"id": -7}, "message_thread_id": 5, "is_topic_message": topic});
            serde_json::from_value::<Message>(value).unwrap()
        };
        assert_eq!((message(true).topic(), message(false).topic()), (Some(5), None));
    }
}

//! Where a job was asked for, as it stands in the job's record; and the session of a chat.

use hmac::{Hmac, KeyInit, Mac};
use manim_core::{Job, Memo, Secret, SessionId};
use sha2::Sha256;
use uuid::Uuid;

const SCHEME: &str = "telegram";

/// A place in a chat, and the language that is spoken there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) chat: i64,
    pub(crate) topic: Option<i64>,
    /// The message that asked.
    pub(crate) message: i64,
    /// IETF language tag, two letters.
    pub(crate) language: String,
}

impl Origin {
    /// `telegram/CHAT/TOPIC/MESSAGE/LANGUAGE`, far below a memo's limit.
    pub(crate) fn memo(&self) -> Option<Memo> {
        let topic = self.topic.unwrap_or(0);
        let text = format!(
            "{SCHEME}/{}/{topic}/{}/{}",
            self.chat, self.message, self.language
        );
        Memo::parse(text).ok()
    }

    /// Where `job` was asked for, if it was in a chat.
    pub(crate) fn of(job: &Job) -> Option<Self> {
        Self::parse(job.origin()?.as_str())
    }

    fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [SCHEME, chat, topic, message, language] = parts[..] else {
            return None;
        };
        Some(Self {
            chat: chat.parse().ok()?,
            topic: topic.parse().ok().filter(|topic| *topic != 0),
            message: message.parse().ok()?,
            language: language.to_owned(),
        })
    }

    /// Groups have negative numbers.
    pub(crate) fn is_group(&self) -> bool {
        self.chat < 0
    }
}

/// The session of a chat: nobody who does not know the bot's token can name it.
pub(crate) fn session(token: &Secret, chat: i64) -> SessionId {
    let mut bytes = [0; 16];
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(token.expose().as_bytes()) {
        mac.update(b"session of a chat");
        mac.update(&chat.to_le_bytes());
        bytes.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    }
    SessionId::from_uuid(Uuid::new_v8(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_its_memo() {
        for topic in [None, Some(12)] {
            let origin = Origin {
                chat: -100_123,
                topic,
                message: 77,
                language: "de".into(),
            };
            assert_eq!(Origin::parse(origin.memo().unwrap().as_str()), Some(origin));
        }
    }

    #[test]
    fn other_places_are_none_of_ours() {
        for text in ["", "http/1/2/3/en", "telegram/x/0/1/en", "telegram/1/0/1"] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_session_depends_on_chat_and_token() {
        let token = Secret::new("1:a");
        assert_eq!(session(&token, 7), session(&token, 7));
        assert_ne!(session(&token, 7), session(&token, 8));
        assert_ne!(session(&token, 7), session(&Secret::new("1:b"), 7));
    }
}

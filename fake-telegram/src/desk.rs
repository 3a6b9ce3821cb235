//! The service's memory, and what each method does to it. Checks nothing that the schema checks.

use std::collections::{BTreeMap, HashMap, VecDeque};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::call::Call;
use crate::chat::{Chat, Message};
use crate::fault::{Fault, refusal};
use crate::schema::Schema;

/// The service keeps updates for a day; a test needs fewer.
const KEPT_UPDATES: usize = 100_000;

pub(crate) type Answer = (StatusCode, Value);

/// Where updates go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) url: String,
    pub(crate) secret: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) calls: Vec<Call>,
    pub(crate) complaints: Vec<String>,
    pub(crate) hook: Option<Hook>,
    pub(crate) updates: VecDeque<Value>,
    pub(crate) messages: BTreeMap<(i64, i64), Message>,
    chats: HashMap<i64, Value>,
    faults: VecDeque<(String, Fault)>,
    last_update: i64,
    last_message: i64,
}

impl Desk {
    /// What the next call of `method` is answered with.
    pub(crate) fn plan(&mut self, method: &str, fault: Fault) {
        self.faults.push_back((method.to_owned(), fault));
    }

    pub(crate) fn next_fault(&mut self, method: &str) -> Option<Fault> {
        let place = self.faults.iter().position(|(of, _)| of == method || of == "*")?;
        self.faults.remove(place).map(|(_, fault)| fault)
    }

    /// A person wrote; returns the message's number.
    pub(crate) fn hear(&mut self, chat: Chat, text: &str) -> i64 {
        self.last_message += 1;
        let message = self.last_message;
        let mut heard = json!({
            "message_id": message, "date": 1_790_000_000, "chat": chat.as_chat(), "from": chat.as_user(), "text": text,
        });
        if let Some(topic) = chat.topic {
            heard["message_thread_id"] = topic.into();
            heard["is_topic_message"] = true.into();
        }
        if let Some(word) = text
            .split_whitespace()
            .next()
            .filter(|word| word.starts_with('/'))
        {
            heard["entities"] =
                json!([{"type": "bot_command", "offset": 0, "length": word.encode_utf16().count()}]);
        }
        self.chats.insert(chat.id, chat.as_chat());
        self.real_update("Message", "message", heard);
        message
    }

    /// A person pressed a button of a message of the bot.
    pub(crate) fn press(&mut self, chat: Chat, message: i64, data: &str) {
        let on = self.messages.get(&(chat.id, message));
        let on = on.map_or(Value::Null, |on| on.as_json(&chat.as_chat()));
        let pressed = json!({
            "id": format!("press-{}", self.last_update + 1), "from": chat.as_user(), "message": on,
            "chat_instance": chat.id.to_string(), "data": data,
        });
        self.real_update("CallbackQuery", "callback_query", pressed);
    }

    /// What the real service would send: held to the schema as the bot is.
    fn real_update(&mut self, kind: &str, field: &str, what: Value) {
        if let Err(why) = Schema::published().check_type(kind, &what) {
            self.complaints
                .push(format!("the stand-in itself: {field} {why}"));
        }
        self.update(json!({ field: what }));
    }

    /// Anything else that happens, as the service would send it.
    pub(crate) fn update(&mut self, mut update: Value) {
        self.last_update += 1;
        update["update_id"] = self.last_update.into();
        self.updates.push_back(update);
        if self.updates.len() > KEPT_UPDATES {
            self.updates.pop_front();
        }
    }

    /// The updates from `offset` on; those before it are done with.
    pub(crate) fn updates_from(&mut self, offset: i64, limit: usize) -> Vec<Value> {
        let number = |update: &Value| update["update_id"].as_i64().unwrap_or(0);
        self.updates.retain(|update| number(update) >= offset);
        self.updates.iter().take(limit).cloned().collect()
    }

    pub(crate) fn perform(&mut self, call: &Call) -> Answer {
        match call.method.as_str() {
            "getMe" => done(
                json!({"id": 42, "is_bot": true, "first_name": "Film", "username": "film_bot", "can_join_groups": true, "can_read_all_group_messages": false, "supports_inline_queries": false}),
            ),
            "setWebhook" => self.set_webhook(call),
            "deleteWebhook" => self.delete_webhook(call),
            "getWebhookInfo" => done(json!({
                "url": self.hook.as_ref().map_or("", |hook| &hook.url),
                "has_custom_certificate": false, "pending_update_count": self.updates.len(),
            })),
            "sendMessage" | "sendVideo" | "sendPhoto" => self.send(call),
            "editMessageText" | "editMessageReplyMarkup" | "editMessageCaption" => self.edit(call),
            "deleteMessage" => self.delete(call),
            "setMyCommands" | "sendChatAction" | "answerCallbackQuery" | "deleteMyCommands" => {
                done(true.into())
            }
            other => refusal(
                501,
                json!({"description": format!("{other} is not part of this stand-in")}),
            ),
        }
    }

    fn set_webhook(&mut self, call: &Call) -> Answer {
        let url = call.text("url").unwrap_or_default();
        let secret = call.text("secret_token");
        let sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
        if secret
            .as_ref()
            .is_some_and(|secret| secret.is_empty() || secret.len() > 256 || !secret.chars().all(sign))
        {
            return refused("secret token contains unallowed characters");
        }
        // The real one wants https; a stand-in on the loopback is called without.
        if !url.is_empty() && !url.starts_with("https://") && !url.starts_with("http://127.0.0.1") {
            return refused("bad webhook: An HTTPS URL must be provided for webhook");
        }
        self.hook = (!url.is_empty()).then_some(Hook { url, secret });
        self.drop_pending(call);
        done(true.into())
    }

    fn delete_webhook(&mut self, call: &Call) -> Answer {
        self.hook = None;
        self.drop_pending(call);
        done(true.into())
    }

    fn drop_pending(&mut self, call: &Call) {
        if call.value("drop_pending_updates") == true {
            self.updates.clear();
        }
    }

    fn send(&mut self, call: &Call) -> Answer {
        let (Some(chat), Some(known)) = (call.chat(), call.chat().and_then(|chat| self.chats.get(&chat)))
        else {
            return refused("chat not found");
        };
        let text = call
            .text("text")
            .or_else(|| call.text("caption"))
            .unwrap_or_default();
        let longest = if call.method == "sendMessage" { 4096 } else { 1024 };
        if call.method == "sendMessage" && text.trim().is_empty() {
            return refused("message text is empty");
        }
        if text.encode_utf16().count() > longest {
            return refused("message is too long");
        }
        self.last_message += 1;
        let message = Message::sent(self.last_message, chat, call.clone());
        let answer = message.as_json(known);
        self.messages.insert((chat, message.id), message);
        done(answer)
    }

    fn edit(&mut self, call: &Call) -> Answer {
        let key = (
            call.chat().unwrap_or(0),
            call.value("message_id").as_i64().unwrap_or(0),
        );
        let Some(message) = self.messages.get_mut(&key).filter(|message| !message.deleted) else {
            return refused("message to edit not found");
        };
        if let Err(why) = message.edit(call) {
            return refused(why);
        }
        let chat = self.chats.get(&key.0).cloned().unwrap_or_default();
        done(message.as_json(&chat))
    }

    fn delete(&mut self, call: &Call) -> Answer {
        let key = (
            call.chat().unwrap_or(0),
            call.value("message_id").as_i64().unwrap_or(0),
        );
        match self.messages.get_mut(&key).filter(|message| !message.deleted) {
            Some(message) => {
                message.deleted = true;
                done(true.into())
            }
            None => refused("message to delete not found"),
        }
    }
}

fn done(result: Value) -> Answer {
    (StatusCode::OK, json!({"ok": true, "result": result}))
}

fn refused(why: &str) -> Answer {
    refusal(400, json!({"description": format!("Bad Request: {why}")}))
}

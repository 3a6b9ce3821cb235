//! What a message or a pressed button asks for. Pure.

use manim_core::{JobId, Quality};

use crate::wire::{Message, Press};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Intent {
    /// `/start`
    Start,
    /// `/help`
    Help,
    /// Any text.
    Problem(String),
    /// `/status`, of the newest job or of the one named.
    Status(Option<JobId>),
    /// `/jobs`
    Jobs,
    /// `/cancel`, the newest job or the one named.
    Cancel(Option<JobId>),
    /// `/quality`, to be told or to be set.
    Quality(Option<Quality>),
    /// The same problem once more.
    Retry(JobId),
    /// A command that there is not.
    Unknown,
    /// A picture, a sticker, a voice.
    NoText,
    /// Not meant for us.
    Nothing,
}

/// Buttons carry at most 64 bytes; a job's number is 36.
pub(crate) const CANCEL: &str = "cancel:";
pub(crate) const RETRY: &str = "retry:";
pub(crate) const QUALITY: &str = "quality:";

/// What `message` asks for. In a group only what is said to the bot counts.
pub(crate) fn of_message(message: &Message, me: &str) -> Intent {
    let from_bot = message
        .from
        .as_ref()
        .is_some_and(|from| from.is_bot == Some(true));
    if from_bot || message.is_service() || message.chat.kind == "channel" {
        return Intent::Nothing;
    }
    let private = message.chat.kind == "private";
    let Some(text) = message.text.as_deref().map(str::trim) else {
        return if private { Intent::NoText } else { Intent::Nothing };
    };
    if let Some(command) = text.strip_prefix('/') {
        return of_command(command, me, private);
    }
    let mention = format!("@{me}");
    let spoken_to = private || replies_to(message, me) || holds_word(text, &mention);
    match spoken_to {
        true => Intent::Problem(without_word(text, &mention)),
        false => Intent::Nothing,
    }
}

/// What a pressed button asks for.
pub(crate) fn of_press(press: &Press) -> Intent {
    let data = press.data.as_deref().unwrap_or_default();
    let job = |prefix: &str| data.strip_prefix(prefix)?.parse().ok();
    if let Some(job) = job(CANCEL) {
        Intent::Cancel(Some(job))
    } else if let Some(job) = job(RETRY) {
        Intent::Retry(job)
    } else if let Some(quality) = data.strip_prefix(QUALITY).and_then(|name| name.parse().ok()) {
        Intent::Quality(Some(quality))
    } else {
        Intent::Nothing
    }
}

fn of_command(command: &str, me: &str, private: bool) -> Intent {
    let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let (name, addressee) = name.split_once('@').unwrap_or((name, me));
    if !addressee.eq_ignore_ascii_case(me) {
        return Intent::Nothing;
    }
    let rest = rest.trim();
    match name.to_ascii_lowercase().as_str() {
        "start" => Intent::Start,
        "help" => Intent::Help,
        "solve" => Intent::Problem(rest.to_owned()),
        "status" => Intent::Status(rest.parse().ok()),
        "jobs" => Intent::Jobs,
        "cancel" => Intent::Cancel(rest.parse().ok()),
        "quality" => Intent::Quality(rest.parse().ok()),
        // Another bot's command, perhaps.
        _ if private => Intent::Unknown,
        _ => Intent::Nothing,
    }
}

fn replies_to(message: &Message, me: &str) -> bool {
    let author = message.reply_to_message.as_ref().and_then(|to| to.from.as_ref());
    let name = author.and_then(|author| author.username.as_deref());
    name.is_some_and(|name| name.eq_ignore_ascii_case(me))
}

fn holds_word(text: &str, word: &str) -> bool {
    text.split_whitespace().any(|one| one.eq_ignore_ascii_case(word))
}

fn without_word(text: &str, word: &str) -> String {
    if !holds_word(text, word) {
        return text.to_owned();
    }
    let rest = text
        .split_whitespace()
        .filter(|one| !one.eq_ignore_ascii_case(word));
    rest.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn message(kind: &str, text: &str, more: Value) -> Message {
        let mut message =
            json!({"message_id": 1, "chat": {"id": 1, "type": kind}, "from": {"id": 7}, "text": text});
        for (name, value) in more.as_object().unwrap() {
            message[name] = value.clone();
        }
        serde_json::from_value(message).unwrap()
    }

    #[track_caller]
    fn check(kind: &str, text: &str, wanted: Intent) {
        assert_eq!(of_message(&message(kind, text, json!({})), "film_bot"), wanted);
    }

    #[test]
    fn any_text_of_a_person_is_a_problem() {
        check(
            "private",
            " Solve x^2 = 4 ",
            Intent::Problem("Solve x^2 = 4".into()),
        );
        check("private", "/solve x^2 = 4", Intent::Problem("x^2 = 4".into()));
    }

    #[test]
    fn commands_are_read_with_and_without_the_bots_name() {
        check("private", "/start", Intent::Start);
        check("group", "/STATUS@Film_Bot", Intent::Status(None));
        check("private", "/quality high", Intent::Quality(Some(Quality::High)));
        check("private", "/quality splendid", Intent::Quality(None));
        check("private", "/dance", Intent::Unknown);
    }

    #[test]
    fn in_a_group_only_what_is_said_to_the_bot_counts() {
        check("supergroup", "what a day", Intent::Nothing);
        check("supergroup", "/jobs@other_bot", Intent::Nothing);
        check("supergroup", "/dance", Intent::Nothing);
        check(
            "supergroup",
            "@film_bot Solve x = 1",
            Intent::Problem("Solve x = 1".into()),
        );
        let reply = json!({"reply_to_message": {"from": {"id": 42, "username": "film_bot"}}});
        let said = of_message(&message("group", "Solve x = 1 please", reply), "film_bot");
        assert_eq!(said, Intent::Problem("Solve x = 1 please".into()));
    }

    #[test]
    fn bots_and_news_of_the_chat_are_not_answered() {
        let bot = message(
            "private",
            "hello there",
            json!({"from": {"id": 7, "is_bot": true}}),
        );
        assert_eq!(of_message(&bot, "film_bot"), Intent::Nothing);
        let joined = message("private", "", json!({"new_chat_members": [], "text": null}));
        assert_eq!(of_message(&joined, "film_bot"), Intent::Nothing);
        let sticker = message("private", "", json!({"text": null}));
        assert_eq!(of_message(&sticker, "film_bot"), Intent::NoText);
    }

    #[test]
    fn a_button_that_is_not_ours_does_nothing() {
        let press = |data: &str| Press {
            data: Some(data.into()),
            ..serde_json::from_value(json!({"id": "p", "from": {"id": 7}})).unwrap()
        };
        let job = JobId::new();
        assert_eq!(
            of_press(&press(&format!("cancel:{job}"))),
            Intent::Cancel(Some(job))
        );
        assert_eq!(of_press(&press(&format!("retry:{job}"))), Intent::Retry(job));
        for data in ["cancel:", "cancel:1; drop table", "retry", "quality:"] {
            assert_eq!(of_press(&press(data)), Intent::Nothing, "{data}");
        }
    }
}

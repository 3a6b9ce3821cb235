//! How messages look: where they go, their buttons, and text that fits.

use manim_core::JobId;
use serde_json::{Value, json};

use crate::intent::CANCEL;
use crate::multipart::reply_to;
use crate::origin::Origin;
use crate::words::Words;

/// A message to where something was asked, as an answer to it.
pub(crate) fn message(origin: &Origin, text: &str, buttons: &[Vec<(String, String)>]) -> Value {
    let mut message = json!({
        "chat_id": origin.chat, "text": text,
        "reply_parameters": reply_to(origin.message),
        "link_preview_options": {"is_disabled": true},
    });
    if let Some(topic) = origin.topic {
        message["message_thread_id"] = topic.into();
    }
    if !buttons.is_empty() {
        message["reply_markup"] = keyboard(buttons);
    }
    message
}

/// Rows of buttons; what a button does is data for us, or an address.
pub(crate) fn keyboard(rows: &[Vec<(String, String)>]) -> Value {
    let button = |(text, does): &(String, String)| {
        let kind = if does.contains("://") {
            "url"
        } else {
            "callback_data"
        };
        json!({"text": text, kind: does})
    };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    json!({ "inline_keyboard": rows })
}

pub(crate) fn cancel_button(words: &Words, job: JobId) -> Vec<Vec<(String, String)>> {
    vec![vec![(words.cancel.to_owned(), format!("{CANCEL}{job}"))]]
}

/// At most so many characters, on one line.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= most {
        return flat;
    }
    let start: String = flat.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_problem_is_shortened_between_characters() {
        assert_eq!(shortened("äöü äöü", 5), "äöü…");
        assert_eq!(shortened(" a \n b ", 5), "a b");
    }

    #[test]
    fn addresses_and_data_are_different_buttons() {
        let rows = vec![vec![
            ("a".to_owned(), "https://example.org/x".to_owned()),
            ("b".to_owned(), "cancel:1".to_owned()),
        ]];
        let board = keyboard(&rows);
        assert_eq!(board["inline_keyboard"][0][0]["url"], "https://example.org/x");
        assert_eq!(board["inline_keyboard"][0][1]["callback_data"], "cancel:1");
    }
}

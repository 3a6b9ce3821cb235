//! Reads Workers AI's events into an answer.

use serde_json::Value;

use super::wire::{Envelope, Event};
use crate::answer::Answer;
use crate::classify::classify_in_band;
use crate::fault::Fault;
use crate::openai::stream::{END, read_chunk};
use crate::transport;

const EXPECTED: &str = "a Workers AI reply";

/// Reads one event's data, or the body of a reply that was not streamed.
pub(super) fn read(data: &str, answer: &mut Answer<'_>) -> Result<(), Fault> {
    if data.trim() == END {
        answer.done = true;
        return Ok(());
    }
    let value: Value = transport::parse(data, EXPECTED)?;
    let envelope: Envelope = transport::parse(data, EXPECTED)?;
    let failed = envelope.success == Some(false) || envelope.errors.is_some_and(|errors| !errors.is_empty());
    if failed {
        return Err(classify_in_band(&value, answer.key));
    }
    match envelope.result {
        Some(event) => read_event(event, answer),
        None => read_event(transport::parse(data, EXPECTED)?, answer),
    }
}

fn read_event(event: Event, answer: &mut Answer<'_>) -> Result<(), Fault> {
    if event.tool_calls.is_some_and(|calls| !calls.is_empty()) {
        return Err(Fault::tool_call());
    }
    if let Some(text) = event.response {
        answer.push(&text.into_text())?;
    }
    read_chunk(event.chunk, answer)
}

#[cfg(test)]
mod tests {
    use manim_core::{FinishReason, Generation, ProviderErrorKind};

    use super::*;
    use crate::answer::read_all;
    use crate::secret::Secret;

    fn answer(events: &[&str]) -> Result<Generation, ProviderErrorKind> {
        read_all(read, events)
    }

    #[test]
    fn its_own_words_are_read() {
        let generation = answer(&[
            r#"{"response":"x = ","p":"abcd"}"#,
            r#"{"response":4,"p":"ab"}"#,
            r#"{"response":null,"usage":{"prompt_tokens":8,"completion_tokens":3,"total_tokens":11}}"#,
            END,
        ])
        .unwrap();
        assert_eq!(
            (generation.text.as_str(), generation.usage.output_tokens),
            ("x = 4", 3)
        );
        assert_eq!(
            (generation.finish, generation.model.as_str()),
            (FinishReason::Other, "asked")
        );
    }

    #[test]
    fn chat_completions_are_read() {
        let generation = answer(&[
            r#"{"model":"@cf/m","choices":[{"index":0,"delta":{"content":"x = "}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":6},"finish_reason":"length"}],"usage":{"prompt_tokens":0,"completion_tokens":1}}"#,
            END,
        ])
        .unwrap();
        assert_eq!(
            (generation.text.as_str(), generation.finish),
            ("x = 6", FinishReason::Length)
        );
    }

    #[test]
    fn an_envelope_is_opened() {
        let whole = r#"{"result":{"response":"hi","usage":{"prompt_tokens":5,"completion_tokens":1}},"success":true,"errors":[],"messages":[]}"#;
        let key = Secret::new("k");
        let mut answer = Answer::new(&key);
        read(whole, &mut answer).unwrap();
        answer.done = true;
        assert_eq!(answer.into_generation("m").unwrap().text, "hi");
    }

    #[test]
    fn an_envelope_of_errors_is_an_error() {
        let full = r#"{"result":null,"success":false,"errors":[{"code":3040,"message":"out of capacity"}]}"#;
        assert_eq!(answer(&[full]), Err(ProviderErrorKind::Unavailable));
        let used = r#"{"success":false,"errors":[{"code":3036,"message":"daily allocation used"}]}"#;
        assert_eq!(answer(&[used]), Err(ProviderErrorKind::QuotaExhausted));
    }

    #[test]
    fn a_stream_without_end_broke_off_and_tools_are_refused() {
        assert_eq!(
            answer(&[r#"{"response":"hi"}"#]),
            Err(ProviderErrorKind::BadReply)
        );
        assert_eq!(
            answer(&[r#"{"response":"","tool_calls":[{"name":"f"}]}"#, END]),
            Err(ProviderErrorKind::BadReply)
        );
        assert_eq!(
            answer(&[r#"{"response":""}"#, END]),
            Err(ProviderErrorKind::Refused)
        );
        assert_eq!(
            answer(&[r#"{"response":{"a":1}}"#, END]),
            Err(ProviderErrorKind::BadReply)
        );
    }
}

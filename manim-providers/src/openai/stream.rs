//! Reads chat completion events into an answer. Pure: bytes, deadlines and sinks are the
//! transport's.

use manim_core::{FinishReason, ProviderErrorKind};

use super::wire::{Choice, Chunk, Delta, Usage};
use crate::answer::Answer;
use crate::classify::classify_in_band;
use crate::fault::Fault;
use crate::transport;

/// The word that ends a stream.
pub(crate) const END: &str = "[DONE]";

/// Reads one event's data, or the body of a reply that was not streamed.
pub(crate) fn read(data: &str, answer: &mut Answer<'_>) -> Result<(), Fault> {
    if data.trim() == END {
        answer.done = true;
        return Ok(());
    }
    read_chunk(transport::parse(data, "a chat completion")?, answer)
}

pub(crate) fn read_chunk(chunk: Chunk, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let groq = chunk.x_groq.map(|groq| (groq.error, groq.usage));
    let (groq_error, groq_usage) = groq.unwrap_or_default();
    if let Some(error) = chunk.error.or(groq_error) {
        return Err(classify_in_band(&error, answer.key));
    }
    answer.name_model(chunk.model);
    for usage in [chunk.usage, groq_usage].into_iter().flatten() {
        count(&usage, answer);
    }
    // One answer was asked for; a second one would be mixed into the first.
    let choices = chunk.choices.into_iter().flatten();
    choices
        .filter(|choice| choice.index.unwrap_or(0) == 0)
        .try_for_each(|choice| read_choice(choice, answer))
}

fn count(usage: &Usage, answer: &mut Answer<'_>) {
    answer.count(
        usage.prompt_tokens.unwrap_or(0),
        usage.completion_tokens.unwrap_or(0),
    );
}

fn read_choice(choice: Choice, answer: &mut Answer<'_>) -> Result<(), Fault> {
    if let Some(delta) = choice.delta.or(choice.message) {
        read_delta(delta, answer)?;
    }
    if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
        answer.finish = Some(finish(&reason)?);
    }
    Ok(())
}

fn read_delta(delta: Delta, answer: &mut Answer<'_>) -> Result<(), Fault> {
    if delta.function_call.is_some() || delta.tool_calls.is_some_and(|calls| !calls.is_empty()) {
        return Err(Fault::tool_call());
    }
    answer.refused |= delta.refusal.is_some_and(|refusal| !refusal.is_empty());
    match delta.content {
        Some(content) => answer.push(&content.into_text()),
        None => Ok(()),
    }
}

/// Reasons of the protocol, and those that DeepSeek, gateways and local servers add.
fn finish(reason: &str) -> Result<FinishReason, Fault> {
    Ok(match reason {
        "stop" | "eos" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "tool_calls" | "function_call" => return Err(Fault::tool_call()),
        "insufficient_system_resource" | "error" => {
            let detail = "the service gave up in the middle of the answer";
            return Err(Fault::new(ProviderErrorKind::Unavailable, detail));
        }
        _ => FinishReason::Other,
    })
}

#[cfg(test)]
mod tests {
    use manim_core::Generation;

    use super::*;
    use crate::answer::read_all;

    fn answer(events: &[&str]) -> Result<Generation, ProviderErrorKind> {
        read_all(read, events)
    }

    #[track_caller]
    fn fails(events: &[&str], kind: ProviderErrorKind) {
        assert_eq!(answer(events).unwrap_err(), kind, "{events:?}");
    }

    const TEXT: &str = r#"{"choices":[{"index":0,"delta":{"content":"hi"}}]}"#;
    const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;

    #[test]
    fn a_stream_becomes_a_generation() {
        let generation = answer(&[
            r#"{"id":"1","model":"m-1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null}"#,
            TEXT,
            r#"{"choices":[{"index":0,"delta":{"content":" there"}}],"surprise":{"a":[1]}}"#,
            STOP,
            r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9}}"#,
            END,
        ])
        .unwrap();
        assert_eq!(
            (generation.text.as_str(), generation.model.as_str()),
            ("hi there", "m-1")
        );
        assert_eq!(
            (generation.usage.input_tokens, generation.usage.output_tokens),
            (7, 2)
        );
        assert_eq!(generation.finish, FinishReason::Stop);
    }

    #[test]
    fn a_completion_that_was_not_streamed_is_read_too() {
        let whole = r#"{"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"hi","refusal":null,"tool_calls":[]},"finish_reason":"length"}]}"#;
        assert_eq!(answer(&[whole]).unwrap().finish, FinishReason::Length);
    }

    #[test]
    fn a_message_repeated_beside_the_last_delta_is_not_added() {
        let both = r#"{"choices":[{"delta":{},"message":{"content":"hi"},"finish_reason":"stop"}]}"#;
        assert_eq!(answer(&[TEXT, both]).unwrap().text, "hi");
    }

    #[test]
    fn reasoning_is_not_the_answer() {
        let thought = r#"{"choices":[{"delta":{"content":null,"reasoning_content":"hm","reasoning":"hm"}}]}"#;
        assert_eq!(answer(&[thought, TEXT, STOP]).unwrap().text, "hi");
    }

    #[test]
    fn content_may_be_a_number_or_parts() {
        let number = r#"{"choices":[{"delta":{"content":6}}]}"#;
        let parts = r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[]},{"type":"text","text":"x"}]}}]}"#;
        assert_eq!(answer(&[number, parts, STOP]).unwrap().text, "6x");
    }

    #[test]
    fn a_second_choice_is_not_mixed_in() {
        let second = r#"{"choices":[{"index":1,"delta":{"content":"no"}}]}"#;
        assert_eq!(answer(&[TEXT, second, STOP]).unwrap().text, "hi");
    }

    #[test]
    fn groqs_envelope_gives_usage_and_errors() {
        let usage = r#"{"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":5,"completion_tokens":3}}}"#;
        assert_eq!(answer(&[TEXT, STOP, usage]).unwrap().usage.input_tokens, 5);
        fails(
            &[
                TEXT,
                r#"{"x_groq":{"error":{"message":"over","type":"rate_limit_exceeded"}}}"#,
            ],
            ProviderErrorKind::RateLimited,
        );
    }

    #[test]
    fn an_end_without_done_needs_a_finish_reason() {
        assert!(answer(&[TEXT, STOP]).is_ok());
        assert_eq!(answer(&[TEXT, END]).unwrap().finish, FinishReason::Other);
        fails(&[TEXT], ProviderErrorKind::BadReply);
    }

    #[test]
    fn an_answer_without_text_is_a_refusal() {
        let filter = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
        let length = r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#;
        let blank = r#"{"choices":[{"delta":{"content":" \n"}}]}"#;
        let declined = r#"{"choices":[{"delta":{"refusal":"I can't"}}]}"#;
        for events in [[filter, END], [length, END], [blank, STOP], [declined, STOP]] {
            fails(&events, ProviderErrorKind::Refused);
        }
        assert_eq!(
            answer(&[TEXT, filter]).unwrap().finish,
            FinishReason::ContentFilter
        );
    }

    #[test]
    fn what_is_not_an_answer_is_an_error() {
        fails(&[TEXT, "{\"choices\":[{\"del"], ProviderErrorKind::BadReply);
        fails(
            &[r#"{"choices":[{"delta":{"tool_calls":[{"index":0}]}}]}"#],
            ProviderErrorKind::BadReply,
        );
        fails(
            &[r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#],
            ProviderErrorKind::BadReply,
        );
        fails(
            &[TEXT, r#"{"error":{"message":"boom","type":"server_error"}}"#],
            ProviderErrorKind::Unavailable,
        );
        fails(
            &[
                TEXT,
                r#"{"choices":[{"finish_reason":"insufficient_system_resource"}]}"#,
            ],
            ProviderErrorKind::Unavailable,
        );
    }
}

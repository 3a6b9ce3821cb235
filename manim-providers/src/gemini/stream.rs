//! Reads Gemini's events into an answer. There is no end marker: the finish reason ends it.

use manim_core::{FinishReason, ProviderErrorKind};

use super::wire::{Candidate, Chunk, Part, Usage};
use crate::answer::Answer;
use crate::classify::{classify_in_band, tidy};
use crate::fault::Fault;
use crate::transport;

/// Reads one event's data, or the body of a reply that was not streamed.
pub(super) fn read(data: &str, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let chunk: Chunk = transport::parse(data, "a Gemini reply")?;
    if let Some(error) = chunk.error {
        return Err(classify_in_band(&error, answer.key));
    }
    if let Some(reason) = chunk.prompt_feedback.and_then(|feedback| feedback.block_reason) {
        let detail = format!("the vendor blocked the problem: {}", tidy(&reason));
        return Err(Fault::new(ProviderErrorKind::Refused, detail));
    }
    answer.name_model(chunk.model_version);
    if let Some(usage) = chunk.usage_metadata {
        count(&usage, answer);
    }
    let first = chunk
        .candidates
        .into_iter()
        .flatten()
        .find(|candidate| candidate.index.unwrap_or(0) == 0);
    first.map_or(Ok(()), |candidate| read_candidate(candidate, answer))
}

fn count(usage: &Usage, answer: &mut Answer<'_>) {
    let thoughts = usage.thoughts_token_count.unwrap_or(0);
    let output = usage.candidates_token_count.unwrap_or(0).saturating_add(thoughts);
    answer.count(usage.prompt_token_count.unwrap_or(0), output);
}

fn read_candidate(candidate: Candidate, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let parts = candidate.content.and_then(|content| content.parts);
    for part in parts.into_iter().flatten() {
        read_part(part, answer)?;
    }
    if let Some(reason) = candidate.finish_reason {
        answer.finish = finish(&reason)?.or(answer.finish);
    }
    Ok(())
}

fn read_part(part: Part, answer: &mut Answer<'_>) -> Result<(), Fault> {
    if part.function_call.is_some() {
        return Err(Fault::tool_call());
    }
    match part.text {
        Some(text) if !part.thought.unwrap_or(false) => answer.push(&text),
        _ => Ok(()),
    }
}

/// Values of Google's `FinishReason`.
fn finish(reason: &str) -> Result<Option<FinishReason>, Fault> {
    Ok(Some(match reason {
        "" | "FINISH_REASON_UNSPECIFIED" => return Ok(None),
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY" | "RECITATION" | "LANGUAGE" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" => {
            FinishReason::ContentFilter
        }
        "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" => {
            return Err(Fault::tool_call());
        }
        _ => FinishReason::Other,
    }))
}

#[cfg(test)]
mod tests {
    use manim_core::Generation;

    use super::*;
    use crate::answer::read_all;

    fn answer(events: &[&str]) -> Result<Generation, ProviderErrorKind> {
        read_all(read, events)
    }

    const TEXT: &str = r#"{"candidates":[{"content":{"parts":[{"text":"hi"}],"role":"model"},"index":0}]}"#;

    fn ending(reason: &str) -> String {
        format!(r#"{{"candidates":[{{"content":{{"role":"model"}},"finishReason":"{reason}"}}]}}"#)
    }

    #[test]
    fn a_stream_becomes_a_generation() {
        let last = r#"{"candidates":[{"content":{"parts":[{"text":" there","thoughtSignature":"eA=="}]},"finishReason":"STOP"}],
            "usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2,"thoughtsTokenCount":30,"totalTokenCount":39},
            "modelVersion":"gemini-x","responseId":"r"}"#;
        let generation = answer(&[TEXT, last]).unwrap();
        assert_eq!(
            (generation.text.as_str(), generation.model.as_str()),
            ("hi there", "gemini-x")
        );
        assert_eq!(
            (generation.usage.input_tokens, generation.usage.output_tokens),
            (7, 32)
        );
        assert_eq!(generation.finish, FinishReason::Stop);
    }

    #[test]
    fn thoughts_are_not_the_answer() {
        let thought = r#"{"candidates":[{"content":{"parts":[{"text":"hm","thought":true}]}}]}"#;
        assert_eq!(answer(&[thought, TEXT, &ending("STOP")]).unwrap().text, "hi");
    }

    #[test]
    fn a_stream_without_finish_reason_broke_off() {
        assert_eq!(answer(&[TEXT]), Err(ProviderErrorKind::BadReply));
        assert_eq!(
            answer(&[TEXT, &ending("FINISH_REASON_UNSPECIFIED")]),
            Err(ProviderErrorKind::BadReply)
        );
    }

    #[test]
    fn finish_reasons_are_kept() {
        for (reason, finish) in [
            ("MAX_TOKENS", FinishReason::Length),
            ("SAFETY", FinishReason::ContentFilter),
            ("RECITATION", FinishReason::ContentFilter),
            ("OTHER", FinishReason::Other),
        ] {
            assert_eq!(answer(&[TEXT, &ending(reason)]).unwrap().finish, finish);
        }
    }

    #[test]
    fn a_blocked_prompt_and_an_empty_answer_are_refusals() {
        let blocked = r#"{"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":9}}"#;
        assert_eq!(answer(&[blocked]), Err(ProviderErrorKind::Refused));
        assert_eq!(answer(&[&ending("SAFETY")]), Err(ProviderErrorKind::Refused));
        assert_eq!(answer(&[&ending("MAX_TOKENS")]), Err(ProviderErrorKind::Refused));
    }

    #[test]
    fn what_is_not_an_answer_is_an_error() {
        let overloaded = r#"{"error":{"code":503,"message":"overloaded","status":"UNAVAILABLE"}}"#;
        assert_eq!(answer(&[TEXT, overloaded]), Err(ProviderErrorKind::Unavailable));
        assert_eq!(
            answer(&[&ending("MALFORMED_FUNCTION_CALL")]),
            Err(ProviderErrorKind::BadReply)
        );
        assert_eq!(answer(&["[1]"]), Err(ProviderErrorKind::BadReply));
    }
}

//! A reply as it grows, whichever vendor's wire it arrives on.

use manim_core::{FinishReason, Generation, ProviderErrorKind, Usage};

use crate::fault::Fault;
use crate::secret::Secret;

/// Four times the longest scene accepted: more text than this is no scene.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// Text, usage and end of a reply, filled event by event.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// The key in use, so that an error inside the reply can be quoted without it.
    pub(crate) key: &'a Secret,
    /// Why the model stopped, once it said so.
    pub(crate) finish: Option<FinishReason>,
    /// The protocol's end was seen: nothing more is read.
    pub(crate) done: bool,
    /// The model declined in a field made for it.
    pub(crate) refused: bool,
    text: String,
    model: Option<String>,
    usage: Usage,
}

impl<'a> Answer<'a> {
    pub(crate) fn new(key: &'a Secret) -> Self {
        Self {
            key,
            finish: None,
            done: false,
            refused: false,
            text: String::new(),
            model: None,
            usage: Usage::default(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn push(&mut self, piece: &str) -> Result<(), Fault> {
        if self.text.len() + piece.len() > MAX_TEXT_BYTES {
            return Err(Fault::bad_reply(format!(
                "the answer is longer than {MAX_TEXT_BYTES} bytes"
            )));
        }
        self.text.push_str(piece);
        Ok(())
    }

    /// Keeps the first name that the service gives its model.
    pub(crate) fn name_model(&mut self, model: Option<String>) {
        let given = model.filter(|name| !name.is_empty());
        self.model = self.model.take().or(given);
    }

    /// Services that report usage more than once report a running total.
    pub(crate) fn count(&mut self, input_tokens: u64, output_tokens: u64) {
        self.usage.input_tokens = self.usage.input_tokens.max(input_tokens);
        self.usage.output_tokens = self.usage.output_tokens.max(output_tokens);
    }

    #[cfg(feature = "cloudflare")]
    pub(crate) fn output_tokens(&self) -> u64 {
        self.usage.output_tokens
    }

    /// The finished generation, or why there is none.
    pub(crate) fn into_generation(self, asked_model: &str) -> Result<Generation, Fault> {
        if !self.done && self.finish.is_none() {
            return Err(Fault::bad_reply("the reply broke off before its end"));
        }
        if self.refused {
            return Err(Fault::new(ProviderErrorKind::Refused, "the model declined"));
        }
        if self.text.trim().is_empty() {
            return Err(Fault::new(ProviderErrorKind::Refused, self.why_empty()));
        }
        Ok(Generation {
            text: self.text,
            model: self.model.unwrap_or_else(|| asked_model.to_owned()),
            finish: self.finish.unwrap_or(FinishReason::Other),
            usage: self.usage,
        })
    }

    fn why_empty(&self) -> &'static str {
        match self.finish {
            Some(FinishReason::ContentFilter) => "the vendor's filter withheld the whole answer",
            Some(FinishReason::Length) => "the length limit was used up before the answer began",
            _ => "the answer is empty",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_reported_again_is_a_running_total() {
        let key = Secret::new("k");
        let mut answer = Answer::new(&key);
        answer.count(0, 1);
        answer.count(40, 9);
        answer.count(0, 0);
        assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (40, 9));
    }

    #[test]
    fn a_text_without_end_is_refused() {
        let key = Secret::new("k");
        let mut answer = Answer::new(&key);
        answer.push(&"x".repeat(MAX_TEXT_BYTES)).unwrap();
        assert!(answer.push("x").is_err());
    }
}

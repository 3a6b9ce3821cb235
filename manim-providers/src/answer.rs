//! A reply as it grows, whichever vendor's wire it arrives on.

use manim_core::{FinishReason, Generation, ProviderErrorKind, Usage};

use crate::fault::Fault;
use crate::secret::Secret;
use crate::unpack::Packed;

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
    packed: Option<Packed>,
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
            packed: None,
            model: None,
            usage: Usage::default(),
        }
    }

    /// An answer that arrives as a JSON object around the code.
    pub(crate) fn packed(key: &'a Secret) -> Self {
        Self {
            packed: Some(Packed::default()),
            ..Self::new(key)
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn push(&mut self, piece: &str) -> Result<(), Fault> {
        let length = self.packed.as_ref().map_or(self.text.len(), Packed::len);
        if length + piece.len() > MAX_TEXT_BYTES {
            return Err(Fault::bad_reply(format!(
                "the answer is longer than {MAX_TEXT_BYTES} bytes"
            )));
        }
        match &mut self.packed {
            Some(packed) => self.text.push_str(&packed.push(piece)),
            None => self.text.push_str(piece),
        }
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

    /// Where a service gives no finish reason, an answer as long as the limit was cut.
    pub(crate) fn infer_length(&mut self, limit: Option<u32>) {
        let cut = limit.is_some_and(|limit| self.usage.output_tokens >= limit.into());
        if cut && self.done && self.finish.is_none() {
            self.finish = Some(FinishReason::Length);
        }
    }

    /// Adds what only the whole object tells. One that was cut keeps the text it gave.
    fn unpack(&mut self) -> Result<(), Fault> {
        let Some(packed) = self.packed.take() else {
            return Ok(());
        };
        match packed.finish(&self.text) {
            Some(rest) => self.text.push_str(&rest),
            None if self.finish == Some(FinishReason::Stop) => {
                return Err(Fault::bad_reply(
                    "the answer is not the JSON object that was asked for",
                ));
            }
            None => {}
        }
        Ok(())
    }

    /// The finished generation, or why there is none.
    pub(crate) fn into_generation(mut self, asked_model: &str) -> Result<Generation, Fault> {
        if !self.done && self.finish.is_none() {
            return Err(Fault::bad_reply("the reply broke off before its end"));
        }
        if self.refused {
            return Err(Fault::new(ProviderErrorKind::Refused, "the model declined"));
        }
        self.unpack()?;
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

/// What comes of these events, for the tests of a vendor's reader.
#[cfg(test)]
pub(crate) fn read_all(
    read: crate::transport::Read,
    events: &[&str],
) -> Result<Generation, ProviderErrorKind> {
    let key = Secret::new("k");
    let mut answer = Answer::new(&key);
    let mut events = events.iter();
    events
        .try_for_each(|event| read(event, &mut answer))
        .and_then(|()| answer.into_generation("asked"))
        .map_err(|fault| fault.blame("p").kind())
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
    fn an_answer_as_long_as_the_limit_was_cut() {
        let key = Secret::new("k");
        for (limit, finish) in [
            (Some(3), Some(FinishReason::Length)),
            (Some(4), None),
            (None, None),
        ] {
            let mut answer = Answer::new(&key);
            answer.count(9, 3);
            answer.done = true;
            answer.infer_length(limit);
            assert_eq!(answer.finish, finish, "{limit:?}");
        }
    }

    #[test]
    fn an_object_that_is_none_is_a_bad_reply_unless_it_was_cut() {
        let key = Secret::new("k");
        let end = |finish| {
            let mut answer = Answer::packed(&key);
            answer.push("{\"code\": \"a = 1").unwrap();
            answer.finish = Some(finish);
            answer
                .into_generation("m")
                .map_err(|fault| fault.blame("p").kind())
        };
        assert_eq!(end(FinishReason::Stop).unwrap_err(), ProviderErrorKind::BadReply);
        assert_eq!(end(FinishReason::Length).unwrap().text, "````python\na = 1");
    }

    #[test]
    fn a_text_without_end_is_refused() {
        let key = Secret::new("k");
        let mut answer = Answer::new(&key);
        answer.push(&"x".repeat(MAX_TEXT_BYTES)).unwrap();
        assert!(answer.push("x").is_err());
    }
}

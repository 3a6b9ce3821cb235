//! Takes the code out of the JSON object that a model was made to answer with, while it
//! arrives: `{"code": "…", "claims": […]}` becomes a fenced block of Python, and one of JSON.

use serde::Deserialize;
use serde_json::Value;

/// An object around the code, as far as it has arrived.
#[derive(Debug, Default)]
pub(crate) struct Packed {
    raw: String,
    /// Bytes of `raw` whose meaning is given out. Zero until the code begins.
    given: usize,
    /// The code's string has ended, or this is no object that begins with code.
    over: bool,
}

#[derive(Debug, Deserialize)]
struct Object {
    code: String,
    #[serde(default)]
    claims: Vec<Value>,
}

/// Longer than any fence that code may hold.
const OPENING: &str = "````python\n";

impl Packed {
    /// Bytes received.
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    /// Takes the next piece; gives what it adds to the text.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        self.raw.push_str(piece);
        let mut text = String::new();
        if self.given == 0 && !self.over {
            match begin(&self.raw) {
                Begin::Code(at) => {
                    self.given = at;
                    text.push_str(OPENING);
                }
                Begin::Other => self.over = true,
                Begin::Unclear => {}
            }
        }
        if self.given > 0 && !self.over {
            self.decode(&mut text);
        }
        text
    }

    /// Adds as much of the code's string as can be understood already.
    fn decode(&mut self, text: &mut String) {
        let (length, ended) = whole_characters(&self.raw[self.given..]);
        let part = &self.raw[self.given..self.given + length];
        match serde_json::from_str::<String>(&format!("\"{part}\"")) {
            Ok(part) => text.push_str(&part),
            Err(_) => self.over = true,
        }
        self.given += length;
        self.over |= ended;
    }

    /// The end of the text, once all has arrived. `given` is the text so far. `None`: it began
    /// as the object asked for and is none.
    pub(crate) fn finish(self, given: &str) -> Option<String> {
        let Ok(object) = serde_json::from_str::<Object>(self.raw.trim()) else {
            // A server that knows no schemas answers in its own words.
            return given.is_empty().then_some(self.raw);
        };
        let end = if object.code.ends_with('\n') { "" } else { "\n" };
        let mut whole = format!("{OPENING}{}{end}````\n", object.code);
        if !object.claims.is_empty() {
            let claims = Value::Array(object.claims);
            whole.push_str(&format!("```json\n{claims:#}\n```\n"));
        }
        Some(whole.strip_prefix(given)?.to_owned())
    }
}

enum Begin {
    /// Its first member is `code`, whose string begins at this byte.
    Code(usize),
    Other,
    Unclear,
}

/// Whether `raw` begins as `{"code":"`, blanks aside.
fn begin(raw: &str) -> Begin {
    let mut rest = raw;
    for token in ["{", "\"code\"", ":", "\""] {
        rest = rest.trim_start();
        match rest.strip_prefix(token) {
            Some(after) => rest = after,
            None if token.starts_with(rest) => return Begin::Unclear,
            None => return Begin::Other,
        }
    }
    Begin::Code(raw.len() - rest.len())
}

/// The bytes of a JSON string's inside that end no escape in its middle, and whether the
/// string ends there.
fn whole_characters(inside: &str) -> (usize, bool) {
    let mut at = 0;
    while let Some(next) = inside[at..].chars().next() {
        let width = match next {
            '"' => return (at, true),
            '\\' => escape(&inside[at..]),
            other => Some(other.len_utf8()),
        };
        match width {
            Some(width) => at += width,
            None => break,
        }
    }
    (at, false)
}

/// The length of the escape that `text` begins with, once it is all there. A high surrogate
/// belongs together with the escape after it.
fn escape(text: &str) -> Option<usize> {
    const UNIT: usize = 6;
    match text.as_bytes().get(1)? {
        b'u' => {
            let digits = text.get(2..UNIT)?;
            let unit = u16::from_str_radix(digits, 16).unwrap_or(0);
            match unit {
                0xD800..=0xDBFF => {
                    (text.len() >= 2 * UNIT && text.is_char_boundary(2 * UNIT)).then_some(2 * UNIT)
                }
                _ => Some(UNIT),
            }
        }
        _ => Some(1 + text[1..].chars().next()?.len_utf8()),
    }
}

#[cfg(test)]
mod tests;

//! Mends text that is not yet Python: what models put around code, and punctuation that
//! only looks like Python's.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Severity, Stage};
use crate::generate::extract::extract_code;
use crate::scene::SceneCode;

/// The source without a byte order mark.
pub(super) fn without_mark(code: &SceneCode) -> Option<(SceneCode, Diagnostic)> {
    let rest = code.as_str().strip_prefix('\u{FEFF}')?;
    let code = SceneCode::new(rest).ok()?;
    Some((
        code,
        note("byte-order-mark", "The byte order mark at the start is removed."),
    ))
}

/// The code inside fences or between prose. Without fences, only lines that cannot be code
/// are given up: a line that is merely wrong must be reported.
pub(super) fn without_prose(code: &SceneCode) -> Option<(SceneCode, Diagnostic)> {
    let inner = extract_code(code.as_str()).ok()?;
    let changed = inner.as_str().trim() != code.as_str().trim();
    let kept: HashSet<&str> = inner.as_str().lines().collect();
    let mut dropped = code.as_str().lines().filter(|line| !kept.contains(line));
    let harmless = code.as_str().contains("```") || code.as_str().contains("~~~") || dropped.all(is_prose);
    (changed && harmless).then(|| (inner, note("prose", "What stood around the code is removed.")))
}

fn is_prose(line: &str) -> bool {
    let indented = line.starts_with([' ', '\t']) && !line.trim().is_empty();
    !indented && !line.contains(['=', '(', '[', '{', '@'])
}

/// ASCII for full-width punctuation and curled quotes outside strings and comments.
pub(super) fn in_ascii(code: &SceneCode) -> Option<(SceneCode, Diagnostic)> {
    let text = straightened(code.as_str());
    if text == code.as_str() {
        return None;
    }
    let code = SceneCode::new(text).ok()?;
    Some((
        code,
        note(
            "full-width",
            "Full-width punctuation outside strings is ASCII now.",
        ),
    ))
}

fn note(code: &str, message: &str) -> Diagnostic {
    Diagnostic::new(Stage::Check, code, message)
        .with_severity(Severity::Note)
        .as_fixed()
}

fn ascii(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' | '\u{00A0}' | '\u{202F}' | '\u{2003}' | '\u{2002}' | '\u{2009}' => ' ',
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201C}' | '\u{201D}' => '"',
        '\u{2212}' | '\u{2013}' => '-',
        '\u{00D7}' => '*',
        '\u{3001}' => ',',
        '\u{3010}' => '[',
        '\u{3011}' => ']',
        other => other,
    }
}

/// Where a scan of Python text stands.
enum State {
    Code,
    Comment,
    Text { quote: char, triple: bool },
}

fn straightened(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut state = State::Code;
    let mut left = source.chars().peekable();
    while let Some(c) = left.next() {
        match &state {
            State::Comment => {
                out.push(c);
                if c == '\n' {
                    state = State::Code;
                }
            }
            State::Code => {
                let plain = ascii(c);
                out.push(plain);
                match plain {
                    '#' => state = State::Comment,
                    '"' | '\'' => state = opened(plain, &mut left, &mut out),
                    _ => {}
                }
            }
            State::Text { quote, triple } => {
                let (quote, triple) = (*quote, *triple);
                // A curled quote ends what a curled quote began.
                let end = ascii(c) == quote && (c == quote || !triple);
                out.push(if end { quote } else { c });
                if c == '\\' {
                    out.extend(left.next());
                } else if (c == '\n' && !triple) || (end && (!triple || closes(quote, &mut left, &mut out))) {
                    state = State::Code;
                }
            }
        }
    }
    out
}

type Left<'s> = std::iter::Peekable<std::str::Chars<'s>>;

/// After an opening quote: an empty text, a triple quote, or a plain one.
fn opened(quote: char, left: &mut Left<'_>, out: &mut String) -> State {
    if left.next_if(|c| ascii(*c) == quote).is_none() {
        return State::Text { quote, triple: false };
    }
    out.push(quote);
    match left.next_if(|c| ascii(*c) == quote) {
        None => State::Code,
        Some(_) => {
            out.push(quote);
            State::Text { quote, triple: true }
        }
    }
}

/// Whether two more quotes follow the first.
fn closes(quote: char, left: &mut Left<'_>, out: &mut String) -> bool {
    for _ in 0..2 {
        match left.next_if(|c| *c == quote) {
            Some(c) => out.push(c),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_in_texts_and_comments_stays() {
        assert_eq!(
            straightened("f（x，1） # （\ns = “a，b”\nt = '''（\"'''\n"),
            "f(x,1) # （\ns = \"a，b\"\nt = '''（\"'''\n"
        );
    }
}

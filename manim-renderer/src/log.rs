//! What a job prints: the start and the end of it, in bounded memory, made safe to show.

use std::collections::VecDeque;

use crate::limits::Limits;

/// The first and the last bytes of an output.
#[derive(Debug, Default)]
pub(crate) struct Log {
    head: Vec<u8>,
    tail: VecDeque<u8>,
    seen: u64,
}

impl Log {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.seen += bytes.len() as u64;
        let room = Limits::LOG_KEPT - self.head.len();
        let (first, rest) = bytes.split_at(bytes.len().min(room));
        self.head.extend(first);
        let rest = &rest[rest.len().saturating_sub(Limits::LOG_KEPT)..];
        let surplus = (self.tail.len() + rest.len()).saturating_sub(Limits::LOG_KEPT);
        self.tail.drain(..surplus);
        self.tail.extend(rest);
    }

    /// All bytes printed, kept or not.
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    pub(crate) fn text(&self) -> String {
        let tail: Vec<u8> = self.tail.iter().copied().collect();
        let dropped = self.seen - (self.head.len() + tail.len()) as u64;
        let gap = if dropped == 0 {
            String::new()
        } else {
            format!("\n[{dropped} bytes left out]\n")
        };
        let bytes = [&self.head[..], gap.as_bytes(), &tail].concat();
        printable(&String::from_utf8_lossy(&bytes))
    }
}

/// Text without what a terminal or a reader could be fooled by: no control characters
/// but line breaks and tabs, no escapes, no marks that turn the direction of writing.
pub(crate) fn printable(text: &str) -> String {
    let harmless = |c: &char| matches!(c, '\n' | '\t') || !(c.is_control() || is_bidi(*c));
    text.chars().filter(harmless).collect()
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_output_is_kept_whole() {
        let mut log = Log::default();
        log.push(b"one\n");
        log.push(b"two\n");
        assert_eq!(log.text(), "one\ntwo\n");
    }

    #[test]
    fn a_long_output_keeps_its_start_and_its_end() {
        let mut log = Log::default();
        log.push(b"first ");
        for _ in 0..100 {
            log.push(&[b'x'; 5000]);
        }
        log.push(b" last");
        let text = log.text();
        assert!(text.starts_with("first x") && text.ends_with("x last"));
        assert!(text.contains("bytes left out") && text.len() < 2 * Limits::LOG_KEPT + 100);
        assert_eq!(log.seen(), 500_011);
    }

    #[test]
    fn escapes_and_direction_marks_are_left_out() {
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\td\r\n"), "a[2Jbc\td\n");
    }
}

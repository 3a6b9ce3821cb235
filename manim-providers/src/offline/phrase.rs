//! Matching words at either end of a sentence. What is left over must be mathematics, so
//! that no word goes by without being understood.

use super::notation::Token;

/// The part of a sentence that has not been understood yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrase<'a> {
    pub(super) tokens: &'a [Token],
}

impl<'a> Phrase<'a> {
    pub(super) fn new(tokens: &'a [Token]) -> Self {
        Self { tokens }
    }

    pub(super) fn is_empty(self) -> bool {
        self.tokens.is_empty()
    }

    /// Takes the first of `patterns` that stands at the start.
    ///
    /// A pattern is words apart by blanks; `a|b` is either, `a?` may be absent.
    pub(super) fn eat(&mut self, patterns: &[&str]) -> bool {
        let length = patterns.iter().find_map(|pattern| matched(self.tokens, pattern));
        self.tokens = &self.tokens[length.unwrap_or(0)..];
        length.is_some()
    }

    /// Takes the first of `patterns` that stands at the end.
    pub(super) fn eat_end(&mut self, patterns: &[&str]) -> bool {
        let start = patterns.iter().find_map(|pattern| self.ending(pattern));
        self.tokens = &self.tokens[..start.unwrap_or(self.tokens.len())];
        start.is_some()
    }

    fn ending(self, pattern: &str) -> Option<usize> {
        let ends = |start: &usize| {
            matched(&self.tokens[*start..], pattern).is_some_and(|n| n > 0 && start + n == self.tokens.len())
        };
        (0..self.tokens.len()).find(ends)
    }

    /// What stands before and after the first place where one of `patterns` matches.
    pub(super) fn split(self, patterns: &[&str]) -> Option<(Self, Self)> {
        for start in 0..self.tokens.len() {
            for pattern in patterns {
                if let Some(length) = matched(&self.tokens[start..], pattern).filter(|n| *n > 0) {
                    let (before, after) = (&self.tokens[..start], &self.tokens[start + length..]);
                    return Some((Self::new(before), Self::new(after)));
                }
            }
        }
        None
    }

    /// Whether one of `patterns` stands anywhere.
    pub(super) fn mentions(self, patterns: &[&str]) -> bool {
        self.split(patterns).is_some()
    }

    /// The first token, taken.
    pub(super) fn next(&mut self) -> Option<&'a Token> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    pub(super) fn count(self, mark: char) -> usize {
        self.tokens.iter().filter(|token| token.is_mark(mark)).count()
    }
}

/// How many tokens at the start of `tokens` the pattern takes, if it matches.
fn matched(tokens: &[Token], pattern: &str) -> Option<usize> {
    let mut at = 0;
    for item in pattern.split(' ') {
        let (item, optional) = match item.strip_suffix('?') {
            Some(item) if !item.is_empty() => (item, true),
            _ => (item, false),
        };
        match tokens.get(at) {
            Some(token) if fits(token, item) => at += 1,
            _ if optional => {}
            _ => return None,
        }
    }
    Some(at)
}

fn fits(token: &Token, item: &str) -> bool {
    let written = token.word().unwrap_or_else(|| token.to_string());
    let plain = written.replace('’', "'");
    item.split('|').any(|choice| choice == plain)
}

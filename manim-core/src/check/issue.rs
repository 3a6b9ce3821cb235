//! What a rule says: a place, words, and maybe edits that mend it.

use std::collections::HashSet;

use ruff_text_size::{TextRange, TextSize};

use crate::diagnostic::{Diagnostic, Severity, Stage};

/// Replaces a range of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) range: TextRange,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn replace(range: TextRange, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
        }
    }

    pub(super) fn insert(at: TextSize, text: impl Into<String>) -> Self {
        Self::replace(TextRange::empty(at), text)
    }
}

#[derive(Debug, Clone)]
pub(super) struct Issue {
    pub(super) at: TextSize,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) severity: Severity,
    /// Empty when only the author can mend it.
    pub(super) edits: Vec<Edit>,
}

impl Issue {
    pub(super) fn new(at: TextSize, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            at,
            code,
            message: message.into(),
            severity: Severity::Error,
            edits: Vec::new(),
        }
    }

    pub(super) fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(super) fn with_edits(mut self, edits: Vec<Edit>) -> Self {
        self.edits = edits;
        self
    }

    /// Its words where the same mend ends so many more of its kind.
    pub(super) fn message_for(&self, more: usize) -> String {
        match more {
            0 => self.message.clone(),
            1 => format!("{} One more name is mended so.", self.message),
            _ => format!("{} {more} more names are mended so.", self.message),
        }
    }

    /// The finding, placed in the source.
    pub(super) fn finding(&self, lines: &Lines<'_>) -> Diagnostic {
        let finding = Diagnostic::new(Stage::Check, self.code, &self.message).with_severity(self.severity);
        lines.place(finding, usize::from(self.at))
    }
}

/// Where the lines of a source start.
pub(super) struct Lines<'s> {
    source: &'s str,
    starts: Vec<usize>,
}

impl<'s> Lines<'s> {
    pub(super) fn of(source: &'s str) -> Self {
        let after = source.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            source,
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    /// Gives a finding the line, column and text of a byte offset.
    pub(super) fn place(&self, finding: Diagnostic, offset: usize) -> Diagnostic {
        let line = self
            .starts
            .partition_point(|start| *start <= offset)
            .saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let column = self
            .source
            .get(start..offset)
            .map_or(0, |text| text.chars().count());
        let text = self.source.get(start..).and_then(|rest| rest.lines().next());
        finding.at(line as u32 + 1, Some(column as u32 + 1), text)
    }
}

/// In the order of the source; equal edits are made once.
pub(super) fn distinct(edits: &[Edit]) -> Vec<Edit> {
    let mut seen = HashSet::new();
    let mut distinct: Vec<Edit> = edits
        .iter()
        .filter(|edit| seen.insert((edit.range, &edit.text)))
        .cloned()
        .collect();
    distinct.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    distinct
}

/// Applies edits that do not overlap, in their order.
pub(super) fn apply(source: &str, edits: &[Edit]) -> String {
    let mut text = String::with_capacity(source.len() + 16 * edits.len());
    let mut done = TextSize::new(0);
    for edit in edits {
        let kept = usize::from(done)..usize::from(edit.range.start());
        text.push_str(source.get(kept).unwrap_or_default());
        text.push_str(&edit.text);
        done = edit.range.end();
    }
    text.push_str(source.get(usize::from(done)..).unwrap_or_default());
    text
}

/// Where `offset` is after `edits`.
pub(super) fn moved(offset: TextSize, edits: &[Edit]) -> TextSize {
    let before = edits
        .iter()
        .filter(|edit| edit.range.end() <= offset && edit.range.start() < offset);
    let shift: i64 = before
        .map(|edit| edit.text.len() as i64 - i64::from(u32::from(edit.range.len())))
        .sum();
    let moved = i64::from(u32::from(offset)) + shift;
    TextSize::new(u32::try_from(moved).unwrap_or(0))
}

/// Whether two lists of edits touch the same text.
pub(super) fn clash(some: &[Edit], others: &[Edit]) -> bool {
    some.iter().any(|a| {
        others.iter().any(|b| {
            let apart = a.range.end() <= b.range.start() || b.range.end() <= a.range.start();
            let twins = a.range.is_empty() && b.range.is_empty() && a.range == b.range;
            !(apart || twins)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(start: u32, end: u32, text: &str) -> Edit {
        Edit::replace(TextRange::new(start.into(), end.into()), text)
    }

    #[test]
    fn edits_are_applied_once_and_in_place() {
        let edits = [
            edit(4, 5, ""),
            edit(1, 2, "XX"),
            edit(6, 6, "!"),
            edit(1, 2, "XX"),
        ];
        assert_eq!(apply("abcdef", &distinct(&edits)), "aXXcdf!");
    }

    #[test]
    fn a_place_moves_with_what_stands_before_it() {
        assert_eq!(moved(5.into(), &[edit(1, 2, "XX"), edit(6, 6, "!")]), 6.into());
    }

    #[test]
    fn overlapping_edits_clash() {
        assert!(clash(&[edit(0, 3, "")], &[edit(2, 4, "")]));
        assert!(!clash(&[edit(0, 3, "")], &[edit(3, 4, "")]));
    }

    #[test]
    fn a_place_counts_characters_not_bytes() {
        let finding = Issue::new(("a\nüü ".len() as u32).into(), "x", "y").finding(&Lines::of("a\nüü b"));
        assert_eq!((finding.line, finding.column), (Some(2), Some(4)));
    }
}

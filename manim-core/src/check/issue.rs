//! What a rule says: a place, words, and maybe edits that mend it.

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

/// Applies edits that do not overlap. Equal insertions are made once.
pub(super) fn apply(source: &str, edits: &[Edit]) -> String {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
    let mut text = String::with_capacity(source.len() + 16 * edits.len());
    let mut done = TextSize::new(0);
    for (index, edit) in ordered.iter().enumerate() {
        let here = ordered[..index]
            .iter()
            .rev()
            .take_while(|before| before.range == edit.range);
        if here.into_iter().any(|before| before.text == edit.text) {
            continue;
        }
        text.push_str(
            source
                .get(usize::from(done)..usize::from(edit.range.start()))
                .unwrap_or_default(),
        );
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
        assert_eq!(
            apply("abcdef", &[edit(1, 2, "XX"), edit(4, 5, ""), edit(6, 6, "!")]),
            "aXXcdf!"
        );
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

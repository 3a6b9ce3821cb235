//! How what was found is told: a table for people, or one JSON object a line for machines.

use std::io::Write;

use manim_core::Timestamp;
use serde::Serialize;

use super::Item;

/// What came of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was told, and stays.
    Told,
    Removed,
    /// It is needed again since it was found, and stays.
    Needed,
    Failed(String),
}

/// Writes row by row, so that what was removed is on the screen when a signal comes.
pub(super) struct Table<'a, W> {
    out: &'a mut W,
    json: bool,
    kind: usize,
    what: usize,
    rows: usize,
    now: Timestamp,
}

#[derive(Serialize)]
struct Line<'a> {
    kind: &'a str,
    what: &'a str,
    why: &'a str,
    since: Timestamp,
    age_s: u64,
    bytes: u64,
    outcome: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

impl<'a, W: Write> Table<'a, W> {
    /// For these items, of which it takes the width of its columns.
    pub(super) fn new(out: &'a mut W, json: bool, items: &[Item], now: Timestamp) -> Self {
        let widest = |of: fn(&Item) -> usize| items.iter().map(of).max().unwrap_or_default();
        Self {
            out,
            json,
            kind: widest(|item| item.kind.len()).max("kind".len()),
            what: widest(|item| item.what.chars().count()).max("what".len()),
            rows: items.len(),
            now,
        }
    }

    pub(super) fn head(&mut self) -> anyhow::Result<()> {
        if !self.json && self.rows > 0 {
            self.line("kind", "what", ["age", "size", "why"], &Outcome::Told)?;
        }
        Ok(())
    }

    pub(super) fn row(&mut self, item: &Item, outcome: &Outcome) -> anyhow::Result<()> {
        let age_s = (self.now - item.since).num_seconds().max(0).unsigned_abs();
        if self.json {
            let line = Line {
                kind: &item.kind,
                what: &item.what,
                why: item.why,
                since: item.since,
                age_s,
                bytes: item.bytes,
                outcome: outcome.word(),
                error: outcome.error(),
            };
            writeln!(self.out, "{}", serde_json::to_string(&line)?)?;
            return Ok(());
        }
        let (age, size) = (age(age_s), amount(item.bytes));
        self.line(&item.kind, &item.what, [&age, &size, item.why], outcome)
    }

    /// The line below the table.
    pub(super) fn foot(&mut self, total: &str) -> anyhow::Result<()> {
        if !self.json {
            let gap = if self.rows > 0 { "\n" } else { "" };
            writeln!(self.out, "{gap}{total}")?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        kind: &str,
        what: &str,
        [age, size, why]: [&str; 3],
        outcome: &Outcome,
    ) -> anyhow::Result<()> {
        let (wide, wider) = (self.kind, self.what);
        write!(
            self.out,
            "{kind:wide$}  {what:wider$}  {age:>6}  {size:>8}  {why}"
        )?;
        match outcome {
            Outcome::Told | Outcome::Removed => {}
            Outcome::Needed => write!(self.out, " (stays: it is needed again)")?,
            Outcome::Failed(error) => write!(self.out, " (stays: {error})")?,
        }
        Ok(writeln!(self.out)?)
    }
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Removed => "removed",
            Self::Needed => "needed",
            Self::Failed(_) => "failed",
        }
    }

    fn error(&self) -> Option<&str> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

/// In the largest unit of which there are two.
fn age(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "min")];
    let unit = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    let (unit, name) = unit.unwrap_or((1, "s"));
    format!("{} {name}", seconds / unit)
}

/// Three digits of it, in units of a thousand bytes and their like.
pub(super) fn amount(bytes: u64) -> String {
    let mut amount = bytes as f64;
    let mut units = ["B", "kB", "MB", "GB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    // What would be written as 1000 belongs to the next unit.
    while amount >= 999.5
        && let Some(larger) = units.next()
    {
        amount /= 1000.0;
        unit = larger;
    }
    let places = usize::from(unit != "B" && amount < 99.95);
    format!("{amount:.places$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_the_largest_unit_of_which_there_are_two() {
        for (seconds, told) in [
            (0, "0 s"),
            (119, "119 s"),
            (120, "2 min"),
            (7199, "119 min"),
            (7200, "2 h"),
            (172_799, "47 h"),
            (172_800, "2 d"),
        ] {
            assert_eq!(age(seconds), told);
        }
    }

    #[test]
    fn an_amount_has_three_digits_and_its_unit() {
        for (bytes, told) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (99_940, "99.9 kB"),
            (99_951, "100 kB"),
            (999_600, "1.0 MB"),
            (563_145, "563 kB"),
            (12_500_000_000_000, "12500 GB"),
        ] {
            assert_eq!(amount(bytes), told);
        }
    }
}

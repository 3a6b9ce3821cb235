//! What is wrong with a scene: data that goes to a person and back to a model.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing needs to change.
    Note,
    /// The film works and is less than it could be.
    Warning,
    /// The scene cannot become a film as it is.
    Error,
}

/// Which look at the scene found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading the source, before any process is started.
    Check,
    /// The dry run: `construct()` without pixels.
    Inspect,
    /// The run with pixels.
    Render,
    /// Checking the mathematics claimed.
    Claims,
}

/// One finding about a scene.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Which look found it.
    pub stage: Stage,
    /// A stable kebab-case name of the rule, for programs.
    pub code: String,
    /// One or two sentences for a person or a model.
    pub message: String,
    /// Line in the scene's source, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in that line, in characters from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// That line's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// Whether a safe fix has already been applied.
    #[serde(default)]
    pub fixed: bool,
}

impl Diagnostic {
    /// An error-level finding; see [`with_severity`](Self::with_severity).
    pub fn new(stage: Stage, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            stage,
            code: code.into(),
            message: message.into(),
            line: None,
            column: None,
            excerpt: None,
            fixed: false,
        }
    }

    /// Names the place, and keeps its text.
    #[must_use]
    pub fn at(mut self, line: u32, column: Option<u32>, excerpt: Option<&str>) -> Self {
        self.line = Some(line);
        self.column = column;
        self.excerpt = excerpt.map(|text| text.trim().chars().take(Self::MAX_EXCERPT_CHARS).collect());
        self
    }

    /// The same finding with another weight.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Marks the finding as already mended: a note from here on.
    #[must_use]
    pub fn as_fixed(mut self) -> Self {
        self.fixed = true;
        self.severity = Severity::Note;
        self
    }

    /// An excerpt is a hint, not a copy of the file.
    const MAX_EXCERPT_CHARS: usize = 200;
}

/// `line 7: name 'Sqare' is not defined  →  s = Sqare()`
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.excerpt {
            Some(excerpt) if !excerpt.is_empty() => write!(f, "\n    {excerpt}"),
            _ => Ok(()),
        }
    }
}

/// Findings in the order they were made. Whether they reject a scene is
/// [`has_errors`](Self::has_errors).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Whether any finding forbids a film.
    pub fn has_errors(&self) -> bool {
        self.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The findings that forbid a film.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.iter().filter(|finding| finding.severity == Severity::Error)
    }

    /// All findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Diagnostic) {
        self.0.push(finding);
    }

    /// The weightiest first error in one line, for a failure's sentence.
    pub fn headline(&self) -> Option<String> {
        self.errors().next().map(|finding| match finding.line {
            Some(line) => format!("line {line}: {}", finding.message),
            None => finding.message.clone(),
        })
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(finding: Diagnostic) -> Self {
        Self(vec![finding])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(findings: I) -> Self {
        Self(findings.into_iter().collect())
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, findings: I) {
        self.0.extend(findings);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{finding}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_finding_rejects_nothing() {
        let finding = Diagnostic::new(Stage::Check, "renamed", "ShowCreation is Create");
        assert!(Diagnostics::from(finding.clone()).has_errors());
        assert!(!Diagnostics::from(finding.as_fixed()).has_errors());
    }

    #[test]
    fn a_finding_reads_as_place_message_and_text() {
        let finding = Diagnostic::new(Stage::Inspect, "name-error", "name 'Sqare' is not defined").at(
            7,
            None,
            Some("        s = Sqare()  "),
        );
        assert_eq!(
            finding.to_string(),
            "line 7: name 'Sqare' is not defined\n    s = Sqare()"
        );
    }
}

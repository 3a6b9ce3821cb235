//! The user's words, proven to be something we can work on. Data, never instructions.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A maths problem in words: 10 to 5000 characters (Unicode scalar values) after
/// trimming, without control characters other than line breaks and tabs.
///
/// ```
/// use manim_core::ProblemText;
///
/// let problem = ProblemText::parse("  Solve x^2 - 5x + 6 = 0 ")?;
/// assert_eq!(problem.as_str(), "Solve x^2 - 5x + 6 = 0");
/// # Ok::<(), manim_core::InvalidProblem>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProblemText(String);

/// Why a text is not a problem we can take. `Display` is a sentence for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProblem {
    /// Nothing but white space.
    #[error(
        "The problem is empty. Write the maths problem in a sentence, for example: Solve x^2 - 5x + 6 = 0"
    )]
    Empty,
    /// Fewer than [`ProblemText::MIN_CHARS`].
    #[error("The problem is too short ({0} characters; at least {min} are needed). Say what to do, for example: Solve x^2 - 5x + 6 = 0", min = ProblemText::MIN_CHARS)]
    TooShort(usize),
    /// More than [`ProblemText::MAX_CHARS`].
    #[error("The problem is too long ({0} characters; at most {max} are accepted). Shorten it or split it into several problems", max = ProblemText::MAX_CHARS)]
    TooLong(usize),
    /// A control character other than a line break or a tab.
    #[error("The problem contains a control character (U+{0:04X}). Remove it and send the text again")]
    ControlCharacter(u32),
}

impl ProblemText {
    /// The fewest characters accepted.
    pub const MIN_CHARS: usize = 10;
    /// The most characters accepted.
    pub const MAX_CHARS: usize = 5000;

    /// Trims and proves `text`.
    pub fn parse(text: impl AsRef<str>) -> Result<Self, InvalidProblem> {
        let text = text.as_ref().trim();
        if let Some(c) = text.chars().find(|&c| is_refused(c)) {
            return Err(InvalidProblem::ControlCharacter(c.into()));
        }
        match text.chars().count() {
            0 => Err(InvalidProblem::Empty),
            n if n < Self::MIN_CHARS => Err(InvalidProblem::TooShort(n)),
            n if n > Self::MAX_CHARS => Err(InvalidProblem::TooLong(n)),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The trimmed text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Line breaks and tabs are layout; every other control character, and the
/// bidirectional overrides that make text read differently from what it is, are not.
fn is_refused(c: char) -> bool {
    let layout = matches!(c, '\n' | '\r' | '\t');
    let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && !layout) || bidi
}

impl fmt::Display for ProblemText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the length only: a problem is personal and must not reach a log by accident.
impl fmt::Debug for ProblemText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProblemText({} characters)", self.0.chars().count())
    }
}

impl TryFrom<String> for ProblemText {
    type Error = InvalidProblem;

    fn try_from(text: String) -> Result<Self, InvalidProblem> {
        Self::parse(text)
    }
}

impl From<ProblemText> for String {
    fn from(problem: ProblemText) -> Self {
        problem.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, InvalidProblem>) {
        let seen = ProblemText::parse(text);
        assert_eq!(
            seen.as_ref().map(ProblemText::as_str),
            expected.as_ref().map(|s| *s)
        );
    }

    #[test]
    fn length_is_counted_in_characters_after_trimming() {
        check("", Err(InvalidProblem::Empty));
        check(" \n\t ", Err(InvalidProblem::Empty));
        check("  ääääääääa ", Err(InvalidProblem::TooShort(9)));
        check("  ääääääääää ", Ok("ääääääääää"));
        check(&"x".repeat(5001), Err(InvalidProblem::TooLong(5001)));
        assert!(ProblemText::parse("数".repeat(5000)).is_ok());
    }

    #[test]
    fn control_characters_are_refused_but_line_breaks_are_not() {
        check("Solve x\u{0} = 1 now", Err(InvalidProblem::ControlCharacter(0)));
        check(
            "Solve \u{1b}[31mx = 1",
            Err(InvalidProblem::ControlCharacter(0x1b)),
        );
        check(
            "Solve \u{202e}x = 1 now",
            Err(InvalidProblem::ControlCharacter(0x202e)),
        );
        check("Solve\n\tx + 1 = 2", Ok("Solve\n\tx + 1 = 2"));
    }

    #[test]
    fn debug_does_not_show_the_text() {
        let problem = ProblemText::parse("my secret homework").unwrap();
        assert_eq!(format!("{problem:?}"), "ProblemText(18 characters)");
    }

    #[test]
    fn an_invalid_problem_is_refused_by_serde_too() {
        assert!(serde_json::from_str::<ProblemText>("\"x\"").is_err());
    }
}

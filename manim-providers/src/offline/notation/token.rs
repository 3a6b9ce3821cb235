//! The pieces a sentence is made of, before anyone asks what it means.

use super::expr::Decimal;

/// A piece and whether it touches the piece before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::offline) struct Token {
    pub(in crate::offline) kind: TokenKind,
    pub(in crate::offline) glued: bool,
}

/// What a piece is. LaTeX and Unicode spellings have become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::offline) enum TokenKind {
    /// Digits with at most one point.
    Number(Decimal),
    /// A run of letters: a word, a name, a function.
    Word(String),
    /// A LaTeX command that is not a word, such as `frac`, `int`, `to`.
    Command(&'static str),
    /// `\begin{…}`.
    Begin(String),
    /// `\end{…}`.
    End(String),
    /// `\\`.
    RowBreak,
    /// A line break of the text, which may separate equations.
    LineBreak,
    /// An operator, a bracket or a mark.
    Mark(char),
}

impl Token {
    pub(in crate::offline) fn is_mark(&self, mark: char) -> bool {
        self.kind == TokenKind::Mark(mark)
    }

    pub(in crate::offline) fn is_command(&self, name: &str) -> bool {
        matches!(&self.kind, TokenKind::Command(own) if *own == name)
    }

    /// The word in lower case, for matching sentences.
    pub(in crate::offline) fn word(&self) -> Option<String> {
        match &self.kind {
            TokenKind::Word(word) => Some(word.to_lowercase()),
            _ => None,
        }
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            TokenKind::Number(number) => write!(f, "{number}"),
            TokenKind::Word(word) => f.write_str(word),
            TokenKind::Command(name) => write!(f, "\\{name}"),
            TokenKind::Begin(name) => write!(f, "\\begin{{{name}}}"),
            TokenKind::End(name) => write!(f, "\\end{{{name}}}"),
            TokenKind::RowBreak => f.write_str("\\\\"),
            TokenKind::LineBreak => f.write_str("line break"),
            TokenKind::Mark(mark) => write!(f, "{mark}"),
        }
    }
}

//! Reads mathematics as people type it: plain, Unicode or LaTeX. Knows no Python and
//! evaluates nothing; what it does not understand, it refuses with a reason.

mod call;
mod expr;
mod json;
mod latex;
mod lexer;
mod matrix;
mod parser;
mod token;
mod tree;
mod words;

#[cfg(test)]
use expr::{Constant, Decimal, Function};
pub(super) use expr::{Expr, Symbol};
pub(super) use lexer::tokenize;
pub(super) use matrix::{Matrix, leading_matrix};
pub(super) use parser::{expression, symbol};
pub(super) use token::{Token, TokenKind};
pub(super) use tree::Tree;

/// Why a text is not mathematics to us: a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NotationError(pub(super) String);

impl NotationError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

/// The longest sentence read. Homework has a tenth of it.
pub(super) const MAX_TOKENS: usize = 400;
/// How deep parentheses, powers and fractions may nest.
pub(super) const MAX_DEPTH: usize = 24;
/// Digits of one number.
pub(super) const MAX_DIGITS: usize = 15;
/// Rows and columns of a matrix.
pub(super) const MAX_MATRIX: usize = 4;

#[cfg(test)]
mod tests;

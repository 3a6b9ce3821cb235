//! Matrices: `[[2,1],[7,4]]`, `[2 1; 7 4]`, `\begin{pmatrix} 2 & 1 \\ 7 & 4 \end{pmatrix}`.

use serde_json::Value;

use super::expr::Expr;
use super::parser::expression;
use super::token::{Token, TokenKind};
use super::{MAX_MATRIX, NotationError};

/// A rectangular array of expressions, each side from 1 to [`MAX_MATRIX`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::offline) struct Matrix(Vec<Vec<Expr>>);

impl Matrix {
    pub(in crate::offline) fn rows(&self) -> usize {
        self.0.len()
    }

    pub(in crate::offline) fn columns(&self) -> usize {
        self.0[0].len()
    }

    pub(in crate::offline) fn is_square(&self) -> bool {
        self.rows() == self.columns()
    }

    pub(in crate::offline) fn entries(&self) -> impl Iterator<Item = &Expr> {
        self.0.iter().flatten()
    }

    pub(in crate::offline) fn json(&self) -> Value {
        let row = |row: &Vec<Expr>| Value::Array(row.iter().map(Expr::json).collect());
        Value::Array(self.0.iter().map(row).collect())
    }

    fn new(rows: Vec<Vec<Expr>>) -> Result<Self, NotationError> {
        let width = rows.first().map_or(0, Vec::len);
        if width == 0 || rows.iter().any(|row| row.len() != width) {
            return Err(NotationError::new("The rows of the matrix differ in length."));
        }
        if rows.len() > MAX_MATRIX || width > MAX_MATRIX {
            return Err(NotationError::new(format!(
                "The matrix is larger than {MAX_MATRIX} by {MAX_MATRIX}."
            )));
        }
        Ok(Self(rows))
    }
}

/// The matrix at the start of `tokens` and how many tokens it takes; none if there is none.
pub(in crate::offline) fn leading_matrix(tokens: &[Token]) -> Result<Option<(Matrix, usize)>, NotationError> {
    match tokens {
        [first, ..] if matches!(first.kind, TokenKind::Begin(_)) => environment(tokens).map(Some),
        [first, second, ..] if open(first) && open(second) && nested(tokens) => lists(tokens).map(Some),
        [first, ..] if first.is_mark('[') => semicolons(tokens),
        _ => Ok(None),
    }
}

fn open(token: &Token) -> bool {
    token.is_mark('[') || token.is_mark('(') || token.is_mark('{')
}

fn close_of(token: &Token) -> char {
    match token.kind {
        TokenKind::Mark('(') => ')',
        TokenKind::Mark('{') => '}',
        _ => ']',
    }
}

/// `[[` or `((` with a comma in the inner list: anything else is grouping.
fn nested(tokens: &[Token]) -> bool {
    let end = closing(tokens, 1).unwrap_or(0);
    tokens[0].is_mark('[')
        || tokens
            .get(..end)
            .is_some_and(|inner| inner.iter().any(|t| t.is_mark(',')))
}

/// The index of the bracket that closes the one at `start`.
fn closing(tokens: &[Token], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        if open(token) {
            depth += 1;
        } else if let TokenKind::Mark(']' | ')' | '}') = token.kind {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

fn unclosed() -> NotationError {
    NotationError::new("A bracket of the matrix is not closed.")
}

fn lists(tokens: &[Token]) -> Result<(Matrix, usize), NotationError> {
    let end = closing(tokens, 0).ok_or_else(unclosed)?;
    let inner = &tokens[1..end];
    let mut rows = Vec::new();
    let mut at = 0;
    while at < inner.len() {
        if !inner.get(at).is_some_and(open) {
            return Err(NotationError::new(
                "Each row of the matrix needs brackets of its own.",
            ));
        }
        let stop = closing(inner, at).ok_or_else(unclosed)?;
        if !inner[stop].is_mark(close_of(&inner[at])) {
            return Err(unclosed());
        }
        rows.push(cells(&inner[at + 1..stop], |token| token.is_mark(','))?);
        at = stop + 1;
        if at < inner.len() {
            if !inner[at].is_mark(',') {
                return Err(NotationError::new(
                    "Commas are missing between the rows of the matrix.",
                ));
            }
            at += 1;
        }
    }
    Ok((Matrix::new(rows)?, end + 1))
}

/// `[2 1; 7 4]` or `[2, 1; 7, 4]`.
fn semicolons(tokens: &[Token]) -> Result<Option<(Matrix, usize)>, NotationError> {
    let end = closing(tokens, 0).ok_or_else(unclosed)?;
    let inner = &tokens[1..end];
    if !inner.iter().any(|token| token.is_mark(';')) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for row in inner.split(|token| token.is_mark(';')) {
        let commas = row.iter().any(|token| token.is_mark(','));
        rows.push(if commas {
            cells(row, |token| token.is_mark(','))?
        } else {
            spaced_cells(row)?
        });
    }
    Ok(Some((Matrix::new(rows)?, end + 1)))
}

fn cells(row: &[Token], separator: fn(&Token) -> bool) -> Result<Vec<Expr>, NotationError> {
    row.split(separator).map(expression).collect()
}

/// Cells apart by blanks: a new one starts at each token that does not touch the last.
fn spaced_cells(row: &[Token]) -> Result<Vec<Expr>, NotationError> {
    let mut cells = Vec::new();
    let mut start = 0;
    for index in 1..=row.len() {
        if index == row.len() || !row[index].glued {
            cells.push(expression(&row[start..index])?);
            start = index;
        }
    }
    Ok(cells)
}

fn environment(tokens: &[Token]) -> Result<(Matrix, usize), NotationError> {
    let TokenKind::Begin(name) = &tokens[0].kind else {
        return Err(unclosed());
    };
    if !matches!(
        name.as_str(),
        "pmatrix" | "bmatrix" | "vmatrix" | "matrix" | "Bmatrix"
    ) {
        return Err(NotationError::new(format!(
            "\\begin{{{name}}} is not understood here."
        )));
    }
    let ending = TokenKind::End(name.clone());
    let end = tokens
        .iter()
        .position(|token| token.kind == ending)
        .ok_or_else(unclosed)?;
    let mut rows = Vec::new();
    let inner: Vec<Token> = tokens[1..end]
        .iter()
        .filter(|token| token.kind != TokenKind::LineBreak)
        .cloned()
        .collect();
    let body = match inner.split_last() {
        Some((last, rest)) if last.kind == TokenKind::RowBreak => rest,
        _ => &inner,
    };
    for row in body.split(|token| token.kind == TokenKind::RowBreak) {
        rows.push(cells(row, |token| token.is_mark('&'))?);
    }
    Ok((Matrix::new(rows)?, end + 1))
}

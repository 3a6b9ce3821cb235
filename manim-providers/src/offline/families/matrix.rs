//! Determinants, inverses and products of matrices with numbers in them.

use crate::offline::notation::{Matrix, Token, TokenKind, leading_matrix};
use crate::offline::phrase::Phrase;
use crate::offline::task::Task;

use super::{Reading, Refusal};

const ASK: &[&str] = &[
    "find|compute|calculate|determine|evaluate|give|get|take|solve|work out? me? the?",
    "what is|are the?",
    "what's the?",
    "whats the?",
    "the",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    Determinant,
    Inverse,
    Product,
}

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    let mut rest = phrase;
    while rest.eat(ASK) {}
    if rest.eat(&["determinant", "det"]) {
        return unary(after_name(rest), Wish::Determinant).map(Some);
    }
    if rest.eat(&["inverse matrix? of?", "invert", "multiplicative inverse of"]) && holds_matrix(rest) {
        return unary(after_name(rest), Wish::Inverse).map(Some);
    }
    if rest.eat(&[
        "product of the? matrices?",
        "matrix? product of? the? matrices? :?",
        "multiply the? matrices? :?",
    ]) && holds_matrix(rest)
    {
        return product(rest).map(Some);
    }
    if !holds_matrix(phrase) {
        return Ok(None);
    }
    asked_last(phrase).unwrap_or_else(|| bare(rest)).map(Some)
}

fn holds_matrix(phrase: Phrase<'_>) -> bool {
    let environment =
        |token: &Token| matches!(&token.kind, TokenKind::Begin(name) if name.ends_with("matrix"));
    let nested = phrase
        .tokens
        .windows(2)
        .any(|pair| pair[0].is_mark('[') && pair[1].is_mark('['));
    nested || phrase.tokens.iter().any(environment) || (phrase.count('[') > 0 && phrase.count(';') > 0)
}

/// "of the 2x2 matrix A =", "of the matrix", nothing.
fn after_name(mut rest: Phrase<'_>) -> Phrase<'_> {
    rest.eat(&["of|for"]);
    rest.eat(&["the? following?"]);
    rest.eat(&["square"]);
    size(&mut rest);
    rest.eat(&["square? matrix", "matrix"]);
    rest.eat(&["a|b|m =", "a|b|m :"]);
    rest.eat(&[":", "="]);
    rest
}

/// `2x2`, `2 x 2`, `3×3`, `3-by-3`.
fn size(rest: &mut Phrase<'_>) {
    for n in ["2", "3", "4"] {
        let patterns = [format!("{n} x|by|* {n}"), format!("{n} - by - {n}")];
        for pattern in &patterns {
            if rest.eat(&[pattern]) {
                return;
            }
        }
    }
}

/// "Given A = [[1,2],[3,4]], find det(A)".
fn asked_last(phrase: Phrase<'_>) -> Option<Result<Task, Refusal>> {
    let separators = [
        ",? then? find|compute|calculate|determine|what|evaluate is? the?",
        ". find|compute|calculate|what|determine is? the?",
    ];
    let (mut given, mut question) = phrase.split(&separators)?;
    let determinant = question.eat(&[
        "determinant of a|b|m",
        "det ( a|b|m )",
        "det a|b|m",
        "| a|b|m |",
        "its|the? determinant",
    ]);
    let inverse = !determinant
        && question.eat(&[
            "inverse of a|b|m",
            "its|the? inverse",
            "a|b|m ^ - 1",
            "a|b|m ^ ( - 1 )",
            "a|b|m ^ { - 1 }",
        ]);
    if !(determinant || inverse) || !question.is_empty() {
        return None;
    }
    given.eat(&["if|given|let|for|consider the? matrix?", "the? matrix"]);
    given.eat(&["a|b|m = ", "a|b|m =", "a|b|m be"]);
    let wish = if determinant {
        Wish::Determinant
    } else {
        Wish::Inverse
    };
    Some(unary(given, wish))
}

/// `[[1,2],[3,4]]^-1`, `[[1,2]] * [[3],[4]]`, `\begin{vmatrix}…`.
fn bare(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let mut rest = phrase;
    let bars = matches!(rest.tokens.first(), Some(token) if token.kind == TokenKind::Begin("vmatrix".into()));
    let wrapped = unwrap_bars(&mut rest);
    let first = take(&mut rest)?;
    if rest.is_empty() && (bars || wrapped) {
        return finish(first, None, Wish::Determinant);
    }
    if rest.eat(&["^ { - 1 }", "^ ( - 1 )", "^ - 1"]) && rest.is_empty() {
        return finish(first, None, Wish::Inverse);
    }
    rest.eat(&["*", "times", "multiplied by", "by"]);
    if rest.is_empty() || bars {
        return Err(Refusal::new(
            "Say what to do with the matrix: determinant, inverse or product.",
        ));
    }
    let second = take(&mut rest)?;
    done(rest)?;
    finish(first, Some(second), Wish::Product)
}

/// `|[[1,2],[3,4]]|`.
fn unwrap_bars(rest: &mut Phrase<'_>) -> bool {
    match rest.tokens {
        [open, inner @ .., close] if open.is_mark('|') && close.is_mark('|') => {
            rest.tokens = inner;
            true
        }
        _ => false,
    }
}

fn unary(mut rest: Phrase<'_>, wish: Wish) -> Result<Task, Refusal> {
    if let [open, inner @ .., close] = rest.tokens
        && (open.is_mark('(') && close.is_mark(')') || open.is_mark('|') && close.is_mark('|'))
        && matches!(leading_matrix(rest.tokens), Ok(None) | Err(_))
    {
        rest.tokens = inner;
    }
    let matrix = take(&mut rest)?;
    rest.eat(&["matrix"]);
    done(rest)?;
    finish(matrix, None, wish)
}

fn product(mut rest: Phrase<'_>) -> Result<Task, Refusal> {
    rest.eat(&["of"]);
    rest.eat(&["a ="]);
    let first = take(&mut rest)?;
    if !rest.eat(&[
        "and|by|with|times|, the? matrix? b =",
        "and|by|with|times the? matrix?",
        "* the?",
        ",",
        "and|by|with|times",
    ]) && !holds_matrix(rest)
    {
        return Err(Refusal::new("The second matrix of the product is missing."));
    }
    let second = take(&mut rest)?;
    done(rest)?;
    finish(first, Some(second), Wish::Product)
}

fn take(rest: &mut Phrase<'_>) -> Result<Matrix, Refusal> {
    let found = leading_matrix(rest.tokens)?;
    let (matrix, length) =
        found.ok_or_else(|| Refusal::new("A matrix is expected, written as [[2,1],[7,4]]."))?;
    rest.tokens = &rest.tokens[length..];
    if matrix
        .entries()
        .any(|entry| !entry.symbols().is_empty() || entry.is_infinite())
    {
        return Err(Refusal::new("Matrices with numbers only are supported."));
    }
    Ok(matrix)
}

fn done(rest: Phrase<'_>) -> Result<(), Refusal> {
    match rest.tokens.first() {
        Some(token) => Err(Refusal::new(format!(
            "\"{token}\" after the matrix is not understood."
        ))),
        None => Ok(()),
    }
}

fn finish(first: Matrix, second: Option<Matrix>, wish: Wish) -> Result<Task, Refusal> {
    let square = || match first.is_square() {
        true => Ok(()),
        false => Err(Refusal::new(
            "Only a square matrix has a determinant or an inverse.",
        )),
    };
    match (wish, second) {
        (Wish::Determinant, None) => square().map(|()| Task::Determinant(first)),
        (Wish::Inverse, None) => square().map(|()| Task::Inverse(first)),
        (Wish::Product, Some(second)) if first.columns() == second.rows() => {
            Ok(Task::MatrixProduct(first, second))
        }
        (Wish::Product, Some(_)) => Err(Refusal::new(
            "The product is not defined: the first matrix needs as many columns as the second has rows.",
        )),
        _ => Err(Refusal::new("The matrices do not fit the question.")),
    }
}

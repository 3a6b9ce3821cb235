//! Finite sums with a closed form, and infinite geometric ones.

mod dotted;
mod numbers;

use crate::offline::notation::{Expr, Symbol, Token, expression};
use crate::offline::phrase::Phrase;
use crate::offline::task::{Picture, Task};

use super::integral::bound;
use super::{Reading, Refusal, only_symbol, trailing_range};
use numbers::Kind;

const ASK: &[&str] = &[
    "find|compute|calculate|determine|evaluate|give|get|derive|simplify|work out? me? the?",
    "find a? closed? form|formula for|of the?",
    "a|the? closed? form|formula for|of the?",
    "what is|are the?",
    "what's the?",
    "whats the?",
    "the",
    "how much is the?",
    "value of",
];
const SUM_OF: &[&str] = &["total? sum|total of", "add up|together?", "sum up?"];

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    let mut rest = asked(phrase);
    if rest.tokens.first().is_some_and(|token| token.is_command("sum")) {
        rest.next();
        return sigma(rest).map(Some);
    }
    if rest.eat(&["sum"]) && rest.tokens.first().is_some_and(|token| token.is_mark('_')) {
        return sigma(rest).map(Some);
    }
    let mut rest = asked(phrase);
    if rest.mentions(&[r"\cdots"]) {
        rest.eat(SUM_OF);
        rest.eat(&["the? series|sequence|progression|terms :?", ":"]);
        return dotted::read(rest).map(Some);
    }
    if rest.eat(&["sum from"]) {
        return from_words(rest).map(Some);
    }
    if !rest.eat(SUM_OF) {
        return Ok(None);
    }
    // Adding two numbers is no series: another family or nobody.
    rest.eat(&["all? the", "all"]);
    if let Some(task) = numbers::read(rest) {
        return task.map(Some);
    }
    if let Some(task) = indexed(rest)? {
        return Ok(Some(task));
    }
    Err(Refusal::new(
        "The sum is not one of those understood: name the first n numbers of a kind, or write it with a sigma.",
    ))
}

/// What follows the words of the question.
fn asked(mut phrase: Phrase<'_>) -> Phrase<'_> {
    while phrase.eat(ASK) {}
    phrase
}

/// `_{k=1}^{n} k^2`.
fn sigma(mut phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let broken = || Refusal::new("The bounds of the sum are not understood.");
    if !phrase.eat(&["_"]) {
        return Err(broken());
    }
    let lower = Phrase::new(bound(&mut phrase).ok_or_else(broken)?);
    if !phrase.eat(&["^"]) {
        return Err(broken());
    }
    let upper = bound(&mut phrase).ok_or_else(broken)?;
    let (name, from) = lower.split(&["="]).ok_or_else(broken)?;
    let index = only_symbol(name).ok_or_else(broken)?;
    task(phrase.tokens, index, from.tokens, upper)
}

/// "sum from k=1 to n of k^2".
fn from_words(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let broken = || Refusal::new("Write the sum as: sum from k=1 to n of k^2.");
    let (range, term) = phrase.split(&["of"]).ok_or_else(broken)?;
    let (lower, to) = range.split(&["to", "up to"]).ok_or_else(broken)?;
    let (name, from) = lower.split(&["="]).ok_or_else(broken)?;
    let index = only_symbol(name).ok_or_else(broken)?;
    task(term.tokens, index, from.tokens, to.tokens)
}

/// "sum of k^2 for k from 1 to n", "sum of k^2 from k=1 to n".
fn indexed(phrase: Phrase<'_>) -> Result<Option<Task>, Refusal> {
    let Some(range) = trailing_range(phrase) else {
        return Ok(None);
    };
    let (index, from) = match (range.variable, range.from.split(&["="])) {
        (Some(index), None) => (index, range.from),
        (None, Some((name, from))) => match only_symbol(name) {
            Some(index) => (index, from),
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let mut term = range.before;
    term.eat_end(&[","]);
    task(term.tokens, index, from.tokens, range.to.tokens).map(Some)
}

fn task(term: &[Token], index: Symbol, from: &[Token], to: &[Token]) -> Result<Task, Refusal> {
    let mut end = Phrase::new(to);
    if let Some((name, value)) = end.split(&["="])
        && only_symbol(name) == Some(index)
    {
        end = value;
    }
    let (term, from, to) = (expression(term)?, expression(from)?, expression(end.tokens)?);
    check_symbols(&term, index, &from, &to)?;
    Ok(Task::Sum {
        picture: picture(&term, index, &from),
        term,
        index,
        from,
        to,
    })
}

fn check_symbols(term: &Expr, index: Symbol, from: &Expr, to: &Expr) -> Result<(), Refusal> {
    let mut ends = to.symbols();
    ends.extend(from.symbols());
    if ends.contains(&index) || !from.symbols().is_empty() || ends.len() > 1 || term.is_infinite() {
        return Err(Refusal::new(
            "The ends of the sum must be a number and a number, a letter or infinity.",
        ));
    }
    match term.symbols().iter().find(|s| **s != index) {
        Some(other) => Err(Refusal::new(format!(
            "The letter {} has no value in the sum.",
            other.name()
        ))),
        None => Ok(()),
    }
}

fn picture(term: &Expr, index: Symbol, from: &Expr) -> Option<Picture> {
    let kinds = [Kind::Odd, Kind::Natural];
    let found = kinds
        .into_iter()
        .find(|kind| index == Symbol::K && kind.term() == *term);
    found
        .filter(|_| *from == Expr::integer(1))
        .and_then(Kind::picture)
}

//! Integrals in one variable, with or without bounds.

use crate::offline::notation::{Expr, Symbol, Token, TokenKind};
use crate::offline::phrase::Phrase;
use crate::offline::task::Task;

use super::{Reading, Refusal, constant_for, definition, only_symbol, sole_variable, trailing_range};

const ASK: &[&str] = &[
    "find|compute|calculate|determine|evaluate|give|get|take|solve|work|do out? me? the? following?",
    "what is|are the|an?",
    "what's the|an?",
    "whats the?",
    "the",
    "an",
];
const NOUNS: &[&str] = &[
    "indefinite|definite|general? integral|antiderivative|primitive of",
    "integral|antiderivative|primitive of",
    "anti - derivative of",
    "integral :",
];
const AREAS: &[&str] = &[
    "exact? area under|below|beneath the? curve|graph|parabola|line? of?",
    "exact? area between the? curve|graph? of?",
];
const VARIABLE: &[&str] = &[
    "with respect to the? variable?",
    "w . r . t .?",
    "wrt",
    "in terms of",
];

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    let mut rest = phrase;
    let verb = rest.eat(&["integrate the? function?", "antidifferentiate"]);
    if !verb {
        while rest.eat(ASK) {}
    }
    if !verb && rest.eat(AREAS) {
        return area(rest).map(Some);
    }
    let noun = verb || rest.eat(NOUNS);
    if rest.mentions(&[r"\int"]) {
        rest.eat(&["following? indefinite|definite? integral"]);
    }
    if noun {
        rest.eat(&["the? function", "the? expression", ":"]);
    }
    if rest.tokens.first().is_some_and(|token| token.is_command("int")) {
        rest.next();
        return sign(rest).map(Some);
    }
    if rest.eat(&["int"]) {
        return sign(rest).map(Some);
    }
    if !noun && rest.eat(&["indefinite|definite? integral from"]) {
        return range_first(rest).map(Some);
    }
    match noun {
        true => words(rest).map(Some),
        false => Ok(None),
    }
}

/// `∫_0^1 x dx`, `∫ x dx from 0 to 1`: here `dx` must be written.
fn sign(mut phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let bounds = attached_bounds(&mut phrase)?;
    let task = words_with(phrase, bounds.is_some(), true)?;
    match bounds {
        Some((from, to)) => bounded(task, from, to),
        None => Ok(task),
    }
}

/// The same integral between two bounds.
fn bounded(task: Task, from: &[Token], to: &[Token]) -> Result<Task, Refusal> {
    let Task::Integral {
        integrand, variable, ..
    } = task
    else {
        return Ok(task);
    };
    let end = |tokens| constant_for(Phrase::new(tokens), variable);
    Ok(Task::Integral {
        bounds: Some((end(from)?, end(to)?)),
        integrand,
        variable,
        area: false,
    })
}

type Bounds<'a> = (&'a [Token], &'a [Token]);

fn attached_bounds<'a>(phrase: &mut Phrase<'a>) -> Result<Option<Bounds<'a>>, Refusal> {
    if !phrase.eat(&["_"]) {
        return Ok(None);
    }
    let broken = || Refusal::new("The bounds of the integral are not understood.");
    let from = bound(phrase).ok_or_else(broken)?;
    if !phrase.eat(&["^"]) {
        return Err(broken());
    }
    let to = bound(phrase).ok_or_else(broken)?;
    Ok(Some((from, to)))
}

/// `{…}`, `(…)`, `3`, `-3`, `π`.
pub(super) fn bound<'a>(phrase: &mut Phrase<'a>) -> Option<&'a [Token]> {
    let tokens = phrase.tokens;
    let first = tokens.first()?;
    let (inner, length) = if first.is_mark('{') || first.is_mark('(') {
        let end = group_end(tokens)?;
        (&tokens[1..end], end + 1)
    } else if first.is_mark('-') {
        (tokens.get(..2)?, 2)
    } else {
        (&tokens[..1], 1)
    };
    phrase.tokens = &tokens[length..];
    Some(inner)
}

fn group_end(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0_i32;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Mark('(' | '{') => depth += 1,
            TokenKind::Mark(')' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

fn words(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    words_with(phrase, false, false)
}

/// The integrand with what follows it. `bounded`: the sign had bounds already.
fn words_with(mut phrase: Phrase<'_>, bounded: bool, needs_differential: bool) -> Result<Task, Refusal> {
    let mut named = trailing_variable(&mut phrase)?;
    let range = if bounded { None } else { trailing_range(phrase) };
    if let Some(range) = &range {
        phrase = range.before;
        named = agree(named, range.variable)?;
    }
    named = agree(named, trailing_variable(&mut phrase)?)?;
    phrase.eat_end(&[","]);
    let differential = differential(&mut phrase);
    if needs_differential && differential.is_none() && named.is_none() {
        return Err(Refusal::new("The integral lacks its differential, such as dx."));
    }
    named = agree(named, differential)?;
    let found = definition(phrase)?;
    named = agree(named, found.variable)?;
    let variable = sole_variable(&found.function, named)?;
    if found.function.is_infinite() {
        return Err(Refusal::new(
            "Infinity is not a number that an integrand can contain.",
        ));
    }
    let bounds = range
        .map(|range| -> Result<(Expr, Expr), Refusal> {
            Ok((
                constant_for(range.from, variable)?,
                constant_for(range.to, variable)?,
            ))
        })
        .transpose()?;
    Ok(Task::Integral {
        integrand: found.function,
        variable,
        bounds,
        area: false,
    })
}

/// "the integral from 0 to 3 of x^2".
fn range_first(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let broken = || Refusal::new("The bounds of the integral are not understood.");
    let (range, integrand) = phrase.split(&["of"]).ok_or_else(broken)?;
    let (from, to) = range.split(&["to"]).ok_or_else(broken)?;
    let task = words_with(integrand, true, false)?;
    bounded(task, from.tokens, to.tokens)
}

fn area(mut phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let axis = |phrase: &mut Phrase<'_>| {
        phrase.eat_end(&["and the? x - axis", "above|over the? x - axis", "and the? axis"])
    };
    axis(&mut phrase);
    let mut range =
        trailing_range(phrase).ok_or_else(|| Refusal::new("The ends of the area are missing."))?;
    axis(&mut range.before);
    range.to.eat_end(&["and the? x - axis"]);
    let found = definition(range.before)?;
    let variable = sole_variable(&found.function, agree(range.variable, found.variable)?)?;
    let bounds = (
        constant_for(range.from, variable)?,
        constant_for(range.to, variable)?,
    );
    Ok(Task::Integral {
        integrand: found.function,
        variable,
        bounds: Some(bounds),
        area: true,
    })
}

fn agree(one: Option<Symbol>, other: Option<Symbol>) -> Result<Option<Symbol>, Refusal> {
    match (one, other) {
        (Some(a), Some(b)) if a != b => Err(Refusal::new("Two different variables are named.")),
        _ => Ok(one.or(other)),
    }
}

fn trailing_variable(phrase: &mut Phrase<'_>) -> Result<Option<Symbol>, Refusal> {
    let Some((before, after)) = phrase.split(VARIABLE) else {
        return Ok(None);
    };
    if let Some(named) = only_symbol(after) {
        *phrase = before;
        return Ok(Some(named));
    }
    // "with respect to x from 0 to 1": the range comes off first.
    match trailing_range(after) {
        Some(_) => Ok(None),
        None => Err(Refusal::new("The variable of integration is not clear.")),
    }
}

/// `dx` or `d x` at the end.
fn differential(phrase: &mut Phrase<'_>) -> Option<Symbol> {
    let (last, before) = phrase.tokens.split_last()?;
    let TokenKind::Word(word) = &last.kind else {
        return None;
    };
    if let Some(variable) = word
        .strip_prefix('d')
        .or_else(|| word.strip_prefix('D'))
        .and_then(Symbol::new)
    {
        phrase.tokens = before;
        phrase.eat_end(&["*"]);
        return Some(variable);
    }
    let (d, rest) = before.split_last()?;
    let variable = Symbol::new(word)?;
    if d.word().as_deref() != Some("d") {
        return None;
    }
    phrase.tokens = rest;
    Some(variable)
}

//! Limits at a point, at infinity, from one side.

use crate::offline::notation::{Expr, Symbol, Token, TokenKind, symbol};
use crate::offline::phrase::Phrase;
use crate::offline::task::{Side, Task};

use super::integral::bound;
use super::{Reading, Refusal, constant, definition, sole_variable};

const ASK: &[&str] = &[
    "find|compute|calculate|determine|evaluate|give|get|take|solve|work out? me? the? following?",
    "what is|are the?",
    "what's the?",
    "whats the?",
    "the",
];
const NOUN: &[&str] = &["limit|limits of? :?", "lim of? :?"];
const APPROACH: &[&str] = &[
    r"\to",
    "approaches|approach|approaching",
    "tends|tending|goes|going|go to|towards",
    "gets close to",
];
const AS: &[&str] = &["as", "when", "for", "if", ", as", "where"];

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    let mut rest = phrase;
    let mut side = Side::Both;
    while rest.eat(ASK) {}
    sided(&mut rest, &mut side);
    if rest.tokens.first().is_some_and(|token| token.is_command("lim")) {
        rest.next();
        rest.eat(&["of"]);
        return after_noun(rest, side).map(Some);
    }
    if rest.eat(NOUN) {
        return after_noun(rest, side).map(Some);
    }
    if rest.eat(&["what value? does|do", "does|do"]) && rest.mentions(APPROACH) {
        return tendency(rest).map(Some);
    }
    Ok(None)
}

/// "left-hand limit", "one-sided limit from the right".
fn sided(rest: &mut Phrase<'_>, side: &mut Side) {
    if rest.eat(&["left -? hand|handed|sided?"]) {
        *side = Side::Left;
    } else if rest.eat(&["right -? hand|handed|sided?"]) {
        *side = Side::Right;
    }
    rest.eat(&["one -? sided", "two -? sided"]);
}

fn after_noun(mut rest: Phrase<'_>, side: Side) -> Result<Task, Refusal> {
    if rest.eat(&["_"]) {
        let group =
            bound(&mut rest).ok_or_else(|| Refusal::new("What the variable approaches is missing."))?;
        return finish(rest, Phrase::new(group), side);
    }
    if let [open, ..] = rest.tokens
        && open.is_mark('(')
        && let Some((inner, after)) = parenthesised_target(rest)
    {
        return finish(after, inner, side);
    }
    target_first(rest, side).unwrap_or_else(|| target_last(rest, side))
}

/// `lim (x->0) sin(x)/x`.
fn parenthesised_target(mut rest: Phrase<'_>) -> Option<(Phrase<'_>, Phrase<'_>)> {
    let inner = Phrase::new(bound(&mut rest)?);
    (inner.mentions(&[r"\to"]) && !rest.is_empty()).then_some((inner, rest))
}

/// "as x approaches 0 of sin(x)/x", "x->0 sin(x)/x".
fn target_first(mut rest: Phrase<'_>, side: Side) -> Option<Result<Task, Refusal>> {
    let said = rest.eat(AS);
    let starts = rest.tokens.first().and_then(symbol).is_some()
        && APPROACH
            .iter()
            .any(|pattern| Phrase::new(&rest.tokens[1..]).eat(&[pattern]));
    if !starts {
        return None;
    }
    if let Some((target, function)) = rest.split(&["of the? function?", ":"]) {
        return Some(finish(function, target, side));
    }
    if said {
        return Some(Err(Refusal::new("The function of the limit is missing.")));
    }
    // `lim x->0 f`: the target is one number or letter, with its sign.
    let mut after = Phrase::new(&rest.tokens[1..]);
    after.eat(APPROACH);
    let length = target_length(after.tokens);
    let head = rest.tokens.len() - after.tokens.len() + length;
    let (target, function) = rest.tokens.split_at(head.min(rest.tokens.len()));
    Some(finish(Phrase::new(function), Phrase::new(target), side))
}

fn target_length(tokens: &[Token]) -> usize {
    let sign = usize::from(tokens.first().is_some_and(|t| t.is_mark('-') || t.is_mark('+')));
    let raised = match tokens.get(sign + 1..) {
        Some([mark, next, ..]) if (mark.is_mark('+') || mark.is_mark('-')) && mark.glued && !next.glued => 1,
        Some([hat, mark, ..]) if hat.is_mark('^') && (mark.is_mark('+') || mark.is_mark('-')) => 2,
        _ => 0,
    };
    sign + 1 + raised
}

/// "sin(x)/x as x approaches 0".
fn target_last(rest: Phrase<'_>, side: Side) -> Result<Task, Refusal> {
    let (function, target) = rest
        .split(AS)
        .ok_or_else(|| Refusal::new("What the variable of the limit approaches is missing."))?;
    finish(function, target, side)
}

/// "What value does sin(x)/x approach as x goes to 0?"
fn tendency(rest: Phrase<'_>) -> Result<Task, Refusal> {
    let (mut function, target) = rest
        .split(&["as", "when"])
        .ok_or_else(|| Refusal::new("What the variable of the limit approaches is missing."))?;
    function.eat_end(APPROACH);
    function.eat_end(&["tend|go to"]);
    finish(function, target, Side::Both)
}

fn finish(mut function: Phrase<'_>, target: Phrase<'_>, side: Side) -> Result<Task, Refusal> {
    let (variable, point, side) = approach(target, side)?;
    let mut side = side;
    if let Some(said) = side_in_words(&mut function) {
        side = merge(side, said)?;
    }
    function.eat_end(&[","]);
    let found = definition(function)?;
    if found.variable.is_some_and(|own| own != variable) || found.function.is_infinite() {
        return Err(Refusal::new(
            "The variable of the limit is not that of the function.",
        ));
    }
    let variable = sole_variable(&found.function, Some(variable))?;
    Ok(Task::Limit {
        function: found.function,
        variable,
        point,
        side,
    })
}

/// `x -> 0^+`, `x approaches infinity`, `x tends to 2 from the left`.
fn approach(target: Phrase<'_>, side: Side) -> Result<(Symbol, Expr, Side), Refusal> {
    let mut side = side;
    let mut target = target;
    if let Some(said) = side_in_words(&mut target) {
        side = merge(side, said)?;
    }
    let (name, mut point) = target
        .split(APPROACH)
        .ok_or_else(|| Refusal::new("What the variable of the limit approaches is missing."))?;
    let variable =
        super::only_symbol(name).ok_or_else(|| Refusal::new("The variable of the limit is not clear."))?;
    if let Some(said) = raised_side(&mut point) {
        side = merge(side, said)?;
    }
    Ok((variable, infinite(point)?, side))
}

fn merge(one: Side, other: Side) -> Result<Side, Refusal> {
    match (one, other) {
        (Side::Both, side) | (side, Side::Both) => Ok(side),
        (a, b) if a == b => Ok(a),
        _ => Err(Refusal::new("Both sides of the limit are named.")),
    }
}

fn side_in_words(phrase: &mut Phrase<'_>) -> Option<Side> {
    if phrase.eat_end(&["from|through the? left -? hand? side?", "from below"]) {
        return Some(Side::Left);
    }
    if phrase.eat_end(&["from|through the? right -? hand? side?", "from above"]) {
        return Some(Side::Right);
    }
    phrase.eat_end(&["from both sides"]).then_some(Side::Both)
}

/// `0^+`, `0+`, `0^{-}`.
fn raised_side(point: &mut Phrase<'_>) -> Option<Side> {
    let sides = [('+', Side::Right), ('-', Side::Left)];
    for (mark, side) in sides {
        let endings = [
            format!("^ {{ {mark} }}"),
            format!("^ ( {mark} )"),
            format!("^ {mark}"),
            mark.to_string(),
        ];
        let endings: Vec<&str> = endings.iter().map(String::as_str).collect();
        let mut rest = *point;
        if rest.eat_end(&endings) && !rest.is_empty() {
            *point = rest;
            return Some(side);
        }
    }
    None
}

fn infinite(mut point: Phrase<'_>) -> Result<Expr, Refusal> {
    let negative = point.eat(&["negative|minus infinity"]);
    if negative && point.is_empty() {
        return Ok(Expr::Neg(Box::new(super::constant(&infinity())?)));
    }
    point.eat(&["positive|plus", "+"]);
    constant(point.tokens)
}

fn infinity() -> [Token; 1] {
    [Token {
        kind: TokenKind::Command("infty"),
        glued: false,
    }]
}

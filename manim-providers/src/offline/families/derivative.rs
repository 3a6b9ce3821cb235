//! Derivatives, of higher order too, and their value at a point.

use crate::offline::notation::{Expr, Symbol, Token, TokenKind, symbol};
use crate::offline::phrase::Phrase;
use crate::offline::task::Task;

use super::integral::bound;
use super::{Reading, Refusal, constant, constant_for, definition, only_symbol, variable_of};

const VERBS: &[&str] = &["differentiate", "derive", "take the? derivative of"];
const ASK: &[&str] = &[
    "find|compute|calculate|determine|evaluate|give|get|take|work me? out? the?",
    "what is|are the?",
    "what's the?",
    "whats the?",
    "the",
];
const ORDERS: &[(&str, u64)] = &[
    ("first", 1),
    ("1st", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
];
const MAX_ORDER: u64 = 5;
const POINT: &[&str] = &["at the? point? where?", "when", "evaluated at", "for"];
const VARIABLE: &[&str] = &[
    "with respect to the? variable?",
    "w . r . t .?",
    "wrt",
    "regarding",
    "in terms of",
    "in",
    "by",
];

/// What the words before the function said.
#[derive(Default)]
struct Head {
    order: Option<u64>,
    variable: Option<Symbol>,
    /// The name of the function that was asked for: `f'(x)`, `dy/dx`.
    named: Option<Symbol>,
    /// The place asked for in `f'(3)`.
    at: Option<Expr>,
}

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    match head_first(phrase).or_else(|| function_first(phrase)) {
        Some((head, rest)) => task(head, rest).map(Some),
        None => Ok(None),
    }
}

/// "Differentiate …", "Find the second derivative of …", "d/dx …", "Find f'(x) if …".
fn head_first(phrase: Phrase<'_>) -> Option<(Head, Phrase<'_>)> {
    let mut rest = phrase;
    if rest.eat(VERBS) {
        rest.eat(&[":"]);
        let order = rest.eat(&["twice"]).then_some(2);
        let head = Head {
            order,
            ..Head::default()
        };
        return Some((head, rest));
    }
    while rest.eat(ASK) {}
    if let Some(head) = derivative_noun(&mut rest) {
        return Some((head, rest));
    }
    let head = operator(&mut rest).or_else(|| named_derivative(&mut rest))?;
    rest.eat(&["of", "if|when|where|for|given that?", ":", ","]);
    Some((head, rest))
}

/// "second derivative of", "derivative with respect to x of", "slope of".
fn derivative_noun(rest: &mut Phrase<'_>) -> Option<Head> {
    let mut phrase = *rest;
    let mut head = Head::default();
    if let Some((_, order)) = ORDERS
        .iter()
        .find(|(word, _)| phrase.eat(&[&format!("{word} order?")]))
    {
        head.order = Some(*order);
    }
    let slope = phrase.eat(&["slope|gradient of the? tangent|curve|graph|line? of? to?"]);
    let noun = slope || phrase.eat(&["derivative|derivate|differential of", "derivative|derivate :?"]);
    if !noun {
        return None;
    }
    if phrase.eat(&["with respect to", "wrt"]) {
        head.variable = Some(symbol(phrase.next()?)?);
        phrase.eat(&["of"]);
    }
    phrase.eat(&["the? function|curve|expression :?"]);
    *rest = phrase;
    Some(head)
}

/// `d/dx`, `\frac{d}{dx}`, `d^2/dx^2`, `\frac{d^2}{dx^2}`.
fn operator(rest: &mut Phrase<'_>) -> Option<Head> {
    let mut phrase = *rest;
    let latex = phrase
        .tokens
        .first()
        .is_some_and(|token| token.is_command("frac"));
    if latex {
        phrase.eat(&[r"\frac {"]);
    }
    let (order, numerator) = raised_name(&mut phrase)?;
    let named = match numerator.as_str() {
        "d" => None,
        "dy" => Some(Symbol::Y),
        _ => return None,
    };
    let divided = if latex {
        phrase.eat(&["} {"])
    } else {
        phrase.eat(&["/"])
    };
    let denominator = phrase.next()?.word()?;
    let variable = Symbol::new(denominator.strip_prefix('d')?)?;
    let same = if order > 1 {
        power(&mut phrase)? == order
    } else {
        true
    };
    let closed = !latex || phrase.eat(&["}"]);
    if !(divided && same && closed) {
        return None;
    }
    *rest = phrase;
    Some(Head {
        order: Some(order),
        variable: Some(variable),
        named,
        at: None,
    })
}

/// `d`, `dy`, `d^2`, `d^2y` and its order.
fn raised_name(phrase: &mut Phrase<'_>) -> Option<(u64, String)> {
    let mut name = phrase.next()?.word()?;
    let order = power(phrase).unwrap_or(1);
    if order > 1 && phrase.eat(&["y"]) {
        name.push('y');
    }
    Some((order, name))
}

/// `^2`, `^{2}`, `²`.
fn power(phrase: &mut Phrase<'_>) -> Option<u64> {
    let number = |token: &Token| match &token.kind {
        TokenKind::Number(n) => n.as_integer(),
        _ => None,
    };
    let (order, length) = match phrase.tokens {
        [hat, open, n, _close, ..] if hat.is_mark('^') && (open.is_mark('{') || open.is_mark('(')) => {
            (number(n)?, 4)
        }
        [hat, n, ..] if hat.is_mark('^') => (number(n)?, 2),
        _ => return None,
    };
    phrase.tokens = &phrase.tokens[length..];
    Some(order)
}

/// `f'(x)`, `f''(x)`, `y'`.
fn named_derivative(rest: &mut Phrase<'_>) -> Option<Head> {
    let mut phrase = *rest;
    let named = symbol(phrase.next()?)?;
    let mut order = 0;
    while phrase.eat(&["'"]) {
        order += 1;
    }
    if phrase.eat(&["\""]) {
        order = 2;
    }
    let mut head = Head {
        order: Some(order),
        named: Some(named),
        ..Head::default()
    };
    if phrase.tokens.first().is_some_and(|token| token.is_mark('(')) {
        let inner = bound(&mut phrase)?;
        head.variable = only_symbol(Phrase::new(inner));
        if head.variable.is_none() {
            head.at = Some(constant(inner).ok()?);
        }
    }
    if order == 0 {
        return None;
    }
    *rest = phrase;
    Some(head)
}

/// "If y = x^2, find dy/dx", "f(x) = x^2. What is f'(x)?".
fn function_first(phrase: Phrase<'_>) -> Option<(Head, Phrase<'_>)> {
    let separators = [
        ",? then? find|compute|calculate|determine|evaluate the?",
        ". find|compute|calculate|determine the?",
        ",|. what is|are the?",
        ",? what is the?",
    ];
    let (mut function, mut question) = phrase.split(&separators)?;
    let head = operator(&mut question)
        .or_else(|| named_derivative(&mut question))
        .or_else(|| pronoun(&mut question))?;
    function.eat(&["if|given|let|for|suppose|consider that?"]);
    question.is_empty().then_some((head, function))
}

/// "its derivative".
fn pronoun(question: &mut Phrase<'_>) -> Option<Head> {
    let order = [
        (&["its|the? first? derivative"], 1),
        (&["its|the? second derivative"], 2),
        (&["its|the? third derivative"], 3),
    ];
    let (_, order) = order.into_iter().find(|(words, _)| question.eat(*words))?;
    Some(Head {
        order: Some(order),
        ..Head::default()
    })
}

fn task(mut head: Head, mut phrase: Phrase<'_>) -> Result<Task, Refusal> {
    if phrase.eat_end(&["twice"]) {
        head.order = Some(head.order.unwrap_or(1) * 2);
    }
    let point = point(&mut phrase);
    trailing_variable(&mut head, &mut phrase)?;
    let point = point.or_else(|| self::point(&mut phrase));
    phrase.eat_end(&[","]);
    let phrase = unwrapped(phrase);
    let found = definition(phrase)?;
    if let (Some(asked), Some(defined)) = (head.named, found.name)
        && asked != defined
    {
        return Err(Refusal::new("The function asked for is not the one defined."));
    }
    if let (Some(asked), Some(defined)) = (head.variable, found.variable)
        && asked != defined
    {
        return Err(Refusal::new("The variable asked for is not the function's."));
    }
    let variable = variable_of(&found.function, head.variable.or(found.variable))?;
    let order = head.order.unwrap_or(1);
    if !(1..=MAX_ORDER).contains(&order) || found.function.is_infinite() {
        return Err(Refusal::new(format!(
            "Derivatives up to order {MAX_ORDER} are supported."
        )));
    }
    let at = point.map(|value| constant_for(value, variable)).transpose()?;
    if at.is_some() && head.at.is_some() {
        return Err(Refusal::new("Two places are named."));
    }
    let at = at.or(head.at);
    Ok(Task::Derivative {
        function: found.function,
        variable,
        order,
        at,
    })
}

/// A bracket around all of the function, as after `d/dx`.
fn unwrapped(phrase: Phrase<'_>) -> Phrase<'_> {
    match phrase.tokens {
        [open, inner @ .., close]
            if open.is_mark('[')
                && close.is_mark(']')
                && !inner.iter().any(|t| t.is_mark('[') || t.is_mark(']')) =>
        {
            Phrase::new(inner)
        }
        _ => phrase,
    }
}

fn point<'a>(phrase: &mut Phrase<'a>) -> Option<Phrase<'a>> {
    let (before, value) = phrase.split(POINT)?;
    if value.is_empty() {
        return None;
    }
    *phrase = before;
    Some(value)
}

fn trailing_variable(head: &mut Head, phrase: &mut Phrase<'_>) -> Result<(), Refusal> {
    let Some((before, after)) = phrase.split(VARIABLE) else {
        return Ok(());
    };
    let named =
        only_symbol(after).ok_or_else(|| Refusal::new("The variable to differentiate by is not clear."))?;
    if head.variable.is_some_and(|variable| variable != named) {
        return Err(Refusal::new("Two different variables are named."));
    }
    head.variable = Some(named);
    *phrase = before;
    Ok(())
}

//! Equations in one unknown.

use crate::offline::notation::{Expr, Symbol, symbol};
use crate::offline::phrase::Phrase;
use crate::offline::task::{Domain, Task};

use super::{Reading, Refusal, sides};

const SOLVE: &[&str] = &[
    "solve the? following? linear|quadratic|cubic|quartic|polynomial|rational|algebraic? equation|problem :?",
    "solve this|that equation|problem? :?",
    "solve the? following? :?",
    "solve",
    "find|determine|compute|calculate|get|give me? the? solution|solutions|root|roots of|to|for the? following? linear|quadratic|cubic|quartic|polynomial|rational? equation|problem? :?",
    "what is|are the? solution|solutions of|to the? following? linear|quadratic|cubic|quartic|polynomial? equation|problem? :?",
    "what's the solution of|to the? equation?",
    "find|determine|compute|calculate|get|give me? all? real? values|solutions of|for",
    "given that?",
    "if",
    "when",
];
const ROOTS: &[&str] = &[
    "find|determine|compute|calculate|get|give me? all? the? root|roots|zero|zeros|zeroes of the? following? linear|quadratic|cubic|quartic? polynomial|function|expression|parabola|equation|quadratic|cubic? :?",
    "what is|are all? the? root|roots|zero|zeros|zeroes of the? following? linear|quadratic|cubic|quartic? polynomial|function|expression|parabola|equation|quadratic|cubic? :?",
    "what're the roots|zeros of",
    "roots|zeros of the? polynomial|function|equation?",
];
/// Words between the unknown and the equation in "find x if …".
const CONDITION: &[&str] = &[
    "if|when|where|given|provided that?",
    "such that",
    "so that",
    "that satisfy|satisfies|satisfying|solves|solve the? equation?",
    "which satisfy|satisfies|solves|solve the? equation?",
    "satisfy|satisfies|satisfying|solves|solve the? equation?",
    "for which",
    "in the? equation?",
    "from the? equation?",
    "makes|make",
    "is|does",
    "do we have",
    ":",
    ",",
];
const FIND_UNKNOWN: &[&str] = &[
    "find|determine|compute|calculate|get the? all? possible? value|values of|for",
    "find|determine|compute|calculate|get all? the?",
    "what is|are all? the? possible? value|values of|for",
    "what is|are|does|must",
    "what's the value of",
    "what's",
    "which|what value|values|number|numbers of|for",
    "for which|what value|values of",
    "work out the? value? of?",
    "solve for",
];

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    refuse_inequality(phrase)?;
    let mut phrase = phrase;
    let domain = domain(&mut phrase);
    if let Some(task) = roots(phrase, domain)? {
        return Ok(Some(task));
    }
    if let Some((unknown, equation)) = unknown_first(phrase).or_else(|| unknown_last(phrase)) {
        return equation_for(equation, Some(unknown), domain);
    }
    let named = phrase.eat(SOLVE);
    if phrase.count('=') == 0 && !named {
        return Ok(None);
    }
    equation_for(phrase, None, domain)
}

fn refuse_inequality(phrase: Phrase<'_>) -> Result<(), Refusal> {
    let compares = ['<', '>', '≤', '≥', '≠']
        .iter()
        .any(|mark| phrase.count(*mark) > 0);
    match compares {
        true => Err(Refusal::new("Inequalities are not supported.")),
        false => Ok(()),
    }
}

fn domain(phrase: &mut Phrase<'_>) -> Domain {
    let real = phrase.eat_end(&[
        "over|in|within the? set? of? reals",
        "over|in|within the? set? of? real numbers",
        "in r",
        "for|with real x",
        "where x is real",
        "with x real",
        ", x real",
        "for real numbers",
    ]);
    match real {
        true => Domain::Real,
        false => {
            phrase.eat_end(&["over|in the? complex numbers", "over the complexes"]);
            Domain::Usual
        }
    }
}

/// "Find the roots of x^2 - 4": an expression is meant to be zero.
fn roots(mut phrase: Phrase<'_>, domain: Domain) -> Reading {
    if !phrase.eat(ROOTS) {
        return Ok(None);
    }
    if phrase.count('=') == 0 {
        let left = super::expression(phrase.tokens)?;
        return task(left, Expr::integer(0), None, domain).map(Some);
    }
    if let Ok(Some((left, right))) = sides(phrase)
        && matches!(left, Expr::Symbol(name) if !right.symbols().contains(&name) && !right.symbols().is_empty())
    {
        return task(right, Expr::integer(0), None, domain).map(Some);
    }
    if let Ok(found) = super::definition(phrase)
        && let Some(variable) = found.variable
    {
        return task(found.function, Expr::integer(0), Some(variable), domain).map(Some);
    }
    equation_for(phrase, None, domain)
}

/// "Find x if 2x + 3 = 7", "Solve for x: 2x + 3 = 7".
fn unknown_first(mut phrase: Phrase<'_>) -> Option<(Symbol, Phrase<'_>)> {
    let asked = FIND_UNKNOWN.iter().find_map(|pattern| {
        let mut rest = phrase;
        rest.eat(&[pattern]).then_some(())?;
        let unknown = symbol(rest.next()?)?;
        let condition = rest.eat(CONDITION);
        let colonless = *pattern == "solve for" || rest.count('=') == 1;
        (condition || (*pattern == "solve for" && colonless)).then_some((unknown, rest))
    });
    let (unknown, rest) = asked?;
    phrase = rest;
    phrase.eat(&["the? equation :?", ":"]);
    phrase.eat_end(&["true", "hold|holds"]);
    Some((unknown, phrase))
}

/// "Solve 2x + 3 = 7 for x", "2x + 3 = 7, find x", "If 2x + 3 = 7, what is x?".
fn unknown_last(phrase: Phrase<'_>) -> Option<(Symbol, Phrase<'_>)> {
    let endings = [
        "for",
        "for the? variable|unknown",
        ", for",
        "and|then? find|solve|determine|compute|calculate for? the? value? of?",
        ", then? find|solve|determine|compute|calculate for? the? value|values? of? for?",
        ". find|solve|determine|compute|calculate for? the? value|values? of?",
        "find|determine the? value? of?",
        ", then? what is the? value? of?",
        ". what is the? value? of?",
        "what is the? value? of?",
        ", what's",
        "in terms of",
        "with respect to",
        "in",
    ];
    let (last, before) = phrase.tokens.split_last()?;
    let unknown = symbol(last)?;
    let mut equation = Phrase::new(before);
    // The longest ending that fits leaves least behind.
    let cut = endings
        .iter()
        .filter_map(|ending| {
            let mut rest = equation;
            rest.eat_end(&[ending]).then_some(rest)
        })
        .min_by_key(|rest| rest.tokens.len())?;
    equation = cut;
    equation.eat(SOLVE);
    equation.eat_end(&[",", "."]);
    Some((unknown, equation))
}

fn equation_for(phrase: Phrase<'_>, unknown: Option<Symbol>, domain: Domain) -> Reading {
    match sides(phrase)? {
        Some((left, right)) => task(left, right, unknown, domain).map(Some),
        None if phrase.count('=') > 1 => Err(Refusal::new("There is more than one \"=\" in the equation.")),
        None => {
            super::expression(phrase.tokens)?;
            Err(Refusal::new(
                "There is no equation to solve: an \"=\" is missing.",
            ))
        }
    }
}

fn task(left: Expr, right: Expr, unknown: Option<Symbol>, domain: Domain) -> Result<Task, Refusal> {
    let mut symbols = left.symbols();
    symbols.extend(right.symbols());
    symbols.sort();
    symbols.dedup();
    let [only] = symbols.as_slice() else {
        return Err(Refusal::new(match symbols.len() {
            0 => "The equation has no unknown.",
            _ => "One equation with several letters has no single answer. Give it with one unknown.",
        }));
    };
    if unknown.is_some_and(|unknown| unknown != *only) {
        return Err(Refusal::new("The unknown asked for is not in the equation."));
    }
    if left.is_infinite() || right.is_infinite() {
        return Err(Refusal::new(
            "Infinity is not a number that an equation can contain.",
        ));
    }
    Ok(Task::Equation {
        left,
        right,
        unknown: *only,
        domain,
    })
}

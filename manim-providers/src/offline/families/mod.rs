//! One file per family of problems: its sentences. Each understands all of a sentence or
//! leaves it; a sentence understood in part is refused, never narrowed to that part.

mod derivative;
mod equation;
mod integral;
mod limit;
mod matrix;
mod plot;
mod sum;
mod system;

use super::notation::{Expr, NotationError, Symbol, Token, expression, symbol};
use super::phrase::Phrase;
use super::task::Task;

/// Why a sentence of a family is not solved: a sentence for the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refusal(pub(super) String);

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl From<NotationError> for Refusal {
    fn from(error: NotationError) -> Self {
        Self(error.0)
    }
}

/// None when the sentence belongs to another family.
type Reading = Result<Option<Task>, Refusal>;

/// Asks each family in turn. The order puts the words that decide first.
pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    let families = [
        matrix::read,
        limit::read,
        sum::read,
        integral::read,
        derivative::read,
        plot::read,
        system::read,
        equation::read,
    ];
    for family in families {
        if let Some(task) = family(phrase)? {
            return Ok(Some(task));
        }
    }
    Ok(None)
}

/// Letters that stand for constants when a variable is named.
const PARAMETERS: &[&str] = &["a", "b", "c", "k", "m", "p", "q"];

/// `for x`, `in x`: one variable and nothing else.
fn only_symbol(phrase: Phrase<'_>) -> Option<Symbol> {
    match phrase.tokens {
        [token] => symbol(token),
        _ => None,
    }
}

/// Both sides of one equation.
fn sides(phrase: Phrase<'_>) -> Result<Option<(Expr, Expr)>, Refusal> {
    if phrase.count('=') != 1 {
        return Ok(None);
    }
    let Some((left, right)) = phrase.split(&["="]) else {
        return Ok(None);
    };
    Ok(Some((expression(left.tokens)?, expression(right.tokens)?)))
}

/// A function of one variable: `x^2`, `y = x^2`, `f(x) = x^2`, `the function f(t) = t^2`.
struct Definition {
    function: Expr,
    variable: Option<Symbol>,
    /// `y` or `f`, as named.
    name: Option<Symbol>,
}

fn definition(mut phrase: Phrase<'_>) -> Result<Definition, Refusal> {
    phrase.eat(&[
        "the? following? function|expression|curve|polynomial|parabola|line :?",
        "the",
    ]);
    let Some((head, body)) = phrase.split(&["="]) else {
        let function = expression(phrase.tokens)?;
        return Ok(Definition {
            function,
            variable: None,
            name: None,
        });
    };
    let (name, variable) = function_head(head.tokens)
        .ok_or_else(|| Refusal::new("The left side is not the name of a function."))?;
    let function = expression(body.tokens)?;
    if name.is_some_and(|name| function.symbols().contains(&name)) {
        return Err(Refusal::new("The function is defined by itself."));
    }
    Ok(Definition {
        function,
        variable,
        name,
    })
}

/// `y`, `f(x)`, `y(x)`: a name and its variable.
fn function_head(tokens: &[Token]) -> Option<(Option<Symbol>, Option<Symbol>)> {
    match tokens {
        [name] => Some((Some(symbol(name)?), None)),
        [name, open, variable, close] if open.is_mark('(') && close.is_mark(')') => {
            Some((Some(symbol(name)?), Some(symbol(variable)?)))
        }
        _ => None,
    }
}

/// The variable of `function`: the one named, else the only one. Other letters are allowed
/// only as parameters beside a named variable.
fn variable_of(function: &Expr, named: Option<Symbol>) -> Result<Symbol, Refusal> {
    let symbols = function.symbols();
    match (named, symbols.as_slice()) {
        (Some(named), others) => {
            let stray = others
                .iter()
                .find(|s| **s != named && !PARAMETERS.contains(&s.name()));
            match stray {
                Some(stray) => Err(Refusal::new(format!(
                    "It is not clear what {} stands for beside {}.",
                    stray.name(),
                    named.name()
                ))),
                None => Ok(named),
            }
        }
        (None, [only]) => Ok(*only),
        (None, []) => Ok(Symbol::X),
        (None, _) => Err(Refusal::new(
            "The formula has several variables: name the one that is meant.",
        )),
    }
}

/// One variable and no parameter.
fn sole_variable(function: &Expr, named: Option<Symbol>) -> Result<Symbol, Refusal> {
    let variable = variable_of(function, named)?;
    match function.symbols().iter().find(|s| **s != variable) {
        Some(other) => Err(Refusal::new(format!(
            "The letter {} has no value: only one variable is supported here.",
            other.name()
        ))),
        None => Ok(variable),
    }
}

/// An expression without variables.
fn constant(tokens: &[Token]) -> Result<Expr, Refusal> {
    let value = expression(tokens)?;
    match value.symbols().first() {
        Some(symbol) => Err(Refusal::new(format!("The bound contains {}.", symbol.name()))),
        None => Ok(value),
    }
}

/// `x = 3` or `3`, where only `variable` may be named.
fn constant_for(phrase: Phrase<'_>, variable: Symbol) -> Result<Expr, Refusal> {
    match phrase.split(&["="]) {
        Some((head, value)) if only_symbol(head) == Some(variable) => constant(value.tokens),
        Some(_) => Err(Refusal::new("A value is given for another variable.")),
        None => constant(phrase.tokens),
    }
}

/// A range at the end: `from 0 to 1`, `between x = 0 and x = 1`, `on [0, 1]`, `for 0 ≤ x ≤ 1`.
/// Returns what stands before it, and the two ends with the variable they name.
struct Range<'a> {
    before: Phrase<'a>,
    from: Phrase<'a>,
    to: Phrase<'a>,
    variable: Option<Symbol>,
}

fn trailing_range(phrase: Phrase<'_>) -> Option<Range<'_>> {
    range_in_words(phrase)
        .or_else(|| interval(phrase))
        .or_else(|| inequality(phrase))
}

fn range_in_words(phrase: Phrase<'_>) -> Option<Range<'_>> {
    let words: [(&[&str], &[&str]); 2] = [
        (&["from", "running from"], &["to", "up to", "until", r"\to"]),
        (&["between"], &["and"]),
    ];
    for (opening, middle) in words {
        if let Some((mut before, rest)) = phrase.split(opening)
            && let Some((from, to)) = rest.split(middle)
        {
            let variable = trailing_variable(&mut before);
            return Some(Range {
                before,
                from,
                to,
                variable,
            });
        }
    }
    None
}

/// The `for x` or `, for x values` before a range.
fn trailing_variable(before: &mut Phrase<'_>) -> Option<Symbol> {
    let (head, tail) = before.split(&["for", "as", "where"])?;
    let mut tail = tail;
    tail.eat_end(&["ranging", "goes|runs|going|running", "in", "values"]);
    let variable = only_symbol(tail)?;
    *before = head;
    before.eat_end(&[","]);
    Some(variable)
}

fn interval(phrase: Phrase<'_>) -> Option<Range<'_>> {
    let (before, rest) = phrase.split(&[
        "on the? closed? interval?",
        "over the? closed? interval?",
        "in the? closed? interval",
    ])?;
    let [open, inner @ .., close] = rest.tokens else {
        return None;
    };
    if !open.is_mark('[') || !close.is_mark(']') {
        return None;
    }
    let (from, to) = Phrase::new(inner).split(&[","])?;
    Some(Range {
        before,
        from,
        to,
        variable: None,
    })
}

fn inequality(phrase: Phrase<'_>) -> Option<Range<'_>> {
    let (before, rest) = phrase.split(&["for", "where", "with"])?;
    let (from, rest) = rest.split(&["≤", "< ="])?;
    let (middle, to) = rest.split(&["≤", "< ="])?;
    Some(Range {
        before,
        from,
        to,
        variable: Some(only_symbol(middle)?),
    })
}

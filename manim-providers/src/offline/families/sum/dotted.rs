//! Sums with dots: the rule must follow from the terms, with certainty.

use crate::offline::families::Refusal;
use crate::offline::notation::{Expr, Symbol, expression};
use crate::offline::phrase::Phrase;
use crate::offline::task::Task;

use super::numbers::Kind;

/// "1 + 2 + 3 + … + n": the rule must follow from at least three terms and fit the last.
pub(super) fn read(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let (start, end) = phrase
        .split(&[r"+ \cdots +", r"\cdots +", r", \cdots ,"])
        .ok_or_else(|| Refusal::new("The sum must have a last term after the dots."))?;
    let mut first = Vec::new();
    for term in start
        .tokens
        .split(|token| token.is_mark('+') || token.is_mark(','))
    {
        first.push(expression(term)?);
    }
    series(&first, &expression(end.tokens)?)
}

/// Tries the rules we know on the first terms and the last one.
fn series(first: &[Expr], last: &Expr) -> Result<Task, Refusal> {
    let unclear = || Refusal::new("The rule of this sum is not certain. Write it with a sigma.");
    let values: Option<Vec<u64>> = first.iter().map(whole_value).collect();
    let values = values.filter(|values| values.len() >= 2).ok_or_else(unclear)?;
    let squares = values.iter().zip(1..).all(|(value, k)| *value == k * k) && values.len() >= 3;
    if squares
        && let Expr::Power(base, two) = last
        && **two == Expr::integer(2)
    {
        return Ok(kth(Kind::Squares, (**base).clone()));
    }
    let step = values[1]
        .checked_sub(values[0])
        .filter(|step| *step > 0)
        .ok_or_else(unclear)?;
    let arithmetic = values.windows(2).all(|pair| pair[0] + step == pair[1]);
    let enough = values.len() >= 3 || step == 1 && values[0] == 1;
    if !arithmetic || !enough {
        return Err(unclear());
    }
    arithmetic_series(values[0], step, last).ok_or_else(unclear)
}

/// A number, or a small power of one such as `2^2`.
fn whole_value(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Number(n) => n.as_integer().filter(|n| *n < 1_000_000),
        Expr::Power(base, exponent) => {
            let exponent = u32::try_from(whole_value(exponent)?).ok()?;
            whole_value(base)?.checked_pow(exponent)
        }
        _ => None,
    }
}

fn kth(kind: Kind, to: Expr) -> Task {
    Task::Sum {
        term: kind.term(),
        index: Symbol::K,
        from: Expr::integer(1),
        to,
        picture: kind.picture(),
    }
}

fn arithmetic_series(start: u64, step: u64, last: &Expr) -> Option<Task> {
    let kind = match (start, step) {
        (1, 1) => Kind::Natural,
        (1, 2) => Kind::Odd,
        (2, 2) => Kind::Even,
        _ => return general_arithmetic(start, step, whole_value(last)?),
    };
    if let Some(value) = whole_value(last) {
        let count = (value.checked_sub(start)?.is_multiple_of(step)).then(|| (value - start) / step + 1)?;
        return Some(kth(kind, Expr::integer(count)));
    }
    let n = last.symbols().first().copied()?;
    let same = kth_term(kind, n);
    (same.contains(last)).then(|| kth(kind, Expr::Symbol(n)))
}

/// The spellings of the n-th term that are understood.
fn kth_term(kind: Kind, n: Symbol) -> Vec<Expr> {
    let n = || Expr::Symbol(n);
    let twice = || Expr::Product(vec![Expr::integer(2), n()]);
    let less_one = || Expr::Sum(vec![twice(), Expr::Neg(Box::new(Expr::integer(1)))]);
    match kind {
        Kind::Natural => vec![n()],
        Kind::Odd => vec![less_one()],
        Kind::Even => vec![twice()],
        _ => Vec::new(),
    }
}

fn general_arithmetic(start: u64, step: u64, last: u64) -> Option<Task> {
    let count = (last.checked_sub(start)?.is_multiple_of(step)).then(|| (last - start) / step + 1)?;
    let k = Expr::Symbol(Symbol::K);
    let offset = i64::try_from(start).ok()? - i64::try_from(step).ok()?;
    let slope = Expr::Product(vec![Expr::integer(step), k]);
    let shift = Expr::integer(offset.unsigned_abs());
    let term = match offset {
        0 => slope,
        1.. => Expr::Sum(vec![slope, shift]),
        _ => Expr::Sum(vec![slope, Expr::Neg(Box::new(shift))]),
    };
    Some(Task::Sum {
        term,
        index: Symbol::K,
        from: Expr::integer(1),
        to: Expr::integer(count),
        picture: None,
    })
}

//! Finite sums with a closed form, and infinite geometric ones.

use crate::offline::notation::{Expr, Symbol, Token, TokenKind, expression, symbol};
use crate::offline::phrase::Phrase;
use crate::offline::task::{Picture, Task};

use super::integral::bound;
use super::{Reading, Refusal};

const ASK: &[&str] = &[
    "find|compute|calculate|determine|evaluate|give|get|derive|simplify|work out? me? the?", "find a? closed? form|formula for|of the?", "a|the? closed? form|formula for|of the?", "what is|are the?", "what's the?", "whats the?", "the", "how much is the?", "value of",
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
        return dotted(rest).map(Some);
    }
    if rest.eat(&["sum from"]) {
        return from_words(rest).map(Some);
    }
    if !rest.eat(SUM_OF) {
        return Ok(None);
    }
    // Adding two numbers is no series: another family or nobody.
    rest.eat(&["all? the", "all"]);
    if let Some(task) = named_numbers(rest) {
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

/// The numbers that have a name, as the k-th of them.
#[derive(Clone, Copy)]
enum Kind {
    Natural,
    Odd,
    Even,
    Squares,
    Cubes,
    OddSquares,
}

const KINDS: &[(&[&str], Kind)] = &[
    (
        &["squares of the odd numbers|integers", "odd square numbers|squares", "squares of odd numbers|integers"],
        Kind::OddSquares,
    ),
    (
        &["squares of the? natural|positive|counting? whole? numbers|integers", "square|perfect numbers|squares", "squares", "squared numbers|integers"],
        Kind::Squares,
    ),
    (
        &["cubes of the? natural|positive|counting? whole? numbers|integers", "cube|cubic|perfect numbers|cubes", "cubes"],
        Kind::Cubes,
    ),
    (&["positive? odd natural|positive|whole? numbers|integers", "positive? odd numbers|integers"], Kind::Odd),
    (&["positive? even natural|positive|whole? numbers|integers", "positive? even numbers|integers"], Kind::Even),
    (
        &["natural|counting numbers", "positive whole? integers|numbers", "whole numbers", "integers", "numbers"],
        Kind::Natural,
    ),
];

impl Kind {
    fn term(self) -> Expr {
        let k = || Expr::Symbol(Symbol::K);
        let twice = || Expr::Product(vec![Expr::integer(2), k()]);
        let odd = || Expr::Sum(vec![twice(), Expr::Neg(Box::new(Expr::integer(1)))]);
        let power = |base: Expr, n| Expr::Power(Box::new(base), Box::new(Expr::integer(n)));
        match self {
            Self::Natural => k(),
            Self::Odd => odd(),
            Self::Even => twice(),
            Self::Squares => power(k(), 2),
            Self::Cubes => power(k(), 3),
            Self::OddSquares => power(odd(), 2),
        }
    }

    fn picture(self) -> Option<Picture> {
        match self {
            Self::Odd => Some(Picture::Square),
            Self::Natural => Some(Picture::Staircase),
            _ => None,
        }
    }
}

/// "first n odd numbers", "first 100 natural numbers", "integers from 1 to 50".
fn named_numbers(phrase: Phrase<'_>) -> Option<Result<Task, Refusal>> {
    let mut rest = phrase;
    // "squares of the first n natural numbers" is the same as "first n squares".
    let raised = if rest.eat(&["squares|square of the? first"]) {
        Some(Kind::Squares)
    } else if rest.eat(&["cubes|cube of the? first"]) {
        Some(Kind::Cubes)
    } else {
        None
    };
    if raised.is_some() || rest.eat(&["the? first"]) {
        return Some(first_of(rest, raised));
    }
    let kind = KINDS.iter().find(|(names, _)| rest.eat(names))?.1;
    Some(numbers_from(rest, kind))
}

fn first_of(mut rest: Phrase<'_>, raised: Option<Kind>) -> Result<Task, Refusal> {
    let count = count(&mut rest)?;
    let found = KINDS.iter().find(|(names, _)| rest.eat(names)).map(|(_, kind)| *kind);
    let kind = match (raised, found) {
        (Some(power), Some(Kind::Natural)) => power,
        (Some(Kind::Squares), Some(Kind::Odd)) => Kind::OddSquares,
        (None, Some(kind)) => kind,
        _ => return Err(Refusal::new("Which numbers are to be added is not clear.")),
    };
    starting_at_one(&mut rest, kind)?;
    if !rest.is_empty() {
        return Err(Refusal::new("The end of the sentence about the sum is not understood."));
    }
    Ok(Task::Sum {
        term: kind.term(),
        index: Symbol::K,
        from: Expr::integer(1),
        to: count,
        picture: kind.picture(),
    })
}

/// ", starting at 1": the one start that changes nothing.
fn starting_at_one(rest: &mut Phrase<'_>, kind: Kind) -> Result<(), Refusal> {
    let start = match kind {
        Kind::Even => "2",
        _ => "1",
    };
    rest.eat(&[&format!(",? starting|beginning from|at|with {start}")]);
    Ok(())
}

/// `n`, `100`, "ten".
fn count(rest: &mut Phrase<'_>) -> Result<Expr, Refusal> {
    let unclear = || Refusal::new("How many numbers are to be added is not clear.");
    if let Some(word) = rest.tokens.first().and_then(Token::word)
        && let Some(value) = number_word(&word)
    {
        rest.next();
        return Ok(Expr::integer(value));
    }
    let first = rest.next().ok_or_else(unclear)?;
    match &first.kind {
        TokenKind::Number(n) => match n.as_integer() {
            Some(value) if value >= 1 => Ok(Expr::integer(value)),
            _ => Err(unclear()),
        },
        _ => symbol(first).map(Expr::Symbol).ok_or_else(unclear),
    }
}

fn number_word(word: &str) -> Option<u64> {
    Some(match word {
        "two" => 2,
        "three" => 3,
        "four" => 4,
        "five" => 5,
        "six" => 6,
        "seven" => 7,
        "eight" => 8,
        "nine" => 9,
        "ten" => 10,
        "twenty" => 20,
        "fifty" => 50,
        "hundred" => 100,
        _ => return None,
    })
}

/// "integers from 1 to 50", "odd numbers from 1 to 99", "squares from 1 to n".
fn numbers_from(rest: Phrase<'_>, kind: Kind) -> Result<Task, Refusal> {
    let unclear = || Refusal::new("From where to where the numbers run is not clear.");
    let range = super::trailing_range(rest).filter(|range| range.before.is_empty() && range.variable.is_none());
    let range = range.ok_or_else(unclear)?;
    let (mut from, mut to) = (range.from, range.to);
    let squared_ends = squared(&mut from) & squared(&mut to);
    let (from, to) = (expression(from.tokens)?, expression(to.tokens)?);
    let (from, to) = match kind {
        Kind::Natural => (from, to),
        Kind::Squares if squared_ends || from == Expr::integer(1) && matches!(to, Expr::Symbol(_)) => (from, to),
        Kind::Odd | Kind::Even => steps_of_two(&from, &to, kind).ok_or_else(unclear)?,
        _ => return Err(Refusal::new("Write this sum with a sigma, so that its terms are clear.")),
    };
    Ok(Task::Sum {
        term: kind.term(),
        index: Symbol::K,
        picture: kind.picture().filter(|_| from == Expr::integer(1)),
        from,
        to,
    })
}

/// `1^2` as an end of a range.
fn squared(end: &mut Phrase<'_>) -> bool {
    end.eat_end(&["^ 2", "^ { 2 }", "^ ( 2 )", "squared"])
}

/// The places of the first and last odd (or even) number between two ends.
fn steps_of_two(from: &Expr, to: &Expr, kind: Kind) -> Option<(Expr, Expr)> {
    let whole = |expr: &Expr| match expr {
        Expr::Number(n) => n.as_integer(),
        _ => None,
    };
    let (low, high) = (whole(from)?, whole(to)?);
    let (first, last) = match kind {
        Kind::Odd => (low / 2 + 1, high.div_ceil(2)),
        _ => (low.div_ceil(2).max(1), high / 2),
    };
    (first <= last).then(|| (Expr::integer(first), Expr::integer(last)))
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
    let index = super::only_symbol(name).ok_or_else(broken)?;
    task(phrase.tokens, index, from.tokens, upper)
}

/// "sum from k=1 to n of k^2".
fn from_words(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let broken = || Refusal::new("Write the sum as: sum from k=1 to n of k^2.");
    let (range, term) = phrase.split(&["of"]).ok_or_else(broken)?;
    let (lower, to) = range.split(&["to", "up to"]).ok_or_else(broken)?;
    let (name, from) = lower.split(&["="]).ok_or_else(broken)?;
    let index = super::only_symbol(name).ok_or_else(broken)?;
    task(term.tokens, index, from.tokens, to.tokens)
}

/// "sum of k^2 for k from 1 to n", "sum of k^2 from k=1 to n".
fn indexed(phrase: Phrase<'_>) -> Result<Option<Task>, Refusal> {
    let Some(range) = super::trailing_range(phrase) else {
        return Ok(None);
    };
    let (index, from) = match (range.variable, range.from.split(&["="])) {
        (Some(index), None) => (index, range.from),
        (None, Some((name, from))) => match super::only_symbol(name) {
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
        && super::only_symbol(name) == Some(index)
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
        return Err(Refusal::new("The ends of the sum must be a number and a number, a letter or infinity."));
    }
    match term.symbols().iter().find(|s| **s != index) {
        Some(other) => Err(Refusal::new(format!("The letter {} has no value in the sum.", other.name()))),
        None => Ok(()),
    }
}

fn picture(term: &Expr, index: Symbol, from: &Expr) -> Option<Picture> {
    let kinds = [Kind::Odd, Kind::Natural];
    let found = kinds.into_iter().find(|kind| index == Symbol::K && kind.term() == *term);
    found.filter(|_| *from == Expr::integer(1)).and_then(Kind::picture)
}

/// "1 + 2 + 3 + … + n": the rule must follow from at least three terms and fit the last.
fn dotted(phrase: Phrase<'_>) -> Result<Task, Refusal> {
    let (start, end) = phrase
        .split(&[r"+ \cdots +", r"\cdots +", r", \cdots ,"])
        .ok_or_else(|| Refusal::new("The sum must have a last term after the dots."))?;
    let mut first = Vec::new();
    for term in start.tokens.split(|token| token.is_mark('+') || token.is_mark(',')) {
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
    if squares && let Expr::Power(base, two) = last && **two == Expr::integer(2) {
        return Ok(kth(Kind::Squares, (**base).clone()));
    }
    let step = values[1].checked_sub(values[0]).filter(|step| *step > 0).ok_or_else(unclear)?;
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

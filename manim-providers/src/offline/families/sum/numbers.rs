//! Sums of numbers that have a name: odd ones, squares, the first hundred.

use crate::offline::families::{Refusal, trailing_range};
use crate::offline::notation::{Expr, Symbol, Token, TokenKind, expression, symbol};
use crate::offline::phrase::Phrase;
use crate::offline::task::{Picture, Task};

/// The numbers that have a name, as the k-th of them.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Natural,
    Odd,
    Even,
    Squares,
    Cubes,
    OddSquares,
}

const KINDS: &[(&[&str], Kind)] = &[
    (
        &[
            "squares of the odd numbers|integers",
            "odd square numbers|squares",
            "squares of odd numbers|integers",
        ],
        Kind::OddSquares,
    ),
    (
        &[
            "squares of the? natural|positive|counting? whole? numbers|integers",
            "square|perfect numbers|squares",
            "squares",
            "squared numbers|integers",
        ],
        Kind::Squares,
    ),
    (
        &[
            "cubes of the? natural|positive|counting? whole? numbers|integers",
            "cube|cubic|perfect numbers|cubes",
            "cubes",
        ],
        Kind::Cubes,
    ),
    (
        &[
            "positive? odd natural|positive|whole? numbers|integers",
            "positive? odd numbers|integers",
        ],
        Kind::Odd,
    ),
    (
        &[
            "positive? even natural|positive|whole? numbers|integers",
            "positive? even numbers|integers",
        ],
        Kind::Even,
    ),
    (
        &[
            "natural|counting numbers",
            "positive whole? integers|numbers",
            "whole numbers",
            "integers",
            "numbers",
        ],
        Kind::Natural,
    ),
];

impl Kind {
    pub(super) fn term(self) -> Expr {
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

    pub(super) fn picture(self) -> Option<Picture> {
        match self {
            Self::Odd => Some(Picture::Square),
            Self::Natural => Some(Picture::Staircase),
            _ => None,
        }
    }
}

/// "first n odd numbers", "first 100 natural numbers", "integers from 1 to 50".
pub(super) fn read(phrase: Phrase<'_>) -> Option<Result<Task, Refusal>> {
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
    let found = KINDS
        .iter()
        .find(|(names, _)| rest.eat(names))
        .map(|(_, kind)| *kind);
    let kind = match (raised, found) {
        (Some(power), Some(Kind::Natural)) => power,
        (Some(Kind::Squares), Some(Kind::Odd)) => Kind::OddSquares,
        (None, Some(kind)) => kind,
        _ => return Err(Refusal::new("Which numbers are to be added is not clear.")),
    };
    starting_at_one(&mut rest, kind)?;
    if !rest.is_empty() {
        return Err(Refusal::new(
            "The end of the sentence about the sum is not understood.",
        ));
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
    if rest.mentions(&["between"]) {
        return Err(Refusal::new(
            "Between does not say whether the ends count: write from and to.",
        ));
    }
    let range = trailing_range(rest).filter(|range| range.before.is_empty() && range.variable.is_none());
    let range = range.ok_or_else(unclear)?;
    let (mut from, mut to) = (range.from, range.to);
    let squared_ends = squared(&mut from) & squared(&mut to);
    let (from, to) = (expression(from.tokens)?, expression(to.tokens)?);
    let (from, to) = match kind {
        Kind::Natural => (from, to),
        Kind::Squares if squared_ends || from == Expr::integer(1) && matches!(to, Expr::Symbol(_)) => {
            (from, to)
        }
        Kind::Odd | Kind::Even => steps_of_two(&from, &to, kind).ok_or_else(unclear)?,
        _ => {
            return Err(Refusal::new(
                "Write this sum with a sigma, so that its terms are clear.",
            ));
        }
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

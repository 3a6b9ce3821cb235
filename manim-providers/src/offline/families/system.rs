//! Systems of linear equations.

use crate::offline::notation::{Symbol, Token, TokenKind, symbol};
use crate::offline::phrase::Phrase;
use crate::offline::task::Task;

use super::{Reading, Refusal, sides};

const SOLVE: &[&str] = &[
    "solve the? following? linear? system|pair|set of? linear? simultaneous? equations|equation? :?",
    "solve the? following? linear? simultaneous? linear? equations|system|pair :?",
    "solve this|these? linear? simultaneous? system|equations of? linear? equations? :?",
    "solve simultaneously :?",
    "solve",
    "find|determine|what is the? solution of|to the? following? linear? system|pair|set? of? linear? simultaneous? equations? :?",
    "find|determine|what is the? solution|solutions of|to the? following? simultaneous|linear? equations :?",
    "find where the? lines|two? lines?",
    "where do the? two? lines",
    "find the? intersection|point of? intersection? of the? lines|two? lines?",
    "at which|what point do the? two? lines",
    "system of? linear? equations? :?",
    "simultaneous equations :?",
    "given that?",
    "if",
    "the? system of? equations? :?",
];
const INTERSECT: &[&str] = &["intersect", "meet", "cross", "intersect each other"];

pub(super) fn read(phrase: Phrase<'_>) -> Reading {
    if phrase.count('=') < 2 {
        return Ok(None);
    }
    let mut phrase = phrase;
    let named = named_unknowns(&mut phrase);
    phrase.eat_end(INTERSECT);
    phrase.eat(SOLVE);
    phrase.eat_end(&["simultaneously", "as? a? system", "together"]);
    phrase.eat_end(&[",", ";", "."]);
    let mut equations = Vec::new();
    for piece in pieces(phrase)? {
        let found = sides(piece)?.ok_or_else(|| Refusal::new("One of the equations is not an equation."))?;
        equations.push(found);
    }
    let mut unknowns: Vec<Symbol> = equations
        .iter()
        .flat_map(|(left, right)| [left.symbols(), right.symbols()].concat())
        .collect();
    unknowns.sort();
    unknowns.dedup();
    if named.is_some_and(|named| named != unknowns) {
        return Err(Refusal::new(
            "The unknowns asked for are not those of the equations.",
        ));
    }
    if !(2..=3).contains(&equations.len()) || !(2..=3).contains(&unknowns.len()) {
        return Err(Refusal::new(
            "Systems of two or three linear equations in two or three unknowns are supported.",
        ));
    }
    Ok(Some(Task::System { equations, unknowns }))
}

/// "for x and y" or "find x, y and z if", taken off either end; sorted.
fn named_unknowns(phrase: &mut Phrase<'_>) -> Option<Vec<Symbol>> {
    leading_unknowns(phrase).or_else(|| trailing_unknowns(phrase))
}

fn leading_unknowns(phrase: &mut Phrase<'_>) -> Option<Vec<Symbol>> {
    let mut rest = *phrase;
    if !rest.eat(&[
        "find|determine|calculate|compute the? values? of?",
        "solve for",
        "what are the? values? of?",
        "what values? of",
    ]) {
        return None;
    }
    let (names, equations) = rest.split(&[
        "if|when|where|given that?",
        "such that",
        "so that",
        "in|from the? following? system|equations? of? equations? :?",
        ":",
        "that satisfy|satisfying",
        "satisfying|satisfy",
    ])?;
    let names = list(names.tokens)?;
    *phrase = equations;
    Some(names)
}

fn trailing_unknowns(phrase: &mut Phrase<'_>) -> Option<Vec<Symbol>> {
    let endings: &[&str] = &[
        "for",
        ", find",
        ". find",
        ", solve for",
        "find",
        ", what are",
        ", determine",
    ];
    for start in (0..phrase.tokens.len()).rev() {
        let (before, after) = phrase.tokens.split_at(start);
        let mut head = Phrase::new(before);
        if let Some(names) = list(after)
            && head.eat_end(endings)
        {
            *phrase = head;
            return Some(names);
        }
    }
    None
}

/// `x and y`, `x, y, z`, `(x, y)`.
fn list(tokens: &[Token]) -> Option<Vec<Symbol>> {
    let tokens = match tokens {
        [open, inner @ .., close] if open.is_mark('(') && close.is_mark(')') => inner,
        _ => tokens,
    };
    let mut names = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match symbol(token) {
            Some(name) => names.push(name),
            None if index > 0 && is_separator(token) => {}
            None => return None,
        }
    }
    names.sort();
    let many = names.len() >= 2 && tokens.last().and_then(symbol).is_some();
    many.then_some(names)
}

fn is_separator(token: &Token) -> bool {
    let mark = token.is_mark(',') || token.is_mark(';') || token.is_mark('&');
    mark || matches!(token.kind, TokenKind::RowBreak | TokenKind::LineBreak)
        || token.word().as_deref() == Some("and")
}

/// The equations between separators, out of `\begin{cases}` or braces if they stand in one.
fn pieces(phrase: Phrase<'_>) -> Result<Vec<Phrase<'_>>, Refusal> {
    let tokens = match phrase.tokens {
        [first, inner @ .., last] => match (&first.kind, &last.kind) {
            (TokenKind::Begin(open), TokenKind::End(close))
                if open == close
                    && matches!(open.as_str(), "cases" | "aligned" | "align" | "align*" | "array") =>
            {
                inner
            }
            (TokenKind::Mark('{'), TokenKind::Mark('}')) => inner,
            _ => phrase.tokens,
        },
        _ => phrase.tokens,
    };
    let pieces: Vec<Phrase<'_>> = tokens
        .split(is_separator)
        .filter(|piece| !piece.is_empty())
        .map(Phrase::new)
        .collect();
    match pieces.len() {
        0 | 1 => Err(Refusal::new("Put a comma between the equations.")),
        _ => Ok(pieces),
    }
}

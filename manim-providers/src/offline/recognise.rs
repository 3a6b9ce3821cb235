//! Text to task. A sentence is understood whole or refused.

use super::courtesy;
use super::families::{self, Refusal};
use super::notation::{Token, tokenize};
use super::phrase::Phrase;
use super::task::{Method, Task};

/// A problem that is understood, with the way of solving that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) task: Task,
    pub(super) method: Option<Method>,
}

/// The longest text read; a sentence with a formula has a fifth of it.
const MAX_CHARS: usize = 600;

/// Reads a problem. None when it belongs to no family.
pub(super) fn recognise(text: &str) -> Result<Option<Request>, Refusal> {
    if text.chars().count() > MAX_CHARS {
        return Ok(None);
    }
    let tokens: Vec<Token> = tokenize(text)?;
    let mut phrase = courtesy::strip(Phrase::new(&tokens));
    let mut method = None;
    while let Some((named, rest)) = named_method(phrase) {
        if method.replace(named).is_some() {
            return Err(Refusal("Two ways of solving are asked for at once.".into()));
        }
        phrase = courtesy::strip(rest);
    }
    let task = families::read(phrase)?;
    Ok(task.map(|task| Request { task, method }))
}

const METHODS: &[(&str, Method)] = &[
    (
        "factoring|factorising|factorizing|factorisation|factorization it?",
        Method::Factoring,
    ),
    ("quadratic formula", Method::QuadraticFormula),
    ("completing the square", Method::CompletingTheSquare),
    ("elimination method?", Method::Elimination),
    ("substitution method?", Method::Substitution),
    ("u - substitution", Method::Substitution),
    ("integration? by? parts", Method::Parts),
    ("product rule", Method::ProductRule),
    ("quotient rule", Method::QuotientRule),
    ("chain rule", Method::ChainRule),
    (
        "l'hopital's|l'hôpital's|l'hospital's|l'hopital|l'hôpital|lhopital's rule?",
        Method::LHopital,
    ),
];

/// "by factoring", "using the quadratic formula" at the end, or ", using …".
fn named_method(phrase: Phrase<'_>) -> Option<(Method, Phrase<'_>)> {
    for (words, method) in METHODS {
        for opening in [
            "by|via",
            "by? using the?",
            "with the? help? of? the?",
            "through|by the?",
        ] {
            let mut rest = phrase;
            if rest.eat_end(&[
                &format!("{opening} {words}"),
                &format!("{opening} the? method of {words}"),
            ]) {
                rest.eat_end(&[",", "and"]);
                return Some((*method, rest));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Words and signs of all families, to be thrown together.
    const VOCABULARY: &[&str] = &[
        "solve",
        "find",
        "the",
        "derivative",
        "integral",
        "of",
        "limit",
        "as",
        "x",
        "y",
        "n",
        "approaches",
        "0",
        "1",
        "2",
        "=",
        "+",
        "-",
        "*",
        "/",
        "^",
        "(",
        ")",
        "[",
        "]",
        "[[",
        "]]",
        ",",
        ";",
        "|",
        "'",
        "d/dx",
        "dx",
        "f(x)",
        "f'(x)",
        "from",
        "to",
        "sum",
        "first",
        "odd",
        "numbers",
        "plot",
        "and",
        "for",
        "if",
        "at",
        "with",
        "respect",
        "matrix",
        "det",
        "inverse",
        "product",
        "roots",
        "\\int",
        "_",
        "\\lim",
        "\\sum",
        "\\frac{1}{x}",
        "\\to",
        "...",
        "what",
        "is",
        "between",
        "on",
        "by",
        "parts",
        "using",
        "please",
        "?",
        ".",
        "!",
        "\n",
        "sin",
        "e^x",
        "->",
        "≤",
        "infinity",
    ];

    proptest! {
        #[test]
        fn no_text_makes_the_recogniser_panic(text in any::<String>()) {
            let _ = recognise(&text);
        }

        #[test]
        fn no_salad_of_known_words_makes_the_recogniser_panic(
            words in prop::collection::vec(prop::sample::select(VOCABULARY), 0..14),
            gap in prop::sample::select(&[" ", ""][..]),
        ) {
            let _ = recognise(&words.join(gap));
        }
    }
}

//! Words that are typed without the blanks that would part them: `xy`, `sinx`, `xcosx`.

use super::expr::Function;
use super::token::{Token, TokenKind};

/// Whether a word names a function of the notation.
pub(super) fn is_function(word: &str) -> bool {
    let lower = word.to_lowercase();
    Function::of(&lower).is_some() || matches!(lower.as_str(), "sqrt" | "cbrt" | "log" | "abs")
}

/// Takes words such as `xy`, `ax`, `xe`, `sinx` and `xcosx` apart; leaves all others whole.
pub(super) fn split_words(tokens: &[Token]) -> Vec<Token> {
    let mut split = Vec::with_capacity(tokens.len());
    for token in tokens {
        match &token.kind {
            TokenKind::Word(word) => {
                for (index, part) in parts_of(word).into_iter().enumerate() {
                    split.push(Token {
                        kind: TokenKind::Word(part),
                        glued: index > 0 || token.glued,
                    });
                }
            }
            _ => split.push(token.clone()),
        }
    }
    split
}

fn parts_of(word: &str) -> Vec<String> {
    let whole = || vec![word.to_owned()];
    if !word.is_ascii() || word.len() < 2 || is_function(word) {
        return whole();
    }
    let (first, rest) = word.split_at(1);
    let variables = |text: &str| text.bytes().all(|b| matches!(b, b'x' | b'y' | b'z'));
    let product = word.len() <= 3 && variables(word);
    let coefficient = word.len() == 2 && "abckmpq".contains(first) && rest == "x";
    let growth = variables(first) && rest == "e";
    if product || coefficient || growth {
        return word.chars().map(String::from).collect();
    }
    if let Some(parts) = function_and_variable(word) {
        return parts;
    }
    if variables(first) && is_function(rest) {
        return vec![first.to_owned(), rest.to_owned()];
    }
    match function_and_variable(rest).filter(|_| variables(first)) {
        Some(mut parts) => {
            parts.insert(0, first.to_owned());
            parts
        }
        None => whole(),
    }
}

fn function_and_variable(word: &str) -> Option<Vec<String>> {
    let (name, variable) = word.split_at_checked(word.len().checked_sub(1)?)?;
    let fits = Function::of(name).is_some() && matches!(variable, "x" | "y" | "z");
    fits.then(|| vec![name.to_owned(), variable.to_owned()])
}

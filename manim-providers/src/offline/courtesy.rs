//! Words that change nothing about the problem: politeness, and the wish to see steps that
//! every film grants anyway.

use super::notation::TokenKind;
use super::phrase::Phrase;

const GREETINGS: &[&str] = &[
    "please",
    "kindly",
    "hi",
    "hello",
    "hey",
    "dear bot",
    ",",
    ":",
    "-",
    "can|could|would|will you please? kindly? help? me? to?",
    "i want|need|have|would to",
    "i'd like to",
    "i would like to",
    "i want|need you to",
    "help me to?",
    "let's",
    "let us",
    "show me? how to",
    "tell me",
    "explain how to",
    "explain to me how to",
    "how do|can|would|should i|you|we|one",
    "how to",
    "learn how to",
    "question|problem|exercise|task|homework :",
    "now",
    "also",
    "animate|visualize|visualise how to",
];

const FAREWELLS: &[&str] = &[
    "?",
    ".",
    ",",
    ";",
    ":",
    "please",
    "thanks",
    "thank you so? very? much?",
    "thx",
    "for me",
    "in detail",
    "step by step",
    "step - by - step",
    "steps by steps",
    "stepwise",
    "and|with|while? show|showing|shows|including|with me? us? all? every? each? of? the|your|my? steps|step|work|working|workings|solution|calculation|calculations|reasoning|process",
    "and? show|showing all? of? the|your? steps|work|working|workings",
    "and|with a? an? detailed? explain|explanation|explanations|explaining each? every? all? the? steps|step|it|why?",
    "with all? full? detailed? intermediate? steps|explanation|explanations|workings|working",
    "and simplify the|your? answer|result?",
    "and give the|your? final? answer",
    "as a? video|film|animation",
    "in a? video|film|animation",
    "with an animation",
    "right now",
    "now",
];

/// The sentence without its courtesies.
pub(super) fn strip(mut phrase: Phrase<'_>) -> Phrase<'_> {
    loop {
        let before = phrase.tokens.len();
        phrase.eat(GREETINGS);
        phrase.eat_end(FAREWELLS);
        phrase = without_line_breaks(phrase);
        phrase = without_exclamation(phrase);
        if phrase.tokens.len() == before {
            return phrase;
        }
    }
}

fn without_line_breaks(phrase: Phrase<'_>) -> Phrase<'_> {
    let mut tokens = phrase.tokens;
    while let [rest @ .., last] = tokens
        && last.kind == TokenKind::LineBreak
    {
        tokens = rest;
    }
    while let [first, rest @ ..] = tokens
        && first.kind == TokenKind::LineBreak
    {
        tokens = rest;
    }
    Phrase::new(tokens)
}

/// An exclamation mark after a word or a blank ends a sentence; right after a number or a
/// letter it may be a factorial, and is left for the parser to refuse.
fn without_exclamation(phrase: Phrase<'_>) -> Phrase<'_> {
    match phrase.tokens {
        [rest @ .., before, last]
            if last.is_mark('!')
                && (!last.glued || before.word().is_some_and(|word| word.chars().count() > 2)) =>
        {
            Phrase::new(&phrase.tokens[..=rest.len()])
        }
        _ => phrase,
    }
}

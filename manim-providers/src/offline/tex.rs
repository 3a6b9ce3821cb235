//! TeX that is only mathematics. The solver makes it, from a problem that is untrusted:
//! the commands it may hold are listed, and whatever else it holds is refused.

use serde::Deserialize;

/// A formula for mathematics mode: balanced braces, listed commands, printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Tex(String);

/// Words with formulas between dollar signs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Prose(String);

/// A text that is not what its type promises.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not plain mathematics: {0}")]
pub(super) struct NotPlain(String);

/// The longest formula; about six lines of a page.
const MAX_CHARS: usize = 2000;

const COMMANDS: &[&str] = &[
    "frac",
    "dfrac",
    "tfrac",
    "sqrt",
    "left",
    "right",
    "cdot",
    "times",
    "pm",
    "mp",
    "quad",
    "qquad",
    "begin",
    "end",
    "sin",
    "cos",
    "tan",
    "sec",
    "csc",
    "cot",
    "arcsin",
    "arccos",
    "arctan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "ln",
    "log",
    "exp",
    "operatorname",
    "int",
    "sum",
    "lim",
    "to",
    "infty",
    "pi",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "theta",
    "lambda",
    "mu",
    "phi",
    "omega",
    "le",
    "ge",
    "leq",
    "geq",
    "ne",
    "neq",
    "approx",
    "in",
    "mathbb",
    "mathrm",
    "text",
    "det",
    "Rightarrow",
    "Leftrightarrow",
    "implies",
    "iff",
    "limits",
    "displaystyle",
    "cdots",
    "ldots",
    "dots",
    "binom",
    "overset",
    "underset",
    "vdots",
    "ddots",
    "substack",
    "Big",
    "big",
    "bigg",
    "Bigg",
    "varnothing",
    "emptyset",
    "lvert",
    "rvert",
    "prime",
    "xrightarrow",
    "longrightarrow",
    "mid",
    "Delta",
    "limits",
    "phantom",
    "vphantom",
    "lfloor",
    "rfloor",
    "therefore",
    "colon",
    "setminus",
    "cup",
    "neg",
    "circ",
];
const ENVIRONMENTS: &[&str] = &[
    "pmatrix", "bmatrix", "vmatrix", "matrix", "cases", "array", "aligned",
];

impl Tex {
    pub(super) fn new(text: impl Into<String>) -> Result<Self, NotPlain> {
        let text = text.into();
        check(&text)?;
        if text.contains('$') {
            return Err(NotPlain("a dollar sign".into()));
        }
        // Manim splits formulas at double braces; a blank changes nothing for TeX.
        Ok(Self(text.replace("{{", "{ {")))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Prose {
    pub(super) fn new(text: impl Into<String>) -> Result<Self, NotPlain> {
        let text = text.into();
        check(&text)?;
        if !text.matches('$').count().is_multiple_of(2) {
            return Err(NotPlain("an odd number of dollar signs".into()));
        }
        let words = text.split('$').step_by(2);
        if words
            .into_iter()
            .any(|part| part.contains(['\\', '_', '^', '&', '{', '}']))
        {
            return Err(NotPlain("mathematics among words".into()));
        }
        // The one name that needs an accent.
        Ok(Self(
            text.replace("{{", "{ {").replace("L'Hopital", r"L'H\^opital"),
        ))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Tex {
    type Error = NotPlain;

    fn try_from(text: String) -> Result<Self, NotPlain> {
        Self::new(text)
    }
}

impl TryFrom<String> for Prose {
    type Error = NotPlain;

    fn try_from(text: String) -> Result<Self, NotPlain> {
        Self::new(text)
    }
}

fn check(text: &str) -> Result<(), NotPlain> {
    if text.len() > MAX_CHARS {
        return Err(NotPlain(format!("longer than {MAX_CHARS} characters")));
    }
    if let Some(c) = text
        .chars()
        .find(|c| !(' '..='~').contains(c) || matches!(c, '%' | '#' | '~' | '"' | '`'))
    {
        return Err(NotPlain(format!("the character {c:?}")));
    }
    if text.contains("^^") {
        return Err(NotPlain("a double caret".into()));
    }
    check_braces(text)?;
    check_commands(text)
}

/// A piece of a matrix may open what a later piece closes, but never below zero or beyond
/// the formula: only braces must balance, and they must in each piece.
fn check_braces(text: &str) -> Result<(), NotPlain> {
    let mut depth = 0_i32;
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '\\' => {
                escaped = !escaped;
                continue;
            }
            '{' if !escaped => depth += 1,
            '}' if !escaped => depth -= 1,
            _ => {}
        }
        escaped = false;
        if depth < 0 {
            break;
        }
    }
    match depth {
        0 => Ok(()),
        _ => Err(NotPlain("unbalanced braces".into())),
    }
}

fn check_commands(text: &str) -> Result<(), NotPlain> {
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        rest = &rest[place + 1..];
        let length = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, after) = rest.split_at(length);
        if name.is_empty() {
            let symbol = after.chars().next();
            if !symbol.is_some_and(|c| matches!(c, '\\' | ',' | ';' | ':' | '!' | ' ' | '{' | '}' | '|')) {
                return Err(NotPlain("a backslash before a sign".into()));
            }
            rest = &after[1..];
            continue;
        }
        if !COMMANDS.contains(&name) {
            return Err(NotPlain(format!("the command \\{name}")));
        }
        if name == "frac" && !after.starts_with('{') || name == "sqrt" && !after.starts_with(['{', '[']) {
            return Err(NotPlain(format!("\\{name} without its argument")));
        }
        if matches!(name, "begin" | "end")
            && !ENVIRONMENTS
                .iter()
                .any(|e| after.starts_with(&format!("{{{e}}}")))
        {
            return Err(NotPlain("an environment that is not listed".into()));
        }
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, accepted: bool) {
        assert_eq!(Tex::new(text).is_ok(), accepted, "{text}");
    }

    #[test]
    fn mathematics_passes() {
        check(r"\frac{x^{2}}{2} + \sqrt[3]{x} \le \left|x\right|", true);
        check(r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", true);
        check(r"\{1, 2\}", true);
    }

    #[test]
    fn what_reads_or_writes_or_defines_is_refused() {
        for hostile in [
            r"\input{/etc/passwd}",
            r"\write18{ls}",
            r"\def\x{y}",
            r"\csname input\endcsname",
            r"\openin5=x",
            r"\special{dvisvgm:raw <image/>}",
            "^^5cinput",
            "% comment",
            "$x$",
            r"\catcode`\@=11",
            r"\begin{verbatim}",
            r"\frac\left(x\right){3}",
            "{",
            "}{",
            r"\",
            "x\ny",
            "\\include{x}",
        ] {
            check(hostile, false);
        }
    }

    #[test]
    fn prose_keeps_mathematics_between_dollars() {
        assert!(Prose::new("Divide both sides by $\\frac{1}{2}$.").is_ok());
        assert!(Prose::new("an odd $ sign").is_err());
        assert!(Prose::new("a_b").is_err());
    }
}

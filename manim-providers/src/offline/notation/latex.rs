//! An expression as LaTeX, in the order in which it was written. Reading the result gives
//! the same expression back.

use super::expr::{Constant, Expr};

impl Expr {
    /// LaTeX for mathematics mode, without delimiters.
    pub(in crate::offline) fn latex(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Symbol(symbol) => symbol.latex(),
            Self::Constant(constant) => constant.latex().to_owned(),
            Self::Neg(inner) => format!("-{}", inner.latex_term()),
            Self::Sum(parts) => sum(parts),
            Self::Product(factors) => product(factors),
            Self::Quotient(top, bottom) => format!(r"\frac{{{}}}{{{}}}", top.latex(), bottom.latex()),
            Self::Power(base, exponent) => power(base, exponent),
            Self::Root(2, inner) => format!(r"\sqrt{{{}}}", inner.latex()),
            Self::Root(degree, inner) => format!(r"\sqrt[{degree}]{{{}}}", inner.latex()),
            Self::Abs(inner) => format!(r"\left|{}\right|", inner.latex()),
            Self::Call(function, inner) => format!("{}{}", function.latex(), grouped(inner)),
            Self::Log(base, inner) => format!(r"\log_{{{}}}{}", base.latex(), grouped(inner)),
        }
    }

    /// As a summand: a sum or a sign needs parentheses.
    fn latex_term(&self) -> String {
        match self {
            Self::Sum(_) | Self::Neg(_) => grouped(self),
            _ => self.latex(),
        }
    }

    fn latex_factor(&self) -> String {
        match self {
            Self::Sum(_) | Self::Neg(_) | Self::Product(_) => grouped(self),
            _ => self.latex(),
        }
    }
}

impl Constant {
    fn latex(self) -> &'static str {
        match self {
            Self::Pi => r"\pi",
            Self::E => "e",
            Self::Infinity => r"\infty",
        }
    }
}

/// Brackets that grow are followed and preceded by a thin space, `f (x)`: only what is tall gets them.
fn grouped(inner: &Expr) -> String {
    let latex = inner.latex();
    let tall = [r"\frac", r"\sqrt", r"\sum", r"\int", r"\left"];
    if tall.iter().any(|tall| latex.contains(tall)) {
        format!(r"\left({latex}\right)")
    } else {
        format!("({latex})")
    }
}

fn sum(parts: &[Expr]) -> String {
    let mut text = String::new();
    for (index, part) in parts.iter().enumerate() {
        match part {
            Expr::Neg(inner) => {
                text.push_str(if index == 0 { "-" } else { " - " });
                text.push_str(&inner.latex_term());
            }
            _ => {
                text.push_str(if index == 0 { "" } else { " + " });
                text.push_str(&part.latex_term());
            }
        }
    }
    text
}

fn product(factors: &[Expr]) -> String {
    let mut text = String::new();
    for (index, factor) in factors.iter().enumerate() {
        let next = factor.latex_factor();
        if index > 0 {
            text.push_str(if needs_dot(&factors[index - 1], &next) {
                r" \cdot "
            } else {
                " "
            });
        }
        text.push_str(&next);
    }
    text
}

/// Whether two factors side by side would read as something else: `2 3`, `2½`, `f(x)`, `|x||y|`.
fn needs_dot(before: &Expr, next: &str) -> bool {
    let starts_number = next.starts_with(|c: char| c.is_ascii_digit()) || next.starts_with(r"\frac");
    let called = (next.starts_with('(') || next.starts_with(r"\left("))
        && matches!(before, Expr::Symbol(s) if matches!(s.name(), "f" | "g" | "h"));
    starts_number || called || next.starts_with(r"\left|")
}

fn power(base: &Expr, exponent: &Expr) -> String {
    let exponent_latex = exponent.latex();
    match base {
        Expr::Call(function, inner) if is_whole_from_two(exponent) => {
            format!("{}^{{{exponent_latex}}}{}", function.latex(), grouped(inner))
        }
        Expr::Number(_) | Expr::Symbol(_) | Expr::Constant(_) => {
            format!("{}^{{{exponent_latex}}}", base.latex())
        }
        _ => format!("{}^{{{exponent_latex}}}", grouped(base)),
    }
}

fn is_whole_from_two(exponent: &Expr) -> bool {
    matches!(exponent, Expr::Number(n) if n.as_integer().is_some_and(|n| n >= 2))
}

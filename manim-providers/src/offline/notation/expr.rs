//! An expression as it was written. Nothing is evaluated or reordered.

use std::fmt;

/// A non-negative decimal number, exact: `digits · 10^-scale`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::offline) struct Decimal {
    digits: String,
    scale: usize,
}

impl Decimal {
    /// `digits` has ASCII digits only; the last `scale` of them follow the point.
    pub(in crate::offline) fn new(digits: &str, scale: usize) -> Self {
        let keep = scale + 1;
        let excess = digits.len().saturating_sub(keep);
        let zeros = digits.bytes().take(excess).take_while(|b| *b == b'0').count();
        let digits = format!("{:0>keep$}", &digits[zeros..]);
        Self { digits, scale }
    }

    pub(in crate::offline) fn digits(&self) -> &str {
        &self.digits
    }

    pub(in crate::offline) fn scale(&self) -> usize {
        self.scale
    }

    /// The value, if it is a whole number that fits.
    pub(in crate::offline) fn as_integer(&self) -> Option<u64> {
        (self.scale == 0).then(|| self.digits.parse().ok()).flatten()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = self.digits.split_at(self.digits.len() - self.scale);
        match fraction {
            "" => f.write_str(whole),
            _ => write!(f, "{whole}.{fraction}"),
        }
    }
}

/// A variable: one ASCII letter or a Greek one by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::offline) struct Symbol(&'static str);

const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const GREEK: &[&str] = &[
    "alpha", "beta", "gamma", "delta", "theta", "lambda", "mu", "phi", "omega",
];

impl Symbol {
    pub(in crate::offline) const X: Self = Self("x");
    pub(in crate::offline) const Y: Self = Self("y");
    pub(in crate::offline) const K: Self = Self("k");

    /// The variable of that name. `e` is a number, not a variable.
    pub(in crate::offline) fn new(name: &str) -> Option<Self> {
        if name == "e" {
            return None;
        }
        if let Some(greek) = GREEK.iter().find(|greek| **greek == name) {
            return Some(Self(greek));
        }
        let place = LETTERS.find(name).filter(|_| name.len() == 1)?;
        Some(Self(&LETTERS[place..=place]))
    }

    pub(in crate::offline) fn name(self) -> &'static str {
        self.0
    }

    /// As LaTeX sets it.
    pub(in crate::offline) fn latex(self) -> String {
        match self.0.len() {
            1 => self.0.to_owned(),
            _ => format!("\\{}", self.0),
        }
    }
}

/// A number with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::offline) enum Constant {
    Pi,
    E,
    Infinity,
}

macro_rules! functions {
    ($($variant:ident = $latex:literal, $($word:literal)|+;)*) => {
        /// A function of one argument.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::offline) enum Function { $($variant),* }

        impl Function {
            /// All of them.
            #[cfg(test)]
            pub(in crate::offline) const ALL: &[Self] = &[$(Self::$variant),*];

            /// The function that a word names.
            pub(in crate::offline) fn of(word: &str) -> Option<Self> {
                match word { $($($word)|+ => Some(Self::$variant),)* _ => None }
            }

            /// Its name for the solver.
            pub(in crate::offline) fn name(self) -> &'static str {
                match self { $(Self::$variant => [$($word),+][0],)* }
            }

            /// As LaTeX sets it.
            pub(in crate::offline) fn latex(self) -> &'static str {
                match self { $(Self::$variant => $latex,)* }
            }
        }
    };
}

functions! {
    Sin = r"\sin", "sin" | "sine";
    Cos = r"\cos", "cos" | "cosine";
    Tan = r"\tan", "tan" | "tangent";
    Sec = r"\sec", "sec" | "secant";
    Csc = r"\csc", "csc" | "cosec";
    Cot = r"\cot", "cot";
    Arcsin = r"\arcsin", "asin" | "arcsin";
    Arccos = r"\arccos", "acos" | "arccos";
    Arctan = r"\arctan", "atan" | "arctan";
    Sinh = r"\sinh", "sinh";
    Cosh = r"\cosh", "cosh";
    Tanh = r"\tanh", "tanh";
    Ln = r"\ln", "ln";
    Exp = r"\exp", "exp";
}

/// An expression.
///
/// `Sum` and `Product` hold at least two parts; a difference is a sum with a `Neg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::offline) enum Expr {
    Number(Decimal),
    Symbol(Symbol),
    Constant(Constant),
    Neg(Box<Expr>),
    Sum(Vec<Expr>),
    Product(Vec<Expr>),
    Quotient(Box<Expr>, Box<Expr>),
    Power(Box<Expr>, Box<Expr>),
    /// A root of whole degree, at least 2.
    Root(u32, Box<Expr>),
    Abs(Box<Expr>),
    Call(Function, Box<Expr>),
    /// A logarithm with its base.
    Log(Box<Expr>, Box<Expr>),
}

impl Expr {
    pub(in crate::offline) fn integer(value: u64) -> Self {
        Self::Number(Decimal::new(&value.to_string(), 0))
    }

    /// The parts directly below.
    pub(in crate::offline) fn parts(&self) -> Vec<&Expr> {
        match self {
            Self::Number(_) | Self::Symbol(_) | Self::Constant(_) => Vec::new(),
            Self::Neg(a) | Self::Root(_, a) | Self::Abs(a) | Self::Call(_, a) => vec![a],
            Self::Quotient(a, b) | Self::Power(a, b) | Self::Log(a, b) => vec![a, b],
            Self::Sum(parts) | Self::Product(parts) => parts.iter().collect(),
        }
    }

    /// Nodes on the longest way down.
    pub(in crate::offline) fn depth(&self) -> usize {
        1 + self.parts().into_iter().map(Self::depth).max().unwrap_or(0)
    }

    /// The variables, sorted, each once.
    pub(in crate::offline) fn symbols(&self) -> Vec<Symbol> {
        let mut found = Vec::new();
        self.collect_symbols(&mut found);
        found.sort();
        found.dedup();
        found
    }

    fn collect_symbols(&self, found: &mut Vec<Symbol>) {
        if let Self::Symbol(symbol) = self {
            found.push(*symbol);
        }
        for part in self.parts() {
            part.collect_symbols(found);
        }
    }

    /// Whether infinity stands anywhere in it.
    pub(in crate::offline) fn is_infinite(&self) -> bool {
        matches!(self, Self::Constant(Constant::Infinity)) || self.parts().into_iter().any(Self::is_infinite)
    }
}

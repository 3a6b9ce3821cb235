//! What a model says is true of its answer, and what came of checking it. Formulas are plain
//! notation (`2x sin(x) + x^2/3`) and stay text here: they are read in the jail only.

mod check;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::check::check_claims;
pub(crate) use self::check::{refutations, unverified};

/// One statement that a program can check.
///
/// Anything a reply holds in its place that cannot be read is [`Claim::Unreadable`]: it is kept,
/// so that the record tells of it, and never checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Claim {
    /// Both sides are equal for all values of their letters.
    Equality {
        /// Two sides, or a chain: `2^10 = 1024`.
        equation: Formula,
    },
    /// A function's value at a place.
    Value {
        /// The function, without its name.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// The place.
        at: Formula,
        /// The value.
        value: Formula,
    },
    /// A derivative, as a formula or at a place.
    Derivative {
        /// The function.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// How often it is differentiated.
        #[serde(default = "first")]
        order: u8,
        /// The place, where the claim is about one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Formula>,
        /// The derivative.
        value: Formula,
    },
    /// A function whose derivative is the function given.
    Antiderivative {
        /// The function under the integral.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// The antiderivative; a constant of integration does not matter.
        value: Formula,
    },
    /// A definite integral.
    Integral {
        /// The function under the integral.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// The lower end; `-oo` is one.
        from: Formula,
        /// The upper end.
        to: Formula,
        /// The integral's value.
        value: Formula,
    },
    /// All solutions of one equation.
    Solutions {
        /// The equation.
        equation: Formula,
        /// What is searched.
        #[serde(default = "Formula::x")]
        unknown: Formula,
        /// Every solution; none of them is a claim too.
        values: Vec<Formula>,
        /// Among which numbers; without it, real or complex ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        domain: Option<Domain>,
        /// The lower end of the range asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Formula>,
        /// The upper end of that range.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Formula>,
    },
    /// All solutions of several equations.
    System {
        /// The equations.
        equations: Vec<Formula>,
        /// What is searched.
        unknowns: Vec<Formula>,
        /// Every solution, as a value for each unknown.
        values: Vec<BTreeMap<String, Formula>>,
    },
    /// A limit.
    Limit {
        /// The function.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// Where the variable goes; `oo` is a place.
        to: Formula,
        /// From where it comes.
        #[serde(default)]
        side: Side,
        /// The limit, or `none`.
        value: Formula,
    },
    /// A sum over whole numbers.
    Sum {
        /// What is added.
        term: Formula,
        /// The letter that counts.
        index: Formula,
        /// The first number.
        from: Formula,
        /// The last one, a letter, or `oo`.
        to: Formula,
        /// The sum.
        value: Formula,
    },
    /// A determinant.
    Determinant {
        /// Rows of the matrix.
        matrix: Matrix,
        /// The determinant.
        value: Formula,
    },
    /// An inverse matrix; without a value, that there is none.
    Inverse {
        /// Rows of the matrix.
        matrix: Matrix,
        /// Rows of the inverse.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Matrix>,
    },
    /// A product of two matrices.
    MatrixProduct {
        /// Rows of the first.
        left: Matrix,
        /// Rows of the second.
        right: Matrix,
        /// Rows of the product.
        value: Matrix,
    },
    /// A place where a function is zero.
    Root {
        /// The function.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// The place.
        at: Formula,
    },
    /// A place where a function is level, or turns.
    StationaryPoint {
        /// The function.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// The place.
        at: Formula,
        /// What the graph does there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        extremum: Option<Extremum>,
    },
    /// A place where a graph changes the way it bends.
    InflectionPoint {
        /// The function.
        function: Formula,
        /// Its variable.
        #[serde(default = "Formula::x")]
        variable: Formula,
        /// The place.
        at: Formula,
    },
    /// Something in a claim's place that is none.
    Unreadable {
        /// The beginning of it.
        text: String,
    },
}

/// Rows of a matrix.
pub type Matrix = Vec<Vec<Formula>>;

const fn first() -> u8 {
    1
}

/// Notation as it was written: at most [`Formula::MAX_CHARS`] characters, none of them a
/// control character. Also read from a number of JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "String")]
pub struct Formula(String);

/// A text that is no formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a formula has 1 to {max} characters", max = Formula::MAX_CHARS)]
pub struct InvalidFormula;

impl Formula {
    /// A long homework formula has a hundred.
    pub const MAX_CHARS: usize = 600;

    /// Proves the length. What it means is for the check to find out.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidFormula> {
        let text = text.into();
        let fits = !text.trim().is_empty() && text.chars().count() <= Self::MAX_CHARS;
        if fits && !text.chars().any(char::is_control) {
            return Ok(Self(text));
        }
        Err(InvalidFormula)
    }

    /// The text as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn x() -> Self {
        Self("x".to_owned())
    }
}

/// Models write numbers with and without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Number(serde_json::Number),
}

impl TryFrom<Written> for Formula {
    type Error = InvalidFormula;

    fn try_from(written: Written) -> Result<Self, InvalidFormula> {
        match written {
            Written::Text(text) => Self::parse(text),
            Written::Number(number) => Self::parse(number.to_string()),
        }
    }
}

impl From<Formula> for String {
    fn from(formula: Formula) -> Self {
        formula.0
    }
}

/// Among which numbers solutions are searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// Real numbers.
    Real,
    /// All numbers.
    Complex,
}

/// From where a variable comes to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// From both sides.
    #[default]
    Both,
    /// From smaller values.
    Left,
    /// From larger values.
    Right,
}

/// What a graph does at a turning point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extremum {
    /// It is highest there.
    Maximum,
    /// It is lowest there.
    Minimum,
}

/// What came of checking a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Verified,
    /// It is false.
    Refuted,
    /// Nobody could say.
    #[default]
    Unverified,
}

/// A claim and what came of checking it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedClaim {
    /// What was said.
    pub claim: Claim,
    /// Whether it holds.
    #[serde(default)]
    pub verdict: Verdict,
    /// How it was checked, what is true instead, or why nobody could say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

impl CheckedClaim {
    /// A claim that nobody has looked at yet.
    pub fn unchecked(claim: Claim) -> Self {
        Self::unverified(claim, "")
    }

    fn unverified(claim: Claim, why: &str) -> Self {
        Self {
            claim,
            verdict: Verdict::Unverified,
            why: why.to_owned(),
        }
    }
}

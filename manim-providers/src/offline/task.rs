//! What is asked, fully understood: the one thing the recogniser hands to the solver.

use serde_json::{Value, json};

use super::notation::{Expr, Matrix, Symbol};

/// A problem of one family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    Equation {
        left: Expr,
        right: Expr,
        unknown: Symbol,
        domain: Domain,
    },
    System {
        equations: Vec<(Expr, Expr)>,
        unknowns: Vec<Symbol>,
    },
    Derivative {
        function: Expr,
        variable: Symbol,
        order: u64,
        at: Option<Expr>,
    },
    Integral {
        integrand: Expr,
        variable: Symbol,
        bounds: Option<(Expr, Expr)>,
        /// The question is for an area, so that the sign must not change.
        area: bool,
    },
    Limit {
        function: Expr,
        variable: Symbol,
        point: Expr,
        side: Side,
    },
    Sum {
        term: Expr,
        index: Symbol,
        from: Expr,
        to: Expr,
        picture: Option<Picture>,
    },
    Plot {
        function: Expr,
        variable: Symbol,
        window: Option<(Expr, Expr)>,
        asked: Vec<Feature>,
    },
    Determinant(Matrix),
    Inverse(Matrix),
    MatrixProduct(Matrix, Matrix),
}

/// Where solutions of an equation are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// Real ones, and complex ones where a polynomial has them.
    Usual,
    /// Real ones only.
    Real,
}

/// From where a variable approaches its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Both,
    Left,
    Right,
}

/// A sum that a picture proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picture {
    /// Odd numbers fill a square.
    Square,
    /// Two staircases fill a rectangle.
    Staircase,
}

/// What a plot can be asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    Roots,
    Intercept,
    Turning,
    Inflection,
    Asymptotes,
}

/// A way of solving that the user insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Factoring,
    QuadraticFormula,
    CompletingTheSquare,
    Elimination,
    Substitution,
    Parts,
    ProductRule,
    QuotientRule,
    ChainRule,
    LHopital,
}

macro_rules! wire_names {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            pub(super) fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

wire_names!(Domain { Usual = "usual", Real = "real" });
wire_names!(Side { Both = "both", Left = "left", Right = "right" });
wire_names!(Picture { Square = "square", Staircase = "staircase" });
wire_names!(Feature {
    Roots = "roots",
    Intercept = "intercept",
    Turning = "turning",
    Inflection = "inflection",
    Asymptotes = "asymptotes",
});
wire_names!(Method {
    Factoring = "factoring",
    QuadraticFormula = "quadratic formula",
    CompletingTheSquare = "completing the square",
    Elimination = "elimination",
    Substitution = "substitution",
    Parts = "integration by parts",
    ProductRule = "product rule",
    QuotientRule = "quotient rule",
    ChainRule = "chain rule",
    LHopital = "l'hopital's rule",
});

impl Task {
    /// The solver's input, without the method. One arm a family: the wire format at a glance.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Equation {
                left,
                right,
                unknown,
                domain,
            } => json!({
                "family": "equation", "left": left.json(), "right": right.json(),
                "left_tex": left.latex(), "right_tex": right.latex(),
                "unknown": unknown.name(), "domain": domain.name(),
            }),
            Self::System { equations, unknowns } => json!({
                "family": "system",
                "equations": equations.iter().map(|(l, r)| json!([l.json(), r.json()])).collect::<Vec<_>>(),
                "tex": equations.iter().map(|(l, r)| json!([l.latex(), r.latex()])).collect::<Vec<_>>(),
                "unknowns": unknowns.iter().map(|u| u.name()).collect::<Vec<_>>(),
            }),
            Self::Derivative {
                function,
                variable,
                order,
                at,
            } => json!({
                "family": "derivative", "function": function.json(), "tex": function.latex(), "variable": variable.name(),
                "order": order, "at": at.as_ref().map(Expr::json),
            }),
            Self::Integral {
                integrand,
                variable,
                bounds,
                area,
            } => json!({
                "family": "integral", "integrand": integrand.json(), "tex": integrand.latex(), "variable": variable.name(),
                "bounds": pair(bounds), "bounds_tex": bounds.as_ref().map(|(a, b)| json!([a.latex(), b.latex()])),
                "area": area,
            }),
            Self::Limit {
                function,
                variable,
                point,
                side,
            } => json!({
                "family": "limit", "function": function.json(), "tex": function.latex(), "variable": variable.name(),
                "point": point.json(), "side": side.name(),
            }),
            Self::Sum {
                term,
                index,
                from,
                to,
                picture,
            } => json!({
                "family": "sum", "term": term.json(), "tex": term.latex(), "index": index.name(), "from": from.json(),
                "to": to.json(), "picture": picture.map(Picture::name),
            }),
            Self::Plot {
                function,
                variable,
                window,
                asked,
            } => json!({
                "family": "plot", "function": function.json(), "tex": function.latex(), "variable": variable.name(),
                "window": pair(window), "asked": asked.iter().map(|f| f.name()).collect::<Vec<_>>(),
            }),
            Self::Determinant(matrix) => json!({"family": "determinant", "matrix": matrix.json()}),
            Self::Inverse(matrix) => json!({"family": "inverse", "matrix": matrix.json()}),
            Self::MatrixProduct(left, right) => {
                json!({"family": "product", "left": left.json(), "right": right.json()})
            }
        }
    }
}

fn pair(ends: &Option<(Expr, Expr)>) -> Option<Value> {
    ends.as_ref().map(|(from, to)| json!([from.json(), to.json()]))
}

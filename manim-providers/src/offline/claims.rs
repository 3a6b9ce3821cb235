//! What the solver says is true of its answer, as claims in plain notation: they travel in the
//! reply as a model's would, and are checked by a program that shares nothing with the solver.

use manim_core::{Claim, Domain, Extremum, Formula, Side};
use serde::Deserialize;
use serde_json::json;

use super::notation::Tree;

/// A claim as the solver's Python words it.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Said {
    Identity {
        left: Tree,
        right: Tree,
    },
    Solutions {
        left: Tree,
        right: Tree,
        unknown: Tree,
        solutions: Vec<Tree>,
        domain: Domain,
    },
    RealSolutions {
        left: Tree,
        right: Tree,
        unknown: Tree,
        approximate: Vec<Tree>,
    },
    LinearSystem {
        equations: Vec<(Tree, Tree)>,
        unknowns: Vec<Tree>,
        solutions: Vec<Tree>,
    },
    Derivative {
        function: Tree,
        variable: Tree,
        order: u8,
        value: Tree,
    },
    DerivativeAt {
        function: Tree,
        variable: Tree,
        order: u8,
        point: Tree,
        value: Tree,
    },
    Antiderivative {
        function: Tree,
        variable: Tree,
        value: Tree,
    },
    Integral {
        function: Tree,
        variable: Tree,
        low: Tree,
        high: Tree,
        value: Tree,
    },
    Limit {
        function: Tree,
        variable: Tree,
        point: Tree,
        side: Side,
        value: Tree,
    },
    Sum {
        term: Tree,
        index: Tree,
        low: Tree,
        high: Tree,
        value: Tree,
    },
    Determinant {
        matrix: Rows,
        value: Tree,
    },
    Singular {
        matrix: Rows,
    },
    Inverse {
        matrix: Rows,
        value: Rows,
    },
    Product {
        left: Rows,
        right: Rows,
        value: Rows,
    },
    Value {
        function: Tree,
        variable: Tree,
        at: Tree,
        value: Tree,
    },
    Root {
        function: Tree,
        variable: Tree,
        at: Tree,
    },
    StationaryPoint {
        function: Tree,
        variable: Tree,
        at: Tree,
        extremum: Extremum,
    },
    InflectionPoint {
        function: Tree,
        variable: Tree,
        at: Tree,
    },
}

type Rows = Vec<Vec<Tree>>;

/// The block of a reply that holds the claims.
pub(super) fn block(said: &[Said]) -> String {
    let claims: Vec<Claim> = said.iter().map(claim).collect();
    format!("```json\n{}\n```\n", json!({ "claims": claims }))
}

/// A formula that is too long for a claim leaves the claim unread.
fn claim(said: &Said) -> Claim {
    equations(said)
        .or_else(|| derivatives(said))
        .or_else(|| totals(said))
        .or_else(|| points(said))
        .or_else(|| matrices(said))
        .unwrap_or_else(|| Claim::Unreadable {
            text: "a claim of the solver that is too long".to_owned(),
        })
}

fn equations(said: &Said) -> Option<Claim> {
    Some(match said {
        Said::Identity { left, right } => Claim::Equality {
            equation: equation(left, right)?,
        },
        Said::Solutions {
            left,
            right,
            unknown,
            solutions,
            domain,
        } => Claim::Solutions {
            equation: equation(left, right)?,
            unknown: formula(unknown)?,
            values: formulas(solutions)?,
            domain: Some(*domain),
            from: None,
            to: None,
        },
        Said::RealSolutions {
            left,
            right,
            unknown,
            approximate,
        } => Claim::Solutions {
            equation: equation(left, right)?,
            unknown: formula(unknown)?,
            values: formulas(approximate)?,
            domain: Some(Domain::Real),
            from: None,
            to: None,
        },
        Said::LinearSystem {
            equations,
            unknowns,
            solutions,
        } => {
            let unknowns = formulas(unknowns)?;
            let values = unknowns.iter().zip(solutions);
            let values: Option<_> = values
                .map(|(unknown, value)| Some((unknown.to_string(), formula(value)?)))
                .collect();
            let none = solutions.is_empty();
            Claim::System {
                equations: equations
                    .iter()
                    .map(|(left, right)| equation(left, right))
                    .collect::<Option<_>>()?,
                unknowns,
                values: if none { Vec::new() } else { vec![values?] },
            }
        }
        _ => return None,
    })
}

fn derivatives(said: &Said) -> Option<Claim> {
    Some(match said {
        Said::Derivative {
            function,
            variable,
            order,
            value,
        } => Claim::Derivative {
            function: formula(function)?,
            variable: formula(variable)?,
            order: *order,
            at: None,
            value: formula(value)?,
        },
        Said::DerivativeAt {
            function,
            variable,
            order,
            point,
            value,
        } => Claim::Derivative {
            function: formula(function)?,
            variable: formula(variable)?,
            order: *order,
            at: Some(formula(point)?),
            value: formula(value)?,
        },
        Said::Antiderivative {
            function,
            variable,
            value,
        } => Claim::Antiderivative {
            function: formula(function)?,
            variable: formula(variable)?,
            value: formula(value)?,
        },
        _ => return None,
    })
}

/// Integrals, limits and sums.
fn totals(said: &Said) -> Option<Claim> {
    Some(match said {
        Said::Integral {
            function,
            variable,
            low,
            high,
            value,
        } => Claim::Integral {
            function: formula(function)?,
            variable: formula(variable)?,
            from: formula(low)?,
            to: formula(high)?,
            value: formula(value)?,
        },
        Said::Limit {
            function,
            variable,
            point,
            side,
            value,
        } => Claim::Limit {
            function: formula(function)?,
            variable: formula(variable)?,
            to: formula(point)?,
            side: *side,
            value: formula(value)?,
        },
        Said::Sum {
            term,
            index,
            low,
            high,
            value,
        } => Claim::Sum {
            term: formula(term)?,
            index: formula(index)?,
            from: formula(low)?,
            to: formula(high)?,
            value: formula(value)?,
        },
        _ => return None,
    })
}

fn points(said: &Said) -> Option<Claim> {
    Some(match said {
        Said::Value {
            function,
            variable,
            at,
            value,
        } => Claim::Value {
            function: formula(function)?,
            variable: formula(variable)?,
            at: formula(at)?,
            value: formula(value)?,
        },
        Said::Root {
            function,
            variable,
            at,
        } => Claim::Root {
            function: formula(function)?,
            variable: formula(variable)?,
            at: formula(at)?,
        },
        Said::StationaryPoint {
            function,
            variable,
            at,
            extremum,
        } => Claim::StationaryPoint {
            function: formula(function)?,
            variable: formula(variable)?,
            at: formula(at)?,
            extremum: Some(*extremum),
        },
        Said::InflectionPoint {
            function,
            variable,
            at,
        } => Claim::InflectionPoint {
            function: formula(function)?,
            variable: formula(variable)?,
            at: formula(at)?,
        },
        _ => return None,
    })
}

fn matrices(said: &Said) -> Option<Claim> {
    Some(match said {
        Said::Determinant { matrix, value } => Claim::Determinant {
            matrix: rows(matrix)?,
            value: formula(value)?,
        },
        Said::Singular { matrix } => Claim::Inverse {
            matrix: rows(matrix)?,
            value: None,
        },
        Said::Inverse { matrix, value } => Claim::Inverse {
            matrix: rows(matrix)?,
            value: Some(rows(value)?),
        },
        Said::Product { left, right, value } => Claim::MatrixProduct {
            left: rows(left)?,
            right: rows(right)?,
            value: rows(value)?,
        },
        _ => return None,
    })
}

fn formula(tree: &Tree) -> Option<Formula> {
    Formula::parse(tree.to_string()).ok()
}

fn formulas(trees: &[Tree]) -> Option<Vec<Formula>> {
    trees.iter().map(formula).collect()
}

fn equation(left: &Tree, right: &Tree) -> Option<Formula> {
    Formula::parse(format!("{left} = {right}")).ok()
}

fn rows(matrix: &Rows) -> Option<Vec<Vec<Formula>>> {
    matrix.iter().map(|row| formulas(row)).collect()
}

//! Claims as sentences, for people and for models that must mend them.

use std::fmt;

use super::{Claim, Domain, Extremum, Formula, Matrix, Side};

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `the derivative of x^2 with respect to x is 2x`
impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Equality { equation } => write!(f, "{equation}"),
            Self::Unreadable { text } => write!(f, "(not read) {text}"),
            Self::Solutions { .. } | Self::System { .. } => self.solutions(f),
            Self::Determinant { .. } | Self::Inverse { .. } | Self::MatrixProduct { .. } => self.matrices(f),
            Self::Root { .. } | Self::StationaryPoint { .. } | Self::InflectionPoint { .. } => self.points(f),
            Self::Derivative { .. } | Self::Antiderivative { .. } | Self::Integral { .. } => self.calculus(f),
            Self::Value { .. } | Self::Limit { .. } | Self::Sum { .. } => self.values(f),
        }
    }
}

impl Claim {
    fn calculus(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derivative {
                function,
                variable,
                order,
                at,
                value,
            } => {
                let number = if *order == 1 {
                    String::new()
                } else {
                    format!(" of order {order}")
                };
                let place = at.as_ref().map(|at| format!(" at {variable} = {at}"));
                let place = place.unwrap_or_default();
                write!(
                    f,
                    "the derivative{number} of {function} with respect to {variable}{place} is {value}"
                )
            }
            Self::Antiderivative {
                function,
                variable,
                value,
            } => write!(
                f,
                "an antiderivative of {function} with respect to {variable} is {value}"
            ),
            Self::Integral {
                function,
                variable,
                from,
                to,
                value,
            } => write!(
                f,
                "the integral of {function} from {variable} = {from} to {to} is {value}"
            ),
            _ => Ok(()),
        }
    }

    fn values(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value {
                function,
                variable,
                at,
                value,
            } => write!(f, "the value of {function} at {variable} = {at} is {value}"),
            Self::Limit {
                function,
                variable,
                to,
                side,
                value,
            } => {
                let side = match side {
                    Side::Both => "",
                    Side::Left => " from the left",
                    Side::Right => " from the right",
                };
                write!(
                    f,
                    "the limit of {function} as {variable} goes to {to}{side} is {value}"
                )
            }
            Self::Sum {
                term,
                index,
                from,
                to,
                value,
            } => write!(f, "the sum of {term} from {index} = {from} to {to} is {value}"),
            _ => Ok(()),
        }
    }

    fn solutions(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Solutions {
                equation,
                unknown,
                values,
                domain,
                from,
                to,
            } => {
                let real = if *domain == Some(Domain::Real) {
                    "real "
                } else {
                    ""
                };
                write!(f, "all {real}solutions of {equation} for {unknown}")?;
                if let (Some(from), Some(to)) = (from, to) {
                    write!(f, " from {from} to {to}")?;
                }
                write!(f, " are {{{}}}", listed(values))
            }
            Self::System {
                equations, values, ..
            } => {
                let values = values.iter().map(|values| {
                    let parts = values.iter().map(|(name, value)| format!("{name} = {value}"));
                    format!("({})", parts.collect::<Vec<_>>().join(", "))
                });
                let values = values.collect::<Vec<_>>().join(", ");
                write!(f, "all solutions of {} are {{{values}}}", listed(equations))
            }
            _ => Ok(()),
        }
    }

    fn matrices(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Determinant { matrix, value } => {
                write!(f, "the determinant of {} is {value}", rows(matrix))
            }
            Self::Inverse {
                matrix,
                value: Some(value),
            } => {
                write!(f, "the inverse of {} is {}", rows(matrix), rows(value))
            }
            Self::Inverse { matrix, value: None } => write!(f, "{} has no inverse", rows(matrix)),
            Self::MatrixProduct { left, right, value } => {
                write!(
                    f,
                    "the product of {} and {} is {}",
                    rows(left),
                    rows(right),
                    rows(value)
                )
            }
            _ => Ok(()),
        }
    }

    fn points(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, function, variable, at) = match self {
            Self::Root {
                function,
                variable,
                at,
            } => ("a root", function, variable, at),
            Self::InflectionPoint {
                function,
                variable,
                at,
            } => ("an inflection point", function, variable, at),
            Self::StationaryPoint {
                function,
                variable,
                at,
                extremum,
            } => {
                let what = match extremum {
                    None => "a stationary point",
                    Some(Extremum::Maximum) => "a maximum",
                    Some(Extremum::Minimum) => "a minimum",
                };
                (what, function, variable, at)
            }
            _ => return Ok(()),
        };
        write!(f, "{function} has {what} at {variable} = {at}")
    }
}

fn listed(formulas: &[Formula]) -> String {
    formulas
        .iter()
        .map(Formula::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn rows(matrix: &Matrix) -> String {
    let rows = matrix.iter().map(|row| format!("[{}]", listed(row)));
    format!("[{}]", rows.collect::<Vec<_>>().join(", "))
}

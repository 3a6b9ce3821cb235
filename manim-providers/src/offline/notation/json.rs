//! An expression as nested JSON arrays, `["add", a, b]`, which the solver builds node by
//! node. No text of the user is in it but digits and names from fixed lists.

use serde_json::{Value, json};

use super::expr::{Constant, Expr, Symbol};

impl Expr {
    pub(in crate::offline) fn json(&self) -> Value {
        match self {
            Self::Number(number) => json!(["num", number.digits(), number.scale()]),
            Self::Symbol(symbol) => symbol.json(),
            Self::Constant(constant) => json!([constant.name()]),
            Self::Neg(inner) => json!(["neg", inner.json()]),
            Self::Sum(parts) => node("add", parts),
            Self::Product(factors) => node("mul", factors),
            Self::Quotient(top, bottom) => json!(["div", top.json(), bottom.json()]),
            Self::Power(base, exponent) => json!(["pow", base.json(), exponent.json()]),
            Self::Root(degree, inner) => json!(["root", degree, inner.json()]),
            Self::Abs(inner) => json!(["abs", inner.json()]),
            Self::Call(function, inner) => json!([function.name(), inner.json()]),
            Self::Log(base, inner) => json!(["log", base.json(), inner.json()]),
        }
    }
}

impl Symbol {
    pub(in crate::offline) fn json(self) -> Value {
        json!(["sym", self.name()])
    }
}

impl Constant {
    fn name(self) -> &'static str {
        match self {
            Self::Pi => "pi",
            Self::E => "e",
            Self::Infinity => "infinity",
        }
    }
}

fn node(name: &str, parts: &[Expr]) -> Value {
    let mut list = vec![Value::from(name)];
    list.extend(parts.iter().map(Expr::json));
    Value::Array(list)
}

//! The solver's own checks: a wrong answer planted in them must be found.

use manim_core::Program;
use serde_json::{Value, json};

use super::python::Python;

const PROBE: &str = r#"
import sympy as sp
import proof

x = sp.Symbol("x", real=True)

CHECKS = {
    "solution": lambda right: proof.solves(x**2, sp.Integer(4), x, sp.Integer(2) if right else sp.Rational(201, 100)),
    "derivative": lambda right: proof.derivative_is(x**3 * sp.sin(x), x, 1, x**3 * sp.cos(x) + (3 if right else 2) * x**2 * sp.sin(x)),
    "function": lambda right: proof.same_function(sp.sin(x) ** 2, 1 - sp.cos(x) ** 2 + (0 if right else sp.Rational(1, 10**9)), {x}),
    "integral": lambda right: proof.integral_is(x**2, x, sp.Integer(0), sp.Integer(3), sp.Integer(9) + (0 if right else sp.Rational(1, 10**6))),
    "number": lambda right: proof.agree(sp.sqrt(2) ** 2, sp.Integer(2) + (0 if right else sp.Rational(1, 10**12))),
    "nothing to compare": lambda right: proof.same_function(x if right else sp.sqrt(-1 - x**2), x if right else sp.sqrt(-1 - x**2), {x}),
}


def main(task):
    try:
        CHECKS[task["check"]](task["right"])
    except proof.CheckFailed as reason:
        return str(reason)
    return None
"#;

const PROGRAM: Program = Program {
    name: "probe",
    modules: &[
        ("notation", include_str!("../../../python/solver/notation.py")),
        ("proof", include_str!("../../../python/solver/proof.py")),
        ("probe", PROBE),
    ],
};

fn outcome(check: &str, right: bool) -> Value {
    Python::run_now(PROGRAM, &json!({"check": check, "right": right})).unwrap()
}

#[test]
fn a_right_answer_passes_and_a_wrong_one_does_not() {
    for check in [
        "solution",
        "derivative",
        "function",
        "integral",
        "number",
        "nothing to compare",
    ] {
        assert_eq!(outcome(check, true), Value::Null, "{check}");
        assert!(
            outcome(check, false).is_string(),
            "{check} passed with a wrong answer"
        );
    }
}

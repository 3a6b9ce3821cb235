//! Reading claims: a tree of an expression as a number.

use serde_json::Value;

/// The value of a tree where each variable has the value `x`.
pub(super) fn value(tree: &Value, x: f64) -> f64 {
    let parts = tree.as_array().unwrap_or_else(|| panic!("no tree: {tree}"));
    let at = |index: usize| value(&parts[index], x);
    let all = || parts[1..].iter().map(|part| value(part, x));
    match parts[0].as_str().unwrap() {
        "num" => {
            let digits: f64 = parts[1].as_str().unwrap().parse().unwrap();
            digits / 10_f64.powi(parts[2].as_i64().unwrap() as i32)
        }
        "sym" => x,
        "pi" => std::f64::consts::PI,
        "e" => std::f64::consts::E,
        "infinity" => f64::INFINITY,
        "neg" => -at(1),
        "add" => all().sum(),
        "mul" => all().product(),
        "div" => at(1) / at(2),
        "pow" => at(1).powf(at(2)),
        "sin" => at(1).sin(),
        "cos" => at(1).cos(),
        "tan" => at(1).tan(),
        "atan" => at(1).atan(),
        "ln" => at(1).ln(),
        "exp" => at(1).exp(),
        "abs" => at(1).abs(),
        other => panic!("unknown head {other}"),
    }
}

/// The real numbers of a list of trees, rising. Complex ones make it panic.
pub(super) fn numbers(list: &Value) -> Vec<f64> {
    let mut found: Vec<f64> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|tree| value(tree, f64::NAN))
        .collect();
    found.sort_by(f64::total_cmp);
    found
}

#[track_caller]
pub(super) fn assert_close(seen: f64, expected: f64, what: &str) {
    let same = seen == expected || (seen - expected).abs() <= 1e-9 * expected.abs().max(1.0);
    assert!(same, "{what}: {seen} instead of {expected}");
}

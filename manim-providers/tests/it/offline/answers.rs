//! Right answers to problems of every family, beyond the one each is asked in ten ways.

use serde_json::Value;

use super::claims::{assert_close, numbers, value};
use super::solve;

#[tokio::test]
async fn equations_have_their_solutions() {
    let table: &[(&str, &[f64])] = &[
        ("Solve 2x + 3 = 7", &[2.0]),
        ("Solve 3(x + 1) = 2x - 5", &[-8.0]),
        ("Solve 0.5x = 1.25", &[2.5]),
        ("Solve x/2 + x/3 = 5", &[6.0]),
        ("Solve x^2 = 16", &[-4.0, 4.0]),
        ("Solve 2x^2 = 8x", &[0.0, 4.0]),
        ("Solve 6x^2 + 7x - 3 = 0", &[-1.5, 1.0 / 3.0]),
        (
            "Solve x^2 - 2x - 1 = 0",
            &[-0.414_213_562_373_095, 2.414_213_562_373_095],
        ),
        ("Solve 4x^2 - 12x + 9 = 0", &[1.5]),
        ("Solve x^3 - 6x^2 + 11x - 6 = 0", &[1.0, 2.0, 3.0]),
        ("Solve x^4 - 5x^2 + 4 = 0", &[-2.0, -1.0, 1.0, 2.0]),
        ("Solve |2x - 1| = 5", &[-2.0, 3.0]),
        ("Solve |x| = -1", &[]),
        ("Solve 1/x + 1/(x+1) = 3/2", &[-2.0 / 3.0, 1.0]),
        ("Solve 2^x = 8", &[3.0]),
        ("Solve e^(2x) = 5", &[0.804_718_956_217_050_2]),
        ("Solve ln(x) = 2", &[7.389_056_098_930_65]),
        ("Solve 2x + 3 = 2x + 5", &[]),
        ("Solve (x + 1)/(x + 2) = 1", &[]),
        ("Solve 2x + -3 = 5 - -x", &[8.0]),
        ("Solve x^2 + 2x + 5 = 0 over the reals", &[]),
    ];
    for (text, expected) in table {
        let solved = solve(text).await;
        let seen = numbers(&solved.claims("solutions")[0]["solutions"]);
        assert_eq!(seen.len(), expected.len(), "{text}: {seen:?}");
        for (seen, expected) in seen.iter().zip(*expected) {
            assert_close(*seen, *expected, text);
        }
    }
}

#[tokio::test]
async fn special_equations_are_named_as_such() {
    assert_eq!(solve("Solve 2(x+1) = 2x + 2").await.claims("identity").len(), 1);
    let holed = solve("Solve x/x = 1 please").await;
    assert!(holed.lesson["result"].to_string().contains("except"));
    let complex = solve("Solve x^2 + 1 = 0").await;
    assert!(complex.lesson["result"].to_string().contains("no real solution"));
    let rounded = solve("Solve x^3 - x - 1 = 0").await;
    let claim = rounded.claims("real_solutions")[0].clone();
    assert_close((numbers(&claim["approximate"])[0] * 1e4).round(), 13247.0, "root");
}

#[tokio::test]
async fn systems_have_their_solutions() {
    let table: &[(&str, &[f64])] = &[
        ("Solve 2x + 3y = 12, x - y = 1", &[3.0, 2.0]),
        ("Solve x/2 + y = 3 and x - y = 0", &[2.0, 2.0]),
        (
            "Solve x + y + z = 6, 2x - y + z = 3, x + 2y - z = 2",
            &[1.0, 2.0, 3.0],
        ),
        ("Solve x + y = 1 and x + y = 2", &[]),
    ];
    for (text, expected) in table {
        let solved = solve(text).await;
        let claim = solved.claims("linear_system")[0].clone();
        let seen: Vec<f64> = claim["solutions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| value(t, 0.0))
            .collect();
        assert_eq!(seen, *expected, "{text}");
    }
    let many = solve("Solve 2x + y = 5 and 4x + 2y = 10").await;
    assert!(many.lesson["result"].to_string().contains("any number"));
}

type Function = fn(f64) -> f64;

#[tokio::test]
async fn derivatives_are_right() {
    let table: &[(&str, Function)] = &[
        ("Differentiate (x^2 + 1)^5", |x| 10.0 * x * (x * x + 1.0).powi(4)),
        ("Differentiate sin(x)/x", |x| (x * x.cos() - x.sin()) / (x * x)),
        ("Differentiate e^(2x) + ln x", |x| 2.0 * (2.0 * x).exp() + 1.0 / x),
        ("Differentiate x^x please", |x| x.powf(x) * (x.ln() + 1.0)),
        ("Differentiate sqrt(x^2 + 1)", |x| x / (x * x + 1.0).sqrt()),
        ("second derivative of x^4 - 3x^2 + 2", |x| 12.0 * x * x - 6.0),
        ("d^2/dx^2 of sin(2x)", |x| -4.0 * (2.0 * x).sin()),
        ("Find f''(x) if f(x) = x^3", |x| 6.0 * x),
        ("Differentiate 7 with respect to x", |_| 0.0),
        ("Differentiate t^2 e^t with respect to t", |t| {
            (t * t + 2.0 * t) * t.exp()
        }),
        ("Differentiate tan(3x) + 2^x", |x| {
            3.0 / (3.0 * x).cos().powi(2) + 2_f64.powf(x) * 2_f64.ln()
        }),
    ];
    for (text, expected) in table {
        let solved = solve(text).await;
        let claim = solved.claims("derivative")[0].clone();
        for x in [0.3, 0.7, 1.9] {
            assert_close(value(&claim["value"], x), expected(x), text);
        }
    }
}

#[tokio::test]
async fn antiderivatives_are_right() {
    let table: &[(&str, Function)] = &[
        ("Integrate x^2 + 3x + 1 dx", |x| x * x + 3.0 * x + 1.0),
        ("Integrate 2x cos(x^2) dx", |x| 2.0 * x * (x * x).cos()),
        ("Integrate 1/(x^2 - 1) dx", |x| 1.0 / (x * x - 1.0)),
        ("Integrate ln x dx", |x| x.ln()),
        ("Integrate e^x sin x dx", |x| x.exp() * x.sin()),
        ("Integrate tan x dx", |x| x.tan()),
        ("Integrate x/(x^2+1) dx", |x| x / (x * x + 1.0)),
        ("Integrate sin^2 x dx", |x| x.sin().powi(2)),
        ("Integrate x^2 e^x dx", |x| x * x * x.exp()),
        ("Integrate (x+1)/x dx", |x| (x + 1.0) / x),
        ("Integrate 1/(1+x^2) dx", |x| 1.0 / (1.0 + x * x)),
        ("Integrate sqrt(x) dx", |x| x.sqrt()),
        ("Integrate 5 with respect to x", |_| 5.0),
    ];
    for (text, function) in table {
        let solved = solve(text).await;
        let claim = solved.claims("antiderivative")[0].clone();
        for x in [0.3, 0.7] {
            let h = 1e-5;
            let slope = (value(&claim["value"], x + h) - value(&claim["value"], x - h)) / (2.0 * h);
            assert!((slope - function(x)).abs() < 1e-6, "{text}: {slope} at {x}");
        }
    }
}

/// One number: the answer's claim and its value.
async fn number(text: &str, kind: &str) -> f64 {
    let solved = solve(text).await;
    let claim: Value = solved.claims(kind)[0].clone();
    value(&claim["value"], 0.0)
}

#[tokio::test]
async fn definite_integrals_are_right() {
    for (text, expected) in [
        ("Integrate sin x from 0 to pi", 2.0),
        ("Integrate 1/x from 1 to 2", std::f64::consts::LN_2),
        ("Integrate e^(-x) from 0 to infinity", 1.0),
        ("Integrate x^3 from -1 to 2", 3.75),
        ("Integrate 1/(1+x^2) from 0 to 1", std::f64::consts::FRAC_PI_4),
    ] {
        assert_close(number(text, "integral").await, expected, text);
    }
}

#[tokio::test]
async fn limits_are_right() {
    for (text, expected) in [
        ("lim x->0 (1 - cos x)/x^2", 0.5),
        ("lim x->2 (x^2 - 4)/(x - 2)", 4.0),
        ("limit of (3x^2 + 1)/(2x^2 - x) as x goes to infinity", 1.5),
        ("lim x->0+ x ln x", 0.0),
        ("limit of (1 + 1/x)^x as x tends to infinity", std::f64::consts::E),
        ("limit of sqrt(x^2 + x) - x as x -> infinity", 0.5),
        ("limit of x^2 e^(-x) as x approaches infinity", 0.0),
        ("lim x->3 x^2 + 1", 10.0),
        ("limit of 1/x as x approaches 0 from the right", f64::INFINITY),
        ("limit of 1/x^2 as x approaches 0", f64::INFINITY),
        (
            "limit of x^3 as x approaches negative infinity",
            f64::NEG_INFINITY,
        ),
    ] {
        assert_close(number(text, "limit").await, expected, text);
    }
    let none = solve("lim x->0 |x|/x").await;
    assert_eq!(none.claims("limit").len(), 2);
    assert!(none.lesson["result"].to_string().contains("does not exist"));
}

#[tokio::test]
async fn sums_are_right() {
    let table: &[(&str, Function)] = &[
        ("sum of squares from 1 to n", |n| {
            n * (n + 1.0) * (2.0 * n + 1.0) / 6.0
        }),
        ("sum of the first n cubes", |n| (n * (n + 1.0) / 2.0).powi(2)),
        ("sum of the first n even numbers", |n| n * (n + 1.0)),
        ("sum of the squares of the first n natural numbers", |n| {
            n * (n + 1.0) * (2.0 * n + 1.0) / 6.0
        }),
        ("sum from k=0 to n of 2^k", |n| 2_f64.powf(n + 1.0) - 1.0),
        (r"\sum_{k=1}^{n} \frac{1}{k(k+1)}", |n| n / (n + 1.0)),
        ("1 + 2 + 3 + ... + n", |n| n * (n + 1.0) / 2.0),
        ("sum of the first 100 natural numbers", |_| 5050.0),
        ("sum of the integers from 1 to 50", |_| 1275.0),
        ("sum of all odd numbers from 1 to 99", |_| 2500.0),
        ("1 + 4 + 7 + ... + 100", |_| 1717.0),
        ("sum of k^2 + 3k for k from 3 to 10", |_| 536.0),
        (r"\sum_{k=0}^{\infty} (1/2)^k", |_| 2.0),
        ("sum of the first ten odd numbers", |_| 100.0),
    ];
    for (text, expected) in table {
        let solved = solve(text).await;
        let claim = solved.claims("sum")[0].clone();
        assert_close(value(&claim["value"], 6.0), expected(6.0), text);
    }
}

#[tokio::test]
async fn graphs_have_their_features() {
    let cubic = solve("Plot y = x^3 - 3x").await;
    let turning: Vec<f64> = cubic
        .claims("stationary_point")
        .iter()
        .map(|c| value(&c["at"], 0.0))
        .collect();
    assert_eq!(turning, [-1.0, 1.0]);
    let roots: Vec<f64> = cubic
        .claims("root")
        .iter()
        .map(|c| value(&c["at"], 0.0))
        .collect();
    assert_close(roots[2], 3_f64.sqrt(), "root");
    assert_eq!(cubic.claims("inflection_point").len(), 1);

    let wave = solve("Graph sin(x) from 0 to 2pi").await;
    assert_eq!(wave.claims("root").len(), 3);
    assert_eq!(wave.claims("stationary_point").len(), 2);

    let hyperbola = solve("Sketch y = (x^2 + 1)/(x - 1) with its asymptotes").await;
    let facts = hyperbola.lesson["picture"]["facts"].to_string();
    assert!(facts.contains("x = 1") && facts.contains("y = x + 1"), "{facts}");

    for text in [
        "Plot x e^(-x)",
        "Plot sqrt(x) please",
        "Plot ln(x) please",
        "Plot |x - 2| please",
        "Plot y = 3 please",
        "Plot 2x + 1 please",
    ] {
        solve(text).await;
    }
}

#[tokio::test]
async fn matrices_are_right() {
    for (text, expected) in [
        ("det [[1,2,3],[4,5,6],[7,8,10]]", -3.0),
        ("determinant of [1 2 0 1; 0 3 1 2; 4 0 1 0; 1 1 1 1]", 2.0),
        ("det [[1/2, 1/3], [1/4, 1/5]]", 1.0 / 60.0),
        ("determinant of [[1,2],[2,4]]", 0.0),
        ("determinant of [[0,1,2],[1,0,3],[4,-3,8]]", -2.0),
        ("determinant of [[5]] please", 5.0),
    ] {
        assert_close(number(text, "determinant").await, expected, text);
    }
    assert_eq!(solve("Invert [[1,2],[2,4]]").await.claims("singular").len(), 1);
    assert_eq!(
        solve("Find the inverse of [[1,2,3],[0,1,4],[5,6,0]]")
            .await
            .claims("inverse")
            .len(),
        1
    );
    assert_eq!(
        solve("Multiply [[1,2,3]] by [[4],[5],[6]]")
            .await
            .claims("product")
            .len(),
        1
    );
}

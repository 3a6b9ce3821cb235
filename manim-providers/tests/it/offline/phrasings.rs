//! At least ten ways to ask each question; all must be understood as the same.

use serde_json::Value;

use super::claims::{assert_close, numbers, value};
use super::solve;

/// Each phrasing leads to the same claims; returns the first of them.
async fn same_claim(phrasings: &[&str]) -> Value {
    assert!(phrasings.len() >= 10, "a family needs ten phrasings");
    let expected = solve(phrasings[0]).await.lesson["claims"].clone();
    for text in &phrasings[1..] {
        let seen = solve(text).await.lesson["claims"].clone();
        assert_eq!(seen, expected, "{text}");
    }
    expected[0].clone()
}

#[tokio::test]
async fn equations() {
    let claim = same_claim(&[
        "Solve x^2 - 5x + 6 = 0",
        "solve the equation x² − 5x + 6 = 0.",
        "Find x if x^2 - 5x + 6 = 0",
        "SOLVE THE QUADRATIC EQUATION x^2-5x+6=0 !",
        "What are the solutions of x**2 - 5*x + 6 = 0?",
        "Please solve x^{2} - 5x + 6 = 0 for x, and show the steps",
        "Find the roots of x^2 - 5x + 6",
        "Could you help me solve $x^2 - 5x + 6 = 0$ step by step?",
        "x^2 - 5x + 6 = 0, find x",
        "For which values of x is x^2 - 5x + 6 = 0?",
        r"Solve for x: \(x^2 - 5x + 6 = 0\)",
        "What is x if x^2 - 5x + 6 = 0?",
        "find all values of x such that x^2 - 5 x + 6 = 0",
        "Determine the zeros of the polynomial x^2 - 5x + 6",
        "If x^2 - 5x + 6 = 0, what is x?",
        "How do I solve x^2 - 5x + 6 = 0? Thanks",
        "x^2 - 5x + 6 = 0",
    ])
    .await;
    assert_eq!(numbers(&claim["solutions"]), [2.0, 3.0]);
}

#[tokio::test]
async fn systems() {
    let claim = same_claim(&[
        "Solve x + y = 5, x - y = 1",
        "solve the system x + y = 5 and x - y = 1",
        "Solve the simultaneous equations x + y = 5, x - y = 1.",
        "Find x and y if x + y = 5 and x - y = 1",
        "x + y = 5; x - y = 1",
        "Solve the following system of equations:\nx + y = 5\nx - y = 1",
        r"Solve \begin{cases} x + y = 5 \\ x - y = 1 \end{cases}",
        "Solve x+y=5, x-y=1 for x and y please",
        "What is the solution of the system of equations x + y = 5 and x - y = 1?",
        "Solve the system of linear equations {x + y = 5, x - y = 1} by elimination",
        "Where do the lines x + y = 5 and x - y = 1 intersect?",
        "Find the values of x and y such that x + y = 5 and x - y = 1, showing all your work",
    ])
    .await;
    let values: Vec<f64> = claim["solutions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| value(t, 0.0))
        .collect();
    assert_eq!(values, [3.0, 2.0]);
}

#[tokio::test]
async fn derivatives() {
    let claim = same_claim(&[
        "Differentiate x^3 sin(x) with respect to x",
        "differentiate x³ sin x",
        "Find the derivative of x^3 sin(x)",
        "What is the derivative of f(x) = x^3 sin(x)?",
        "what's the derivative of x^3*sin(x)",
        "d/dx of x^3 sin(x)",
        "d/dx [x^3 sin(x)]",
        r"\frac{d}{dx} x^3 \sin(x)",
        "Find f'(x) if f(x) = x^3 sin(x)",
        "Find dy/dx if y = x^3 sin(x) and show the steps",
        "If y = x^3 sin x, find dy/dx.",
        "Compute the first derivative of x^3 sin(x), please",
        "DIFFERENTIATE x^3 SIN(x)",
        "f(x) = x^3 sin(x). Find f'(x).",
        "Differentiate the function x^3 sin(x) w.r.t. x using the product rule",
        "Given y = x^3 sin x, what is its derivative?",
        "Take the derivative with respect to x of x^3 sin(x)",
    ])
    .await;
    let x = 0.7_f64;
    let expected = 3.0 * x * x * x.sin() + x.powi(3) * x.cos();
    assert_close(value(&claim["value"], x), expected, "derivative");
}

#[tokio::test]
async fn integrals() {
    let claim = same_claim(&[
        "Integrate x e^x dx",
        "integrate x e^x",
        "∫ x e^x dx",
        "Find the integral of x e^x with respect to x",
        "What is the antiderivative of x*e^x?",
        r"Evaluate \int x e^{x} \, dx",
        r"$\int x e^x\,\mathrm{d}x$",
        "Compute the indefinite integral of f(x) = x e^x.",
        "Can you integrate xe^x dx by parts? Please show all steps",
        "int x e^x dx",
        "find an antiderivative of x e^x",
        "Calculate the integral ∫ x e^x dx with explanation",
    ])
    .await;
    let x = 0.7_f64;
    let slope = (value(&claim["value"], x + 1e-6) - value(&claim["value"], x - 1e-6)) / 2e-6;
    assert!((slope - x * x.exp()).abs() < 1e-6);
}

#[tokio::test]
async fn definite_integrals() {
    let claim = same_claim(&[
        "Integrate x^2 from 0 to 3",
        "Integrate x^2 dx from x = 0 to x = 3",
        "∫_0^3 x^2 dx",
        r"\int_{0}^{3} x^{2} \, dx",
        "Find the definite integral of x^2 between 0 and 3",
        "Evaluate the integral of x^2 on [0, 3]",
        "What is the integral of x^2 dx from 0 to 3?",
        "What is the integral from 0 to 3 of x^2 dx?",
        "Compute the integral of x^2 with respect to x from 0 to 3",
        "Find the area under the curve y = x^2 from 0 to 3",
        "Area under the graph of x^2 between x = 0 and x = 3",
        "integrate x² over the interval [0, 3] please",
    ])
    .await;
    assert_close(value(&claim["value"], 0.0), 9.0, "area");
}

#[tokio::test]
async fn limits() {
    let claim = same_claim(&[
        "Find the limit of sin(x)/x as x approaches 0",
        "limit of sin(x)/x as x goes to 0",
        "lim x->0 sin(x)/x",
        r"\lim_{x \to 0} \frac{\sin x}{x}",
        "What is the limit of (sin x)/x as x tends to 0?",
        "Evaluate lim_{x→0} sin(x)/x",
        "Compute the limit as x approaches 0 of sin(x)/x",
        "lim (x->0) sin(x)/x",
        "What does sin(x)/x approach as x goes to 0?",
        "Please calculate the limit of sin x / x when x -> 0 and show the steps",
        "Find the limit of sin(x)/x as x → 0 using L'Hôpital's rule",
    ])
    .await;
    assert_close(value(&claim["value"], 0.0), 1.0, "limit");
}

#[tokio::test]
async fn sums() {
    let claim = same_claim(&[
        "What is the sum of the first n odd numbers?",
        "Find the sum of the first n odd numbers",
        "sum of first n odd natural numbers",
        "Compute 1 + 3 + 5 + ... + (2n-1)",
        "What is 1 + 3 + 5 + … + (2n - 1)?",
        r"\sum_{k=1}^{n} (2k-1)",
        "sum from k=1 to n of 2k - 1",
        "Evaluate the sum of 2k-1 for k from 1 to n",
        "Find a closed form for the sum of 2k - 1 from k = 1 to n",
        "Calculate the sum of the first n positive odd integers, please",
        "What's the sum of the first n odd integers?",
        "sum_{k=1}^n (2k-1)",
    ])
    .await;
    assert_close(value(&claim["value"], 7.0), 49.0, "sum");
}

#[tokio::test]
async fn plots() {
    let claim = same_claim(&[
        "Plot y = x^3 - 3x and show its turning points",
        "plot x^3 - 3x",
        "Graph y = x³ − 3x",
        "Sketch the graph of f(x) = x^3 - 3x, marking all turning points",
        "Draw the curve y = x^3 - 3x with its roots and turning points",
        "Please plot the function f(x)=x^3-3x.",
        "show me the graph of y = x^3 - 3x",
        "Graph the function x^3 - 3x and find its local extrema",
        "Find the turning points of y = x^3 - 3x",
        "What does the graph of y = x^3 - 3x look like?",
        "Sketch y = x^3 - 3x and label the inflection points and the zeros",
        "Find the maximum and minimum points of f(x) = x^3 - 3x",
    ])
    .await;
    assert_eq!(claim["kind"], "root");
}

#[tokio::test]
async fn determinants() {
    let claim = same_claim(&[
        "Find the determinant of [[2,1],[7,4]]",
        "What is the determinant of the matrix [[2, 1], [7, 4]]?",
        "det [[2,1],[7,4]]",
        "compute det([[2,1],[7,4]])",
        r"Calculate \det \begin{pmatrix} 2 & 1 \\ 7 & 4 \end{pmatrix}",
        r"\begin{vmatrix} 2 & 1 \\ 7 & 4 \end{vmatrix}",
        "Find the determinant of [2 1; 7 4]",
        "Determinant of the 2x2 matrix A = [[2,1],[7,4]]",
        "Given A = [[2,1],[7,4]], find det(A)",
        "Evaluate the determinant of the 2 by 2 matrix [[2,1],[7,4]] and show your work",
        "what's the determinant of [2, 1; 7, 4] please",
    ])
    .await;
    assert_close(value(&claim["value"], 0.0), 1.0, "determinant");
}

#[tokio::test]
async fn inverses() {
    let claim = same_claim(&[
        "Find the inverse of [[2,1],[7,4]]",
        "invert [[2,1],[7,4]]",
        "What is the inverse of the matrix [[2, 1], [7, 4]]?",
        r"Compute \begin{pmatrix} 2 & 1 \\ 7 & 4 \end{pmatrix}^{-1}",
        "[[2,1],[7,4]]^-1",
        "Calculate the inverse matrix of [[2,1],[7,4]]",
        "Determine the inverse of the 2x2 matrix [[2,1],[7,4]], showing steps",
        "Given A = [[2,1],[7,4]], find the inverse of A",
        "Invert the matrix [2 1; 7 4]",
        "If A = [[2,1],[7,4]], what is its inverse?",
    ])
    .await;
    let rows: Vec<Vec<f64>> = claim["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row.as_array().unwrap().iter().map(|t| value(t, 0.0)).collect())
        .collect();
    assert_eq!(rows, [[4.0, -1.0], [-7.0, 2.0]]);
}

#[tokio::test]
async fn matrix_products() {
    let claim = same_claim(&[
        "Multiply [[1,2],[3,4]] by [[5,6],[7,8]]",
        "[[1,2],[3,4]] * [[5,6],[7,8]]",
        "What is the product of [[1,2],[3,4]] and [[5,6],[7,8]]?",
        "compute [[1,2],[3,4]] times [[5,6],[7,8]]",
        "[[1,2],[3,4]] × [[5,6],[7,8]]",
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix} \cdot \begin{pmatrix} 5 & 6 \\ 7 & 8 \end{pmatrix}",
        "Find the matrix product [[1,2],[3,4]] [[5,6],[7,8]]",
        "Multiply the matrices [1 2; 3 4] and [5 6; 7 8]",
        "Calculate the product of the matrices [[1,2],[3,4]] and [[5,6],[7,8]] step by step",
        "multiply [[1,2],[3,4]] with [[5,6],[7,8]] please",
    ])
    .await;
    let entry = &claim["value"][1][0];
    assert_close(value(entry, 0.0), 43.0, "entry");
}

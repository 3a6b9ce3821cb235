//! Sentences that look like a family and are not, or not quite: a film of another problem
//! would be worse than none.

use super::claims::{assert_close, numbers, value};
use super::{ask, refusal, solve};

/// Refused, each for its own reason.
const REFUSED: &[&str] = &[
    // More words than were understood.
    "Solve x^2 = 4 for positive x modulo 7",
    "Solve x^2 = 1 mod 8",
    "Solve x^2 = 4 for positive x",
    "Find the integer solutions of x^2 = 2",
    "Find the smallest x such that x^2 - 5x + 6 = 0",
    "How many solutions does x^2 - 5x + 6 = 0 have?",
    "Solve x^2 - 5x + 6 = 0 without factoring",
    "Prove that x^2 - 5x + 6 = 0 has two solutions",
    "Show that the sum of the first n odd numbers is n^2",
    "Find the sum of the roots of x^2 - 5x + 6 = 0",
    "Find the derivative of the inverse of x^3 + x",
    "Find the tangent line to y = x^2 at x = 3",
    "Estimate the integral of x^2 from 0 to 1 with the trapezoidal rule",
    "Integrate x^2 with respect to x numerically",
    "Differentiate x^2 from first principles",
    "Is the sum of the first n odd numbers even?",
    "What is the probability that x^2 = 4?",
    "Not solve x + 1 = 2 but x + 1 = 3",
    "Do not differentiate x^2 + 1",
    "A train travels 60 km in 2 h. Find x = 60/2",
    "Write a poem about x^2 = 4",
    "Solve x + 1 = 2 if x is negative",
    "Solve x^2 = 9 where x < 0",
    "sum of the first n prime numbers",
    "sum of the first n odd numbers that are not divisible by 3",
    "Find the determinant of [[2,1],[7,4]] modulo 5",
    "Find the eigenvalues of [[2,1],[7,4]]",
    "Find the transpose of [[2,1],[7,4]]",
    "Plot y = x^2 and y = x + 1",
    "Plot x^2 + y^2 = 1",
    "Plot y = x^3 - 3x rotated about the x-axis",
    "Graph x = y^2 please",
    "Plot the derivative of x^2",
    "Plot y = x^2 for x > 0",
    "Find the inverse of f(x) = 2x + 1",
    "Find the value of x^2 if x = 3",
    "If 2x + 3 = 7, find 4x",
    "If 2x + 3 = 7, find x + 1",
    "Solve for x in 2x + y = 4",
    "Solve x^2 = 4 and explain why there are two solutions",
    "How do I differentiate between x^2 and x^3?",
    "Find the derivative of x^2 at the point (3, 9)",
    "Integrate x^2 from 0 to 3 and multiply by 2",
    "Integrate x^2 from 0 to 3 with 4 subintervals",
    "Find the area between y = x^2 and y = x from 0 to 1",
    "Find the average of x^2 from 0 to 3",
    "sum of the first n odd numbers squared",
    "sum of the numbers between 1 and 10",
    "What is the sum of 1/2 and 1/3?",
    "determinant of [[1,2],[3,4]]^2",
    "multiply [[1,2],[3,4]] by 3",
    "Solve 3x = 6 for x and then compute x^2",
    "Differentiate y = x^2 with respect to y",
    // Notation that can be read in two ways, or not at all.
    "Differentiate e^2x",
    "Integrate 1/2x dx",
    "Differentiate sin x/2",
    "Solve x^1/2 = 3",
    "Differentiate log(x)",
    "Solve x = 3!",
    "Solve 2x = 1,5",
    "Differentiate f(x) g(x)",
    "Differentiate x y with respect to x",
    "Solve 2x + 3y = 6",
    "Solve x^2 - 5x + 6",
    "Solve x = = 3 now",
    "Solve (x + 1 = 3 please",
    "Solve x^2 - 5x + 6 = 0 for y",
    "Solve ax^2 + bx + c = 0 for x",
    "Solve X^2 - 5x + 6 = 0",
    "Solve x^2 > 4 please",
    "1 + 2 + 4 + ... + 64",
    "1 + 3 + ... + 99",
    "Integrate x e^x dy",
    // Mathematics that has no answer of the kind asked for.
    "Integrate 1/x from -1 to 1",
    "Integrate e^(x^2) dx",
    "Area under the curve y = x from -1 to 1",
    "Find the limit of sin(1/x) as x approaches 0",
    "Find the limit of sqrt(x) as x approaches 0",
    "Differentiate |x| at x = 0",
    "Find the derivative of 1/x at x = 0",
    "Multiply [[1,2],[3,4]] by [[1,2,3]]",
    "Find the inverse of [[1,2,3],[4,5,6]]",
    "Sum from k=1 to infinity of k",
    "Solve x^9999999 = 1",
    "Solve 9^9^9^9 = x",
    "Solve x^5 - x - 1 = 0 exactly",
    "Differentiate x^2 twelve times",
];

#[tokio::test]
async fn what_is_not_understood_to_the_last_word_is_refused() {
    assert!(REFUSED.len() >= 40);
    let mut filmed = Vec::new();
    for text in REFUSED {
        if ask(text).await.is_ok() {
            filmed.push(text);
        }
    }
    assert!(filmed.is_empty(), "filmed: {filmed:#?}");
}

#[tokio::test]
async fn a_refusal_says_what_is_possible_and_what_to_configure() {
    let reason = refusal("Write a poem about x^2 = 4").await;
    assert!(reason.contains("derivatives"), "{reason}");
    assert!(reason.contains("OPENAI_API_KEY"), "{reason}");
}

#[tokio::test]
async fn an_ambiguous_notation_is_refused_with_advice() {
    let reason = refusal("Differentiate e^2x").await;
    assert!(reason.contains("parentheses"), "{reason}");
}

#[tokio::test]
async fn a_derivative_at_a_point_is_a_number() {
    for text in [
        "Find the derivative of x^2 at x=3",
        "Find f'(x) if f(x) = x^2 at x = 3",
        "Find f'(3) if f(x) = x^2",
        "Find the slope of y = x^2 at x = 3",
        "Find the gradient of the curve y = x^2 at the point where x = 3",
    ] {
        let solved = solve(text).await;
        let claim = solved.claims("derivative_at")[0].clone();
        assert_close(value(&claim["value"], 0.0), 6.0, text);
    }
}

#[tokio::test]
async fn a_named_variable_decides() {
    let solved = solve("Differentiate a x^2 with respect to x").await;
    let claim = solved.claims("derivative")[0].clone();
    assert_eq!(claim["variable"], serde_json::json!(["sym", "x"]));
}

#[tokio::test]
async fn real_solutions_only_when_only_they_are_asked_for() {
    let solved = solve("Solve x^3 = 8 over the real numbers").await;
    assert_eq!(numbers(&solved.claims("solutions")[0]["solutions"]), [2.0]);
    assert_eq!(
        solve("Solve x^3 = 8 please").await.claims("solutions")[0]["solutions"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_false_solution_of_a_squared_equation_is_dropped() {
    let solved = solve("Solve sqrt(x + 2) = x").await;
    assert_eq!(numbers(&solved.claims("solutions")[0]["solutions"]), [2.0]);
}

#[tokio::test]
async fn a_value_that_makes_a_denominator_zero_is_no_solution() {
    for text in ["Solve x/(x-1) = 1/(x-1)", "Solve (x^2 - 1)/(x - 1) = 2"] {
        let solved = solve(text).await;
        assert!(
            numbers(&solved.claims("solutions")[0]["solutions"]).is_empty(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_method_that_is_asked_for_is_used_or_refused() {
    let solved = solve("Solve x^2 - 5x + 6 = 0 by completing the square").await;
    assert_eq!(solved.lesson["methods"][0], "completing the square");
    refusal("Solve x^2 - 2 = 0 by factoring").await;
    refusal("Integrate x^2 dx by parts").await;
    refusal("Differentiate x^2 + 1 using the chain rule").await;
}

#[tokio::test]
async fn a_thousands_separator_is_no_list() {
    let solved = solve("What is the sum of the first 1,000 natural numbers?").await;
    assert_close(value(&solved.claims("sum")[0]["value"], 0.0), 500_500.0, "sum");
}

#[tokio::test]
async fn text_after_a_short_answer_is_not_taken_for_the_problem() {
    refusal("Solve x + 1 = 2. Then solve y + 1 = 2").await;
    refusal("Differentiate x^2 and integrate x^3").await;
    refusal("Solve x = 1 or differentiate it").await;
}

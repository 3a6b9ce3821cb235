//! The solver's claims reach the pipeline as a model's would.

use manim_core::{Claim, Verdict, check_claims, extract_claims};

use super::python::Python;
use super::solve;

async fn told(text: &str) -> Vec<String> {
    let claims = extract_claims(&solve(text).await.generation.text);
    claims.iter().map(Claim::to_string).collect()
}

#[tokio::test]
async fn claims_travel_in_the_reply_in_plain_notation() {
    let expected = [
        (
            "Solve x^2 - 5x + 6 = 0",
            "all solutions of x^2 - 5*x + 6 = 0 for x are {2, 3}",
        ),
        (
            "Solve x + y = 5, x - y = 1",
            "all solutions of x + y = 5, x - y = 1 are {(x = 3, y = 2)}",
        ),
        (
            "Find the determinant of [[2,1],[7,4]]",
            "the determinant of [[2, 1], [7, 4]] is 1",
        ),
        (
            "Integrate x^2 from 0 to 3",
            "the integral of x^2 from x = 0 to 3 is 9",
        ),
    ];
    for (text, claim) in expected {
        let told = told(text).await;
        assert!(told.iter().any(|seen| seen == claim), "{text}: {told:?}");
    }
}

/// Two or three of each family, and what is unusual in each.
const PROBLEMS: &[&str] = &[
    "Solve x^2 - 5x + 6 = 0",
    "Solve x^2 + 1 = 0",
    "Solve x^5 - x - 1 = 0",
    "Solve 2x + 3 = 2x + 3",
    "Solve 2x + 3 = 2x + 4",
    "Solve e^x = 5",
    "Solve x + y = 5, x - y = 1",
    "Solve x + y = 5, 2x + 2y = 10",
    "Solve x + y = 5, 2x + 2y = 11",
    "Differentiate x^3 sin(x) with respect to x",
    "Differentiate ln(x)/x",
    "Find the second derivative of x^4",
    "Find f'(2) if f(x) = x^3",
    "Integrate x e^x dx",
    "Integrate 1/x",
    "Integrate x^2 from 0 to 3",
    "Integrate e^(-x) from 0 to infinity",
    "Find the limit of sin(x)/x as x approaches 0",
    "Find the limit of 1/x as x approaches 0",
    "Find the limit of (3x^2 + 1)/(x^2 - x) as x approaches infinity",
    "What is the sum of the first n odd numbers?",
    "sum from k=1 to infinity of 1/2^k",
    "sum of the first 100 natural numbers",
    "Plot y = x^3 - 3x and show its turning points",
    "Plot y = x^3 - 2x + 1",
    "Plot y = sin(x)",
    "Plot y = |x|",
    "Find the determinant of [[2,1],[7,4]]",
    "Find the inverse of [[2,1],[7,4]]",
    "Find the inverse of [[2,1],[4,2]]",
    "Multiply [[1,2],[3,4]] by [[5,6],[7,8]]",
];

#[tokio::test]
async fn every_claim_of_the_solver_is_verified_by_a_program_that_shares_nothing_with_it() {
    let runner = Python::start();
    for text in PROBLEMS {
        let claims = extract_claims(&solve(text).await.generation.text);
        assert!(!claims.is_empty(), "{text}: no claims");
        for checked in check_claims(&runner, claims).await {
            assert_eq!(
                checked.verdict,
                Verdict::Verified,
                "{text}: {}: {}",
                checked.claim,
                checked.why
            );
        }
    }
}

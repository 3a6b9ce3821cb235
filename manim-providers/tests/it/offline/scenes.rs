//! The source of films: sound Python, with the question as data.

use manim_core::{check_code, extract_code};

use super::solve;

async fn source(text: &str) -> String {
    let solved = solve(text).await;
    extract_code(&solved.generation.text).unwrap().as_str().to_owned()
}

#[tokio::test]
async fn every_kind_of_film_passes_the_static_check() {
    for text in [
        "Solve x^2 - 5x + 6 = 0",
        "Solve x + y = 5, x - y = 1",
        "Integrate x^2 from 0 to 3",
        "Plot y = x^3 - 3x",
        "What is the sum of the first n odd numbers?",
        "sum of the first 100 natural numbers",
        "Find the determinant of [[2,1],[7,4]]",
    ] {
        let code = extract_code(&solve(text).await.generation.text).unwrap();
        let report = check_code(&code);
        assert!(report.findings.is_empty(), "{text}: {:?}", report.findings);
        assert_eq!(report.scenes, ["MainScene"], "{text}");
    }
}

#[tokio::test]
async fn the_question_is_a_quoted_literal_that_nothing_ends() {
    let text = "Solve “x + 1 = 2” please";
    // Curly quotes are not understood; a film of the rest would be a guess.
    super::refusal(text).await;
    let code = source("Solve x² − 5x + 6 = 0, thanks").await;
    assert!(
        code.contains(r#"QUESTION = "Solve x\U000000b2 \U00002212 5x + 6 = 0, thanks""#),
        "{code}"
    );
}

#[tokio::test]
async fn a_film_with_one_run_of_latex_has_one_mathtex() {
    let code = source("Differentiate x^3 sin(x)").await;
    assert_eq!(code.matches("MathTex(").count(), 1);
    assert_eq!(code.matches("Text(").count(), 1);
}

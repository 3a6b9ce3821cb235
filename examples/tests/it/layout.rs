//! What the dry run says of the layout of the solver's own films: nothing, or each would cost a
//! repair that nobody can make.

use std::sync::Arc;

use futures::stream::{self, StreamExt};
use manim_core::{
    GenerationRequest, Inspection, ProblemText, Provider, Quality, RenderSettings, Renderer, Scene, Severity,
    check_code, extract_code,
};
use manim_providers::OfflineSolver;
use manim_renderer::LocalRenderer;

use crate::claims::renderer;

/// Every kind of film, with short and with long lines. Small films have the smallest letters.
const PROBLEMS: [&str; 16] = [
    "Solve 2x + 3 = 11",
    "Could you help me solve $x^2 - 5x + 6 = 0$ step by step?",
    "Solve x^3 - 6x^2 + 11x - 6 = 0",
    "Solve the system of linear equations 2x + 3y = 12, x - y = 1 by elimination",
    "Differentiate (x^2 + 1)^3 sin(2x) with respect to x using the product rule",
    "Integrate x e^x dx",
    "Find the area under the curve y = x^2 from 0 to 3",
    "Find the limit of sin(3x)/x as x approaches 0",
    "What is the sum of the first n odd numbers?",
    "What is the sum of the first 100 natural numbers?",
    "Plot y = x^3 - 3x and show its turning points",
    "Plot y = 100x^2 - 50x",
    "Sketch y = 1/x",
    "Find the determinant of [[2,1],[7,4]]",
    "Find the inverse of [[2,1],[7,4]]",
    "Multiply [[1,2],[3,4]] by [[5,6],[7,8]]",
];

#[tokio::test]
async fn no_film_of_the_solver_asks_for_a_better_layout() {
    let renderer = renderer().await;
    let looks = PROBLEMS.iter().map(|problem| flaws(problem, renderer.clone()));
    let flaws: Vec<String> = stream::iter(looks)
        .buffer_unordered(2)
        .flat_map(stream::iter)
        .collect()
        .await;
    assert_eq!(flaws, Vec::<String>::new());
}

async fn flaws(problem: &str, renderer: Arc<LocalRenderer>) -> Vec<String> {
    let settings = RenderSettings::default().with_quality(Quality::Low);
    let request = GenerationRequest::new(ProblemText::parse(problem).unwrap(), settings);
    let reply = OfflineSolver::new(renderer.clone()).generate(&request, &()).await;
    let reply = reply.unwrap_or_else(|error| panic!("{problem}: {}", manim_core::chain(&error)));
    let code = check_code(&extract_code(&reply.text).unwrap()).code;
    let findings = match renderer.inspect(&Scene::new(code), settings).await.unwrap() {
        Inspection::Passed(estimate) => estimate.findings,
        Inspection::Rejected(findings) => findings,
    };
    findings
        .iter()
        .filter(|finding| finding.severity != Severity::Note)
        .map(|finding| format!("{problem}: {finding}"))
        .collect()
}

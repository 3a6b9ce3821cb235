//! A scene of many formulas that nobody has set before, and the same scene again.

use std::time::Instant;

use manim_core::{Inspection, Quality, RenderSettings, Renderer};
use manim_renderer::LocalRenderer;

use crate::choice::Choice;
use crate::cli::Cli;
use crate::measure::timed;
use crate::scenes::scene;

const FORMULAS: &str = r#"from manim import *


class MainScene(Scene):
    def construct(self):
        for n in range(2, 14):
            self.add(MathTex(rf"\int_0^{n} x^{n} \, dx = \frac{{{n}^{n + 1}}}{{{n + 1}}}"))
        self.wait()
"#;

pub(crate) async fn run(_: &Choice) -> String {
    let cli = Cli::new(FORMULAS);
    let (_, their_cold) = timed(|| cli.render(Quality::Low, false));
    let (_, their_warm) = timed(|| cli.render(Quality::Low, false));
    let cache = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let environment = crate::environment().with_tex_cache(cache.path());
    let renderer = LocalRenderer::start(environment, crate::options()).await.unwrap();
    let settings = RenderSettings::default().with_quality(Quality::Low);
    let began = Instant::now();
    let passed = renderer.inspect(&scene(FORMULAS), settings).await.unwrap();
    assert!(matches!(passed, Inspection::Passed(_)));
    let dry = began.elapsed().as_secs_f64();
    renderer.render(&scene(FORMULAS), settings, &()).await.unwrap();
    let cold = began.elapsed().as_secs_f64();
    let began = Instant::now();
    renderer.render(&scene(FORMULAS), settings, &()).await.unwrap();
    let warm = began.elapsed().as_secs_f64();
    format!(
        "| a scene of 12 formulas, 480p15 | none known, s | all known, s |\n|---|---|---|\n| `manim render` | {their_cold:.2} | {their_warm:.2} |\n| ours, dry run and film | {cold:.2} | |\n| of it the dry run | {dry:.2} | |\n| ours, film | | {warm:.2} |\n| times faster | {:.2} | {:.2} |\n",
        their_cold / cold,
        their_warm / warm,
    )
}

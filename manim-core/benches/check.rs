//! How long a check takes: a scene of 300 lines, as it is and with a mistake in every tenth.
#![expect(clippy::print_stdout, reason = "the figures are what the program is for")]

use std::time::{Duration, Instant};

use manim_core::{SceneCode, check_code};

const ROUNDS: usize = 200;
const LINES: usize = 300;

fn main() {
    let begun = Instant::now();
    check_code(&scene(""));
    println!("first check, with reading the table: {:?}", begun.elapsed());
    measure("300 lines, nothing wrong", &scene(""));
    measure(
        "300 lines, 30 mistakes to mend",
        &scene("self.play(ShowCreation(Dot([1, 2], color=CYAN)))"),
    );
    measure(
        "300 lines, 30 mistakes to report",
        &scene("self.play(Crate(Dot(glow=True).shfit(UP)))"),
    );
}

fn measure(what: &str, code: &SceneCode) {
    let mut times: Vec<Duration> = (0..ROUNDS).map(|_| timed(code)).collect();
    times.sort_unstable();
    println!(
        "{what}: median {:?}, slowest {:?}",
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
}

fn timed(code: &SceneCode) -> Duration {
    let begun = Instant::now();
    std::hint::black_box(check_code(std::hint::black_box(code)));
    begun.elapsed()
}

/// Ten-line blocks of ordinary scene code, each ending in `mistake`.
fn scene(mistake: &str) -> SceneCode {
    let block = |index: usize| {
        format!(
            "        title_{index} = Text(\"Step {index}\", font_size=36).to_edge(UP)
        axes_{index} = Axes(x_range=[-3, 3, 1], y_range=[-1, 9, 2], x_length=8, tips=False)
        curve_{index} = axes_{index}.plot(lambda x: x**2 + {index}, color=BLUE, x_range=[-2, 2])
        dots_{index} = VGroup(*[Dot(axes_{index}.c2p(x, x**2), color=RED) for x in range(-2, 3)])
        self.play(Write(title_{index}), Create(axes_{index}), run_time=1.5)
        self.play(Create(curve_{index}), LaggedStart(*[FadeIn(d, shift=UP) for d in dots_{index}], lag_ratio=0.2))
        self.play(curve_{index}.animate.set_color(YELLOW), dots_{index}.animate.shift(0.1 * UP))
        self.wait(0.5)
        self.play(FadeOut(Group(title_{index}, axes_{index}, curve_{index}, dots_{index})))
        {mistake}
"
        )
    };
    let blocks: String = (0..LINES / 10).map(block).collect();
    let source = format!("from manim import *\n\n\nclass Long(Scene):\n    def construct(self):\n{blocks}");
    SceneCode::new(source).unwrap_or_else(|error| panic!("{error}"))
}

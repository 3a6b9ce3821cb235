//! Problems, and a good scene for each: the offline solver's, or one of Manim's features.

use std::path::Path;

/// What is asked, and where a good answer comes from.
#[derive(Debug, Clone)]
pub(crate) struct Exercise {
    pub(crate) text: String,
    pub(crate) source: Source,
}

#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// The offline solver answers this.
    Solver(String),
    /// This scene.
    Scene(String),
}

/// Every problem is one of these with its own numbers. Few numbers, because a formula that
/// was set before costs nothing.
const ASKED: [fn(u32) -> String; 8] = [
    |k| format!("Solve x^2 - {}x + {} = 0", k + 3, 2 * (k + 1)),
    |k| format!("Differentiate x^{} + {}x", k + 2, k + 1),
    |k| format!("Integrate x^2 from 0 to {}", k + 1),
    |k| format!("Find the limit of sin({}x)/x as x approaches 0", k + 1),
    |k| format!("Find the determinant of [[{},1],[7,4]]", k + 2),
    |k| format!("Solve the system {}x + y = 5, x - y = 1", k + 1),
    |k| format!("What is the sum of the first {} natural numbers?", 10 * (k + 1)),
    |k| format!("Plot y = x^2 - {}x", k + 1),
];
const NUMBERS: u32 = 5;

/// `count` exercises: by turns a problem for the solver and a scene from `scenes`.
pub(crate) fn exercises(count: usize, scenes: &[String]) -> Vec<Exercise> {
    let exercise = |index: usize| {
        let half = index / 2;
        let (asked, source) = match index % 2 {
            0 => {
                let asked = ASKED[half % ASKED.len()](half as u32 / ASKED.len() as u32 % NUMBERS);
                (asked.clone(), Source::Solver(asked))
            }
            _ => {
                let scene = &scenes[half % scenes.len()];
                (
                    "Show what is special about it.".to_owned(),
                    Source::Scene(scene.clone()),
                )
            }
        };
        let text = format!("Exercise {}. {asked}", index + 1);
        Exercise { text, source }
    };
    (0..count).map(exercise).collect()
}

/// The valid scenes that the check is tested with.
pub(crate) fn valid_scenes() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manim-core/tests/check/valid");
    let files = std::fs::read_dir(&folder).expect("the valid scenes are there");
    let mut paths: Vec<_> = files.filter_map(|file| Some(file.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "py"));
    paths.sort();
    let texts = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).expect("a scene is text"));
    texts.flat_map(|text| scenes_of(&text)).collect()
}

fn scenes_of(text: &str) -> Vec<String> {
    let parts = text.split("# scene: ").skip(1);
    let code = |part: &str| {
        let (_, code) = part.split_once('\n').unwrap_or_default();
        let own = code
            .lines()
            .any(|line| line.starts_with("from manim") || line.starts_with("import manim"));
        match own {
            true => code.to_owned(),
            false => format!("from manim import *\n\n{code}"),
        }
    };
    parts.map(code).collect()
}

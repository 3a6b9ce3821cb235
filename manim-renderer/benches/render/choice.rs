//! What of the benchmark is to run.

use manim_core::Quality;

pub(crate) struct Choice {
    pub(crate) runs: usize,
    scenes: Vec<String>,
    qualities: Vec<String>,
    parts: Vec<String>,
}

impl Choice {
    pub(crate) fn from_environment() -> Self {
        Self {
            runs: std::env::var("BENCH_RUNS")
                .ok()
                .and_then(|runs| runs.parse().ok())
                .unwrap_or(5)
                .max(1),
            scenes: list("BENCH_SCENES"),
            qualities: list("BENCH_QUALITIES"),
            parts: list("BENCH_PARTS"),
        }
    }

    pub(crate) fn part(&self, name: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|part| part == name)
    }

    pub(crate) fn scene(&self, name: &str) -> bool {
        self.scenes.is_empty() || self.scenes.iter().any(|scene| scene == name)
    }

    pub(crate) fn qualities(&self) -> Vec<Quality> {
        let wanted =
            |quality: &Quality| self.qualities.is_empty() || self.qualities.contains(&quality.to_string());
        Quality::ALL.into_iter().filter(wanted).collect()
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.scenes.is_empty() && self.qualities.is_empty()
    }
}

fn list(variable: &str) -> Vec<String> {
    let value = std::env::var(variable).unwrap_or_default();
    value
        .split(',')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

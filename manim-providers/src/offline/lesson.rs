//! What the solver hands back: a lesson as data. Every formula is proven harmless to TeX
//! before a template may hold it.

use serde::Deserialize;

use super::claims::Said;
use super::tex::{Prose, Tex};

/// A solved problem, ready for a template.
#[derive(Debug, Deserialize)]
pub(super) struct Lesson {
    /// What is done, in words.
    pub(super) title: Prose,
    /// Steps in order, the first being the problem itself.
    #[serde(default)]
    pub(super) steps: Vec<Step>,
    /// The answer, to be boxed.
    pub(super) result: Vec<Part>,
    /// How the answer was checked, in words.
    #[serde(default)]
    pub(super) check: Option<Prose>,
    /// What is drawn besides formulas.
    #[serde(default)]
    pub(super) picture: Option<PictureData>,
    /// Ways of solving that were used, by name.
    #[serde(default)]
    pub(super) methods: Vec<String>,
    /// Statements that an independent program can check. An answer without a list is no lesson.
    pub(super) claims: Vec<Said>,
}

/// One line of the film and the reason for it.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    pub(super) line: Vec<Part>,
    pub(super) why: Prose,
}

/// A piece of a formula; a marked piece is what the step changed.
#[derive(Debug, Deserialize)]
pub(super) struct Part {
    pub(super) tex: Tex,
    #[serde(default)]
    pub(super) mark: bool,
}

/// What is drawn.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum PictureData {
    /// A graph with its features.
    Plot(Plot),
    /// The area under a graph.
    Area(Plot),
    /// `n` nested L-shapes of dots.
    Square(Dots),
    /// Two staircases of `n` steps.
    Staircase(Dots),
}

/// A picture of dots.
#[derive(Debug, Deserialize)]
pub(super) struct Dots {
    /// How many rows are drawn.
    pub(super) n: u32,
}

/// A graph in its window.
#[derive(Debug, Deserialize)]
pub(super) struct Plot {
    pub(super) x_range: [f64; 2],
    pub(super) y_range: [f64; 2],
    pub(super) x_ticks: Vec<(f64, Tex)>,
    pub(super) y_ticks: Vec<(f64, Tex)>,
    /// Pieces of the curve, each a list of points.
    pub(super) curves: Vec<Vec<[f64; 2]>>,
    /// The part of the curve under which the area is meant.
    #[serde(default)]
    pub(super) shade: Vec<[f64; 2]>,
    #[serde(default)]
    pub(super) points: Vec<Point>,
    #[serde(default)]
    pub(super) asymptotes: Vec<[[f64; 2]; 2]>,
    pub(super) label: Tex,
    pub(super) variable: Tex,
    /// Findings, for the panel beside the graph.
    #[serde(default)]
    pub(super) facts: Vec<Fact>,
}

/// A marked point.
#[derive(Debug, Deserialize)]
pub(super) struct Point {
    pub(super) at: [f64; 2],
    pub(super) label: Tex,
    pub(super) role: Role,
}

/// What a point of a graph is; decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Root,
    Turning,
    Inflection,
    Intercept,
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Turning => "turning",
            Self::Inflection => "inflection",
            Self::Intercept => "intercept",
        }
    }
}

/// A finding about a graph: words, the equation that gives it, and what came out.
#[derive(Debug, Deserialize)]
pub(super) struct Fact {
    pub(super) role: Option<Role>,
    pub(super) words: Prose,
    pub(super) how: Tex,
    pub(super) tex: Vec<Tex>,
    /// The question asked for it.
    pub(super) asked: bool,
}

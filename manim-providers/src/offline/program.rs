//! The Python that ships in this crate. It runs in the jail only.

use manim_core::Program;

macro_rules! modules {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../python/solver/", $name, ".py")))),*]
    };
}

/// Solves one task. The order is that of imports; the last module has `main`.
pub(super) const SOLVER: Program = Program {
    name: "offline-solver",
    modules: modules![
        "notation",
        "lesson",
        "proof",
        "unknowns",
        "polynomials",
        "reductions",
        "equations",
        "systems",
        "derivatives",
        "curves",
        "plots",
        "integrals",
        "limits",
        "sums",
        "matrices",
        "solver",
    ],
};

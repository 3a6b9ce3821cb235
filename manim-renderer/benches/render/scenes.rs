//! What is rendered: written for this benchmark, of the kinds that problems ask for.

use manim_core::{Scene, SceneCode};

/// Name and source, without any picture from a file.
pub(crate) const SCENES: [(&str, &str); 13] = [
    ("text", include_str!("scenes/text.py")),
    ("graph", include_str!("scenes/graph.py")),
    ("riemann", include_str!("scenes/riemann.py")),
    ("formulas", include_str!("scenes/formulas.py")),
    ("matching", include_str!("scenes/matching.py")),
    ("matrices", include_str!("scenes/matrices.py")),
    ("updaters", include_str!("scenes/updaters.py")),
    ("solid", include_str!("scenes/solid.py")),
    ("many", include_str!("scenes/many.py")),
    ("waits", include_str!("scenes/waits.py")),
    ("geometry", include_str!("scenes/geometry.py")),
    ("camera", include_str!("scenes/camera.py")),
    ("numbers", include_str!("scenes/numbers.py")),
];

pub(crate) fn scene(source: &str) -> Scene {
    Scene::new(SceneCode::new(source).unwrap())
}

//! Our frames are Manim's frames, to the last bit and in the same number.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use manim_core::{Inspection, Quality, RenderOutcome, Renderer, Scene, SceneCode};
use manim_renderer::LocalRenderer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{environment, low, options, python};

/// From Manim's own documentation: text, graphs, formulas, matching transforms,
/// updaters, speed and rate functions, 3D, moving and zoomed cameras, sections of paths,
/// random layouts, stills.
const EXAMPLES: [&str; 20] = [
    "Anagram",
    "AngleMidPoint",
    "AnimatedBoundaryExample",
    "BasicMarkupExample",
    "ChangingCameraWidthAndRestore",
    "ChangingDecimalExample",
    "ContinuousMotion",
    "DtUpdater",
    "ExampleCone",
    "GetRiemannRectanglesExample",
    "LinearTransformationSceneExample",
    "MatchingEquationParts",
    "MovingAndZoomingCamera",
    "MovingCameraOnGraph",
    "MovingSquareWithUpdaters",
    "RotatingDemo",
    "SpeedModifierExample",
    "StreamLineCreation",
    "SuccessionExample",
    "TracedPathExample",
];

/// Examples that Manim itself draws differently from run to run: they depend on the
/// order of a set.
const UNREPEATABLE: [&str; 2] = ["ConvexHull3DExample", "ConvexHullExample"];

/// What the documentation has no example of.
const OURS: [(&str, &str); 5] = [
    ("EveryKindOfWait", include_str!("scenes/waits.py")),
    ("Sections", include_str!("scenes/sections.py")),
    ("OwnSettings", include_str!("scenes/settings.py")),
    ("Spinning3D", include_str!("scenes/spinning.py")),
    ("OwnCamera", include_str!("scenes/camera.py")),
];

/// Those that the benchmark renders, so that it compares equal work.
macro_rules! benched {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../benches/render/scenes/", $name, ".py")))),*]
    };
}

const BENCHED: [(&str, &str); 13] = benched!(
    "text", "graph", "riemann", "formulas", "matching", "matrices", "updaters", "solid", "many", "waits",
    "geometry", "camera", "numbers"
);

/// A frame's digest and how often it comes in a row.
type Frames = Vec<(String, u64)>;

#[tokio::test]
async fn frames_are_bit_identical_to_manims_own_and_the_dry_run_tells_their_number() {
    let mut scenes = examples(&EXAMPLES);
    for (name, source) in OURS.iter().chain(&BENCHED) {
        scenes.insert((*name).to_owned(), (*source).to_owned());
    }
    let stock = stock(&scenes);
    let failed: Vec<_> = stock.iter().filter(|(_, frames)| frames.is_string()).collect();
    assert!(failed.is_empty(), "Manim itself cannot render {failed:?}");
    let differences = compare(&scenes, &stock).await;
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Takes minutes: run it with `--ignored` when the worker's Python changes.
#[tokio::test]
#[ignore = "all of the documentation's examples: minutes"]
async fn every_documentation_example_that_manim_renders_is_bit_identical() {
    let mut scenes = examples(&[]);
    let stock = stock(&scenes);
    scenes.retain(|name, _| stock[name].is_array() && !UNREPEATABLE.contains(&name.as_str()));
    let differences = compare(&scenes, &stock).await;
    println!("{} examples compared", scenes.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn examples(names: &[&str]) -> BTreeMap<String, String> {
    serde_json::from_value(python("examples.py", names, "")).unwrap()
}

fn stock(scenes: &BTreeMap<String, String>) -> BTreeMap<String, Value> {
    let (width, height) = Quality::Low.pixels();
    // Formulas are compiled once for all runs.
    let tex = format!("{}/stock-tex", env!("CARGO_TARGET_TMPDIR"));
    let task = json!({
        "width": width, "height": height, "frame_rate": Quality::Low.frame_rate(), "tex_dir": tex, "scenes": scenes,
    });
    serde_json::from_value(python("frames.py", &[], &task.to_string())).unwrap()
}

async fn compare(scenes: &BTreeMap<String, String>, stock: &BTreeMap<String, Value>) -> Vec<String> {
    let seen: Arc<Mutex<Frames>> = Arc::default();
    let tapped = Arc::clone(&seen);
    let options = options().with_frame_tap(move |rgba, repeat| {
        let digest = Sha256::digest(rgba)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        tapped.lock().unwrap().push((digest, repeat));
    });
    let renderer = LocalRenderer::start(environment(), options).await.unwrap();
    let mut differences = Vec::new();
    for (name, source) in scenes {
        seen.lock().unwrap().clear();
        let expected: Frames = serde_json::from_value(stock[name].clone()).unwrap();
        let scene = Scene::new(SceneCode::new(source.clone()).unwrap());
        let told = match renderer.inspect(&scene, low()).await.unwrap() {
            Inspection::Passed(estimate) => estimate,
            Inspection::Rejected(why) => {
                differences.push(format!("{name}: the dry run rejects it: {why}"));
                continue;
            }
        };
        match renderer.render(&scene, low(), &()).await.unwrap() {
            RenderOutcome::Rejected(why) => differences.push(format!("{name}: rejected: {why}")),
            RenderOutcome::Rendered(film) => {
                differences.extend(difference(name, &expected, &seen.lock().unwrap()));
                if (told.frames, told.plays) != (film.info.frames, film.info.plays) {
                    differences.push(format!(
                        "{name}: the dry run told {told:?}, the film is {:?}",
                        film.info
                    ));
                }
            }
        }
    }
    differences
}

fn difference(name: &str, expected: &Frames, seen: &Frames) -> Option<String> {
    if expected == seen {
        return None;
    }
    let count = |frames: &Frames| frames.iter().map(|(_, repeat)| repeat).sum::<u64>();
    let first = expected.iter().zip(seen).position(|(a, b)| a != b);
    Some(format!(
        "{name}: {} frames, Manim makes {}; the first difference is at {first:?}",
        count(seen),
        count(expected)
    ))
}

//! The check against scenes in bulk: Manim's own examples, valid scenes, broken ones.
//! Which of the scenes run, and with which error they fail, `tests/check/verify.py` found.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use manim_core::{CheckReport, SceneCode, check_code};

const CHECKED_IN: &str = env!("CARGO_MANIFEST_DIR");

/// Examples of Manim's documentation that do not run in the pinned environment, and why.
const NOT_RUNNABLE: [(&str, &str); 8] = [
    (
        "labeled:LabeledCountryExample",
        "imports requests, which is not installed",
    ),
    ("opengl_mobject:Example", "the star import lacks OpenGLVGroup"),
    (
        "opengl_mobject:ShuffleSubmobjectsExample",
        "the star import lacks OpenGLVGroup",
    ),
    (
        "opengl_mobject:DotInterpolation",
        "the star import lacks OpenGLVMobject",
    ),
    (
        "opengl_vectorized_mobject:ArcShapeIris",
        "the star import lacks OpenGLVGroup",
    ),
    (
        "opengl_vectorized_mobject:DashedVMobjectExample",
        "the star import lacks OpenGLVGroup",
    ),
    (
        "opengl_vectorized_mobject:AddToOpenGLVGroup",
        "the star import lacks OpenGLVGroup",
    ),
    ("scene:SoundExample", "plays a file that is not there"),
];

struct Checked {
    name: String,
    source: String,
    report: CheckReport,
}

fn python() -> PathBuf {
    let beside = || Path::new(CHECKED_IN).join("../.venv");
    let folder = std::env::var_os("MANIM_ENV").map_or_else(beside, PathBuf::from);
    let python = folder.join("bin/python");
    assert!(
        python.exists(),
        "no Manim at {}: run `make setup`, or set MANIM_ENV to its environment",
        folder.display()
    );
    python
}

/// What one of our Python programs prints.
fn output(program: &Path, arguments: &[&str]) -> String {
    let done = Command::new(python())
        .arg(program)
        .args(arguments)
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn checked(program: &str, arguments: &[&str]) -> Vec<Checked> {
    let program = Path::new(CHECKED_IN).join("tests/check").join(program);
    output(&program, arguments).lines().map(check_line).collect()
}

fn check_line(line: &str) -> Checked {
    let scene: HashMap<String, String> = serde_json::from_str(line).unwrap();
    let code = SceneCode::new(&scene["code"]).unwrap();
    Checked {
        name: scene["name"].clone(),
        source: scene["code"].clone(),
        report: check_code(&code),
    }
}

/// The scenes with any finding, shown.
fn alarms(scenes: &[Checked]) -> Vec<String> {
    let alarmed = scenes.iter().filter(|scene| !scene.report.findings.is_empty());
    alarmed
        .map(|scene| format!("{}: {}", scene.name, scene.report.findings))
        .collect()
}

#[test]
fn manims_own_examples_raise_no_alarm() {
    let known: HashSet<&str> = NOT_RUNNABLE.iter().map(|(name, _)| *name).collect();
    let mut scenes = checked("docstrings.py", &[]);
    assert!(scenes.len() >= 390, "only {} examples were found", scenes.len());
    scenes.retain(|scene| !known.contains(scene.name.as_str()));
    assert_eq!(alarms(&scenes), Vec::<String>::new());
}

#[test]
fn valid_scenes_raise_no_alarm_and_stay_as_they_are() {
    let scenes = checked("mutate.py", &["valid"]);
    assert!(scenes.len() >= 60, "only {} valid scenes", scenes.len());
    assert_eq!(alarms(&scenes), Vec::<String>::new());
    assert!(
        scenes
            .iter()
            .all(|scene| scene.report.code.as_str() == scene.source)
    );
}

/// Names of the broken scenes that fail, and whether they run once mended.
fn failing() -> HashMap<String, bool> {
    let table = std::fs::read_to_string(Path::new(CHECKED_IN).join("tests/check/broken.tsv")).unwrap();
    let row = |line: &str| {
        let mut fields = line.split('\t');
        Some((fields.next()?.to_owned(), fields.nth(1)? == "runs"))
    };
    table.lines().filter_map(row).collect()
}

#[test]
fn broken_scenes_are_caught_and_most_are_mended() {
    let failing = failing();
    let mut scenes = checked("mutate.py", &["broken"]);
    scenes.retain(|scene| failing.contains_key(&scene.name));
    let caught = scenes
        .iter()
        .filter(|scene| !scene.report.findings.is_empty())
        .count();
    let mended = scenes
        .iter()
        .filter(|scene| failing[&scene.name] && scene.report.passed())
        .count();
    let share = |count: usize| count * 100 / scenes.len();
    assert!(scenes.len() >= 200, "only {} broken scenes", scenes.len());
    // The dry run catches the rest: indices, divisions, computed points.
    assert!(share(caught) >= 95, "{caught} of {} are caught", scenes.len());
    assert!(share(mended) >= 60, "{mended} of {} are mended", scenes.len());
}

#[test]
fn mending_twice_is_mending_once() {
    for scene in checked("mutate.py", &["broken"]) {
        let again = check_code(&scene.report.code);
        assert_eq!(again.code, scene.report.code, "{}", scene.name);
        assert!(
            !again.findings.iter().any(|finding| finding.fixed),
            "{}",
            scene.name
        );
    }
}

#[test]
fn the_shipped_table_is_that_of_the_installed_manim() {
    let script = Path::new(CHECKED_IN).join("../scripts/manim_symbols.py");
    let table = Path::new(CHECKED_IN).join("src/check/symbols.z");
    output(&script, &["--verify", table.to_str().unwrap()]);
}

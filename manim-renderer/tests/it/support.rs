//! What the tests share: one warm renderer, scenes in a line, and eyes for processes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use manim_core::{
    Diagnostic, Diagnostics, Estimate, Film, Inspection, Quality, RenderOutcome, RenderSettings, Renderer,
    Scene, SceneCode,
};
use manim_renderer::{Environment, LocalRenderer, Options};
use tokio::sync::OnceCell;

/// The smallest quality: what a test is about is seldom the number of pixels.
pub(crate) fn low() -> RenderSettings {
    RenderSettings::default().with_quality(Quality::Low)
}

/// Swept by the next run: a static is never dropped.
pub(crate) fn options() -> Options {
    Options::default().with_scratch(env!("CARGO_TARGET_TMPDIR"))
}

pub(crate) fn environment() -> Environment {
    Environment::locate().expect("`make setup` makes the environment that the tests need")
}

/// One renderer for all tests that do not harm it.
pub(crate) async fn renderer() -> &'static LocalRenderer {
    static SHARED: OnceCell<LocalRenderer> = OnceCell::const_new();
    SHARED.get_or_init(|| start(options())).await
}

pub(crate) async fn start(options: Options) -> LocalRenderer {
    LocalRenderer::start(environment(), options).await.unwrap()
}

/// A scene that imports Manim and then is as written.
pub(crate) fn scene(source: &str) -> Scene {
    Scene::new(SceneCode::new(format!("from manim import *\n{source}")).unwrap())
}

/// A scene with this body of `construct()`; its first line is line 4.
pub(crate) fn construct(body: &str) -> Scene {
    let body: String = body.lines().map(|line| format!("        {line}\n")).collect();
    scene(&format!(
        "class MainScene(Scene):\n    def construct(self):\n{body}"
    ))
}

#[track_caller]
pub(crate) fn rendered(outcome: RenderOutcome) -> Film {
    match outcome {
        RenderOutcome::Rendered(film) => film,
        RenderOutcome::Rejected(why) => panic!("rejected: {why}"),
    }
}

#[track_caller]
pub(crate) fn rejected(outcome: RenderOutcome) -> Diagnostic {
    match outcome {
        RenderOutcome::Rejected(why) => first_error(&why),
        RenderOutcome::Rendered(film) => panic!("rendered: {:?}", film.info),
    }
}

#[track_caller]
pub(crate) fn passed(inspection: Inspection) -> Estimate {
    match inspection {
        Inspection::Passed(estimate) => estimate,
        Inspection::Rejected(why) => panic!("rejected: {why}"),
    }
}

#[track_caller]
pub(crate) fn refused(inspection: Inspection) -> Diagnostic {
    match inspection {
        Inspection::Rejected(why) => first_error(&why),
        Inspection::Passed(estimate) => panic!("passed: {estimate:?}"),
    }
}

#[track_caller]
fn first_error(why: &Diagnostics) -> Diagnostic {
    why.errors().next().expect("a rejection holds an error").clone()
}

pub(crate) async fn render_low(scene: &Scene) -> Film {
    rendered(renderer().await.render(scene, low(), &()).await.unwrap())
}

/// Runs a program of the tests' own with the environment's Python, JSON in and out.
pub(crate) fn python(script: &str, arguments: &[&str], input: &str) -> serde_json::Value {
    use std::io::Write;

    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stock")
        .join(script);
    let mut child = Command::new(environment().python())
        .arg("-I")
        .arg(script)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// All living descendants of a process.
pub(crate) fn descendants(root: u32) -> BTreeSet<u32> {
    let parents: Vec<(u32, u32)> = processes().filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let mut found = BTreeSet::from([root]);
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, up)| found.contains(up) && !found.contains(pid))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            found.remove(&root);
            return found;
        }
        found.extend(more);
    }
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The parent of a process that is not a zombie.
fn parent(pid: u32) -> Option<u32> {
    let about = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = about[about.rfind(')')? + 2..].split(' ');
    let state = fields.next()?;
    (state != "Z" && state != "X").then(|| fields.next()?.parse().ok())?
}

pub(crate) fn is_alive(pid: u32) -> bool {
    parent(pid).is_some()
}

pub(crate) fn name(pid: u32) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/comm"))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

pub(crate) fn kill(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
}

/// Waits for what must come true soon, and says what did not.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < limit, "{what}: not within {limit:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same, without holding up the test's other tasks.
pub(crate) async fn eventually_async<T>(
    what: &str,
    limit: Duration,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let looking = async {
        loop {
            if let Some(found) = look() {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(limit, looking)
        .await
        .unwrap_or_else(|_| panic!("{what}: not within {limit:?}"))
}

/// What is left of jobs in a renderer's scratch directory.
pub(crate) fn job_directories(scratch: &Path) -> Vec<PathBuf> {
    let renderers = std::fs::read_dir(scratch).unwrap().flatten();
    renderers
        .flat_map(|renderer| std::fs::read_dir(renderer.path()).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("job-"))
        })
        .collect()
}

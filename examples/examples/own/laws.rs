//! The laws of the four traits, a line each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use manim_core::conformance::Fixture;
use manim_core::conformance::provider::ProviderFixture;
use manim_core::conformance::renderer::RendererFixture;
use manim_core::testing::{ManualClock, StubRenderer};
use manim_core::{
    BlobStore, Diagnostic, Diagnostics, ProblemText, Provider, RenderErrorKind, Scene, SceneCode,
    SessionStore, Stage,
};

use crate::failover::Failover;
use crate::program::LocalProgram;
use crate::sqlite::Sqlite;

manim_core::session_store_conformance!(sessions);
manim_core::blob_store_conformance!(blobs);
manim_core::provider_conformance!(programs);
manim_core::renderer_conformance!(failover);

/// Two handles of one file, as two processes have them.
async fn sessions() -> Fixture<dyn SessionStore> {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new());
    let open = || {
        Sqlite::open(folder.path().join("own.sqlite"))
            .unwrap()
            .with_clock(clock.clone())
    };
    Fixture::<dyn SessionStore>::new(Arc::new(open()))
        .with_other_handle(Arc::new(open()))
        .with_clock(clock.clone())
        .keeping(folder)
}

async fn blobs() -> Fixture<dyn BlobStore> {
    let folder = tempfile::tempdir().unwrap();
    let open = || Sqlite::open(folder.path().join("own.sqlite")).unwrap();
    Fixture::<dyn BlobStore>::new(Arc::new(open()))
        .with_other_handle(Arc::new(open()))
        .keeping(folder)
}

/// Programs that write their process's number into a file, and then do what their mood is.
async fn programs() -> ProviderFixture {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("started");
    let program = |mood: &str| -> Arc<dyn Provider> {
        let script = format!("echo $$ >> \"$0\"; {mood}");
        let arguments = ["-c".into(), script.into(), file.clone().into_os_string()];
        Arc::new(LocalProgram::new("local-program", "sh", arguments))
    };
    let (requests, open) = (file.clone(), file.clone());
    ProviderFixture {
        problem: ProblemText::parse("Löse x² − 5x + 6 = 0 🙂").unwrap(),
        answering: program("cat > /dev/null; echo from manim import '*'; echo class MainScene"),
        failing: program("echo the model is not there >&2; exit 1"),
        hanging: program("exec sleep 600"),
        key: None,
        requests: Box::new(move || started(&requests).len()),
        open: Box::new(move || started(&open).iter().filter(lives).count()),
        guard: Box::new(folder),
    }
}

fn started(file: &Path) -> Vec<PathBuf> {
    let numbers = std::fs::read_to_string(file).unwrap_or_default();
    numbers
        .lines()
        .map(|number| Path::new("/proc").join(number))
        .collect()
}

/// What has ended and was not waited for yet has no command line any more.
fn lives(process: &&PathBuf) -> bool {
    std::fs::read(process.join("cmdline")).is_ok_and(|line| !line.is_empty())
}

fn scene(source: &str) -> Scene {
    Scene::new(SceneCode::new(source).unwrap())
}

/// The first is out of reach, so that everything is up to the second.
async fn failover() -> RendererFixture {
    let wrong = |scene: &Scene| {
        let finding = Diagnostic::new(Stage::Inspect, "name-error", "name 'Sqare' is not defined");
        let fault = scene.code.as_str().contains("Sqare");
        fault.then(|| Diagnostics::from(finding.at(2, None, scene.code.line(2))))
    };
    let long = |scene: &Scene| match scene.code.as_str().contains("long") {
        true => Duration::from_secs(600),
        false => Duration::ZERO,
    };
    let first = Arc::new(StubRenderer::new().failing(RenderErrorKind::Unavailable));
    let second = Arc::new(StubRenderer::new().rejecting_if(wrong).delaying(long));
    let watched = second.clone();
    RendererFixture {
        renderer: Arc::new(Failover::new(first, second).unwrap()),
        good: scene("class MainScene(Scene): ..."),
        bad: scene("class MainScene(Scene):\n    s = Sqare()"),
        long: scene("class MainScene(Scene): 'long'"),
        active: Box::new(move || watched.active()),
        guard: Box::new(()),
    }
}

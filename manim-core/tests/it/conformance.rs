//! Every law on the implementations that ship with this crate.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use manim_core::conformance::Fixture;
use manim_core::conformance::notifier::NotifierFixture;
use manim_core::conformance::provider::ProviderFixture;
use manim_core::conformance::renderer::RendererFixture;
use manim_core::conformance::script_runner::ScriptRunnerFixture;
use manim_core::memory::{MemoryBlobs, MemoryInbox, MemoryLimiter, MemoryQueue, MemorySessions};
use manim_core::testing::{ManualClock, RecordingNotifier, StubRenderer};
use manim_core::{
    BlobStore, Diagnostic, Diagnostics, Inbox, JobQueue, ProblemText, RateLimiter, Scene, SceneCode,
    SessionId, SessionStore, Stage,
};

use crate::doubles::{Mood, Moody, Peer, Pretender};

async fn memory_sessions() -> Fixture<dyn SessionStore> {
    let clock = Arc::new(ManualClock::new());
    let store = MemorySessions::new().with_clock(clock.clone());
    Fixture::<dyn SessionStore>::new(Arc::new(store)).with_clock(clock)
}

manim_core::session_store_conformance!(memory_sessions);

async fn memory_blobs() -> Fixture<dyn BlobStore> {
    Fixture::new(Arc::new(MemoryBlobs::new()))
}

manim_core::blob_store_conformance!(memory_blobs);

async fn memory_queue() -> Fixture<dyn JobQueue> {
    let clock = Arc::new(ManualClock::new());
    let queue = MemoryQueue::new().with_clock(clock.clone());
    Fixture::<dyn JobQueue>::new(Arc::new(queue)).with_clock(clock)
}

manim_core::job_queue_conformance!(memory_queue);

async fn memory_limiter() -> Fixture<dyn RateLimiter> {
    let clock = Arc::new(ManualClock::new());
    let limiter = MemoryLimiter::new().with_clock(clock.clone());
    Fixture::<dyn RateLimiter>::new(Arc::new(limiter)).with_clock(clock)
}

manim_core::rate_limiter_conformance!(memory_limiter);

async fn memory_inbox() -> Fixture<dyn Inbox> {
    let clock = Arc::new(ManualClock::new());
    let inbox = MemoryInbox::new().with_clock(clock.clone());
    Fixture::<dyn Inbox>::new(Arc::new(inbox)).with_clock(clock)
}

manim_core::inbox_conformance!(memory_inbox);

async fn recording_notifier() -> NotifierFixture {
    let session = SessionId::new();
    let notifier = Arc::new(RecordingNotifier::new().with_session(session));
    let (told, films) = (notifier.clone(), notifier.clone());
    NotifierFixture::new(
        notifier,
        session,
        move || told.messages(),
        move || films.films().len(),
    )
}

manim_core::notifier_conformance!(recording_notifier);

async fn moody_provider() -> ProviderFixture {
    let peer = Arc::new(Peer::default());
    let provider = |mood| {
        Arc::new(Moody {
            mood,
            key: "sk-0123456789".to_owned(),
            peer: peer.clone(),
        })
    };
    let (answering, failing, hanging) = (
        provider(Mood::Answers),
        provider(Mood::Fails),
        provider(Mood::Hangs),
    );
    let (requests, open) = (peer.clone(), peer.clone());
    ProviderFixture {
        problem: ProblemText::parse("Löse x² − 5x + 6 = 0 🙂").unwrap(),
        answering,
        failing,
        hanging,
        key: Some("sk-0123456789".to_owned()),
        requests: Box::new(move || requests.requests.load(SeqCst)),
        open: Box::new(move || open.open.load(SeqCst)),
        guard: Box::new(()),
    }
}

manim_core::provider_conformance!(moody_provider);

fn scene(source: &str) -> Scene {
    Scene::new(SceneCode::new(source).unwrap())
}

/// Finds fault with a name that Manim does not have; lasts long for a scene that says so.
pub(crate) async fn stub_renderer() -> RendererFixture {
    let wrong = |scene: &Scene| {
        let fault = scene.code.as_str().contains("Sqare");
        let finding = Diagnostic::new(Stage::Inspect, "name-error", "name 'Sqare' is not defined");
        fault.then(|| Diagnostics::from(finding.at(2, None, scene.code.line(2))))
    };
    let long = |scene: &Scene| match scene.code.as_str().contains("long") {
        true => Duration::from_secs(600),
        false => Duration::ZERO,
    };
    let stub = Arc::new(StubRenderer::new().rejecting_if(wrong).delaying(long));
    let watched = stub.clone();
    RendererFixture {
        renderer: stub,
        good: scene("class MainScene(Scene): ..."),
        bad: scene("class MainScene(Scene):\n    s = Sqare()"),
        long: scene("class MainScene(Scene): 'long'"),
        active: Box::new(move || watched.active()),
        guard: Box::new(()),
    }
}

manim_core::renderer_conformance!(stub_renderer);

async fn pretender() -> ScriptRunnerFixture {
    let runner = Arc::new(Pretender::default());
    let watched = runner.clone();
    ScriptRunnerFixture {
        runner,
        active: Box::new(move || watched.active.load(SeqCst)),
        guard: Box::new(()),
    }
}

manim_core::script_runner_conformance!(pretender);

/// A law that no suite names would never run.
#[test]
fn every_law_is_in_its_suite() {
    let suites = [
        include_str!("../../src/conformance/blob_store.rs"),
        include_str!("../../src/conformance/inbox.rs"),
        include_str!("../../src/conformance/job_queue.rs"),
        include_str!("../../src/conformance/notifier.rs"),
        include_str!("../../src/conformance/provider.rs"),
        include_str!("../../src/conformance/rate_limiter.rs"),
        include_str!("../../src/conformance/renderer.rs"),
        include_str!("../../src/conformance/script_runner.rs"),
        include_str!("../../src/conformance/session_store.rs"),
    ];
    for suite in suites {
        let lists = suite.split("$crate::__laws!(").skip(1);
        let list: String = lists
            .map(|rest| rest.split_once("]);").expect("a list of laws ends").0)
            .collect();
        for law in suite
            .lines()
            .filter_map(|line| line.strip_prefix("pub async fn "))
        {
            let (name, _) = law.split_once('(').expect("a law is a function");
            assert!(list.contains(&format!(" {name},")), "{name} is in no suite");
        }
    }
}

//! Stand-ins for tests: a clock to set, a renderer without Python, doubles that play a
//! script and accept nothing else, and mocks of every trait.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! use manim_core::testing::StubRenderer;
//! use manim_core::{RenderOutcome, RenderSettings, Renderer, Scene, SceneCode};
//!
//! let scene = Scene::new(SceneCode::new("class MainScene(Scene): ...").unwrap());
//! let outcome = StubRenderer::new().render(&scene, RenderSettings::default(), &()).await.unwrap();
//! let RenderOutcome::Rendered(film) = outcome else { panic!("the stub accepts every scene") };
//! assert_eq!(film.info.frames, 30);
//! # });
//! ```

mod clock;
mod mocks;
mod notifier;
mod scripted;
mod split;
mod stub;

pub use clock::ManualClock;
pub use mocks::{
    MockBlobStore, MockInbox, MockJobQueue, MockNotifier, MockProvider, MockRateLimiter, MockRenderer,
    MockScriptRunner, MockSessionStore,
};
pub use notifier::RecordingNotifier;
pub use scripted::{ScriptedProvider, ScriptedRenderer};
pub use split::SplitRenderer;
pub use stub::{StubRenderer, stub_film};

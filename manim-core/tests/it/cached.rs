//! What the cache of renders promises.

use std::sync::Arc;

use manim_core::layer::CachedRenderer;
use manim_core::memory::MemoryBlobs;
use manim_core::testing::{MockBlobStore, StubRenderer};
use manim_core::{
    BlobStore, Diagnostic, Isolation, Quality, RenderOutcome, RenderSettings, Renderer, Scene, SceneCode,
    Stage, StoreError, StoreErrorKind,
};

use crate::sample::scene;

fn other_scene() -> Scene {
    Scene::new(SceneCode::new("class Other(Scene): ...").unwrap())
}

#[track_caller]
fn rendered(outcome: RenderOutcome) -> manim_core::Film {
    match outcome {
        RenderOutcome::Rendered(film) => film,
        RenderOutcome::Rejected(findings) => panic!("rejected: {findings}"),
    }
}

struct Rig {
    stub: Arc<StubRenderer>,
    cached: CachedRenderer<Arc<StubRenderer>>,
}

fn rig(stub: StubRenderer, blobs: Arc<dyn BlobStore>) -> Rig {
    let stub = Arc::new(stub);
    let cached = CachedRenderer::new(stub.clone(), blobs);
    Rig { stub, cached }
}

impl Rig {
    async fn render(&self, scene: &Scene, settings: RenderSettings) -> RenderOutcome {
        self.cached.render(scene, settings, &()).await.unwrap()
    }
}

#[tokio::test]
async fn the_same_scene_is_rendered_once_and_its_film_is_the_same() {
    let rig = rig(StubRenderer::new(), Arc::new(MemoryBlobs::new()));
    let first = rendered(rig.render(&scene(), RenderSettings::default()).await);
    let second = rendered(rig.render(&scene(), RenderSettings::default()).await);
    assert_eq!(rig.stub.renders(), 1);
    assert_eq!(first.info, second.info);
    assert_eq!(
        (first.poster, first.storyboard),
        (second.poster, second.storyboard)
    );
    assert_eq!(
        first.video.bytes().await.unwrap(),
        second.video.bytes().await.unwrap()
    );
}

#[tokio::test]
async fn another_scene_or_setting_is_rendered() {
    let rig = rig(StubRenderer::new(), Arc::new(MemoryBlobs::new()));
    rig.render(&scene(), RenderSettings::default()).await;
    rig.render(&other_scene(), RenderSettings::default()).await;
    rig.render(&scene(), RenderSettings::default().with_quality(Quality::High))
        .await;
    assert_eq!(rig.stub.renders(), 3);
}

#[tokio::test]
async fn a_rejection_is_not_kept() {
    let findings = Diagnostic::new(Stage::Render, "timeout", "too slow");
    let rig = rig(
        StubRenderer::new().rejecting(findings.into()),
        Arc::new(MemoryBlobs::new()),
    );
    rig.render(&scene(), RenderSettings::default()).await;
    rig.render(&scene(), RenderSettings::default()).await;
    assert_eq!(rig.stub.renders(), 2);
}

#[tokio::test]
async fn a_broken_store_costs_a_render_never_a_film() {
    let mut blobs = MockBlobStore::new();
    let broken = || StoreError::new(StoreErrorKind::Unavailable, "use", "the store");
    blobs.expect_get().returning(move |_, _| Err(broken()));
    blobs.expect_put().returning(move |_, _, _| Err(broken()));
    let rig = rig(StubRenderer::new(), Arc::new(blobs));
    rendered(rig.render(&scene(), RenderSettings::default()).await);
}

#[tokio::test]
async fn the_oldest_films_go_when_there_is_no_room() {
    let blobs = Arc::new(MemoryBlobs::new());
    let mut rig = rig(StubRenderer::new(), blobs.clone());
    rig.cached = rig.cached.with_capacity(0);
    rendered(rig.render(&scene(), RenderSettings::default()).await);
    assert!(blobs.list(None).await.unwrap().is_empty());
    rendered(rig.render(&scene(), RenderSettings::default()).await);
    assert_eq!(rig.stub.renders(), 2);
}

#[tokio::test]
async fn a_film_made_in_a_weaker_jail_is_made_again() {
    let blobs: Arc<dyn BlobStore> = Arc::new(MemoryBlobs::new());
    let weak = rig(StubRenderer::new().isolated(Isolation::L1), blobs.clone());
    let strong = rig(StubRenderer::new().isolated(Isolation::L3), blobs);
    weak.render(&scene(), RenderSettings::default()).await;
    strong.render(&scene(), RenderSettings::default()).await;
    assert_eq!(strong.stub.renders(), 1);
}

//! How strong the jail is for whom: L3 for everybody on a plain machine, L2 where user
//! namespaces are refused.

use std::path::Path;

use manim_core::{RenderOutcome, Renderer, Scene, SceneCode};
use manim_renderer::{Environment, LocalRenderer, Options};
use serde_json::json;

use crate::arena::low;
use crate::child::{As, can_be_ordinary, supervise, tell};

#[test]
fn whoever_runs_the_tests_gets_l3() {
    assert_eq!(supervise("level", As::Us), [json!({"isolation": "L3"})]);
}

#[test]
fn an_ordinary_user_gets_l3() {
    // Otherwise the test before is this one.
    if can_be_ordinary() {
        assert_eq!(supervise("level", As::Ordinary), [json!({"isolation": "L3"})]);
    }
}

/// In a supervisor of its own: what a film says.
pub(crate) async fn perform(environment: &Environment, place: &Path) {
    let options = Options::default().with_scratch(place);
    let renderer = LocalRenderer::start(environment.clone(), options).await.unwrap();
    let scene = Scene::new(SceneCode::new(include_str!("scenes/neighbour.py")).unwrap());
    match renderer.render(&scene, low(), &()).await.unwrap() {
        RenderOutcome::Rendered(film) => tell(&json!({"isolation": film.info.isolation.to_string()})),
        RenderOutcome::Rejected(why) => panic!("{why}"),
    }
}

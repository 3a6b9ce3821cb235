//! Times that Manim cannot play, and angles given in degrees.

use ruff_python_ast::{Expr, ExprCall, Keyword};
use ruff_text_size::Ranged;

use super::{Look, keyword, literal_number};
use crate::check::infer::Ty;
use crate::check::issue::{Edit, Issue};
use crate::check::model::Site;

/// Manim lengthens it to one frame, whatever the frame rate.
const SHORTEST: &str = "0.01";

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &site in &model.calls {
        let issue = run_time(look, &site).or_else(|| waiting(look, &site));
        look.issues.extend(issue);
        for word in ["phi", "theta"] {
            let issue = degrees(look, &site, word);
            look.issues.extend(issue);
        }
    }
}

fn run_time<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let word = keyword(site.node, "run_time")?;
    let playing = look.is_scene_call(site.node, site.scope, "play");
    let animation = matches!(look.ty(&site.node.func, site.scope), Ty::Class(class) if look.infer.is_a(class, "Animation"));
    let builder = matches!(look.ty(&site.node.func, site.scope), Ty::Builder { .. });
    (playing || animation || builder)
        .then(|| lengthened(&word.value))
        .flatten()
}

fn waiting<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let waits = ["wait", "pause"]
        .iter()
        .any(|name| look.is_scene_call(site.node, site.scope, name));
    if !waits {
        return None;
    }
    let given = site.node.arguments.args.first();
    lengthened(given.or(keyword(site.node, "duration").map(|word: &Keyword| &word.value))?)
}

fn lengthened(value: &Expr) -> Option<Issue> {
    let seconds = literal_number(value).filter(|seconds| *seconds <= 0.0)?;
    let message =
        format!("A time of {seconds} seconds cannot be played; it is {SHORTEST} now, the shortest possible.");
    Some(
        Issue::new(value.start(), "run-time", message)
            .with_edits(vec![Edit::replace(value.range(), SHORTEST)]),
    )
}

/// `phi=75` is 75 radians; more than a full turn is surely meant in degrees.
fn degrees<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>, word: &str) -> Option<Issue> {
    let turns = ["set_camera_orientation", "move_camera"]
        .iter()
        .any(|name| look.is_scene_call(site.node, site.scope, name));
    let value = &keyword(site.node, word).filter(|_| turns)?.value;
    let angle = literal_number(value).filter(|angle| angle.abs() > std::f64::consts::TAU)?;
    let message = format!("An angle is in radians: {angle} is now {angle} * DEGREES.");
    let mut edits = vec![Edit::insert(value.end(), " * DEGREES")];
    edits.extend(look.binder.manim_name("DEGREES"));
    Some(Issue::new(value.start(), "degrees", message).with_edits(edits))
}

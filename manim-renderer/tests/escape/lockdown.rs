//! Whatever call of a lockdown fails, no byte of the user's runs.

use std::collections::BTreeSet;
use std::path::Path;

use manim_core::{Isolation, RenderErrorKind, RenderOutcome, Renderer};
use manim_renderer::Environment;
use serde_json::{Value, json};

use crate::arena::{Arena, low};
use crate::attack::attack;
use crate::child::{As, supervise, tell};
use crate::victims::Victims;

/// A plan has fewer steps.
const MOST_STEPS: u32 = 500;
/// The fork and the mapping of users, which are not steps.
const BEFORE_STEPS: [u32; 2] = [u32::MAX - 1, u32::MAX - 2];

#[test]
fn whichever_call_fails_no_byte_of_the_users_runs_at_l3() {
    let names = check("L3");
    let all = [
        "making namespaces",
        "mapping users",
        "changing to an unprivileged user",
        "mounting",
        "entering the scratch directory",
        "setting a resource limit",
        "dropping capabilities",
        "hiding from debuggers",
        "tying the process to its parent",
        "refusing new privileges",
        "Landlock",
        "the system call filter",
        "the proof that a forbidden file cannot be opened",
        "the proof that a forbidden system call is refused",
    ];
    for name in all {
        assert!(
            names.iter().any(|seen| seen.contains(name)),
            "{name} never failed: {names:?}"
        );
    }
}

#[test]
fn whichever_call_fails_no_byte_of_the_users_runs_at_l2() {
    assert!(check("L2").len() > 10);
}

/// What the renderer said, step by step.
fn check(level: &str) -> BTreeSet<String> {
    let told = supervise(&format!("lockdown {level}"), As::Us);
    let harmed: Vec<&Value> = told.iter().filter(|one| one["harm"] != json!([])).collect();
    assert!(harmed.is_empty(), "{harmed:?}");
    assert!(told.len() > 30, "only {} steps", told.len());
    told.iter()
        .filter_map(|one| Some(one["said"].as_str()?.to_owned()))
        .collect()
}

/// In a supervisor of its own.
pub(crate) async fn perform(level: &str, environment: &Environment, place: &Path) {
    let level = if level == "L3" {
        Isolation::L3
    } else {
        Isolation::L2
    };
    let mut victims = Victims::plant(place, environment);
    let arena = Arena::open(environment, place, &victims, level, &[]).await;
    arena.peace().await;
    drop(arena);
    victims.remember();
    let arena = Arena::open(environment, place, &victims, level, &[]).await;
    let scene = attack("everything-at-once").scene(&victims, level);
    for step in BEFORE_STEPS.into_iter().chain(0..MOST_STEPS) {
        arena.renderer.fail_lockdown_at(Some(step));
        let outcome = arena.renderer.render(&scene, low(), &()).await;
        match outcome {
            // Behind the last step there is nothing to fail.
            Ok(RenderOutcome::Rendered(_)) if step < MOST_STEPS => return,
            Err(error) if error.kind() == RenderErrorKind::Isolation => {
                let mut harm = victims.harm(&arena.renderer).await;
                if arena.films_begun() > 0 {
                    harm.push("a frame came".into());
                }
                tell(&json!({"step": step, "said": error.subject(), "harm": harm}));
            }
            other => panic!("step {step}: {other:?}"),
        }
    }
    panic!("no end of steps");
}

//! Animations of older Manim whose arguments change with their name.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextSize};

use super::names::VERSION;
use super::{Look, keyword};
use crate::check::issue::{Edit, Issue};

struct Old {
    name: &'static str,
    new: &'static str,
    /// The old name of the second parameter.
    second: &'static str,
    /// How the second argument is given today: before and after its text.
    given: (&'static str, &'static str),
    /// What is given when the second argument is left out.
    default: &'static str,
}

/// `FadeInFrom(m, DOWN)` came from below, so it moves up: `shift=-(DOWN)`.
const OLD: [Old; 6] = [
    Old {
        name: "FadeInFrom",
        new: "FadeIn",
        second: "direction",
        given: ("shift=-(", ")"),
        default: "shift=UP",
    },
    Old {
        name: "FadeOutAndShift",
        new: "FadeOut",
        second: "direction",
        given: ("shift=", ""),
        default: "shift=DOWN",
    },
    Old {
        name: "FadeInFromDown",
        new: "FadeIn",
        second: "direction",
        given: ("shift=-(", ")"),
        default: "shift=UP",
    },
    Old {
        name: "FadeOutAndShiftDown",
        new: "FadeOut",
        second: "direction",
        given: ("shift=", ""),
        default: "shift=DOWN",
    },
    Old {
        name: "FadeInFromPoint",
        new: "FadeIn",
        second: "point",
        given: ("target_position=", ""),
        default: "",
    },
    Old {
        name: "FadeInFromLarge",
        new: "FadeIn",
        second: "scale_factor",
        given: ("scale=", ""),
        default: "scale=2",
    },
];

fn old(name: &str) -> Option<&'static Old> {
    OLD.iter().find(|old| old.name == name)
}

/// Whether calls of `name` are mended here.
pub(super) fn adapts(name: &str) -> bool {
    old(name).is_some()
}

/// The class that takes the place of an old one.
pub(super) fn successor(name: &str) -> &'static str {
    old(name).map_or("Animation", |old| old.new)
}

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &site in &model.calls {
        let Some(name) = site.node.func.as_name_expr() else {
            continue;
        };
        let Some(old) = old(&name.id).filter(|_| look.model.look_up(&name.id, site.scope).is_none()) else {
            continue;
        };
        let message = format!(
            "`{}` does not exist in Manim Community {VERSION}; `{}` takes its place.",
            old.name, old.new
        );
        let mut edits = vec![Edit::replace(name.range(), old.new)];
        edits.extend(second_argument(look, site.node, old));
        edits.extend(look.binder.manim_name(old.new));
        look.issues
            .push(Issue::new(name.start(), "renamed", message).with_edits(edits));
    }
}

fn second_argument<'a>(look: &Look<'_, 'a>, call: &'a ExprCall, old: &Old) -> Option<Edit> {
    let given = |value: &Expr| format!("{}{}{}", old.given.0, look.text(value.range()), old.given.1);
    if let Some(word) = keyword(call, old.second) {
        return Some(Edit::replace(word.range(), given(&word.value)));
    }
    match &*call.arguments.args {
        [_, second, ..] if !second.is_starred_expr() => Some(Edit::replace(second.range(), given(second))),
        [first] if !old.default.is_empty() => Some(Edit::insert(
            first.end() + TextSize::new(0),
            format!(", {}", old.default),
        )),
        _ => None,
    }
}

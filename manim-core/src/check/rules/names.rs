//! Names that nothing binds.

use std::collections::HashSet;

use ruff_python_ast::ExprName;
use ruff_text_size::Ranged;

use super::Look;
use crate::check::issue::{Edit, Issue};
use crate::check::known::{self, BUILTINS, IMPORTABLE, MATH};
use crate::check::model::Site;
use crate::check::table::table;
use crate::check::words::did_you_mean;

pub(super) fn check(look: &mut Look<'_, '_>) {
    if look.model.makes_names || !stars_are_known(look) {
        return;
    }
    let mut seen = HashSet::new();
    let wrong: Vec<_> = look
        .model
        .names
        .iter()
        .filter(|site| !is_bound(look, site))
        .copied()
        .collect();
    for site in wrong {
        // The place that certainly runs tells; the others are the same mistake.
        if seen.insert((site.node.id.as_str(), look.reach.is_certain(&site))) {
            let issue = judge(look, &site);
            look.issues.extend(issue);
        }
    }
}

fn stars_are_known<'a>(look: &Look<'_, 'a>) -> bool {
    let known = |module: &str| {
        matches!(module, "math" | "numpy") || (module.starts_with("manim") && table().is_module(module))
    };
    look.model.starred().all(known)
}

fn is_bound<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprName>) -> bool {
    let name = site.node.id.as_str();
    look.model.look_up(name, site.scope).is_some() || is_starred(look, name) || known::has(BUILTINS, name)
}

fn is_starred<'a>(look: &Look<'_, 'a>, name: &str) -> bool {
    look.model.starred().any(|module| match module {
        "manim" => table().exports(name),
        "math" => known::has(MATH, name),
        _ => table().module_names(module).any(|known| known == name),
    })
}

fn judge<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprName>) -> Option<Issue> {
    let name = site.node.id.as_str();
    if super::legacy::adapts(name) {
        return None;
    }
    let issue = |code, message: String| {
        Issue::new(site.node.start(), code, message).with_severity(look.severity(site))
    };
    if let Some(new) = known::renamed(name) {
        let message = format!(
            "`{name}` does not exist in Manim Community {}; `{new}` takes its place.",
            VERSION
        );
        return Some(issue("renamed", message).with_edits(rename_all(look, name, new)));
    }
    if table().exports(name) {
        let message = format!("`{name}` is used and not imported; it is imported from manim.");
        return Some(issue("missing-import", message).with_edits(bind(look, name)));
    }
    if let Some((_, line)) = IMPORTABLE.iter().find(|(module, _)| *module == name) {
        let message = format!("`{name}` is used and not imported; `{line}` is added.");
        return Some(issue("missing-import", message).with_edits(vec![look.binder.line_on_top(line)]));
    }
    if let Some(module) = module_of(name) {
        let message = format!("`{name}` is not in scope; it is `{module}.{name}`.");
        return Some(issue("renamed", message).with_edits(rename_all(
            look,
            name,
            &format!("{module}.{name}"),
        )));
    }
    if let Some(issue) = super::colours::define(look, site) {
        return Some(issue);
    }
    Some(issue("unknown-name", unknown(look, site)))
}

pub(super) const VERSION: &str = "0.22.0";

/// A rate function goes by its module, a few functions of `math` too.
fn module_of(name: &str) -> Option<&'static str> {
    let rate = table()
        .module_names("manim.utils.rate_functions")
        .any(|known| known == name);
    (rate && name.starts_with("ease_")).then_some("rate_functions")
}

fn rename_all<'a>(look: &Look<'_, 'a>, name: &str, new: &str) -> Vec<Edit> {
    let uses = look
        .model
        .names
        .iter()
        .filter(|site| site.node.id == name && !is_bound(look, site));
    let mut edits: Vec<Edit> = uses.map(|site| Edit::replace(site.node.range(), new)).collect();
    edits.extend(look.binder.manim_name(new.split('.').next().unwrap_or(new)));
    edits
}

/// The star import where nothing of Manim is imported, else this name alone.
fn bind<'a>(look: &Look<'_, 'a>, name: &str) -> Vec<Edit> {
    if look.model.imports_manim() {
        return look.binder.manim_name(name);
    }
    vec![look.binder.line_on_top("from manim import *")]
}

fn unknown<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprName>) -> String {
    let name = site.node.id.as_str();
    if let Some(why) = known::gone(name) {
        return format!("`{name}` does not exist in Manim Community {VERSION}. {why}");
    }
    let mut known: Vec<&str> = table().exported().collect();
    known.extend(BUILTINS.split_ascii_whitespace());
    let mut scope = Some(site.scope);
    while let Some(id) = scope {
        known.extend(look.model.scopes[id].bindings.keys());
        scope = look.model.scopes[id].parent;
    }
    format!(
        "The name `{name}` is not defined.{}",
        did_you_mean(name, known.into_iter())
    )
}

//! Imports of what is not there.

use ruff_python_ast::{Alias, StmtImport, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange};

use super::Look;
use super::names::VERSION;
use crate::check::issue::{Edit, Issue};
use crate::check::known::{self, INSTALLED, STAND_INS, STANDARD};
use crate::check::model::Import;
use crate::check::table::table;
use crate::check::words::did_you_mean;
use crate::diagnostic::Severity;

/// What manimgl and old tutorials import in place of Manim.
const OTHER_MANIMS: [&str; 6] = [
    "manimlib",
    "manim_imports_ext",
    "big_ol_pile_of_manim_imports",
    "manimgl",
    "manimce",
    "manim_community",
];

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &(import, sure) in &model.imports {
        // In a branch or a `try`, the author has thought of its failing.
        if !sure {
            continue;
        }
        let issues = match import {
            Import::Plain(plain) => plain_imports(look, plain),
            Import::From(from) => from_import(look, from),
        };
        look.issues.extend(issues);
    }
}

fn plain_imports(look: &Look<'_, '_>, plain: &StmtImport) -> Vec<Issue> {
    let missing: Vec<_> = plain
        .names
        .iter()
        .filter(|alias| !is_there(look, alias))
        .collect();
    let issue = |alias: &&Alias| Issue::new(alias.start(), "unknown-module", no_module(&alias.name));
    match missing.as_slice() {
        [only] if plain.names.len() == 1 && !is_used(look, only) => {
            vec![removed(plain.range(), only.name.as_str())]
        }
        missing => missing.iter().map(issue).collect(),
    }
}

fn is_there(look: &Look<'_, '_>, alias: &Alias) -> bool {
    let path = alias.name.as_str();
    match path.split_once('.') {
        Some(("manim", _)) => is_manim_module(path),
        _ => exists(look, path),
    }
}

/// Whether the source uses the name that an import binds.
fn is_used(look: &Look<'_, '_>, alias: &Alias) -> bool {
    let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
    let name = bound.split('.').next().unwrap_or(bound);
    name == "*" || look.model.names.iter().any(|site| site.node.id == name)
}

fn removed(range: TextRange, path: &str) -> Issue {
    let message =
        format!("Module `{path}` is not installed here and nothing uses it; its import is removed.");
    Issue::new(range.start(), "unknown-module", message).with_edits(vec![Edit::replace(range, "pass")])
}

fn stand_in(range: TextRange, top: &str) -> Issue {
    let message =
        format!("The plugin `{top}` is not installed: the film is silent and plays through without stops.");
    Issue::new(range.start(), "plugin", message).with_severity(Severity::Note)
}

fn is_manim_module(path: &str) -> bool {
    // Parts that the table leaves out.
    let left_out = path.contains("opengl") || path.contains(".cli") || path.ends_with("__main__");
    table().is_module(path) || left_out
}

fn exists<'a>(look: &Look<'_, 'a>, path: &str) -> bool {
    let top = path.split('.').next().unwrap_or(path);
    known::has(STANDARD, top)
        || known::has(INSTALLED, top)
        || top.starts_with('_')
        || look.options.modules.iter().any(|module| module == top)
}

fn no_module(path: &str) -> String {
    let top = path.split('.').next().unwrap_or(path);
    if top == "manim" {
        return format!(
            "Manim {VERSION} has no module `{path}`.{}",
            did_you_mean(path, table().module_paths())
        );
    }
    let known = STANDARD
        .split_ascii_whitespace()
        .chain(INSTALLED.split_ascii_whitespace());
    format!(
        "Module `{top}` is not installed here. Do without it.{}",
        did_you_mean(top, known)
    )
}

fn from_import<'a>(look: &Look<'_, 'a>, from: &StmtImportFrom) -> Vec<Issue> {
    let Some(module) = from.module.as_ref().filter(|_| from.level == 0) else {
        return vec![relative(look, from)];
    };
    let path = module.as_str();
    let top = path.split('.').next().unwrap_or(path);
    if OTHER_MANIMS.contains(&top) && !exists(look, path) {
        return vec![other_manim(from, path)];
    }
    let ours = top == "manim";
    if known::has(STAND_INS, top)
        && !exists(look, path)
        && from.names.iter().any(|alias| is_used(look, alias))
    {
        return vec![stand_in(from.range(), top)];
    }
    if (ours && !is_manim_module(path)) || !exists(look, path) {
        let unused = !ours && !from.names.iter().any(|alias| is_used(look, alias));
        return vec![if unused {
            removed(from.range(), path)
        } else {
            moved(from, path)
        }];
    }
    let wanted = from.names.iter().filter(|alias| alias.name.as_str() != "*");
    match ours && table().is_module(path) {
        true => wanted
            .filter_map(|alias| missing_name(look, path, alias))
            .collect(),
        false => Vec::new(),
    }
}

/// A scene is one file: nothing lies beside it.
fn relative(look: &Look<'_, '_>, from: &StmtImportFrom) -> Issue {
    let module = from.module.as_ref().map_or("", |module| module.as_str());
    let path = format!("{}{module}", ".".repeat(from.level as usize));
    if !from.names.iter().any(|alias| is_used(look, alias)) {
        return removed(from.range(), &path);
    }
    let message =
        format!("The scene is a single file, so there is no module `{path}`: define here what it needs.");
    Issue::new(from.start(), "unknown-module", message)
}

fn other_manim(from: &StmtImportFrom, path: &str) -> Issue {
    let message = format!("`{path}` is another Manim; `from manim import *` takes its place.");
    Issue::new(from.start(), "other-manim", message)
        .with_edits(vec![Edit::replace(from.range(), "from manim import *")])
}

/// A module of Manim that is not there, while all the names wanted are Manim's.
fn moved(from: &StmtImportFrom, path: &str) -> Issue {
    let issue = Issue::new(from.start(), "unknown-module", no_module(path));
    let exported = |alias: &Alias| table().exports(&alias.name);
    if !path.starts_with("manim.") || !from.names.iter().all(exported) {
        return issue;
    }
    let Some(module) = from.module.as_ref() else {
        return issue;
    };
    let message = format!("Manim {VERSION} has no module `{path}`; the names are imported from `manim`.");
    Issue::new(from.start(), "unknown-module", message)
        .with_edits(vec![Edit::replace(module.range(), "manim")])
}

fn missing_name<'a>(look: &Look<'_, 'a>, path: &str, alias: &Alias) -> Option<Issue> {
    let name = alias.name.as_str();
    if table().module_names(path).any(|known| known == name)
        || table().is_module(&format!("{path}.{name}"))
        || name.starts_with("__")
    {
        return None;
    }
    let issue = |code, message| Issue::new(alias.start(), code, message);
    let plain = alias.asname.is_none();
    if let Some(new) = known::renamed(name).filter(|new| plain && !new.contains('.')) {
        let message =
            format!("`{name}` does not exist in Manim Community {VERSION}; `{new}` takes its place.");
        let edit = Edit::replace(alias.name.range(), new);
        return Some(issue("renamed", message).with_edits(vec![edit]));
    }
    if path == "manim"
        && plain
        && let Some(mut edits) = super::colours::definition(look, name)
    {
        edits.retain(|edit| !edit.range.is_empty() || !edit.text.starts_with(", "));
        edits.push(Edit::replace(alias.range(), "ManimColor"));
        let message = format!("Manim has no colour `{name}`; it is defined below the imports.");
        return Some(issue("unknown-colour", message).with_edits(edits));
    }
    if super::legacy::adapts(name) && plain {
        let new = super::legacy::successor(name);
        let message =
            format!("`{name}` does not exist in Manim Community {VERSION}; `{new}` takes its place.");
        return Some(issue("renamed", message).with_edits(vec![Edit::replace(alias.name.range(), new)]));
    }
    let why = known::gone(name).map(|why| format!(" {why}"));
    let hint = why.unwrap_or_else(|| did_you_mean(name, table().module_names(path)));
    Some(issue("unknown-name", format!("`{path}` has no `{name}`.{hint}")))
}

//! Attributes and methods that an object of Manim certainly does not have.

use ruff_python_ast::{ExprAttribute, ExprCall};
use ruff_text_size::Ranged;

use super::Look;
use super::names::VERSION;
use crate::check::infer::Ty;
use crate::check::issue::{Edit, Issue};
use crate::check::known::renamed_method;
use crate::check::lineage::{ClassRef, Lineage};
use crate::check::model::AttributeSite;
use crate::check::table::{Member, table};
use crate::check::words::did_you_mean;
use crate::diagnostic::Severity;

pub(super) fn check(look: &mut Look<'_, '_>) {
    if look.model.makes_attributes {
        return;
    }
    let model = look.model;
    for &site in &model.attributes {
        let issue = judge(look, &site);
        look.issues.extend(issue);
    }
}

fn judge<'a>(look: &Look<'_, 'a>, used: &AttributeSite<'a>) -> Option<Issue> {
    let node = used.site.node;
    let name = node.attr.as_str();
    if name.starts_with("__") || look.model.given.contains(name) {
        return None;
    }
    match look.ty(&node.value, used.site.scope) {
        Ty::Object { class, exact } => of_object(look, used, class, exact),
        Ty::Builder { class, exact } => of_builder(look, used, class, exact),
        Ty::Module(path) => of_module(look, used, path),
        Ty::Array => of_array(look, used),
        Ty::Class(class) => of_class(look, used, class),
        Ty::Unknown => of_unknown(used),
        _ => None,
    }
}

fn of_object<'a>(
    look: &Look<'_, 'a>,
    used: &AttributeSite<'a>,
    class: ClassRef,
    exact: bool,
) -> Option<Issue> {
    let lineage = look.infer.lineage(class)?;
    let name = used.site.node.attr.as_str();
    if lineage.manim.is_empty() || has(&lineage, exact, name) {
        return None;
    }
    missing(look, used, class, &lineage)
}

/// Whether such an object may have `name`.
fn has(lineage: &Lineage, exact: bool, name: &str) -> bool {
    let table = table();
    let Some(nearest) = lineage.manim.first() else {
        return true;
    };
    let below = !exact && lineage.users.is_empty() && table.below_has(nearest, name);
    table.member(&lineage.manim, name).is_some() || below || table.is_set_from_outside(name)
}

/// `mobject.animate.NAME`: a method of the mobject.
fn of_builder<'a>(
    look: &Look<'_, 'a>,
    used: &AttributeSite<'a>,
    class: ClassRef,
    exact: bool,
) -> Option<Issue> {
    let name = used.site.node.attr.as_str();
    let builder = &table().class("_AnimationBuilder")?.mro;
    if table().member(builder, name).is_some() {
        return None;
    }
    of_object(look, used, class, exact)
}

fn missing<'a>(
    look: &Look<'_, 'a>,
    used: &AttributeSite<'a>,
    class: ClassRef,
    lineage: &Lineage,
) -> Option<Issue> {
    let node = used.site.node;
    let name = node.attr.as_str();
    let shown = shown(look, class);
    let issue =
        |code, message| Issue::new(node.attr.start(), code, message).with_severity(look.severity(&used.site));
    if let Some(new) = renamed_method(name).filter(|new| table().member(&lineage.manim, new).is_some()) {
        let message = format!("`{shown}` has no method `{name}`; `{new}` takes its place.");
        return Some(issue("renamed", message).with_edits(vec![Edit::replace(node.attr.range(), new)]));
    }
    if name == PARTS && lineage.is("MathTex") {
        return used.call.map(|call| only_part(look, node, call));
    }
    if lineage.is("Mobject") {
        if let Some(property) = name.strip_prefix("set_") {
            let message = setter_message(&shown, name, &setter_hint(name, lineage));
            return invented_setter(issue("invented-setter", message), property, lineage);
        }
        if name
            .strip_prefix("get_")
            .is_some_and(|property| knows(look, lineage, property))
        {
            return None;
        }
    }
    let hint = did_you_mean(name, table().members(&lineage.manim));
    Some(issue(
        "unknown-attribute",
        format!("`{shown}` has no attribute `{name}` in Manim {VERSION}.{hint}"),
    ))
}

/// A method of earlier Manims: all parts that are this formula.
const PARTS: &str = "get_parts_by_tex";

fn only_part<'a>(look: &Look<'_, 'a>, node: &'a ExprAttribute, call: &'a ExprCall) -> Issue {
    let message =
        format!("`MathTex` has no method `{PARTS}` in Manim {VERSION}; its one part is wrapped in a group.");
    let mut edits = vec![
        Edit::insert(call.start(), "VGroup("),
        Edit::replace(node.attr.range(), "get_part_by_tex"),
        Edit::insert(call.end(), ")"),
    ];
    edits.extend(look.binder.manim_name("VGroup"));
    Issue::new(node.attr.start(), "renamed", message).with_edits(edits)
}

/// Setters that are near: Manim's own, and those that it makes of properties.
fn setter_hint(name: &str, lineage: &Lineage) -> String {
    let is_property = |member: &str| {
        let known = table().member(&lineage.manim, member);
        matches!(known, Some(Member::Attribute(_))) && !member.starts_with('_')
    };
    let members = || table().members(&lineage.manim);
    let made = members().filter(|member| is_property(member));
    let made: Vec<String> = made.map(|property| format!("set_{property}")).collect();
    let own: Vec<&str> = members().filter(|member| member.starts_with("set_")).collect();
    did_you_mean(name, own.into_iter().chain(made.iter().map(String::as_str)))
}

fn setter_message(class: &str, name: &str, hint: &str) -> String {
    format!(
        "`{class}` has no method `{name}`: Manim accepts the call and only stores the value, so nothing changes on screen.{hint}"
    )
}

/// Manim turns `set_x(value)` into `x = value`, so it matters whether there is an `x`. The
/// film plays all the same.
fn invented_setter(issue: Issue, property: &str, lineage: &Lineage) -> Option<Issue> {
    let real = table().member(&lineage.manim, property).is_some() || table().is_set_from_outside(property);
    (!real).then(|| issue.with_severity(Severity::Warning))
}

fn knows<'a>(look: &Look<'_, 'a>, lineage: &Lineage, property: &str) -> bool {
    has(lineage, false, property) || look.model.given.contains(property)
}

fn of_module<'a>(look: &Look<'_, 'a>, used: &AttributeSite<'a>, path: &'static str) -> Option<Issue> {
    let node = used.site.node;
    let name = node.attr.as_str();
    let submodule = format!("{path}.{name}");
    if table().module_names(path).any(|known| known == name)
        || table().is_module(&submodule)
        || is_sized(path, name)
    {
        return None;
    }
    let issue =
        |code, message| Issue::new(node.attr.start(), code, message).with_severity(look.severity(&used.site));
    if path == "manim"
        && let Some(new) = crate::check::known::renamed(name).filter(|new| !new.contains('.'))
    {
        let message =
            format!("`{name}` does not exist in Manim Community {VERSION}; `{new}` takes its place.");
        return Some(issue("renamed", message).with_edits(vec![Edit::replace(node.attr.range(), new)]));
    }
    let hint = did_you_mean(name, table().module_names(path));
    Some(issue(
        "unknown-attribute",
        format!("Module `{path}` has no `{name}`.{hint}"),
    ))
}

/// Numbers of a fixed width, which numpy has on some machines only.
fn is_sized(path: &str, name: &str) -> bool {
    path.starts_with("numpy") && (name.ends_with(|c: char| c.is_ascii_digit()) || name.contains("long"))
}

fn of_array<'a>(look: &Look<'_, 'a>, used: &AttributeSite<'a>) -> Option<Issue> {
    let node = used.site.node;
    let name = node.attr.as_str();
    if table().module_names("ndarray").any(|known| known == name) {
        return None;
    }
    let mobject = table()
        .class("VMobject")
        .is_some_and(|class| table().member(&class.mro, name).is_some());
    let why = match mobject {
        true => " It is a point in space, not a mobject: make one there first, for example `Dot(point)`.",
        false => "",
    };
    let message = format!("A numpy array has no attribute `{name}`.{why}");
    Some(Issue::new(node.attr.start(), "unknown-attribute", message).with_severity(look.severity(&used.site)))
}

fn of_class<'a>(look: &Look<'_, 'a>, used: &AttributeSite<'a>, class: ClassRef) -> Option<Issue> {
    let lineage = look.infer.lineage(class)?;
    let name = used.site.node.attr.as_str();
    let known = name == "mro" || lineage.manim.is_empty() || table().member(&lineage.manim, name).is_some();
    if known || !lineage.is("Mobject") && !lineage.is("Animation") && !lineage.is("Scene") {
        return None;
    }
    let hint = did_you_mean(name, table().members(&lineage.manim));
    let message = format!("Class `{}` has no attribute `{name}`.{hint}", shown(look, class));
    Some(
        Issue::new(used.site.node.attr.start(), "unknown-attribute", message)
            .with_severity(look.severity(&used.site)),
    )
}

/// An old method's name on something unknown, when it can only be Manim's.
fn of_unknown(used: &AttributeSite<'_>) -> Option<Issue> {
    let node: &ExprAttribute = used.site.node;
    let name = node.attr.as_str();
    let new = renamed_method(name).filter(|_| name.starts_with("get_") && !table().anything_has(name))?;
    used.call?;
    let message = format!("Manim {VERSION} has no method `{name}`; `{new}` takes its place.");
    Some(
        Issue::new(node.attr.start(), "renamed", message)
            .with_edits(vec![Edit::replace(node.attr.range(), new)]),
    )
}

/// A class as the source or Manim names it.
fn shown<'a>(look: &Look<'_, 'a>, class: ClassRef) -> String {
    match class {
        ClassRef::Manim(name) => name.to_owned(),
        ClassRef::User(id) => look.model.classes[id].node.name.to_string(),
    }
}

//! Points with two coordinates where Manim takes three, and directions in quotes.

use ruff_python_ast::{Expr, ExprName};
use ruff_text_size::{Ranged, TextSize};

use super::Look;
use crate::check::callee::arguments_of;
use crate::check::infer::Ty;
use crate::check::issue::{Edit, Issue};
use crate::check::model::{Binding, ScopeId};
use crate::check::signature::Holds;
use crate::check::table::{Constant, table};

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    let mut named: Vec<(&ExprName, ScopeId, Holds)> = Vec::new();
    for &site in &model.calls {
        for argument in arguments_of(look, &site) {
            if !matches!(argument.holds, Holds::Point | Holds::Points) {
                continue;
            }
            if let Expr::Name(name) = argument.value {
                named.push((name, site.scope, argument.holds));
            }
            let issue = judge(look, argument.value, argument.holds, site.scope);
            look.issues.extend(issue);
        }
    }
    let issues = behind_names(look, &named);
    look.issues.extend(issues);
}

fn judge<'a>(look: &Look<'_, 'a>, value: &'a Expr, holds: Holds, scope: ScopeId) -> Option<Issue> {
    if let Expr::StringLiteral(text) = value {
        return quoted_direction(look, text.value.to_str(), value);
    }
    let edits = paddings(look, value, holds, scope);
    padded(value.start(), edits)
}

fn padded(at: TextSize, edits: Vec<Edit>) -> Option<Issue> {
    let message = match edits.len() {
        0 => return None,
        1 => "A point needs three coordinates; a third one, 0, is added.".to_owned(),
        many => format!("A point needs three coordinates; a third one, 0, is added to {many} points."),
    };
    Some(Issue::new(at, "two-coordinates", message).with_edits(edits))
}

fn paddings<'a>(look: &Look<'_, 'a>, value: &'a Expr, holds: Holds, scope: ScopeId) -> Vec<Edit> {
    match (holds, inside_array(value)) {
        (Holds::Point, point) => padding(look, point, scope).into_iter().collect(),
        (Holds::Points, Expr::List(list)) => each(look, &list.elts, scope),
        (Holds::Points, Expr::Tuple(tuple)) => each(look, &tuple.elts, scope),
        (Holds::Points, Expr::ListComp(comp)) => padding(look, inside_array(&comp.elt), scope)
            .into_iter()
            .collect(),
        (Holds::Points, Expr::Generator(comp)) => padding(look, inside_array(&comp.elt), scope)
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn each<'a>(look: &Look<'_, 'a>, points: &'a [Expr], scope: ScopeId) -> Vec<Edit> {
    points
        .iter()
        .filter_map(|point| padding(look, inside_array(point), scope))
        .collect()
}

/// What `np.array(...)` is made of.
fn inside_array(value: &Expr) -> &Expr {
    let call = value.as_call_expr();
    let array = call.filter(|call| {
        call.func.as_attribute_expr().is_some_and(|function| {
            let numpy = function
                .value
                .as_name_expr()
                .is_some_and(|name| matches!(name.id.as_str(), "np" | "numpy"));
            numpy && matches!(function.attr.as_str(), "array" | "asarray")
        })
    });
    array
        .and_then(|call| call.arguments.args.first())
        .unwrap_or(value)
}

/// The edit that gives a literal of two numbers a third.
fn padding<'a>(look: &Look<'_, 'a>, point: &'a Expr, scope: ScopeId) -> Option<Edit> {
    let (parts, closed) = match point {
        Expr::List(list) => (&list.elts, true),
        Expr::Tuple(tuple) => (&tuple.elts, tuple.parenthesized),
        _ => return None,
    };
    let number = |part: &'a Expr| match part {
        Expr::Starred(_) => false,
        part => matches!(look.ty(part, scope), Ty::Number | Ty::Unknown),
    };
    if parts.len() != 2 || !closed || !parts.iter().all(number) {
        return None;
    }
    let close = point.end() - TextSize::new(1);
    let last = parts.last().map_or(close, Ranged::end);
    let between = look
        .source
        .get(usize::from(last)..usize::from(close))
        .unwrap_or_default();
    if between.contains('#') {
        return None;
    }
    let third = if between.contains(',') { " 0" } else { ", 0" };
    Some(Edit::insert(close, third))
}

/// `"UP"` for `UP`.
fn quoted_direction<'a>(look: &Look<'_, 'a>, text: &str, value: &Expr) -> Option<Issue> {
    let name = text.to_ascii_uppercase();
    if table().constant(&name) != Some(Constant::Array) {
        return None;
    }
    let message = format!("A direction is a constant, not text: \"{text}\" is now {name}.");
    let (mut edits, written) = match look.binder.module_alias() {
        Some(module) if !look.model.starred().any(|star| star == "manim") => {
            (Vec::new(), format!("{module}.{name}"))
        }
        _ => (look.binder.manim_name(&name), name),
    };
    edits.push(Edit::replace(value.range(), written));
    Some(Issue::new(value.start(), "quoted-direction", message).with_edits(edits))
}

/// A literal behind a name is mended where it is written, when every use of the name is a
/// place that takes a point.
fn behind_names<'a>(look: &Look<'_, 'a>, named: &[(&ExprName, ScopeId, Holds)]) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut done = Vec::new();
    for (name, scope, holds) in named {
        let Some((home, Binding::Value(value))) = look.model.sole(&name.id, *scope) else {
            continue;
        };
        let uses = look.model.names.iter().filter(|site| {
            site.node.id == name.id
                && look
                    .model
                    .look_up(&site.node.id, site.scope)
                    .is_some_and(|(id, _)| id == home)
        });
        let fitting = |site: &&ExprName| {
            named
                .iter()
                .any(|(known, _, kind)| std::ptr::eq(*known, *site) && kind == holds)
        };
        let all_fit = uses.into_iter().all(|site| fitting(&site.node));
        if all_fit && !done.contains(&value.start()) {
            done.push(value.start());
            issues.extend(padded(value.start(), paddings(look, value, *holds, home)));
        }
    }
    issues
}

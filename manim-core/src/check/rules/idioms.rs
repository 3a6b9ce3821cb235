//! What a scene hands to `play` and `add`.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::{Look, callee_at};
use crate::check::infer::Ty;
use crate::check::issue::{Edit, Issue};
use crate::check::lineage::ClassRef;
use crate::check::model::{ScopeId, Site};
use crate::diagnostic::Severity;

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &site in &model.calls {
        if look.is_scene_call(site.node, site.scope, "play") {
            let issues = play(look, &site);
            look.issues.extend(issues);
        }
        if look.is_scene_call(site.node, site.scope, "add") {
            let issues: Vec<_> = site
                .node
                .arguments
                .args
                .iter()
                .filter_map(|arg| added(look, &site, arg))
                .collect();
            look.issues.extend(issues);
        }
        let issue = vgroup(look, &site)
            .or_else(|| everything_grouped(look, &site))
            .or_else(|| centre_as_edge(look, &site))
            .or_else(|| interactive(look, &site))
            .or_else(|| file(look, &site));
        look.issues.extend(issue);
    }
}

fn play<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Vec<Issue> {
    let args = &site.node.arguments.args;
    if args.is_empty() && site.node.arguments.keywords.iter().all(|word| word.arg.is_some()) {
        let issue = Issue::new(
            callee_at(site.node),
            "empty-play",
            "`play` is called without an animation.",
        );
        return vec![issue.with_severity(look.severity(site))];
    }
    let mut issues: Vec<Issue> = args.iter().filter_map(|arg| played(look, site, arg)).collect();
    issues.extend(same_twice(look, site));
    issues
}

fn played<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>, arg: &'a Expr) -> Option<Issue> {
    let ty = look.ty(arg, site.scope);
    let issue =
        |code, message: String| Issue::new(arg.start(), code, message).with_severity(look.severity(site));
    match ty {
        Ty::Object { class, .. } if look.infer.is_a(class, "Mobject") => {
            let text = shortened(look.text(arg.range()));
            if let Some(edit) = animated(look, arg, site.scope) {
                let message = format!("`{text}` moves at once and is no animation; `.animate` makes it one.");
                return Some(issue("no-animate", message).with_edits(vec![edit]));
            }
            let message = format!(
                "`{text}` is a mobject, and `play` takes animations: for example `Create({text})` or `FadeIn({text})`."
            );
            Some(issue("mobject-in-play", message))
        }
        Ty::Method { .. } => {
            let text = look.text(arg.range());
            Some(issue(
                "method-in-play",
                format!("`play` takes no methods. Write `{}(...)`.", with_animate(text)),
            ))
        }
        Ty::Number | Ty::Text | Ty::Array | Ty::Nothing | Ty::Class(_) => {
            let text = shortened(look.text(arg.range()));
            Some(issue(
                "not-an-animation",
                format!("`play` takes animations, and `{text}` is none."),
            ))
        }
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn with_animate(text: &str) -> String {
    match text.rsplit_once('.') {
        Some((object, method)) => format!("{object}.animate.{method}"),
        None => format!("{text}.animate"),
    }
}

/// `.animate` after the object of a chain of methods that return it.
fn animated<'a>(look: &Look<'_, 'a>, arg: &'a Expr, scope: ScopeId) -> Option<Edit> {
    let mut object = arg;
    while let Expr::Call(call) = object {
        let attribute = call.func.as_attribute_expr()?;
        let returns_itself = match look.ty(&attribute.value, scope) {
            ty @ Ty::Object { .. } => ty == look.ty(object, scope),
            _ => false,
        };
        if !returns_itself || attribute.attr.as_str() == "copy" {
            return None;
        }
        object = &attribute.value;
    }
    let plain = matches!(object, Expr::Name(_) | Expr::Attribute(_)) && !std::ptr::eq(object, arg);
    plain.then(|| Edit::insert(object.end(), ".animate"))
}

/// Two animations of one mobject in one `play`: the last wins, the first is lost.
fn same_twice<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let mut seen: Vec<&str> = Vec::new();
    for arg in &site.node.arguments.args {
        let Some(name) = moved_mobject(look, arg, site.scope) else {
            continue;
        };
        if seen.contains(&name) {
            let message = format!(
                "`{name}` is animated twice in one play, and one animation is lost. Chain the changes, or play them one after the other."
            );
            return Some(Issue::new(arg.start(), "mobject-twice", message).with_severity(Severity::Warning));
        }
        seen.push(name);
    }
    None
}

/// The name of the mobject that `name.animate...` moves.
fn moved_mobject<'a>(look: &Look<'_, 'a>, arg: &'a Expr, scope: ScopeId) -> Option<&'a str> {
    let Ty::Builder { .. } = look.ty(arg, scope) else {
        return None;
    };
    let mut object = arg;
    loop {
        object = match object {
            Expr::Call(call) => &call.func,
            Expr::Attribute(attribute) if attribute.attr.as_str() == "animate" => {
                return attribute.value.as_name_expr().map(|name| name.id.as_str());
            }
            Expr::Attribute(attribute) => &attribute.value,
            _ => return None,
        };
    }
}

fn added<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>, arg: &'a Expr) -> Option<Issue> {
    let wrong = match look.ty(arg, site.scope) {
        Ty::Object { class, .. } if look.infer.is_a(class, "Animation") => "an animation: use `play`",
        Ty::Builder { .. } => "an animation: use `play`",
        Ty::Number | Ty::Text | Ty::Array | Ty::Nothing | Ty::Class(_) => "no mobject",
        _ => return None,
    };
    let text = shortened(look.text(arg.range()));
    let message = format!("`add` takes mobjects, and `{text}` is {wrong}.");
    Some(Issue::new(arg.start(), "not-a-mobject", message).with_severity(look.severity(site)))
}

/// A `VGroup` refuses what is no vectorized mobject.
fn vgroup<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    if look.ty(&site.node.func, site.scope) != Ty::Class(ClassRef::Manim("VGroup")) {
        return None;
    }
    let wrong = site
        .node
        .arguments
        .args
        .iter()
        .find(|arg| match look.ty(arg, site.scope) {
            Ty::Object { class, exact: true } => look
                .infer
                .lineage(class)
                .is_some_and(|lineage| !lineage.manim.is_empty() && !lineage.is("VMobject")),
            Ty::Number | Ty::Text | Ty::Class(_) => true,
            _ => false,
        })?;
    let text = shortened(look.text(wrong.range()));
    let message = format!(
        "A VGroup holds vectorized mobjects only, and `{text}` is none. Use Group for images and groups."
    );
    Some(Issue::new(wrong.start(), "not-a-vmobject", message).with_severity(look.severity(site)))
}

/// `FadeOut(VGroup(*self.mobjects))` fails as soon as one of them is no vectorized mobject.
fn everything_grouped<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let animation = matches!(
        look.ty(&site.node.func, site.scope),
        Ty::Class(ClassRef::Manim("FadeOut" | "FadeIn"))
    );
    let group = site
        .node
        .arguments
        .args
        .first()
        .filter(|_| animation)?
        .as_call_expr()?;
    let name = group
        .func
        .as_name_expr()
        .filter(|name| name.id == "VGroup" && look.is_manims(&name.id, site.scope))?;
    let [Expr::Starred(all)] = &*group.arguments.args else {
        return None;
    };
    let everything = all
        .value
        .as_attribute_expr()
        .is_some_and(|attribute| attribute.attr.as_str() == "mobjects");
    let mut edits = look.binder.manim_name("Group");
    edits.push(Edit::replace(name.range(), "Group"));
    let message = "A VGroup refuses some of a scene's mobjects; `Group` takes all.";
    everything.then(|| Issue::new(name.start(), "group", message).with_edits(edits))
}

/// `to_edge(ORIGIN)` names no edge.
fn centre_as_edge<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let attribute = site
        .node
        .func
        .as_attribute_expr()
        .filter(|attribute| matches!(attribute.attr.as_str(), "to_edge" | "to_corner"))?;
    let [Expr::Name(centre)] = &*site.node.arguments.args else {
        return None;
    };
    let ours = centre.id == "ORIGIN"
        && look.is_manims(&centre.id, site.scope)
        && !look.model.given.contains(attribute.attr.as_str());
    if !ours || !site.node.arguments.keywords.is_empty() {
        return None;
    }
    let message = format!(
        "ORIGIN is no edge; `{}(ORIGIN)` is now `move_to(ORIGIN)`.",
        attribute.attr
    );
    let edit = Edit::replace(attribute.attr.range(), "move_to");
    Some(Issue::new(attribute.attr.start(), "centre-as-edge", message).with_edits(vec![edit]))
}

/// A film has no window to stop in.
fn interactive<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let waits = ["embed", "interactive_embed"]
        .iter()
        .any(|name| look.is_scene_call(site.node, site.scope, name));
    let message = "A film is not interactive; the call is replaced by `pass`.";
    let edit = Edit::replace(site.node.range(), "pass");
    waits.then(|| Issue::new(callee_at(site.node), "interactive", message).with_edits(vec![edit]))
}

/// A scene is rendered where there are no files but its own.
fn file<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> Option<Issue> {
    let call = site.node;
    let Some(Expr::StringLiteral(path)) = call.arguments.args.first() else {
        return None;
    };
    let opens = match look.ty(&call.func, site.scope) {
        Ty::Class(ClassRef::Manim("ImageMobject" | "SVGMobject")) => true,
        _ => look.is_scene_call(call, site.scope, "add_sound"),
    };
    let message = format!(
        "The file \"{}\" is not provided. Draw with shapes and text.",
        path.value.to_str()
    );
    opens.then(|| Issue::new(path.start(), "missing-file", message).with_severity(Severity::Warning))
}

//! Scenes that need another base class for what they do.

use ruff_python_ast::{Expr, StmtClassDef};
use ruff_text_size::{Ranged, TextSize};

use super::Look;
use crate::check::infer::Ty;
use crate::check::issue::{Edit, Issue};
use crate::check::lineage::ClassRef;
use crate::check::model::{ClassId, ScopeId};
use crate::check::table::table;
use crate::diagnostic::Severity;

const SOLIDS: [&str; 17] = [
    "ThreeDAxes",
    "Surface",
    "Sphere",
    "Cube",
    "Prism",
    "Cone",
    "Cylinder",
    "Torus",
    "Dot3D",
    "Line3D",
    "Arrow3D",
    "Polyhedron",
    "Tetrahedron",
    "Octahedron",
    "Icosahedron",
    "Dodecahedron",
    "ConvexHull3D",
];

pub(super) fn check(look: &mut Look<'_, '_>) {
    for class in 0..look.model.classes.len() {
        let issue = missing_base(look, class).or_else(|| other_base(look, class));
        look.issues.extend(issue);
        let issue = config_dict(look, class);
        look.issues.extend(issue);
    }
}

/// `class A:` with a `construct(self)`, where nothing else is a scene.
fn missing_base<'a>(look: &Look<'_, 'a>, id: ClassId) -> Option<Issue> {
    let class = &look.model.classes[id];
    let node: &StmtClassDef = class.node;
    let bare = node.bases().is_empty() && node.keywords().is_empty() && class.members.contains("construct");
    let only = look
        .model
        .classes
        .iter()
        .filter(|other| other.members.contains("construct"))
        .count()
        == 1;
    if !bare || !only {
        return None;
    }
    let scene = look
        .binder
        .module_alias()
        .map_or("Scene".to_owned(), |module| format!("{module}.Scene"));
    let mut edits = Vec::new();
    if look.binder.module_alias().is_none() {
        edits = look.binder.manim_name("Scene");
    }
    edits.push(match &node.arguments {
        Some(arguments) => Edit::replace(arguments.range(), format!("({scene})")),
        None => Edit::insert(node.name.end(), format!("({scene})")),
    });
    let message = format!(
        "`{}` has a construct method and no base; it is a Scene now.",
        node.name
    );
    Some(Issue::new(node.name.start(), "no-scene-class", message).with_edits(edits))
}

/// A plain `Scene` that moves its camera, or shows solids.
fn other_base<'a>(look: &Look<'_, 'a>, id: ClassId) -> Option<Issue> {
    let base = plain_scene_base(look, id)?;
    let (new, at, why) = wants_three_d(look, id).or_else(|| wants_moving_camera(look, id))?;
    let name = &look.model.classes[id].node.name;
    let message = format!("`{name}` {why}, so its base is {new}.");
    let (mut edits, range) = match base {
        Expr::Attribute(attribute) => (Vec::new(), attribute.attr.range()),
        other => (look.binder.manim_name(new), other.range()),
    };
    edits.push(Edit::replace(range, new));
    Some(Issue::new(at, "scene-class", message).with_edits(edits))
}

/// The base of a class that inherits from Manim's `Scene` and nothing else.
fn plain_scene_base<'a>(look: &Look<'_, 'a>, id: ClassId) -> Option<&'a Expr> {
    let class = &look.model.classes[id];
    let [base] = class.node.bases() else { return None };
    let is_scene = look.ty(base, class.scope) == Ty::Class(ClassRef::Manim("Scene"));
    is_scene.then_some(base)
}

fn wants_three_d<'a>(look: &Look<'_, 'a>, id: ClassId) -> Option<(&'static str, TextSize, String)> {
    let scene = &table().class("Scene")?.mro;
    let three_d = &table().class("ThreeDScene")?.mro;
    let camera = look.model.attributes.iter().find(|used| {
        let name = used.site.node.attr.as_str();
        let only_there = table().member(scene, name).is_none() && table().member(three_d, name).is_some();
        used.call.is_some()
            && only_there
            && !look.model.given.contains(name)
            && is_self(look, &used.site.node.value, used.site.scope, id)
    });
    if let Some(used) = camera {
        let why = format!("calls {}", used.site.node.attr);
        return Some(("ThreeDScene", used.site.node.attr.start(), why));
    }
    let solid = look.model.calls.iter().find(|site| {
        let made = look.ty(&site.node.func, site.scope);
        let solid = matches!(made, Ty::Class(ClassRef::Manim(name)) if SOLIDS.contains(&name));
        solid && look.model.class_around(site.scope) == Some(id)
    });
    solid.map(|site| ("ThreeDScene", site.node.start(), "shows solids".to_owned()))
}

fn wants_moving_camera<'a>(look: &Look<'_, 'a>, id: ClassId) -> Option<(&'static str, TextSize, String)> {
    let frame = look.model.attributes.iter().find(|used| {
        let node = used.site.node;
        let camera = node
            .value
            .as_attribute_expr()
            .filter(|value| value.attr.as_str() == "camera");
        node.attr.as_str() == "frame"
            && camera.is_some_and(|camera| is_self(look, &camera.value, used.site.scope, id))
    });
    frame.map(|used| {
        (
            "MovingCameraScene",
            used.site.node.attr.start(),
            "moves camera.frame".to_owned(),
        )
    })
}

fn is_self<'a>(look: &Look<'_, 'a>, value: &'a Expr, scope: ScopeId, id: ClassId) -> bool {
    matches!(look.ty(value, scope), Ty::Object { class: ClassRef::User(class), .. } if class == id)
}

/// The dictionary of older Manim, which nothing reads any more.
fn config_dict<'a>(look: &Look<'_, 'a>, id: ClassId) -> Option<Issue> {
    let class = &look.model.classes[id];
    let used = look
        .model
        .attributes
        .iter()
        .any(|used| used.site.node.attr.as_str() == "CONFIG");
    let stmt = class.node.body.iter().find(|stmt| {
        stmt.as_assign_stmt().is_some_and(|assign| {
            let named = assign
                .targets
                .iter()
                .any(|target| target.as_name_expr().is_some_and(|name| name.id == "CONFIG"));
            named && assign.value.is_dict_expr()
        })
    })?;
    let lineage = look.infer.lineage(ClassRef::User(id))?;
    if used || lineage.manim.is_empty() {
        return None;
    }
    let message =
        "Manim Community does not read CONFIG dictionaries. Pass keyword arguments, or set class attributes.";
    Some(Issue::new(stmt.start(), "config-dict", message).with_severity(Severity::Warning))
}

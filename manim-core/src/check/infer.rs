//! What kind of value an expression has, when that is certain. Anything doubtful is
//! [`Ty::Unknown`], about which no rule speaks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};
use ruff_text_size::Ranged;

use super::lineage::{ClassRef, Lineage};
use super::meaning::{exported, member_of_module, module, operation, returned};
use super::model::{Binding, Model, ScopeId};
use super::table::{Member, table};

/// How far an expression is followed. Chains in real scenes stay under 30.
const MAX_STEPS: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ty {
    Unknown,
    /// An instance; `exact` when it is of that class and no subclass.
    Object {
        class: ClassRef,
        exact: bool,
    },
    Class(ClassRef),
    /// A function that Manim's star import binds.
    Function(&'static str),
    /// A method of Manim, not called.
    Method {
        class: ClassRef,
        exact: bool,
        name: &'static str,
    },
    /// `mobject.animate`, or a chain on it.
    Builder {
        class: ClassRef,
        exact: bool,
    },
    /// A method of the mobject behind `animate`, not called.
    BuilderMethod {
        class: ClassRef,
        exact: bool,
    },
    /// A module that the table knows.
    Module(&'static str),
    /// A numpy array, and so no mobject.
    Array,
    Number,
    Text,
    /// A list, tuple or dictionary.
    List,
    Nothing,
}

pub(super) struct Infer<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    /// What the star imports of this source can be trusted to bind.
    star_is_manim: bool,
    known: RefCell<HashMap<(ScopeId, &'a str), Ty>>,
    /// Calls and attributes by address: every rule asks for the same ones.
    seen: RefCell<HashMap<*const Expr, Ty>>,
    lineages: RefCell<HashMap<ClassRef, Option<Rc<Lineage>>>>,
    stores: HashMap<&'a str, Vec<usize>>,
}

impl<'m, 'a> Infer<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>) -> Self {
        let mut stores: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, store) in model.stores.iter().enumerate() {
            stores.entry(store.target.attr.as_str()).or_default().push(index);
        }
        Self {
            model,
            star_is_manim: star_is_manim(model),
            known: RefCell::default(),
            seen: RefCell::default(),
            lineages: RefCell::default(),
            stores,
        }
    }

    pub(super) fn ty(&self, expr: &'a Expr, scope: ScopeId) -> Ty {
        self.step(expr, scope, MAX_STEPS)
    }

    /// The bases of a class, when all are known.
    pub(super) fn lineage(&self, class: ClassRef) -> Option<Rc<Lineage>> {
        if let Some(known) = self.lineages.borrow().get(&class) {
            return known.clone();
        }
        // A class that is defined by itself has no bases to itself.
        self.lineages.borrow_mut().insert(class, None);
        let lineage = Lineage::of(class, &|class| self.bases(class)).map(Rc::new);
        self.lineages.borrow_mut().insert(class, lineage.clone());
        lineage
    }

    pub(super) fn is_a(&self, class: ClassRef, ancestor: &str) -> bool {
        self.lineage(class).is_some_and(|lineage| lineage.is(ancestor))
    }

    fn bases(&self, class: usize) -> Option<Vec<ClassRef>> {
        let user = &self.model.classes[class];
        let plain = user.node.decorator_list.is_empty() && user.node.keywords().is_empty();
        let base = |base: &'a Expr| match self.step(base, user.scope, MAX_STEPS) {
            Ty::Class(class) => Some(class),
            _ => None,
        };
        let dynamic = ["__getattr__", "__getattribute__", "__setattr__"];
        let closed = plain && !dynamic.iter().any(|name| user.members.contains(name));
        closed
            .then(|| user.node.bases().iter().map(base).collect())
            .flatten()
    }

    fn step(&self, expr: &'a Expr, scope: ScopeId, left: usize) -> Ty {
        if !matches!(expr, Expr::Call(_) | Expr::Attribute(_)) {
            return self.fresh(expr, scope, left);
        }
        let address = std::ptr::from_ref(expr);
        if let Some(known) = self.seen.borrow().get(&address) {
            return *known;
        }
        let ty = self.fresh(expr, scope, left);
        self.seen.borrow_mut().insert(address, ty);
        ty
    }

    fn fresh(&self, expr: &'a Expr, scope: ScopeId, left: usize) -> Ty {
        let Some(left) = left.checked_sub(1) else {
            return Ty::Unknown;
        };
        match expr {
            Expr::Name(name) => self.name(&name.id, scope, left),
            Expr::Attribute(attribute) => self.attribute(attribute, scope, left),
            Expr::Call(call) => self.call(call, scope, left),
            Expr::BinOp(node) => {
                let sides = (
                    self.step(&node.left, scope, left),
                    self.step(&node.right, scope, left),
                );
                operation(node.op, sides)
            }
            Expr::UnaryOp(node) => match self.step(&node.operand, scope, left) {
                ty @ (Ty::Array | Ty::Number) => ty,
                _ => Ty::Unknown,
            },
            Expr::If(node) => {
                let sides = (
                    self.step(&node.body, scope, left),
                    self.step(&node.orelse, scope, left),
                );
                if sides.0 == sides.1 { sides.0 } else { Ty::Unknown }
            }
            Expr::Named(node) => self.step(&node.value, scope, left),
            Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) => Ty::Number,
            Expr::StringLiteral(_) | Expr::FString(_) => Ty::Text,
            Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Dict(_)
            | Expr::Set(_)
            | Expr::ListComp(_)
            | Expr::DictComp(_) => Ty::List,
            Expr::NoneLiteral(_) => Ty::Nothing,
            _ => Ty::Unknown,
        }
    }

    fn name(&self, name: &'a str, scope: ScopeId, left: usize) -> Ty {
        let Some((home, bindings)) = self.model.look_up(name, scope) else {
            return if self.star_is_manim {
                exported(name)
            } else {
                Ty::Unknown
            };
        };
        if let Some(known) = self.known.borrow().get(&(home, name)) {
            return *known;
        }
        // A name that is defined by itself is unknown to itself.
        self.known.borrow_mut().insert((home, name), Ty::Unknown);
        let mut kinds = bindings.iter().map(|binding| self.binding(*binding, home, left));
        let first = kinds.next().unwrap_or(Ty::Unknown);
        let ty = if kinds.all(|kind| kind == first) {
            first
        } else {
            Ty::Unknown
        };
        self.known.borrow_mut().insert((home, name), ty);
        ty
    }

    fn binding(&self, binding: Binding<'a>, home: ScopeId, left: usize) -> Ty {
        match binding {
            Binding::Value(value) => self.step(value, home, left),
            Binding::Element(iter) => self.element(iter, home, left),
            Binding::Class(class) => Ty::Class(ClassRef::User(class)),
            Binding::Receiver(class) => Ty::Object {
                class: ClassRef::User(class),
                exact: false,
            },
            Binding::Module(path) => module(path),
            Binding::Member {
                module: "manim",
                name,
            } => exported(name),
            Binding::Member { module: path, name } => member_of_module(path, name),
            Binding::Function | Binding::Opaque => Ty::Unknown,
        }
    }

    /// What a loop over `iter` gives, when that is always the same.
    fn element(&self, iter: &'a Expr, scope: ScopeId, left: usize) -> Ty {
        let Some(left) = left.checked_sub(1) else {
            return Ty::Unknown;
        };
        match iter {
            Expr::List(list) => self.alike(&list.elts, scope, left),
            Expr::Tuple(tuple) => self.alike(&tuple.elts, scope, left),
            Expr::ListComp(comp) => match self.model.comprehensions.get(&comp.start()) {
                Some(inner) => self.step(&comp.elt, *inner, left),
                None => Ty::Unknown,
            },
            Expr::Call(call) if self.is_group(call, scope, left) => {
                self.alike(&call.arguments.args, scope, left)
            }
            Expr::Name(name) => match self.model.sole(&name.id, scope) {
                Some((home, Binding::Value(value))) if !self.model.grows(&name.id) => {
                    self.element(value, home, left)
                }
                _ => Ty::Unknown,
            },
            _ => Ty::Unknown,
        }
    }

    fn alike(&self, parts: &'a [Expr], scope: ScopeId, left: usize) -> Ty {
        let kind = |part: &'a Expr| match part {
            Expr::Starred(starred) => self.element(&starred.value, scope, left),
            part => self.step(part, scope, left),
        };
        let mut kinds = parts.iter().map(kind);
        let first = kinds.next().unwrap_or(Ty::Unknown);
        if kinds.all(|kind| kind == first) {
            first
        } else {
            Ty::Unknown
        }
    }

    fn is_group(&self, call: &'a ExprCall, scope: ScopeId, left: usize) -> bool {
        let made = self.step(&call.func, scope, left);
        matches!(made, Ty::Class(ClassRef::Manim("VGroup" | "Group")))
    }

    fn attribute(&self, attribute: &'a ExprAttribute, scope: ScopeId, left: usize) -> Ty {
        let name = attribute.attr.as_str();
        match self.step(&attribute.value, scope, left) {
            Ty::Module(path) => member_of_module(path, name),
            Ty::Object { class, exact } => self.member(class, exact, name, left),
            Ty::Builder { class, exact } => Ty::BuilderMethod { class, exact },
            _ => Ty::Unknown,
        }
    }

    fn member(&self, class: ClassRef, exact: bool, name: &'a str, left: usize) -> Ty {
        let Some(lineage) = self.lineage(class) else {
            return Ty::Unknown;
        };
        if name == "camera" && lineage.is("Scene") {
            return self.camera(&lineage);
        }
        if name == "frame" && class == ClassRef::Manim("MovingCamera") {
            return Ty::Object {
                class: ClassRef::Manim("ScreenRectangle"),
                exact: false,
            };
        }
        if name == "animate" && lineage.is("Mobject") {
            return Ty::Builder { class, exact };
        }
        if self.model.given.contains(name) {
            return self.given(name, left);
        }
        match table().member(&lineage.manim, name) {
            Some(Member::Attribute(kind)) => returned(kind, class, exact),
            Some(Member::Method { name, .. }) => Ty::Method { class, exact, name },
            None => Ty::Unknown,
        }
    }

    /// An attribute that the source assigns, when it always assigns the same kind to it.
    fn given(&self, name: &'a str, left: usize) -> Ty {
        let stores = self.stores.get(name).map(Vec::as_slice).unwrap_or_default();
        let defined = self
            .model
            .classes
            .iter()
            .any(|class| class.members.contains(name));
        if stores.is_empty() || defined || self.model.makes_attributes {
            return Ty::Unknown;
        }
        let key = (usize::MAX, name);
        if let Some(known) = self.known.borrow().get(&key) {
            return *known;
        }
        self.known.borrow_mut().insert(key, Ty::Unknown);
        let kind = |index: &usize| {
            let store = &self.model.stores[*index];
            store
                .value
                .map_or(Ty::Unknown, |value| self.step(value, store.scope, left))
        };
        let first = kind(&stores[0]);
        let ty = if stores.iter().all(|index| kind(index) == first) {
            first
        } else {
            Ty::Unknown
        };
        self.known.borrow_mut().insert(key, ty);
        ty
    }

    fn camera(&self, lineage: &Lineage) -> Ty {
        let chosen = self.model.given.contains("camera")
            || lineage
                .users
                .iter()
                .any(|class| self.model.classes[*class].members.contains("__init__"));
        let name = match () {
            () if chosen => return Ty::Unknown,
            () if lineage.is("MovingCameraScene")
                && !lineage.is("ThreeDScene")
                && !lineage.is("ZoomedScene") =>
            {
                "MovingCamera"
            }
            () if lineage.is("ThreeDScene") && !lineage.is("MovingCameraScene") => "ThreeDCamera",
            () if lineage.manim.first() == Some(&"Scene") => "Camera",
            () => return Ty::Unknown,
        };
        Ty::Object {
            class: ClassRef::Manim(name),
            exact: true,
        }
    }

    fn call(&self, call: &'a ExprCall, scope: ScopeId, left: usize) -> Ty {
        if let Some(ty) = self.redrawn(call, scope, left) {
            return ty;
        }
        if is_numpy_call(&call.func) {
            return self.array_made(call, scope, left);
        }
        match self.step(&call.func, scope, left) {
            Ty::Class(class) => self.made(class),
            Ty::Function(name) => {
                let returns = table().function(name).map_or("?", |signature| signature.returns);
                returned(returns, ClassRef::Manim("object"), false)
            }
            Ty::Method { class, exact, name } => self.result(class, exact, name),
            Ty::Builder { class, exact } | Ty::BuilderMethod { class, exact } => Ty::Builder { class, exact },
            _ => Ty::Unknown,
        }
    }

    fn made(&self, class: ClassRef) -> Ty {
        let overridden = |lineage: &Lineage| {
            lineage
                .users
                .iter()
                .any(|user| self.model.classes[*user].members.contains("__new__"))
        };
        match self.lineage(class) {
            Some(lineage) if !overridden(&lineage) => Ty::Object { class, exact: true },
            _ => Ty::Unknown,
        }
    }

    fn result(&self, class: ClassRef, exact: bool, name: &str) -> Ty {
        let Some(lineage) = self.lineage(class) else {
            return Ty::Unknown;
        };
        match table().member(&lineage.manim, name) {
            Some(Member::Method { signature, .. }) => returned(signature.returns, class, exact),
            _ => Ty::Unknown,
        }
    }

    /// `always_redraw(lambda: X)` is an `X`.
    fn redrawn(&self, call: &'a ExprCall, scope: ScopeId, left: usize) -> Option<Ty> {
        let name = call.func.as_name_expr()?;
        let [Expr::Lambda(lambda)] = &*call.arguments.args else {
            return None;
        };
        let ours = name.id == "always_redraw" && lambda.parameters.is_none();
        ours.then(|| self.step(&lambda.body, scope, left))
    }

    fn array_made(&self, call: &'a ExprCall, scope: ScopeId, left: usize) -> Ty {
        let Expr::Attribute(function) = &*call.func else {
            return Ty::Unknown;
        };
        let makes = matches!(
            function.attr.as_str(),
            "array" | "zeros" | "ones" | "linspace" | "arange"
        );
        match self.step(&function.value, scope, left) {
            Ty::Module("numpy") if makes => Ty::Array,
            _ => Ty::Unknown,
        }
    }
}

fn is_numpy_call(func: &Expr) -> bool {
    let value = func
        .as_attribute_expr()
        .and_then(|attribute| attribute.value.as_name_expr());
    value.is_some_and(|name| matches!(name.id.as_str(), "np" | "numpy"))
}

/// Star imports that bind nothing that Manim's classes could be confused with.
fn star_is_manim(model: &Model<'_>) -> bool {
    let mut starred = model.starred().peekable();
    let harmless = |module: &str| {
        matches!(
            module,
            "math" | "cmath" | "random" | "typing" | "numpy" | "dataclasses"
        ) || module.starts_with("manim.")
    };
    starred.peek().is_some()
        && model.starred().any(|module| module == "manim")
        && starred.all(|module| module == "manim" || harmless(module))
}

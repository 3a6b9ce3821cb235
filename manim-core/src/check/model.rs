//! The source as the rules see it: scopes and what they bind, and a flat list of every use.
//! Nothing here judges.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::{
    Expr, ExprAttribute, ExprCall, ExprName, StmtClassDef, StmtFunctionDef, StmtImport, StmtImportFrom,
};

use ruff_text_size::{TextRange, TextSize};

/// Index of a scope in [`Model::scopes`]; the module is 0.
pub(super) type ScopeId = usize;

/// Index of a class in [`Model::classes`].
pub(super) type ClassId = usize;

/// What a name was bound to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Binding<'a> {
    Value(&'a Expr),
    /// One of what the expression holds, by a loop over it.
    Element(&'a Expr),
    Class(ClassId),
    Function,
    /// The first parameter of a method.
    Receiver(ClassId),
    /// `import path`, where the name stands for the module at `path`.
    Module(&'a str),
    /// `from module import name`.
    Member {
        module: &'a str,
        name: &'a str,
    },
    /// Anything else: a parameter, a loop variable, a part of a tuple.
    Opaque,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class(ClassId),
    Function,
    Inner,
}

#[derive(Debug)]
pub(super) struct Scope<'a> {
    pub(super) kind: ScopeKind,
    pub(super) parent: Option<ScopeId>,
    pub(super) bindings: HashMap<&'a str, Vec<Binding<'a>>>,
    /// Names that `global` or `nonlocal` moved elsewhere.
    pub(super) elsewhere: HashSet<&'a str>,
    /// The function whose body this is.
    pub(super) function: Option<&'a StmtFunctionDef>,
    /// Whether its body is certainly run, as far as this scope alone can tell.
    pub(super) runs: bool,
}

/// A place where something is used.
#[derive(Debug)]
pub(super) struct Site<'a, T> {
    pub(super) node: &'a T,
    pub(super) scope: ScopeId,
    /// Whether nothing in its scope can jump over it: no branch, no `try`, no earlier `return`.
    pub(super) sure: bool,
}

impl<T> Clone for Site<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Site<'_, T> {}

/// `value.name`, and the call it is the function of.
#[derive(Debug, Clone, Copy)]
pub(super) struct AttributeSite<'a> {
    pub(super) site: Site<'a, ExprAttribute>,
    pub(super) call: Option<&'a ExprCall>,
}

/// `object.name = value`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Store<'a> {
    pub(super) target: &'a ExprAttribute,
    pub(super) value: Option<&'a Expr>,
    pub(super) scope: ScopeId,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Import<'a> {
    Plain(&'a StmtImport),
    From(&'a StmtImportFrom),
}

#[derive(Debug)]
pub(super) struct UserClass<'a> {
    pub(super) node: &'a StmtClassDef,
    pub(super) scope: ScopeId,
    /// The scope of its body.
    pub(super) body: ScopeId,
    /// Names bound in its body.
    pub(super) members: HashSet<&'a str>,
}

#[derive(Debug, Default)]
pub(super) struct Model<'a> {
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) classes: Vec<UserClass<'a>>,
    pub(super) names: Vec<Site<'a, ExprName>>,
    pub(super) attributes: Vec<AttributeSite<'a>>,
    pub(super) calls: Vec<Site<'a, ExprCall>>,
    pub(super) stores: Vec<Store<'a>>,
    /// Every import, and whether the module certainly runs it.
    pub(super) imports: Vec<(Import<'a>, bool)>,
    /// The scopes of comprehensions, by where these start.
    pub(super) comprehensions: HashMap<TextSize, ScopeId>,
    /// Names whose parts are assigned to.
    pub(super) filled: HashSet<&'a str>,
    /// Bodies of `try` statements that catch something.
    pub(super) guarded: Vec<TextRange>,
    /// Attribute names that the source itself gives to some object.
    pub(super) given: HashSet<&'a str>,
    /// Whether names can appear by `exec`, `globals()` and the like.
    pub(super) makes_names: bool,
    /// Whether attributes can appear by `setattr` with a computed name and the like.
    pub(super) makes_attributes: bool,
}

impl<'a> Model<'a> {
    /// What `name` is bound to as seen from `scope`; the module where the last scope is.
    pub(super) fn look_up(&self, name: &str, scope: ScopeId) -> Option<(ScopeId, &[Binding<'a>])> {
        let mut next = Some(scope);
        while let Some(id) = next {
            let here = &self.scopes[id];
            let visible = id == scope || !matches!(here.kind, ScopeKind::Class(_));
            if visible && let Some(found) = here.bindings.get(name) {
                return Some((id, found));
            }
            next = here.parent;
        }
        None
    }

    /// The only thing that `name` is ever bound to.
    pub(super) fn sole(&self, name: &str, scope: ScopeId) -> Option<(ScopeId, Binding<'a>)> {
        match self.look_up(name, scope)? {
            (id, [only]) => Some((id, *only)),
            _ => None,
        }
    }

    /// Modules that are imported with `*`.
    pub(super) fn starred(&self) -> impl Iterator<Item = &'a str> {
        self.imports.iter().filter_map(|(import, _)| match import {
            Import::From(from) if from.level == 0 && from.names.iter().any(|alias| &alias.name == "*") => {
                from.module.as_ref().map(|module| module.as_str())
            }
            _ => None,
        })
    }

    /// Whether a module of Manim is imported in any way.
    pub(super) fn imports_manim(&self) -> bool {
        let ours = |path: &str| path == "manim" || path.starts_with("manim.");
        self.imports.iter().any(|(import, _)| match import {
            Import::Plain(plain) => plain.names.iter().any(|alias| ours(&alias.name)),
            Import::From(from) => from.module.as_ref().is_some_and(|module| ours(module)),
        })
    }

    /// Whether something is put into what `name` holds, or taken out, after its making.
    pub(super) fn grows(&self, name: &str) -> bool {
        const CHANGES: [&str; 12] = [
            "append",
            "extend",
            "insert",
            "add",
            "add_to_back",
            "remove",
            "submobjects",
            "become",
            "pop",
            "clear",
            "__iadd__",
            "set_submobjects",
        ];
        self.attributes.iter().any(|used| {
            let holder = used.site.node.value.as_name_expr();
            holder.is_some_and(|holder| holder.id == name) && CHANGES.contains(&used.site.node.attr.as_str())
        }) || self.given.contains("submobjects")
            || self.is_filled(name)
    }

    /// Whether `name[...] = value` stands somewhere.
    fn is_filled(&self, name: &str) -> bool {
        self.filled.contains(name)
    }

    /// Whether the source replaces animations of its own mobjects by others.
    pub(super) fn overrides_animations(&self) -> bool {
        self.names.iter().any(|site| site.node.id == "override_animation")
    }

    /// The class whose method encloses `scope`.
    pub(super) fn class_around(&self, scope: ScopeId) -> Option<ClassId> {
        let mut next = Some(scope);
        while let Some(id) = next {
            if let ScopeKind::Class(class) = self.scopes[id].kind {
                return Some(class);
            }
            next = self.scopes[id].parent;
        }
        None
    }
}

//! What binds names and attributes: targets, parameters, imports, and calls that do it unseen.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{Expr, ExprCall, Parameters, Stmt};

use super::Walker;
use crate::check::model::{Binding, Import, ScopeKind, Store};

impl<'a> Walker<'a> {
    pub(super) fn bind(&mut self, name: &'a str, binding: Binding<'a>) {
        let mut scope = self.scope;
        if self.model.scopes[scope].elsewhere.contains(name) {
            self.bind_outside(name);
            return;
        }
        // A walrus in a comprehension binds outside it; harmless for loop variables.
        if self.model.scopes[scope].kind == ScopeKind::Inner && matches!(binding, Binding::Value(_)) {
            while let (ScopeKind::Inner, Some(parent)) =
                (self.model.scopes[scope].kind, self.model.scopes[scope].parent)
            {
                scope = parent;
            }
        }
        let scope = &mut self.model.scopes[scope];
        scope.bindings.entry(name).or_default().push(binding);
        if let ScopeKind::Class(class) = scope.kind {
            self.model.classes[class].members.insert(name);
        }
    }

    /// `global` and `nonlocal`: any scope around may be meant.
    pub(super) fn bind_outside(&mut self, name: &'a str) {
        let mut next = self.model.scopes[self.scope].parent;
        while let Some(id) = next {
            let scope = &mut self.model.scopes[id];
            if scope.parent.is_none() || scope.bindings.contains_key(name) {
                scope.bindings.entry(name).or_default().push(Binding::Opaque);
            }
            next = scope.parent;
        }
    }

    pub(super) fn bind_target(&mut self, target: &'a Expr, value: Option<&'a Expr>) {
        match target {
            Expr::Name(name) => self.bind(&name.id, value.map_or(Binding::Opaque, Binding::Value)),
            Expr::Tuple(tuple) => self.bind_parts(&tuple.elts, value),
            Expr::List(list) => self.bind_parts(&list.elts, value),
            Expr::Starred(starred) => self.bind_target(&starred.value, None),
            Expr::Attribute(attribute) => {
                self.model.given.insert(attribute.attr.as_str());
                self.model.stores.push(Store {
                    target: attribute,
                    value,
                    scope: self.scope,
                });
                self.visit_expr(&attribute.value);
            }
            other => {
                let holder = other
                    .as_subscript_expr()
                    .and_then(|part| part.value.as_name_expr());
                self.model.filled.extend(holder.map(|name| name.id.as_str()));
                self.visit_expr(other);
            }
        }
    }

    pub(super) fn bind_loop(&mut self, target: &'a Expr, iter: &'a Expr) {
        match target {
            Expr::Name(name) => self.bind(&name.id, Binding::Element(iter)),
            _ => self.bind_target(target, None),
        }
    }

    pub(super) fn bind_parts(&mut self, targets: &'a [Expr], value: Option<&'a Expr>) {
        let values: &[Expr] = match value {
            Some(Expr::Tuple(tuple)) => &tuple.elts,
            Some(Expr::List(list)) => &list.elts,
            _ => &[],
        };
        let starred = targets.iter().chain(values).any(Expr::is_starred_expr);
        for (index, target) in targets.iter().enumerate() {
            let part = values
                .get(index)
                .filter(|_| values.len() == targets.len() && !starred);
            self.bind_target(target, part);
        }
    }

    pub(super) fn bind_parameters(&mut self, parameters: &'a Parameters, receiver: Option<Binding<'a>>) {
        let mut receiver = receiver;
        for parameter in parameters {
            let binding = receiver.take().unwrap_or(Binding::Opaque);
            self.bind(parameter.name().as_str(), binding);
        }
    }

    /// Calls that put names or attributes where no assignment shows them.
    pub(super) fn note_magic(&mut self, call: &'a ExprCall) {
        match &*call.func {
            Expr::Name(name) => match name.id.as_str() {
                "exec" | "eval" | "globals" | "locals" | "vars" | "compile" | "__import__" => {
                    self.model.makes_names = true;
                    self.model.makes_attributes = true;
                }
                "setattr" => match call.arguments.args.get(1) {
                    Some(Expr::StringLiteral(text)) => _ = self.model.given.insert(text.value.to_str()),
                    _ => self.model.makes_attributes = true,
                },
                _ => {}
            },
            Expr::Attribute(attribute) if &attribute.attr == "set" => {
                let words = call
                    .arguments
                    .keywords
                    .iter()
                    .filter_map(|word| word.arg.as_ref());
                self.model.given.extend(words.map(|word| word.as_str()));
            }
            Expr::Attribute(attribute) if &attribute.attr == "__setattr__" => {
                self.model.makes_attributes = true
            }
            _ => {}
        }
    }

    pub(super) fn visit_import(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                self.model
                    .imports
                    .push((Import::Plain(import), self.sure && self.scope == 0));
                for alias in &import.names {
                    let path = alias.name.as_str();
                    let first = path.split('.').next().unwrap_or(path);
                    match &alias.asname {
                        Some(name) => self.bind(name, Binding::Module(path)),
                        None => self.bind(first, Binding::Module(first)),
                    }
                }
            }
            Stmt::ImportFrom(import) => {
                self.model
                    .imports
                    .push((Import::From(import), self.sure && self.scope == 0));
                let module = import.module.as_ref().filter(|_| import.level == 0);
                for alias in import.names.iter().filter(|alias| &alias.name != "*") {
                    let binding = module.map_or(Binding::Opaque, |module| Binding::Member {
                        module,
                        name: &alias.name,
                    });
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name), binding);
                }
            }
            _ => {}
        }
    }
}

//! Builds the [`Model`] of a module: one walk, in the order of the source.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Comprehension, ExceptHandler, Expr, ExprCall, ExprLambda, Parameters, Pattern, Stmt, StmtClassDef,
    StmtFunctionDef,
};

use ruff_text_size::{Ranged, TextRange, TextSize};

use super::model::{AttributeSite, Binding, Model, Scope, ScopeId, ScopeKind, Site, UserClass};

mod binds;

pub(super) fn model(body: &[Stmt]) -> Model<'_> {
    let mut walker = Walker {
        model: Model::default(),
        scope: 0,
        sure: true,
    };
    walker.open(ScopeKind::Module, None);
    walker.visit_body(body);
    walker.model
}

struct Walker<'a> {
    model: Model<'a>,
    scope: ScopeId,
    sure: bool,
}

impl<'a> Walker<'a> {
    /// Adds a scope and returns what to restore.
    fn open(&mut self, kind: ScopeKind, function: Option<&'a StmtFunctionDef>) -> (ScopeId, bool) {
        let before = (self.scope, self.sure);
        let parent = (kind != ScopeKind::Module).then_some(self.scope);
        self.model.scopes.push(Scope {
            kind,
            parent,
            bindings: HashMap::new(),
            elsewhere: HashSet::new(),
            function,
            runs: self.sure,
        });
        self.scope = self.model.scopes.len() - 1;
        self.sure = true;
        before
    }

    fn close(&mut self, before: (ScopeId, bool)) {
        (self.scope, self.sure) = before;
    }

    fn site<T>(&self, node: &'a T) -> Site<'a, T> {
        Site {
            node,
            scope: self.scope,
            sure: self.sure,
        }
    }

    fn visit_defaults(&mut self, parameters: &'a Parameters) {
        for parameter in parameters.iter_non_variadic_params() {
            if let Some(value) = &parameter.default {
                self.visit_expr(value);
            }
        }
    }

    fn unsure(&mut self, visit: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.sure, false);
        visit(self);
        self.sure = before;
    }

    fn visit_function(&mut self, function: &'a StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        self.visit_defaults(&function.parameters);
        let binding = match function.decorator_list.is_empty() {
            true => Binding::Function,
            false => Binding::Opaque,
        };
        self.bind(&function.name, binding);
        let receiver = self.receiver(function);
        let before = self.open(ScopeKind::Function, Some(function));
        self.bind_parameters(&function.parameters, receiver);
        self.visit_body(&function.body);
        self.close(before);
    }

    fn receiver(&self, function: &StmtFunctionDef) -> Option<Binding<'a>> {
        let ScopeKind::Class(class) = self.model.scopes[self.scope].kind else {
            return None;
        };
        let unbound = |name: &str| matches!(name, "staticmethod" | "classmethod");
        let names = function
            .decorator_list
            .iter()
            .map(|decorator| match &decorator.expression {
                Expr::Name(name) => name.id.as_str(),
                _ => "",
            });
        let bound = !names.into_iter().any(unbound);
        bound.then_some(Binding::Receiver(class))
    }

    fn visit_class(&mut self, class: &'a StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        if let Some(arguments) = &class.arguments {
            self.visit_arguments(arguments);
        }
        let id = self.model.classes.len();
        self.bind(&class.name, Binding::Class(id));
        self.model.classes.push(UserClass {
            node: class,
            scope: self.scope,
            body: self.model.scopes.len(),
            members: HashSet::new(),
        });
        let before = self.open(ScopeKind::Class(id), None);
        self.visit_body(&class.body);
        self.close(before);
        let members: Vec<&str> = self.model.classes[id].members.iter().copied().collect();
        self.model.given.extend(members);
    }

    fn visit_call(&mut self, call: &'a ExprCall) {
        self.note_magic(call);
        self.model.calls.push(self.site(call));
        if let Expr::Attribute(attribute) = &*call.func {
            let site = self.site(attribute);
            self.model.attributes.push(AttributeSite {
                site,
                call: Some(call),
            });
            self.visit_expr(&attribute.value);
        } else {
            self.visit_expr(&call.func);
        }
        self.visit_arguments(&call.arguments);
    }

    fn visit_lambda(&mut self, lambda: &'a ExprLambda) {
        if let Some(parameters) = &lambda.parameters {
            self.visit_defaults(parameters);
        }
        let before = self.open(ScopeKind::Inner, None);
        if let Some(parameters) = &lambda.parameters {
            self.bind_parameters(parameters, None);
        }
        self.visit_expr(&lambda.body);
        self.close(before);
    }

    /// `list` is where a list comprehension starts, whose elements are asked for later.
    fn visit_generators(
        &mut self,
        generators: &'a [Comprehension],
        list: Option<TextSize>,
        visit: impl FnOnce(&mut Self),
    ) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        let before = self.open(ScopeKind::Inner, None);
        self.model
            .comprehensions
            .extend(list.map(|start| (start, self.scope)));
        for (index, generator) in generators.iter().enumerate() {
            if index > 0 {
                self.visit_expr(&generator.iter);
            }
            self.bind_loop(&generator.target, &generator.iter);
            for test in &generator.ifs {
                self.visit_expr(test);
                self.sure = false;
            }
        }
        visit(self);
        self.close(before);
    }

    fn visit_try(&mut self, node: &'a ruff_python_ast::StmtTry) {
        if let (Some(first), Some(last), false) =
            (node.body.first(), node.body.last(), node.handlers.is_empty())
        {
            self.model.guarded.push(TextRange::new(first.start(), last.end()));
        }
        self.unsure(|walker| {
            walker.visit_body(&node.body);
            for ExceptHandler::ExceptHandler(handler) in &node.handlers {
                if let Some(kind) = &handler.type_ {
                    walker.visit_expr(kind);
                }
                if let Some(name) = &handler.name {
                    walker.bind(name, Binding::Opaque);
                }
                walker.visit_body(&handler.body);
            }
            walker.visit_body(&node.orelse);
            walker.visit_body(&node.finalbody);
        });
    }

    fn visit_assignment(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Assign(assign) => {
                self.visit_expr(&assign.value);
                for target in &assign.targets {
                    self.bind_target(target, Some(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    self.visit_expr(value);
                }
                self.bind_target(&assign.target, assign.value.as_deref());
            }
            Stmt::AugAssign(assign) => {
                self.visit_expr(&assign.value);
                self.visit_expr(&assign.target);
                self.bind_target(&assign.target, None);
            }
            _ => {}
        }
    }
}

impl<'a> Visitor<'a> for Walker<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.visit_function(function),
            Stmt::ClassDef(class) => self.visit_class(class),
            Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::AugAssign(_) => self.visit_assignment(stmt),
            Stmt::Import(_) | Stmt::ImportFrom(_) => self.visit_import(stmt),
            Stmt::Try(node) => self.visit_try(node),
            Stmt::For(node) => {
                self.visit_expr(&node.iter);
                self.bind_loop(&node.target, &node.iter);
                self.visit_body(&node.body);
                self.unsure(|walker| walker.visit_body(&node.orelse));
            }
            Stmt::While(node) => {
                self.visit_expr(&node.test);
                self.unsure(|walker| {
                    walker.visit_body(&node.body);
                    walker.visit_body(&node.orelse);
                });
            }
            Stmt::If(node) => {
                self.visit_expr(&node.test);
                let before = self.sure;
                self.unsure(|walker| {
                    walker.visit_body(&node.body);
                    for clause in &node.elif_else_clauses {
                        visitor::walk_elif_else_clause(walker, clause);
                    }
                });
                self.sure = before && !leaves(stmt);
            }
            Stmt::Match(_) => self.unsure(|walker| visitor::walk_stmt(walker, stmt)),
            Stmt::With(node) => {
                for item in &node.items {
                    self.visit_expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.bind_target(target, None);
                    }
                }
                self.visit_body(&node.body);
            }
            Stmt::Global(node) => self.model.scopes[self.scope]
                .elsewhere
                .extend(node.names.iter().map(|name| name.as_str())),
            Stmt::Nonlocal(node) => self.model.scopes[self.scope]
                .elsewhere
                .extend(node.names.iter().map(|name| name.as_str())),
            Stmt::Delete(node) => node
                .targets
                .iter()
                .for_each(|target| self.bind_target(target, None)),
            Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_) => {
                visitor::walk_stmt(self, stmt);
                self.sure = false;
            }
            Stmt::TypeAlias(alias) => self.bind_target(&alias.name, None),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) => self.model.names.push(self.site(name)),
            Expr::Attribute(attribute) => {
                self.model.makes_attributes |= &attribute.attr == "__dict__";
                let site = self.site(attribute);
                self.model.attributes.push(AttributeSite { site, call: None });
                self.visit_expr(&attribute.value);
            }
            Expr::Call(call) => self.visit_call(call),
            Expr::Lambda(lambda) => self.visit_lambda(lambda),
            Expr::ListComp(comp) => {
                let list = Some(comp.start());
                self.visit_generators(&comp.generators, list, |walker| walker.visit_expr(&comp.elt))
            }
            Expr::SetComp(comp) => {
                self.visit_generators(&comp.generators, None, |walker| walker.visit_expr(&comp.elt))
            }
            Expr::Generator(comp) => {
                self.visit_generators(&comp.generators, None, |walker| walker.visit_expr(&comp.elt))
            }
            Expr::DictComp(comp) => self.visit_generators(&comp.generators, None, |walker| {
                walker.visit_expr(&comp.value);
                if let Some(key) = comp.key.as_deref() {
                    walker.visit_expr(key);
                }
            }),
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                self.bind_target(&named.target, Some(&named.value));
            }
            Expr::If(node) => {
                self.visit_expr(&node.test);
                self.unsure(|walker| {
                    walker.visit_expr(&node.body);
                    walker.visit_expr(&node.orelse);
                });
            }
            Expr::BoolOp(node) => {
                let mut values = node.values.iter();
                values.by_ref().take(1).for_each(|value| self.visit_expr(value));
                self.unsure(|walker| values.for_each(|value| walker.visit_expr(value)));
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(node) => node.name.as_ref(),
            Pattern::MatchStar(node) => node.name.as_ref(),
            Pattern::MatchMapping(node) => node.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name, Binding::Opaque);
        }
        visitor::walk_pattern(self, pattern);
    }
}

/// Whether a branch of `stmt` can leave the body that it stands in.
fn leaves(stmt: &Stmt) -> bool {
    let leaving = |stmt: &Stmt| {
        matches!(
            stmt,
            Stmt::Return(_) | Stmt::Raise(_) | Stmt::Break(_) | Stmt::Continue(_)
        )
    };
    let inside = |body: &[Stmt]| body.iter().any(|stmt| leaving(stmt) || leaves(stmt));
    match stmt {
        Stmt::If(node) => {
            inside(&node.body) || node.elif_else_clauses.iter().any(|clause| inside(&clause.body))
        }
        Stmt::For(node) => inside(&node.body),
        Stmt::While(node) => inside(&node.body),
        Stmt::With(node) => inside(&node.body),
        Stmt::Try(node) => inside(&node.body) || inside(&node.orelse),
        _ => false,
    }
}

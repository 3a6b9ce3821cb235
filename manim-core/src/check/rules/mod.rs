//! The rules: each looks at one kind of use and reports. What they share is [`Look`].

mod arguments;
mod attributes;
mod colours;
mod idioms;
mod imports;
mod legacy;
mod names;
mod points;
mod scene_class;
mod tex;
mod timing;

use std::cell::RefCell;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::CheckOptions;
use super::binding::Binder;
use super::callee::Callees;
use super::infer::{Infer, Ty};
use super::issue::Issue;
use super::model::{Model, ScopeId, Site};
use super::reach::Reach;
use crate::diagnostic::Severity;

/// One look at one source.
pub(super) struct Look<'m, 'a> {
    pub(super) source: &'a str,
    pub(super) model: &'m Model<'a>,
    pub(super) infer: Infer<'m, 'a>,
    pub(super) reach: Reach,
    pub(super) binder: Binder<'m, 'a>,
    pub(super) options: &'m CheckOptions,
    pub(super) issues: Vec<Issue>,
    pub(super) callees: RefCell<Callees<'a>>,
}

impl<'m, 'a> Look<'m, 'a> {
    /// Runs every rule.
    pub(super) fn run(mut self) -> Vec<Issue> {
        imports::check(&mut self);
        names::check(&mut self);
        legacy::check(&mut self);
        attributes::check(&mut self);
        arguments::check(&mut self);
        points::check(&mut self);
        colours::check(&mut self);
        scene_class::check(&mut self);
        idioms::check(&mut self);
        timing::check(&mut self);
        tex::check(&mut self);
        let guarded = &self.model.guarded;
        self.issues
            .retain(|issue| !issue.edits.is_empty() || !guarded.iter().any(|body| body.contains(issue.at)));
        self.issues.sort_by_key(|issue| issue.at);
        self.issues
    }

    /// An error where the code certainly runs, else a warning.
    fn severity<T>(&self, site: &Site<'_, T>) -> Severity {
        match self.reach.is_certain(site) {
            true => Severity::Error,
            false => Severity::Warning,
        }
    }

    fn ty(&self, expr: &'a Expr, scope: ScopeId) -> Ty {
        self.infer.ty(expr, scope)
    }

    fn text(&self, range: TextRange) -> &'a str {
        self.source.get(range.to_std_range()).unwrap_or_default()
    }

    /// Whether `name` means what Manim's star import or an import from Manim binds.
    fn is_manims(&self, name: &'a str, scope: ScopeId) -> bool {
        use super::model::Binding;
        match self.model.sole(name, scope) {
            Some((_, Binding::Member { module, .. })) => module == "manim" || module.starts_with("manim."),
            Some(_) => false,
            None => {
                self.model.look_up(name, scope).is_none()
                    && self.model.starred().any(|module| module == "manim")
            }
        }
    }

    /// Whether the call is `self.NAME(...)` in a scene.
    fn is_scene_call(&self, call: &'a ExprCall, scope: ScopeId, name: &str) -> bool {
        let Some(attribute) = call
            .func
            .as_attribute_expr()
            .filter(|attribute| attribute.attr.as_str() == name)
        else {
            return false;
        };
        let receiver = self.ty(&attribute.value, scope);
        let overridden = self.model.given.contains(name);
        !overridden && matches!(receiver, Ty::Object { class, .. } if self.infer.is_a(class, "Scene"))
    }
}

/// The number that an expression spells, also a negative one.
fn literal_number(expr: &Expr) -> Option<f64> {
    use ruff_python_ast::{Number, UnaryOp};
    match expr {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => int.as_i64().map(|value| value as f64),
            Number::Float(value) => Some(*value),
            Number::Complex { .. } => None,
        },
        Expr::UnaryOp(node) if node.op == UnaryOp::USub => literal_number(&node.operand).map(|value| -value),
        _ => None,
    }
}

/// The keyword argument `word`.
fn keyword<'a>(call: &'a ExprCall, word: &str) -> Option<&'a ruff_python_ast::Keyword> {
    let named =
        |keyword: &&ruff_python_ast::Keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == word);
    call.arguments.keywords.iter().find(named)
}

/// Where a callee's last word starts: the place that a message points at.
fn callee_at(call: &ExprCall) -> TextSize {
    match &*call.func {
        Expr::Attribute(attribute) => attribute.attr.start(),
        other => other.start(),
    }
}

//! Makes a name of Manim, or a module, available in a source: the edits that bind it.

use ruff_python_ast::{Expr, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextSize};

use super::issue::Edit;
use super::model::{Import, Model};

pub(super) struct Binder<'m, 'a> {
    source: &'a str,
    body: &'a [Stmt],
    model: &'m Model<'a>,
}

impl<'m, 'a> Binder<'m, 'a> {
    pub(super) fn new(source: &'a str, body: &'a [Stmt], model: &'m Model<'a>) -> Self {
        Self { source, body, model }
    }

    /// Edits after which the module knows Manim's `name`: none under the star import, one
    /// more name in an import that lists names, else an import of its own.
    pub(super) fn manim_name(&self, name: &str) -> Vec<Edit> {
        if self.model.look_up(name, 0).is_some() || self.model.starred().any(|module| module == "manim") {
            return Vec::new();
        }
        if let Some(last) = self.listing().and_then(|import| import.names.last()) {
            return vec![Edit::insert(last.end(), format!(", {name}"))];
        }
        vec![self.line_on_top(&format!("from manim import {name}"))]
    }

    fn listing(&self) -> Option<&'a StmtImportFrom> {
        let top = self.body.iter().filter_map(Stmt::as_import_from_stmt);
        top.into_iter().find(|import| {
            import
                .module
                .as_ref()
                .is_some_and(|module| module.as_str() == "manim")
        })
    }

    /// A line above everything but the docstring and `from __future__`.
    pub(super) fn line_on_top(&self, line: &str) -> Edit {
        let after = self.body.iter().take_while(|stmt| is_preamble(stmt)).last();
        match after {
            Some(stmt) => self.line_after(stmt.end(), line),
            None => Edit::insert(self.first_code(), format!("{line}\n")),
        }
    }

    /// A line below the last import of the module's head.
    pub(super) fn line_below_imports(&self, line: &str) -> Edit {
        let imports = self
            .body
            .iter()
            .filter(|stmt| matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_)));
        match imports.last() {
            Some(stmt) => self.line_after(stmt.end(), line),
            None => self.line_on_top(line),
        }
    }

    fn line_after(&self, end: TextSize, line: &str) -> Edit {
        let rest = self.source.get(usize::from(end)..).unwrap_or_default();
        match rest.find('\n') {
            Some(newline) => {
                let at = end + TextSize::new(newline as u32 + 1);
                Edit::insert(at, format!("{line}\n"))
            }
            None => Edit::insert(TextSize::of(self.source), format!("\n{line}\n")),
        }
    }

    /// The start of the first line that holds code, below `#!` and comments.
    fn first_code(&self) -> TextSize {
        let first = self.body.first().map_or(TextSize::new(0), Ranged::start);
        let before = self.source.get(..usize::from(first)).unwrap_or_default();
        TextSize::new(before.rfind('\n').map_or(0, |newline| newline as u32 + 1))
    }

    /// The name under which the whole of Manim is imported: `mn` of `import manim as mn`.
    pub(super) fn module_alias(&self) -> Option<&'a str> {
        self.model.imports.iter().find_map(|(import, _)| match import {
            Import::Plain(plain) => plain
                .names
                .iter()
                .find(|alias| alias.name.as_str() == "manim")
                .map(|alias| alias.asname.as_ref().map_or("manim", |name| name.as_str())),
            Import::From(_) => None,
        })
    }
}

fn is_preamble(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Expr(node) => matches!(&*node.value, Expr::StringLiteral(_)),
        Stmt::ImportFrom(import) => import
            .module
            .as_ref()
            .is_some_and(|module| module.as_str() == "__future__"),
        _ => false,
    }
}

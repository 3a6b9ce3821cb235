//! Reads the source: its syntax, and which scenes it defines.

use std::collections::HashSet;

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{Expr, ModModule, Stmt, StmtClassDef};
use ruff_python_parser::{ParseError, parse_module};

use super::issue::Lines;
use crate::diagnostic::{Diagnostic, Stage};
use crate::scene::SceneCode;

/// The tree, or where the source stops being Python.
pub(super) fn module(code: &SceneCode) -> Result<ModModule, Diagnostic> {
    let parsed = parse_module(code.as_str());
    parsed
        .map(|parsed| parsed.into_syntax())
        .map_err(|error| syntax_error(code, &error))
}

/// The scene classes in the order of the source.
pub(super) fn scenes(body: &[Stmt]) -> Vec<String> {
    let mut classes = Classes::default();
    classes.visit_body(body);
    classes.scenes
}

fn syntax_error(code: &SceneCode, error: &ParseError) -> Diagnostic {
    let message = format!("The code is not valid Python: {}.", error.error);
    let finding = Diagnostic::new(Stage::Check, "syntax-error", message);
    Lines::of(code.as_str()).place(finding, usize::from(error.location.start()))
}

pub(super) fn no_scene_class() -> Diagnostic {
    let message =
        "The code defines no scene. Define one class that inherits from Scene and has a construct method.";
    Diagnostic::new(Stage::Check, "no-scene-class", message)
}

/// Scene classes at any level of the module.
#[derive(Default)]
struct Classes {
    scenes: Vec<String>,
    known: HashSet<String>,
}

impl StatementVisitor<'_> for Classes {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::ClassDef(class) if self.is_scene(class) => {
                self.known.insert(class.name.to_string());
                self.scenes.push(class.name.to_string());
            }
            Stmt::FunctionDef(_) => {}
            _ => walk_stmt(self, stmt),
        }
    }
}

impl Classes {
    /// A class is taken for a scene when a base is one by its name, or when it has any base
    /// and a `construct`: a base may be an alias, and a false alarm is worse than a dry run.
    fn is_scene(&self, class: &StmtClassDef) -> bool {
        let bases = class.bases();
        let by_name = bases
            .iter()
            .filter_map(last_name)
            .any(|name| name.ends_with("Scene") || self.known.contains(name));
        by_name || (!bases.is_empty() && has_construct(class))
    }
}

fn last_name(base: &Expr) -> Option<&str> {
    match base {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

fn has_construct(class: &StmtClassDef) -> bool {
    let named =
        |stmt: &Stmt| matches!(stmt, Stmt::FunctionDef(function) if function.name.as_str() == "construct");
    class.body.iter().any(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check_code;
    use crate::diagnostic::Diagnostics;

    fn checked(source: &str) -> (Diagnostics, Vec<String>) {
        let report = check_code(&SceneCode::new(source).unwrap());
        (report.findings, report.scenes)
    }

    #[track_caller]
    fn scenes(source: &str, expected: &[&str]) {
        let (findings, scenes) = checked(source);
        assert!(!findings.has_errors(), "{findings}");
        assert_eq!(scenes, expected);
    }

    #[track_caller]
    fn rejected(source: &str, code: &str, line: Option<u32>) {
        let (findings, _) = checked(source);
        let seen: Vec<_> = findings
            .errors()
            .map(|finding| (finding.code.as_str(), finding.line))
            .collect();
        assert_eq!(seen, [(code, line)]);
    }

    #[test]
    fn scenes_are_found_however_they_inherit() {
        scenes("class A(Scene):\n    pass\n", &["A"]);
        scenes("import manim\nclass A(manim.ThreeDScene):\n    pass\n", &["A"]);
        scenes("class A(Scene):\n    pass\nclass B(A):\n    pass\n", &["A", "B"]);
        scenes(
            "if True:\n    class A(MovingCameraScene):\n        pass\n",
            &["A"],
        );
        scenes(
            "Base = Scene\nclass A(Base):\n    def construct(self):\n        pass\n",
            &["A"],
        );
    }

    #[test]
    fn helpers_are_no_scenes() {
        scenes(
            "class H:\n    pass\nclass V(VGroup):\n    pass\nclass A(Scene):\n    pass\n",
            &["A"],
        );
    }

    #[test]
    fn a_source_without_a_scene_is_rejected() {
        rejected("", "no-scene-class", None);
        rejected("x = 1\nclass V(VGroup):\n    pass\n", "no-scene-class", None);
        rejected(
            "def f():\n    class A(Scene):\n        pass\n",
            "no-scene-class",
            None,
        );
    }

    #[test]
    fn a_syntax_error_names_its_line_and_shows_it() {
        rejected(
            "class A(Scene):\n    def construct(self)\n        pass\n",
            "syntax-error",
            Some(2),
        );
        let (findings, _) = checked("x = (1,\nclass A(Scene):\n    pass\n");
        assert!(findings.iter().next().unwrap().excerpt.is_some());
    }
}

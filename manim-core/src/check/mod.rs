//! Looks at generated code before any process is started. Feedback, never a boundary:
//! what keeps the machine safe is the jail.
//!
//! Two promises shape every rule. Valid code raises no alarm: whatever is not certain is
//! passed over, and only code that certainly runs can refuse a film. And a mend changes
//! nothing that works: it is made on the syntax tree, and kept only if the result parses.

mod binding;
mod callee;
mod depth;
mod infer;
mod issue;
mod known;
mod lineage;
mod meaning;
mod mend;
mod model;
mod parse;
mod reach;
mod rules;
mod signature;
mod table;
mod text;
mod walk;
mod words;

use crate::diagnostic::Diagnostics;
use crate::scene::{SceneCode, SceneName};

/// What a look at the source found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The source, with safe fixes applied.
    pub code: SceneCode,
    /// What was found, in the order of the source; places are those in `code`.
    pub findings: Diagnostics,
    /// The scene classes defined, in the order of the source.
    pub scenes: Vec<String>,
}

impl CheckReport {
    /// Whether nothing forbids a film.
    pub fn passed(&self) -> bool {
        !self.findings.has_errors()
    }
}

/// What a check should know beyond the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckOptions {
    scene: Option<SceneName>,
    modules: Vec<String>,
}

impl CheckOptions {
    /// The class that will be played. Without it: the only scene class, or the last one.
    #[must_use]
    pub fn with_scene(mut self, scene: SceneName) -> Self {
        self.scene = Some(scene);
        self
    }

    /// A top-level Python module that is installed beside the pinned environment.
    #[must_use]
    pub fn with_module(mut self, name: impl Into<String>) -> Self {
        self.modules.push(name.into());
        self
    }
}

/// Checks with the default [`CheckOptions`]; see [`check_code_with`].
///
/// ```
/// use manim_core::{SceneCode, check_code};
///
/// let code = SceneCode::new("from manim import *\nclass A(Scene):\n    def construct(self) self.wait()\n")?;
/// let report = check_code(&code);
/// assert_eq!(report.findings.iter().next().unwrap().line, Some(3));
/// # Ok::<(), manim_core::SourceTooLong>(())
/// ```
pub fn check_code(code: &SceneCode) -> CheckReport {
    check_code_with(code, &CheckOptions::default())
}

/// Parses `code`, mends what can be mended safely, and looks for what cannot work in the
/// pinned Manim: names, attributes, methods, keywords, imports and a few idioms.
///
/// Errors stand in code that certainly runs; what may never run, or only makes a lesser
/// film, is a warning; what was mended is a note. A second check of the mended code mends
/// nothing more.
///
/// Takes milliseconds; bounded by [`SceneCode::MAX_BYTES`].
///
/// ```
/// use manim_core::{CheckOptions, SceneCode, check_code_with};
///
/// let source = "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.play(ShowCreation(Sqare()))\n";
/// let report = check_code_with(&SceneCode::new(source)?, &CheckOptions::default());
/// assert!(report.code.as_str().contains("self.play(Create(Sqare()))"));
/// assert_eq!(report.findings.headline().unwrap(), "line 4: The name `Sqare` is not defined. Did you mean `Square`?");
/// # Ok::<(), manim_core::SourceTooLong>(())
/// ```
pub fn check_code_with(code: &SceneCode, options: &CheckOptions) -> CheckReport {
    mend::check(code, options)
}

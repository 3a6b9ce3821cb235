//! Looks at generated code before any process is started. Feedback, never a boundary:
//! what keeps the machine safe is the jail.

mod depth;
mod parse;

use crate::diagnostic::Diagnostics;
use crate::scene::SceneCode;

/// What a look at the source found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The source, with safe fixes applied.
    pub code: SceneCode,
    /// What was found, in the order of the source.
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

/// Parses `code` and looks for what can be known without running it: its syntax, a scene
/// class, and that it is not nested beyond what a person would write.
///
/// Takes milliseconds; bounded by [`SceneCode::MAX_BYTES`].
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
    let (findings, scenes) = match depth::check(code) {
        Ok(()) => parse::check(code),
        Err(finding) => (finding.into(), Vec::new()),
    };
    CheckReport {
        code: code.clone(),
        findings,
        scenes,
    }
}

//! Turns the ways in which a job can end badly into findings and errors. Pure.

use manim_core::{Diagnostic, Diagnostics, Scene, Severity, Stage};

use crate::limits::Limits;
use crate::log::printable;
use crate::protocol::{Exit, Failed};

/// The code of a scene whose formulas need what is not installed.
pub(crate) const LATEX_MISSING: &str = "latex-missing";
/// A code is a name, not a text.
const MAX_CODE_CHARS: usize = 48;
/// A message is a sentence or two, also when a job wrote it.
const MAX_MESSAGE_CHARS: usize = 2000;

/// What a job said went wrong.
pub(crate) fn failure(stage: Stage, scene: &Scene, failed: &Failed) -> Diagnostic {
    let finding = Diagnostic::new(stage, code(&failed.code), message(&failed.message));
    match failed.line.filter(|line| *line > 0) {
        Some(line) => finding.at(
            line,
            failed.column.filter(|column| *column > 0),
            scene.code.line(line).map(printable).as_deref(),
        ),
        None => finding,
    }
}

/// A remark of a job about a scene that works.
pub(crate) fn note(stage: Stage, name: &str, text: &str) -> Diagnostic {
    Diagnostic::new(stage, code(name), message(text)).with_severity(Severity::Note)
}

/// What a job would like to be better about a scene that works.
pub(crate) fn flaw(stage: Stage, scene: &Scene, name: &str, text: &str, line: Option<u32>) -> Diagnostic {
    let failed = Failed {
        code: name.to_owned(),
        message: text.to_owned(),
        line,
        column: None,
    };
    failure(stage, scene, &failed).with_severity(Severity::Warning)
}

/// The scene used up something; `text` names the limit.
pub(crate) fn over_limit(stage: Stage, name: &'static str, text: String) -> Diagnostics {
    Diagnostic::new(stage, name, text).into()
}

/// The wall time is over.
pub(crate) fn timeout(stage: Stage, limit: std::time::Duration) -> Diagnostics {
    let seconds = limit.as_secs_f64();
    over_limit(
        stage,
        "timeout",
        format!(
            "The scene did not end within {seconds} s of wall time: look for an endless loop, or make it shorter."
        ),
    )
}

/// A process that ended without a last message.
pub(crate) fn silent_end(stage: Stage, exit: Exit) -> Diagnostic {
    match exit.signal {
        Some(SIGXCPU) => Diagnostic::new(stage, "cpu-limit", "The scene used up its processor time."),
        Some(SIGXFSZ) => Diagnostic::new(stage, "file-limit", "The scene wrote a file larger than it may."),
        Some(SIGKILL) => Diagnostic::new(
            stage,
            "killed",
            "The scene was killed by the system, most likely because it used up the memory.",
        ),
        Some(signal) => Diagnostic::new(
            stage,
            "crashed",
            format!("The scene crashed the Python interpreter (signal {signal})."),
        ),
        None => Diagnostic::new(
            stage,
            "ended-early",
            "The scene ended its own process before it was complete.",
        ),
    }
}

/// More frames than a film may have.
pub(crate) fn too_many_frames(limits: &Limits, width: u32, height: u32) -> String {
    let most = limits.frames(width, height);
    format!(
        "The scene makes more than {most} frames of {width}x{height}, which is the limit: make it shorter or lower the quality."
    )
}

/// The film is too large.
pub(crate) fn too_large(limit: u64) -> String {
    format!(
        "The film is larger than {} MiB, which is the limit: make it shorter or lower the quality.",
        limit / (1024 * 1024)
    )
}

// The numbers are those of every system that Rust and Python run on as Unix.
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;

fn code(name: &str) -> String {
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-';
    let code: String = name.chars().filter(plain).take(MAX_CODE_CHARS).collect();
    if code.is_empty() { "exception".into() } else { code }
}

fn message(text: &str) -> String {
    let text = printable(text);
    let text = text.trim();
    if text.is_empty() {
        return "It did not say why.".into();
    }
    text.chars().take(MAX_MESSAGE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use manim_core::SceneCode;

    use super::*;

    fn failed(code: &str, line: Option<u32>) -> Failed {
        Failed {
            code: code.into(),
            message: "boom".into(),
            line,
            column: Some(5),
        }
    }

    fn scene() -> Scene {
        Scene::new(SceneCode::new("a = 1\nb = c\n").unwrap())
    }

    #[test]
    fn a_failure_shows_the_scenes_own_line() {
        let finding = failure(Stage::Inspect, &scene(), &failed("name-error", Some(2)));
        assert_eq!(
            (finding.line, finding.column, finding.excerpt.as_deref()),
            (Some(2), Some(5), Some("b = c"))
        );
    }

    #[test]
    fn a_line_that_the_source_does_not_have_shows_nothing() {
        let finding = failure(Stage::Inspect, &scene(), &failed("name-error", Some(7)));
        assert_eq!((finding.line, finding.excerpt), (Some(7), None));
    }

    #[test]
    fn a_hostile_code_becomes_a_name() {
        let finding = failure(Stage::Render, &scene(), &failed("\u{1b}[31mEVIL", None));
        assert_eq!(finding.code, "31m");
        let finding = failure(Stage::Render, &scene(), &failed("É", None));
        assert_eq!(finding.code, "exception");
    }

    #[test]
    fn each_silent_end_has_a_name_of_its_own() {
        let exit = |code, signal| Exit {
            code,
            signal,
            cpu_ms: 0,
            peak_kib: 0,
        };
        let table = [
            (exit(Some(0), None), "ended-early"),
            (exit(None, Some(9)), "killed"),
            (exit(None, Some(11)), "crashed"),
            (exit(None, Some(24)), "cpu-limit"),
            (exit(None, Some(25)), "file-limit"),
        ];
        for (exit, name) in table {
            assert_eq!(silent_end(Stage::Render, exit).code, name);
        }
    }
}

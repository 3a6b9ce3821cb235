//! One line on stderr that tells how far the work is, when somebody is there to read it.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use manim_core::{Progress, ProgressSink};

/// A progress line; silent when stderr is no terminal.
#[derive(Debug)]
pub struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// A line that begins with `stage`.
    pub fn new(stage: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let line = Self(bar);
        line.stage(stage);
        line.0.enable_steady_tick(std::time::Duration::from_millis(120));
        line
    }

    /// Whether anybody can see it.
    pub fn is_seen() -> bool {
        std::io::stderr().is_terminal()
    }

    /// Work without a known length begins.
    pub fn stage(&self, stage: &str) {
        self.0.set_style(style("{spinner} {msg} [{elapsed}]"));
        self.0.set_message(stage.to_owned());
    }

    /// So many frames are made.
    pub fn frames(&self, progress: Progress) {
        match progress.frames_total {
            Some(total) => {
                self.0
                    .set_style(style("{spinner} {msg} [{bar:32}] {pos}/{len} frames [{elapsed}]"));
                self.0.set_length(total);
            }
            None => self
                .0
                .set_style(style("{spinner} {msg} {pos} frames [{elapsed}]")),
        }
        self.0.set_position(progress.frames_done);
    }

    /// Takes the line away while `print` prints.
    pub fn suspend<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// Removes the line.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.finish();
    }
}

impl ProgressSink for ProgressLine {
    fn progress(&self, progress: Progress) {
        self.frames(progress);
    }
}

/// Our templates are constants; a wrong one falls back to the plain line.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

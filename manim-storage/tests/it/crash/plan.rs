//! What each job of a siege is and what must become of it. Follows from its number alone, so
//! that every life of a victim, and the judge, agree.

use manim_core::{ProblemText, Status};

/// What happens to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A notifier takes the film.
    Taken,
    /// The first code is rejected, the second becomes a film that a notifier takes.
    Mended,
    /// The film is announced, and a viewer opens it.
    Viewed,
    /// No code is ever accepted.
    Rejected,
    /// Its owner stops it, whenever that is.
    Cancelled,
}

impl Kind {
    pub(super) const fn of(job: usize) -> Self {
        match job % 10 {
            5 => Self::Mended,
            6 => Self::Viewed,
            7 => Self::Rejected,
            8 => Self::Cancelled,
            _ => Self::Taken,
        }
    }

    /// Whether a job of this kind may end like this.
    pub(super) const fn may_end(self, status: Status) -> bool {
        match self {
            Self::Taken | Self::Mended | Self::Viewed => matches!(status, Status::Delivered),
            Self::Rejected => matches!(status, Status::Failed),
            // It may be too late.
            Self::Cancelled => matches!(status, Status::Cancelled | Status::Delivered),
        }
    }
}

pub(super) fn problem(job: usize) -> ProblemText {
    ProblemText::parse(format!("Solve x^2 = {job}, as job {job}")).unwrap()
}

/// The number of the job that asks for a film about `problem`.
pub(super) fn number(problem: &ProblemText) -> usize {
    let number = problem.as_str().rsplit(' ').next();
    number.unwrap().parse().unwrap()
}

/// What a model writes for a job: `first` is what comes before any repair.
pub(super) fn reply(job: usize, first: bool) -> String {
    let kind = Kind::of(job);
    let bad = kind == Kind::Rejected || (kind == Kind::Mended && first);
    let quality = match (job, bad) {
        (POISONOUS, _) => POISON,
        (_, true) => BAD,
        (_, false) => "good",
    };
    format!(
        "```python\nfrom manim import *\nclass MainScene(Scene):\n    def construct(self):\n        \
         self.wait()  # {quality} code of job {job}\n```"
    )
}

/// In code that the renderer refuses.
pub(super) const BAD: &str = "bad";

/// A job beside the plan, whose code kills its worker.
pub(super) const POISONOUS: usize = 1000;

/// In that code.
pub(super) const POISON: &str = "poison";

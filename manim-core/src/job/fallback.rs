//! Code that would become a film, though not the best one.

use serde::{Deserialize, Serialize};

use super::Job;
use crate::claim::CheckedClaim;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Stage};
use crate::failure::Failure;
use crate::scene::SceneCode;
use crate::status::Status;

/// Code that passed its inspection with flaws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fallback {
    pub(super) code: SceneCode,
    pub(super) frames: u64,
    pub(super) findings: Diagnostics,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) claims: Vec<CheckedClaim>,
}

impl Fallback {
    /// What a dry run would like to be better.
    fn flaws(&self) -> usize {
        let flaw =
            |finding: &&Diagnostic| finding.stage == Stage::Inspect && finding.severity == Severity::Warning;
        self.findings.iter().filter(flaw).count()
    }
}

impl Job {
    /// A film with a lesser layout beats no film: the layout is mended only while repairs are
    /// left and each brings something.
    pub(super) fn render_or_improve(&mut self, accepted: Fallback) -> Status {
        let flaws = accepted.flaws();
        let improves = self.fallback.as_ref().is_none_or(|best| flaws < best.flaws());
        if flaws > 0 && improves && self.repairs_left > 0 {
            self.code = Some(accepted.code.clone());
            self.findings = accepted.findings.clone();
            self.fallback = Some(accepted);
            return self.mend().unwrap_or(Status::Rendering);
        }
        match self.fallback.take() {
            Some(best) if !improves => self.settle_for(best),
            _ => self.settle_for(accepted),
        }
    }

    pub(super) fn settle_for(&mut self, accepted: Fallback) -> Status {
        self.code = Some(accepted.code);
        self.frames_total = Some(accepted.frames);
        self.findings = accepted.findings;
        self.claims = accepted.claims;
        Status::Rendering
    }

    /// The last code that passed its inspection is better than nothing.
    pub(super) fn fall_back_or_give_up(&mut self, failure: Failure) -> Status {
        match self.fallback.take() {
            Some(accepted) => self.settle_for(accepted),
            None => self.give_up(failure),
        }
    }
}

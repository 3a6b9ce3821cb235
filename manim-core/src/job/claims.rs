//! What is claimed of a job's answer, and what follows when it is false.

use super::Job;
use super::fallback::Fallback;
use crate::claim::{CheckedClaim, Claim, Verdict, refutations};
use crate::diagnostic::{Diagnostic, Diagnostics, Stage};
use crate::scene::SceneCode;
use crate::status::Status;

impl Job {
    /// The job stays where it is, so nobody is told.
    pub(super) fn take_verdicts(&mut self, claims: Vec<CheckedClaim>) {
        self.claims_due = false;
        self.claims_owed = claims.iter().any(|checked| checked.verdict == Verdict::Refuted);
        self.claims = claims;
    }

    pub(super) fn claimed(&self) -> Vec<Claim> {
        self.claims.iter().map(|checked| checked.claim.clone()).collect()
    }

    /// A film that says what is false is worse than no film.
    pub(super) fn accept(&mut self, code: SceneCode, frames: u64, findings: Diagnostics) -> Status {
        if refutations(&self.claims).next().is_some() {
            self.code = Some(code);
            return self.reject_all(findings);
        }
        self.render_or_improve(Fallback {
            code,
            frames,
            findings,
            claims: self.claims.clone(),
        })
    }

    /// Rejects for the claims that are false and for what was found in the code: a repair
    /// mends both.
    pub(super) fn reject_all(&mut self, findings: Diagnostics) -> Status {
        self.reject(refutations(&self.claims).chain(findings).collect())
    }
}

pub(super) fn claims_left_out() -> Diagnostic {
    let message = "A claim of the last answer was false, and this answer claims nothing. \
                   Return the corrected claims with the code.";
    Diagnostic::new(Stage::Claims, "claims-left-out", message)
}

//! What can be read of a job.

use super::Job;
use crate::access::Access;
use crate::attempt::Attempt;
use crate::claim::CheckedClaim;
use crate::clock::Timestamp;
use crate::diagnostic::Diagnostics;
use crate::failure::Failure;
use crate::film::StoredFilm;
use crate::id::{JobId, SessionId};
use crate::memo::Memo;
use crate::notifier::Notice;
use crate::problem::ProblemText;
use crate::scene::{RenderSettings, SceneCode};
use crate::status::Status;
use crate::trace::TraceParent;

impl Job {
    /// Its name.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// Whose it is.
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The user's words.
    pub fn problem(&self) -> &ProblemText {
        &self.problem
    }

    /// How the film should be made.
    pub fn settings(&self) -> RenderSettings {
        self.settings
    }

    /// Where it is.
    pub fn status(&self) -> Status {
        self.status
    }

    /// When it was submitted.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When its status last changed.
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// How often its code may still be mended.
    pub fn repairs_left(&self) -> u32 {
        self.repairs_left
    }

    /// Every call of a provider, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// The code last written.
    pub fn code(&self) -> Option<&SceneCode> {
        self.code.as_ref()
    }

    /// Frames that the film will have, once the dry run has told.
    pub fn frames_total(&self) -> Option<u64> {
        self.frames_total
    }

    /// What was found in the code last looked at.
    pub fn findings(&self) -> &Diagnostics {
        &self.findings
    }

    /// What is claimed of the answer of the code last written, and what came of checking it.
    pub fn claims(&self) -> &[CheckedClaim] {
        &self.claims
    }

    /// The film, once it is stored.
    pub fn film(&self) -> Option<&StoredFilm> {
        self.film.as_ref()
    }

    /// Who may come back to the film, once a viewer has opened it.
    pub fn access(&self) -> Option<&Access> {
        self.access.as_ref()
    }

    /// Why there is no film, once the job has failed.
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.as_ref()
    }

    /// The trace it belongs to.
    pub fn trace(&self) -> Option<&TraceParent> {
        self.trace.as_ref()
    }

    /// Where it was asked for.
    pub fn origin(&self) -> Option<&Memo> {
        self.origin.as_ref()
    }

    /// What `notifier` remembers of it.
    pub fn memo(&self, notifier: &str) -> Option<&Memo> {
        self.memos.get(notifier)
    }

    /// The statuses it has been in, oldest first, this one last; of a very long way, its end.
    pub fn history(&self) -> &[Notice] {
        &self.history
    }

    /// What must still be told, oldest first.
    pub fn outbox(&self) -> &[Notice] {
        &self.outbox
    }
}

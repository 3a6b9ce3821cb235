//! What lies in the namespace, under which names. Names sort as listings are read.

use std::time::Duration;

use manim_core::{Job, JobId, RenderSettings, Revision, Session, SessionId, Timestamp, Versioned, later};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(super) struct SessionRecord {
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

impl SessionRecord {
    pub(super) fn key(id: SessionId) -> String {
        format!("session:{id}")
    }

    pub(super) fn session(&self, id: SessionId, settings: RenderSettings) -> Session {
        Session {
            id,
            created_at: self.created_at,
            expires_at: self.expires_at,
            settings,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct Preference {
    pub(super) written_at: Timestamp,
    pub(super) settings: RenderSettings,
}

impl Preference {
    pub(super) fn key(id: SessionId) -> String {
        format!("prefers:{id}")
    }

    /// Whoever prefers something makes a session, which lives for `ttl` at least, whether its own
    /// record is seen yet or not.
    pub(super) fn proves_a_session(&self, now: Timestamp, ttl: Duration) -> bool {
        later(self.written_at, ttl) > now
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct JobRecord {
    pub(super) revision: Revision,
    pub(super) expires_at: Timestamp,
    pub(super) job: Job,
}

/// Names of jobs with something to tell begin so.
pub(super) const UNTOLD: &str = "untold:";

impl JobRecord {
    pub(super) fn key(id: JobId) -> String {
        format!("job:{id}")
    }

    pub(super) fn listing_prefix(session: SessionId) -> String {
        format!("listing:{session}:")
    }

    /// The newest first: the time is counted backwards, and so is the id.
    pub(super) fn listing_key(&self) -> String {
        let (id, prefix) = (self.job.id(), Self::listing_prefix(self.job.session()));
        let backwards = !id.as_uuid().as_u128();
        format!(
            "{prefix}{:032x}:{backwards:032x}:{id}",
            !nanoseconds(self.job.created_at())
        )
    }

    /// The oldest first.
    pub(super) fn untold_key(&self) -> Option<String> {
        let since = nanoseconds(self.job.updated_at());
        let waits = !self.job.outbox().is_empty();
        waits.then(|| format!("{UNTOLD}{since:032x}:{}", self.job.id()))
    }

    pub(super) fn versioned(self) -> Versioned<Job> {
        Versioned {
            value: self.job,
            revision: self.revision,
        }
    }
}

/// The job that a name of a listing ends with.
pub(super) fn job_of(name: &str) -> Option<JobId> {
    name.rsplit(':').next()?.parse().ok()
}

/// Since 1970, of any time that there is; times before come before.
fn nanoseconds(at: Timestamp) -> u128 {
    let since = i128::from(at.timestamp()) * 1_000_000_000 + i128::from(at.timestamp_subsec_nanos());
    since.wrapping_add(1 << 100).unsigned_abs()
}

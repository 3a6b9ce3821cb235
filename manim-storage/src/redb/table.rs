//! What lies where in the file. A table whose shape changes gets another name and a migration.

use manim_core::{JobId, ScopedKey, SessionId, Timestamp};
use redb::{ReadableTable, TableDefinition};

/// An instant that sorts: seconds since 1970, and nanoseconds.
pub(super) type Moment = (i64, u32);
pub(super) type Id = [u8; 16];
pub(super) type Key = [u8; 32];

/// What is known of a job beside its text: enough to compare, index and end it.
/// Version of the text, revision, end, since when it is untold, session, creation, text.
pub(super) type JobRow<'a> = (u8, u64, Moment, Option<Moment>, Id, Moment, &'a [u8]);

/// When it is due, its place among those due at the same instant, hand-outs, lease (0: none).
pub(super) type QueueRow = (Moment, u64, u32, u64);

/// `format`, `sequence`.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// Creation, end, settings as JSON (none: nothing was preferred).
pub(super) type SessionRow<'a> = (Moment, Moment, &'a [u8]);
pub(super) const SESSIONS: TableDefinition<'_, Id, SessionRow<'_>> = TableDefinition::new("sessions");
pub(super) const JOBS: TableDefinition<'_, Id, JobRow<'_>> = TableDefinition::new("jobs");
/// Session, creation, job: a session's jobs in the order of their creation.
pub(super) const BY_SESSION: TableDefinition<'_, (Id, Moment, Id), ()> =
    TableDefinition::new("jobs by session");
/// Last update, job: those with something to tell.
pub(super) const UNTOLD: TableDefinition<'_, (Moment, Id), ()> = TableDefinition::new("untold");
pub(super) const QUEUE: TableDefinition<'_, Id, QueueRow> = TableDefinition::new("queue");
pub(super) const DUE: TableDefinition<'_, (Moment, u64), Id> = TableDefinition::new("due");
/// Jobs given up, in the order in which they were: job, when, why.
pub(super) const DEAD: TableDefinition<'_, u64, (Id, Moment, &str)> = TableDefinition::new("dead");
pub(super) const DEAD_BY_JOB: TableDefinition<'_, Id, u64> = TableDefinition::new("dead by job");
/// End, takes as JSON.
pub(super) const TAKES: TableDefinition<'_, Key, (Moment, &[u8])> = TableDefinition::new("takes");
/// Whether it is finished, end.
pub(super) const SEEN: TableDefinition<'_, Key, (bool, Moment)> = TableDefinition::new("seen");
/// End, table, key: what ends when.
pub(super) const ENDS: TableDefinition<'_, (Moment, u8, &[u8]), ()> = TableDefinition::new("ends");

/// Tables whose records end, as they are named in [`ENDS`]. Never renumbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Ending {
    Session = 1,
    Job = 2,
    Takes = 3,
    Seen = 4,
}

impl Ending {
    pub(super) fn named(number: u8) -> Option<Self> {
        [Self::Session, Self::Job, Self::Takes, Self::Seen]
            .into_iter()
            .find(|ending| *ending as u8 == number)
    }
}

pub(super) fn moment(at: Timestamp) -> Moment {
    (at.timestamp(), at.timestamp_subsec_nanos())
}

/// `None` for what no clock of ours says: damage.
pub(super) fn timestamp(moment: Moment) -> Option<Timestamp> {
    Timestamp::from_timestamp(moment.0, moment.1)
}

pub(super) fn job_key(job: JobId) -> Id {
    *job.as_uuid().as_bytes()
}

pub(super) fn job_id(key: Id) -> JobId {
    JobId::from_uuid(uuid::Uuid::from_bytes(key))
}

pub(super) fn session_key(session: SessionId) -> Id {
    *session.as_uuid().as_bytes()
}

pub(super) fn scoped(key: &ScopedKey) -> Key {
    *key.as_bytes()
}

/// All tables, open for writing in one transaction.
pub(super) struct Tables<'t> {
    pub(super) meta: redb::Table<'t, &'static str, u64>,
    pub(super) sessions: redb::Table<'t, Id, SessionRow<'static>>,
    pub(super) jobs: redb::Table<'t, Id, JobRow<'static>>,
    pub(super) by_session: redb::Table<'t, (Id, Moment, Id), ()>,
    pub(super) untold: redb::Table<'t, (Moment, Id), ()>,
    pub(super) queue: redb::Table<'t, Id, QueueRow>,
    pub(super) due: redb::Table<'t, (Moment, u64), Id>,
    pub(super) dead: redb::Table<'t, u64, (Id, Moment, &'static str)>,
    pub(super) dead_by_job: redb::Table<'t, Id, u64>,
    pub(super) takes: redb::Table<'t, Key, (Moment, &'static [u8])>,
    pub(super) seen: redb::Table<'t, Key, (bool, Moment)>,
    pub(super) ends: redb::Table<'t, (Moment, u8, &'static [u8]), ()>,
}

impl<'t> Tables<'t> {
    /// Opens every table, and makes those that are missing.
    pub(super) fn open(transaction: &'t redb::WriteTransaction) -> Result<Self, redb::TableError> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            sessions: transaction.open_table(SESSIONS)?,
            jobs: transaction.open_table(JOBS)?,
            by_session: transaction.open_table(BY_SESSION)?,
            untold: transaction.open_table(UNTOLD)?,
            queue: transaction.open_table(QUEUE)?,
            due: transaction.open_table(DUE)?,
            dead: transaction.open_table(DEAD)?,
            dead_by_job: transaction.open_table(DEAD_BY_JOB)?,
            takes: transaction.open_table(TAKES)?,
            seen: transaction.open_table(SEEN)?,
            ends: transaction.open_table(ENDS)?,
        })
    }

    /// The next number that was never given before.
    pub(super) fn count(&mut self) -> Result<u64, redb::StorageError> {
        let next = self.meta.get("sequence")?.map_or(0, |kept| kept.value()) + 1;
        self.meta.insert("sequence", next)?;
        Ok(next)
    }

    pub(super) fn put_off(
        &mut self,
        what: Ending,
        key: &[u8],
        old: Option<Moment>,
        end: Moment,
    ) -> Result<(), redb::StorageError> {
        if let Some(old) = old {
            self.ends.remove((old, what as u8, key))?;
        }
        self.ends.insert((end, what as u8, key), ())?;
        Ok(())
    }
}

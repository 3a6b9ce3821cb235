//! [`Leftovers`] of the database: what its sweep removes, and what nobody else does.

use async_trait::async_trait;
use manim_core::{StoreError, StoreErrorKind};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Did, PostgresStore, interval};
use crate::leftovers::{Leftover, LeftoverKind, LeftoverName, Leftovers, Name};

/// What makes each kind a leftover: the same words for whoever lists and for whoever removes.
/// `$1` is the time, `$2` how long a letter is kept.
///
/// A record comes before its place in the queue, so a job that is being handed in is not among
/// those without one.
macro_rules! is_over {
    (record) => {
        "sweep_at <= coalesce($1, now())"
    };
    (end) => {
        "ends_at <= coalesce($1, now())"
    };
    (entry) => {
        "due <= coalesce($1, now()) AND NOT EXISTS (
            SELECT FROM manim_jobs
            WHERE manim_jobs.id = manim_queue.job AND manim_jobs.expires_at > coalesce($1, now()))"
    };
    (letter) => {
        "at <= coalesce($1, now()) - $2::interval"
    };
}

const LIST: &str = concat!(
    "SELECT 1, id, NULL::bytea, expires_at, octet_length(record) FROM manim_jobs WHERE ",
    is_over!(record),
    " UNION ALL SELECT 2, id, NULL, expires_at, coalesce(octet_length(settings), 0)
      FROM manim_sessions WHERE ",
    is_over!(record),
    " UNION ALL SELECT 3, NULL, key, ends_at, octet_length(takes) FROM manim_takes WHERE ",
    is_over!(end),
    " UNION ALL SELECT 4, NULL, key, ends_at, 1 FROM manim_inbox WHERE ",
    is_over!(end),
    " UNION ALL SELECT 5, job, NULL, due, 0 FROM manim_queue WHERE ",
    is_over!(entry),
    " UNION ALL SELECT 6, job, NULL, at, octet_length(reason) FROM manim_dead WHERE ",
    is_over!(letter),
);

/// Removes the row that `$3` names, if it is a leftover still; whether it is not there then. Every
/// one of them looks at `$2`, so that all take the same values.
macro_rules! forget {
    ($table:literal, $key:literal, $kind:ident) => {
        concat!(
            "WITH gone AS (DELETE FROM ",
            $table,
            " WHERE $2::interval IS NOT NULL AND ",
            $key,
            " = $3 AND ",
            is_over!($kind),
            " RETURNING 1)
            SELECT EXISTS (SELECT FROM gone) OR NOT EXISTS (SELECT FROM ",
            $table,
            " WHERE ",
            $key,
            " = $3)"
        )
    };
}

const FORGET_JOB: &str = forget!("manim_jobs", "id", record);
const FORGET_SESSION: &str = forget!("manim_sessions", "id", record);
const FORGET_QUOTA: &str = forget!("manim_takes", "key", end);
const FORGET_MESSAGE: &str = forget!("manim_inbox", "key", end);
const FORGET_ENTRY: &str = forget!("manim_queue", "job", entry);
const FORGET_LETTER: &str = forget!("manim_dead", "job", letter);

#[async_trait]
impl Leftovers for PostgresStore {
    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let did = Did::new("list", &"what nobody needs any more");
        let statement = sqlx::query(LIST)
            .bind(self.now())
            .bind(interval(self.0.retention.ended));
        let rows = self.rows(did, statement).await?;
        let found = rows.iter().map(read).collect::<Result<_, _>>();
        found.map_err(|cause| self.failed(did, cause))
    }

    async fn forget(&self, leftover: &Leftover) -> Result<bool, StoreError> {
        let did = Did::new("forget", leftover);
        let sql = match leftover.kind {
            LeftoverKind::Job => FORGET_JOB,
            LeftoverKind::Session => FORGET_SESSION,
            LeftoverKind::Quota => FORGET_QUOTA,
            LeftoverKind::Message => FORGET_MESSAGE,
            LeftoverKind::QueueEntry => FORGET_ENTRY,
            LeftoverKind::DeadLetter => FORGET_LETTER,
            // Another store's.
            LeftoverKind::Upload => return Ok(true),
        };
        let statement = sqlx::query(sql)
            .bind(self.now())
            .bind(interval(self.0.retention.ended));
        let statement = match &leftover.name.0 {
            Name::Id(id) => statement.bind(*id),
            Name::Digest(digest) => statement.bind(digest.to_vec()),
            Name::File(_) => return Err(did.error(StoreErrorKind::Invalid)),
        };
        let rows = self.rows(did, statement).await?;
        let gone = rows.first().map_or(Ok(false), |row| row.try_get(0));
        gone.map_err(|cause| self.failed(did, cause))
    }
}

fn read(row: &PgRow) -> Result<Leftover, sqlx::Error> {
    let kind = match row.try_get::<i32, _>(0)? {
        1 => LeftoverKind::Job,
        2 => LeftoverKind::Session,
        3 => LeftoverKind::Quota,
        4 => LeftoverKind::Message,
        5 => LeftoverKind::QueueEntry,
        _ => LeftoverKind::DeadLetter,
    };
    let name = match row.try_get(1)? {
        Some(id) => Name::Id(id),
        None => {
            let digest: [u8; 32] = row.try_get::<&[u8], _>(2)?.try_into().map_err(decoding)?;
            Name::Digest(digest)
        }
    };
    Ok(Leftover {
        kind,
        name: LeftoverName(name),
        since: row.try_get(3)?,
        bytes: u64::from(row.try_get::<i32, _>(4)?.unsigned_abs()),
    })
}

fn decoding(cause: std::array::TryFromSliceError) -> sqlx::Error {
    sqlx::Error::Decode(cause.into())
}

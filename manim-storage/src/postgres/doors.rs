//! [`RateLimiter`] and [`Inbox`] in PostgreSQL: what stands before the jobs.

use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    Acceptance, Admission, Inbox, Quota, RateLimiter, ScopedKey, StoreError, StoreErrorKind, Takes, Timestamp,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Did, PostgresStore, Statement, interval};

/// Rivals for one quota that may write between our look and our write. One person does not
/// send more requests at the same instant.
const RIVALS: usize = 100;

const LOOK: &str = "
    SELECT coalesce($1, now()), kept.takes, kept.version
    FROM (SELECT) AS always LEFT JOIN manim_takes AS kept ON kept.key = $2";

/// Writes if nobody has since `$5` was read (0: there was nothing).
const TAKE: &str = "
    INSERT INTO manim_takes AS kept (key, version, takes, ends_at)
    SELECT $1, nextval('manim_queue_count'), $2, $3
    WHERE $4 = 0 OR EXISTS (SELECT FROM manim_takes WHERE key = $1)
    ON CONFLICT (key) DO UPDATE SET
        version = excluded.version, takes = excluded.takes, ends_at = excluded.ends_at
    WHERE kept.version = $4
    RETURNING version";

const ACCEPT: &str = "
    WITH claimed AS (
        INSERT INTO manim_inbox AS kept (key, done, ends_at)
        VALUES ($2, false, coalesce($1, now()) + $3)
        ON CONFLICT (key) DO UPDATE SET done = false, ends_at = excluded.ends_at
        WHERE kept.ends_at <= coalesce($1, now())
        RETURNING true
    )
    SELECT EXISTS (SELECT FROM claimed), EXISTS (SELECT FROM manim_inbox WHERE key = $2 AND done)";

const FINISH: &str = "
    INSERT INTO manim_inbox (key, done, ends_at) VALUES ($2, true, coalesce($1, now()) + $3)
    ON CONFLICT (key) DO UPDATE SET done = true, ends_at = excluded.ends_at";

#[async_trait]
impl RateLimiter for PostgresStore {
    async fn take(&self, key: &ScopedKey, quota: Quota) -> Result<Admission, StoreError> {
        let did = Did::new("take from the quota", key);
        for _ in 0..RIVALS {
            let mut seen = self.look(did, key).await?;
            let before = seen.takes.clone();
            let admission = seen.takes.admit(quota, seen.now);
            if seen.takes == before || self.keep(did, key, quota, &seen).await? {
                return Ok(admission);
            }
        }
        Err(did.error(StoreErrorKind::Unavailable))
    }
}

/// A key's takes as they were at one instant.
struct Seen {
    now: Timestamp,
    takes: Takes,
    version: i64,
}

impl PostgresStore {
    async fn look(&self, did: Did<'_>, key: &ScopedKey) -> Result<Seen, StoreError> {
        let statement = sqlx::query(LOOK).bind(self.now()).bind(bytes(key));
        let rows = self.rows(did, statement).await?;
        let seen = rows.first().ok_or(sqlx::Error::RowNotFound).and_then(read_takes);
        seen.map_err(|cause| self.failed(did, cause))
    }

    /// Whether the takes were written: nobody else wrote meanwhile.
    async fn keep(
        &self,
        did: Did<'_>,
        key: &ScopedKey,
        quota: Quota,
        seen: &Seen,
    ) -> Result<bool, StoreError> {
        let takes = serde_json::to_string(&seen.takes)
            .map_err(|cause| did.error(StoreErrorKind::Invalid).with_source(cause))?;
        let statement: Statement = sqlx::query(TAKE)
            .bind(bytes(key))
            .bind(takes)
            .bind(seen.takes.end(quota).unwrap_or(seen.now))
            .bind(seen.version);
        Ok(!self.rows(did, statement).await?.is_empty())
    }
}

fn read_takes(row: &PgRow) -> Result<Seen, sqlx::Error> {
    let takes = match row.try_get::<Option<&str>, _>(1)? {
        Some(text) => serde_json::from_str(text).map_err(|cause| sqlx::Error::Decode(cause.into()))?,
        None => Takes::default(),
    };
    Ok(Seen {
        now: row.try_get(0)?,
        takes,
        version: row.try_get::<Option<i64>, _>(2)?.unwrap_or(0),
    })
}

#[async_trait]
impl Inbox for PostgresStore {
    async fn accept(&self, key: &ScopedKey, hold: Duration) -> Result<Acceptance, StoreError> {
        let did = Did::new("accept message", key);
        let statement = sqlx::query(ACCEPT)
            .bind(self.now())
            .bind(bytes(key))
            .bind(interval(hold));
        let rows = self.rows(did, statement).await?;
        let answer = rows
            .first()
            .ok_or(sqlx::Error::RowNotFound)
            .and_then(read_acceptance);
        answer.map_err(|cause| self.failed(did, cause))
    }

    async fn finish(&self, key: &ScopedKey, keep: Duration) -> Result<(), StoreError> {
        let statement = sqlx::query(FINISH)
            .bind(self.now())
            .bind(bytes(key))
            .bind(interval(keep));
        self.rows(Did::new("finish message", key), statement).await?;
        Ok(())
    }
}

/// A message that a rival claimed or finished while we asked counts as under way.
fn read_acceptance(row: &PgRow) -> Result<Acceptance, sqlx::Error> {
    let (claimed, done): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
    Ok(match (claimed, done) {
        (true, _) => Acceptance::First,
        (false, true) => Acceptance::Done,
        (false, false) => Acceptance::UnderWay,
    })
}

fn bytes(key: &ScopedKey) -> Vec<u8> {
    key.as_bytes().to_vec()
}

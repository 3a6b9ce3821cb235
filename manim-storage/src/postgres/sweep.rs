//! Removes what has expired. Nothing reads it any more; this only gives the room back.

use std::sync::Arc;
use std::time::Duration;

use manim_core::{Clock, StoreError, Timestamp};
use sqlx::Row;
use sqlx::postgres::PgPool;
use tokio::task::JoinHandle;

use super::{Did, PostgresStore};

/// How often a process looks. Processes that look at the same time pass over each other's rows.
const PAUSE: Duration = Duration::from_secs(300);

/// Rows removed by one statement: it holds their locks, and nobody waits for those.
const BATCH: i64 = 1000;

/// `$1` is the time; the database's, if there is none.
const SWEEPS: [&str; 4] = [
    "WITH old AS (
        SELECT id FROM manim_jobs WHERE sweep_at <= coalesce($1, now())
        ORDER BY sweep_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (DELETE FROM manim_jobs USING old WHERE manim_jobs.id = old.id RETURNING 1)
    SELECT count(*) FROM gone",
    "WITH old AS (
        SELECT id FROM manim_sessions WHERE sweep_at <= coalesce($1, now())
        ORDER BY sweep_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (DELETE FROM manim_sessions USING old WHERE manim_sessions.id = old.id RETURNING 1)
    SELECT count(*) FROM gone",
    "WITH old AS (
        SELECT key FROM manim_takes WHERE ends_at <= coalesce($1, now())
        ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (DELETE FROM manim_takes USING old WHERE manim_takes.key = old.key RETURNING 1)
    SELECT count(*) FROM gone",
    "WITH old AS (
        SELECT key FROM manim_inbox WHERE ends_at <= coalesce($1, now())
        ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), gone AS (DELETE FROM manim_inbox USING old WHERE manim_inbox.key = old.key RETURNING 1)
    SELECT count(*) FROM gone",
];

impl PostgresStore {
    /// Removes records that expired at least an hour ago; returns how many. Also done every few
    /// minutes by itself.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let swept = sweep(&self.0.pool, self.now()).await;
        swept.map_err(|cause| self.failed(Did::new("sweep", &"expired records"), cause))
    }
}

async fn sweep(pool: &PgPool, now: Option<Timestamp>) -> Result<u64, sqlx::Error> {
    let mut removed = 0;
    for sql in SWEEPS {
        loop {
            let row = sqlx::query(sql).bind(now).bind(BATCH).fetch_one(pool).await?;
            let count: i64 = row.try_get(0)?;
            removed += count.unsigned_abs();
            if count < BATCH {
                break;
            }
        }
    }
    Ok(removed)
}

/// The task that sweeps. Dropping it ends it.
pub(super) struct Broom(JoinHandle<()>);

impl Broom {
    /// Must be called within a runtime.
    pub(super) fn start(pool: PgPool, clock: Option<Arc<dyn Clock>>) -> Self {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(PAUSE).await;
                let now = clock.as_ref().map(|clock| clock.now());
                if let Err(cause) = sweep(&pool, now).await {
                    tracing::debug!(%cause, "not swept; the next time will do");
                }
            }
        }))
    }
}

impl Drop for Broom {
    fn drop(&mut self) {
        self.0.abort();
    }
}

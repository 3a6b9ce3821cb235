//! [`JobQueue`] in PostgreSQL.

use std::pin::pin;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::{DeadLetter, JobId, JobQueue, Lease, Settlement, StoreError, StoreErrorKind};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::timeout;

use super::wake::Bell;
use super::{Did, PostgresStore, Statement, interval, limit};

/// No reason is kept longer, in characters.
const REASON: usize = 2000;

const ENQUEUE: &str = "
    WITH queued AS (
        INSERT INTO manim_queue (job, due) VALUES ($2, coalesce($1, now()))
        ON CONFLICT (job) DO NOTHING
        RETURNING job
    ), revived AS (
        DELETE FROM manim_dead USING queued WHERE manim_dead.job = queued.job
    )
    SELECT job FROM queued";

/// Jobs that another worker is taking at this moment are passed over, not waited for.
const LEASE: &str = "
    UPDATE manim_queue SET
        due = coalesce($1, now()) + $2,
        place = nextval('manim_queue_count'),
        token = nextval('manim_queue_count'),
        deliveries = deliveries + 1
    WHERE job = (
        SELECT job FROM manim_queue WHERE due <= coalesce($1, now())
        ORDER BY due, place LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING job, token, deliveries, due";

const HEARTBEAT: &str = "
    UPDATE manim_queue SET due = coalesce($1, now()) + $4, place = nextval('manim_queue_count')
    WHERE job = $2 AND token = $3
    RETURNING job";

const DONE: &str = "DELETE FROM manim_queue WHERE job = $1 AND token = $2 RETURNING job";

const AGAIN: &str = "
    UPDATE manim_queue SET
        due = coalesce($1, now()) + $4,
        place = nextval('manim_queue_count'),
        token = NULL
    WHERE job = $2 AND token = $3
    RETURNING job";

const DEAD: &str = "
    WITH removed AS (
        DELETE FROM manim_queue WHERE job = $2 AND token = $3 RETURNING job
    )
    INSERT INTO manim_dead (job, reason, at)
    SELECT job, $4, coalesce($1, now()) FROM removed
    ON CONFLICT (job) DO UPDATE SET reason = excluded.reason, at = excluded.at, place = excluded.place
    RETURNING job";

const UNTIL_DUE: &str = "
    SELECT greatest(0, extract(epoch FROM due - coalesce($1, now())) * 1000000)::bigint
    FROM manim_queue ORDER BY due, place LIMIT 1";

const LEN: &str = "SELECT count(*) FROM manim_queue";

const LETTERS: &str = "SELECT job, reason, at FROM manim_dead ORDER BY at DESC, place DESC LIMIT $1";

#[async_trait]
impl JobQueue for PostgresStore {
    async fn enqueue(&self, job: JobId) -> Result<(), StoreError> {
        let statement = sqlx::query(ENQUEUE).bind(self.now()).bind(*job.as_uuid());
        let queued = self.rows(Did::new("enqueue", &job), statement).await?;
        if !queued.is_empty() {
            self.bell().ring();
        }
        Ok(())
    }

    async fn lease(&self, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        let did = Did::new("lease", &"a job");
        let statement = sqlx::query(LEASE).bind(self.now()).bind(interval(ttl));
        let rows = self.rows(did, statement).await?;
        let lease = rows.first().map(read_lease).transpose();
        lease.map_err(|cause| self.failed(did, cause))
    }

    async fn heartbeat(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError> {
        let statement = sqlx::query(HEARTBEAT)
            .bind(self.now())
            .bind(*lease.job.as_uuid())
            .bind(token(lease))
            .bind(interval(ttl));
        self.held(Did::new("heartbeat", &lease.job), statement).await
    }

    async fn settle(&self, lease: &Lease, how: Settlement) -> Result<(), StoreError> {
        let (job, token) = (*lease.job.as_uuid(), token(lease));
        let waits = matches!(how, Settlement::Again(_));
        let statement = match how {
            Settlement::Done => sqlx::query(DONE).bind(job).bind(token),
            Settlement::Again(pause) => sqlx::query(AGAIN)
                .bind(self.now())
                .bind(job)
                .bind(token)
                .bind(interval(pause)),
            Settlement::Dead(reason) => sqlx::query(DEAD)
                .bind(self.now())
                .bind(job)
                .bind(token)
                .bind(storable(&reason)),
        };
        self.held(Did::new("settle", &lease.job), statement).await?;
        if waits {
            self.bell().ring();
        }
        Ok(())
    }

    async fn wait(&self, limit: Duration) -> Result<(), StoreError> {
        // Registered before the look at the table, so that no wake-up falls between them.
        let mut woken = pin!(self.bell().rung());
        woken.as_mut().enable();
        let pause = self
            .until_due()
            .await?
            .unwrap_or(limit)
            .min(limit)
            .min(self.0.poll);
        if !pause.is_zero() {
            let _ = timeout(pause, woken).await;
        }
        Ok(())
    }

    async fn len(&self) -> Result<usize, StoreError> {
        let did = Did::new("count", &"jobs");
        let rows = self.rows(did, sqlx::query(LEN)).await?;
        let count = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0));
        let count = count.map_err(|cause| self.failed(did, cause))?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    async fn dead(&self, most: usize) -> Result<Vec<DeadLetter>, StoreError> {
        let did = Did::new("list", &"dead jobs");
        let rows = self.rows(did, sqlx::query(LETTERS).bind(limit(most))).await?;
        let letters = rows.iter().map(read_letter).collect::<Result<_, _>>();
        letters.map_err(|cause| self.failed(did, cause))
    }
}

impl PostgresStore {
    fn bell(&self) -> &Bell {
        self.0
            .bell
            .get_or_init(|| Bell::hang(&self.0.pool, self.0.place.clone()))
    }

    /// Performs what only the holder of the newest lease may do.
    async fn held(&self, did: Did<'_>, statement: Statement) -> Result<(), StoreError> {
        match self.rows(did, statement).await?.is_empty() {
            true => Err(did.error(StoreErrorKind::Conflict)),
            false => Ok(()),
        }
    }

    /// How long until a job is due; zero if one is.
    async fn until_due(&self) -> Result<Option<Duration>, StoreError> {
        let did = Did::new("wait for", &"a job");
        let rows = self.rows(did, sqlx::query(UNTIL_DUE).bind(self.now())).await?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let micros: i64 = row.try_get(0).map_err(|cause| self.failed(did, cause))?;
        Ok(Some(Duration::from_micros(
            u64::try_from(micros).unwrap_or_default(),
        )))
    }
}

fn read_lease(row: &PgRow) -> Result<Lease, sqlx::Error> {
    Ok(Lease {
        job: JobId::from_uuid(row.try_get(0)?),
        token: row.try_get::<i64, _>(1)?.unsigned_abs(),
        deliveries: row.try_get::<i32, _>(2)?.unsigned_abs(),
        until: row.try_get(3)?,
    })
}

fn read_letter(row: &PgRow) -> Result<DeadLetter, sqlx::Error> {
    Ok(DeadLetter {
        job: JobId::from_uuid(row.try_get(0)?),
        reason: row.try_get(1)?,
        at: row.try_get(2)?,
    })
}

/// A token that is none of ours fits no lease.
fn token(lease: &Lease) -> i64 {
    i64::try_from(lease.token).unwrap_or(-1)
}

/// PostgreSQL keeps no U+0000 in a text.
fn storable(reason: &str) -> String {
    reason.chars().filter(|&c| c != '\0').take(REASON).collect()
}

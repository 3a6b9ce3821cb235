//! [`SessionStore`]: a job is its record as JSON, beside the columns that it is found by.

use async_trait::async_trait;
use manim_core::{
    Job, JobId, Page, RenderSettings, Retention, Revision, Session, SessionId, SessionStore, StoreError,
    StoreErrorKind, Timestamp, Versioned, later,
};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Fault, Sqlite, nanoseconds};

#[async_trait]
impl SessionStore for Sqlite {
    async fn touch(&self, id: SessionId) -> Result<Session, StoreError> {
        let retention = self.retention;
        self.transact("touch session", id.to_string(), move |sql, now| {
            sweep(sql, now)?;
            touch(sql, id, None, &retention, now)
        })
        .await
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.transact("load session", id.to_string(), move |sql, now| {
            session(sql, id, now)
        })
        .await
    }

    async fn prefer(&self, id: SessionId, settings: RenderSettings) -> Result<Session, StoreError> {
        let retention = self.retention;
        self.transact("prefer in session", id.to_string(), move |sql, now| {
            sweep(sql, now)?;
            touch(sql, id, Some(settings), &retention, now)
        })
        .await
    }

    async fn job(&self, id: JobId) -> Result<Option<Versioned<Job>>, StoreError> {
        self.transact("load job", id.to_string(), move |sql, now| {
            let found = sql
                .query_row(
                    "SELECT revision, record FROM jobs WHERE id = ?1 AND expires_ns > ?2",
                    params![id.as_uuid().as_bytes(), nanoseconds(now)],
                    columns,
                )
                .optional()?;
            found.map(versioned).transpose()
        })
        .await
    }

    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError> {
        let (job, retention) = (job.clone(), self.retention);
        self.transact("save job", job.id().to_string(), move |sql, now| {
            sweep(sql, now)?;
            let revision = expected.map_or(Revision::FIRST, Revision::next);
            match write(sql, &job, revision, &retention, now)? {
                0 => return Err(StoreErrorKind::Conflict.into()),
                _ => touch(sql, job.session(), None, &retention, now)?,
            };
            Ok(revision)
        })
        .await
    }

    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError> {
        self.transact("list jobs of", session.to_string(), move |sql, now| {
            listed(sql, session, page, now)
        })
        .await
    }

    async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError> {
        self.transact("list", "untold jobs".to_owned(), move |sql, now| {
            let mut statement = sql.prepare_cached(
                "SELECT id FROM jobs WHERE untold_ns IS NOT NULL AND expires_ns > ?1
                 ORDER BY untold_ns, id LIMIT ?2",
            )?;
            let ids = statement.query_map(params![nanoseconds(now), count(limit)], |row| row.get(0))?;
            Ok(ids
                .map(|id| id.map(uuid::Uuid::from_bytes).map(JobId::from_uuid))
                .collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// Forgets what has ended, so that every write below finds it gone (promise 6).
fn sweep(sql: &Transaction<'_>, now: Timestamp) -> Result<(), Fault> {
    for table in ["sessions", "jobs"] {
        sql.execute(
            &format!("DELETE FROM {table} WHERE expires_ns <= ?1"),
            [nanoseconds(now)],
        )?;
    }
    Ok(())
}

fn session(sql: &Transaction<'_>, id: SessionId, now: Timestamp) -> Result<Option<Session>, Fault> {
    let record: Option<String> = sql
        .query_row(
            "SELECT record FROM sessions WHERE id = ?1 AND expires_ns > ?2",
            params![id.as_uuid().as_bytes(), nanoseconds(now)],
            |row| row.get(0),
        )
        .optional()?;
    Ok(record.map(|record| serde_json::from_str(&record)).transpose()?)
}

/// Makes the session or puts off its end; `settings` change what it prefers.
fn touch(
    sql: &Transaction<'_>,
    id: SessionId,
    settings: Option<RenderSettings>,
    retention: &Retention,
    now: Timestamp,
) -> Result<Session, Fault> {
    let known = session(sql, id, now)?;
    let session = Session {
        id,
        created_at: known.map_or(now, |known| known.created_at),
        expires_at: later(now, retention.session),
        settings: settings
            .unwrap_or_else(|| known.map_or_else(RenderSettings::default, |known| known.settings)),
    };
    sql.execute(
        "INSERT OR REPLACE INTO sessions (id, record, expires_ns) VALUES (?1, ?2, ?3)",
        params![
            id.as_uuid().as_bytes(),
            serde_json::to_string(&session)?,
            nanoseconds(session.expires_at)
        ],
    )?;
    Ok(session)
}

/// Writes `job` where the one before `revision` stands, or none for the first; tells how many it wrote.
fn write(
    sql: &Transaction<'_>,
    job: &Job,
    revision: Revision,
    retention: &Retention,
    now: Timestamp,
) -> Result<usize, Fault> {
    let statement = if revision == Revision::FIRST {
        "INSERT INTO jobs (id, revision, session, created_ns, untold_ns, expires_ns, record)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING"
    } else {
        "UPDATE jobs SET revision = ?2, session = ?3, created_ns = ?4, untold_ns = ?5, expires_ns = ?6,
                record = ?7
         WHERE id = ?1 AND revision = ?2 - 1"
    };
    let untold = (!job.outbox().is_empty()).then(|| nanoseconds(job.updated_at()));
    Ok(sql.execute(
        statement,
        params![
            job.id().as_uuid().as_bytes(),
            revision.0.cast_signed(),
            job.session().as_uuid().as_bytes(),
            nanoseconds(job.created_at()),
            untold,
            nanoseconds(retention.job_expiry(job.status(), now)),
            serde_json::to_string(job)?,
        ],
    )?)
}

fn listed(
    sql: &Transaction<'_>,
    session: SessionId,
    page: Page,
    now: Timestamp,
) -> Result<Vec<Versioned<Job>>, Fault> {
    // A `before` that is not kept compares as NULL, which no row passes.
    let mut statement = sql.prepare_cached(
        "SELECT revision, record FROM jobs
         WHERE session = ?1 AND expires_ns > ?2
           AND (?3 IS NULL OR (created_ns, id) < (
               SELECT created_ns, id FROM jobs WHERE id = ?3 AND session = ?1 AND expires_ns > ?2))
         ORDER BY created_ns DESC, id DESC LIMIT ?4",
    )?;
    let before = page.before.map(|job| *job.as_uuid().as_bytes());
    let rows = statement.query_map(
        params![
            session.as_uuid().as_bytes(),
            nanoseconds(now),
            before,
            count(page.limit)
        ],
        columns,
    )?;
    rows.map(|row| versioned(row?)).collect()
}

fn columns(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn versioned((revision, record): (i64, String)) -> Result<Versioned<Job>, Fault> {
    Ok(Versioned {
        value: serde_json::from_str(&record)?,
        revision: Revision(revision.cast_unsigned()),
    })
}

fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

//! [`SessionStore`] in PostgreSQL.

use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    Job, JobId, Page, RenderSettings, Revision, Session, SessionId, SessionStore, StoreError, StoreErrorKind,
    Timestamp, Versioned,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{Did, PostgresStore, Statement, interval, limit};
use crate::record;

/// A save puts its session's end off by so much more than promised, and leaves it alone while
/// the promise holds: a job's many saves write its session once.
const SLACK: Duration = Duration::from_secs(60);

/// `$4` is what the session prefers from now on, if that changes.
const TOUCH: &str = "
    INSERT INTO manim_sessions AS kept (id, created_at, expires_at, sweep_at, settings)
    VALUES ($2, coalesce($1, now()), coalesce($1, now()) + $3,
            date_bin('1 hour', coalesce($1, now()) + $3 + interval '1 hour', 'epoch'), $4)
    ON CONFLICT (id) DO UPDATE SET
        created_at = CASE WHEN kept.expires_at <= coalesce($1, now())
                          THEN excluded.created_at ELSE kept.created_at END,
        expires_at = excluded.expires_at,
        sweep_at = excluded.sweep_at,
        settings = CASE WHEN excluded.settings IS NULL AND kept.expires_at > coalesce($1, now())
                        THEN kept.settings ELSE excluded.settings END
    RETURNING id, created_at, expires_at, settings";

const SESSION: &str = "
    SELECT id, created_at, expires_at, settings FROM manim_sessions
    WHERE id = $2 AND expires_at > coalesce($1, now())";

const JOB: &str = "
    SELECT revision, record, version, id FROM manim_jobs
    WHERE id = $2 AND expires_at > coalesce($1, now())";

/// `saved` is the statement that writes the job; the whole one tells how many it wrote.
macro_rules! with_session {
    ($saved:literal) => {
        concat!(
            "WITH saved AS (",
            $saved,
            "RETURNING session
            ), touched AS (
                INSERT INTO manim_sessions AS kept (id, created_at, expires_at, sweep_at)
                SELECT session, coalesce($1, now()), coalesce($1, now()) + $10,
                       date_bin('1 hour', coalesce($1, now()) + $10 + interval '1 hour', 'epoch')
                FROM saved
                WHERE NOT EXISTS (
                    SELECT FROM manim_sessions AS fresh
                    WHERE fresh.id = saved.session AND fresh.expires_at >= coalesce($1, now()) + $9
                )
                ON CONFLICT (id) DO UPDATE SET
                    created_at = CASE WHEN kept.expires_at <= coalesce($1, now())
                                      THEN excluded.created_at ELSE kept.created_at END,
                    expires_at = greatest(kept.expires_at, excluded.expires_at),
                    sweep_at = greatest(kept.sweep_at, excluded.sweep_at),
                    settings = CASE WHEN kept.expires_at <= coalesce($1, now())
                                    THEN NULL ELSE kept.settings END
            )
            SELECT count(*) FROM saved"
        )
    };
}

/// Writes a job that must be new, or must have expired.
const INSERT: &str = with_session!(
    "INSERT INTO manim_jobs AS kept
        (id, revision, session, created_ns, untold_ns, record, version, expires_at, sweep_at)
    VALUES ($2, $3, $4, $5, $6, $7, $11, coalesce($1, now()) + $8,
            date_bin('1 hour', coalesce($1, now()) + $8 + interval '1 hour', 'epoch'))
    ON CONFLICT (id) DO UPDATE SET
        revision = excluded.revision,
        session = excluded.session,
        created_ns = excluded.created_ns,
        untold_ns = excluded.untold_ns,
        record = excluded.record,
        version = excluded.version,
        expires_at = excluded.expires_at,
        sweep_at = excluded.sweep_at
    WHERE kept.expires_at <= coalesce($1, now())
    "
);

/// Writes a job whose stored revision is the one before.
const UPDATE: &str = with_session!(
    "UPDATE manim_jobs SET
        revision = $3,
        session = $4,
        created_ns = $5,
        untold_ns = $6,
        record = $7,
        version = $11,
        expires_at = coalesce($1, now()) + $8,
        sweep_at = date_bin('1 hour', coalesce($1, now()) + $8 + interval '1 hour', 'epoch')
    WHERE id = $2 AND revision = $3 - 1 AND expires_at > coalesce($1, now())
    "
);

/// `$4` is the job that the page comes after, if there is one.
const JOBS: &str = "
    SELECT revision, record, version, id FROM manim_jobs
    WHERE session = $2 AND expires_at > coalesce($1, now())
      AND ($4 IS NULL OR (created_ns, id) < (
          SELECT before.created_ns, before.id FROM manim_jobs AS before
          WHERE before.id = $4 AND before.session = $2 AND before.expires_at > coalesce($1, now())
      ))
    ORDER BY created_ns DESC, id DESC LIMIT $3";

const UNTOLD: &str = "
    SELECT id FROM manim_jobs
    WHERE untold_ns IS NOT NULL AND expires_at > coalesce($1, now())
    ORDER BY untold_ns, id LIMIT $2";

#[async_trait]
impl SessionStore for PostgresStore {
    async fn touch(&self, session: SessionId) -> Result<Session, StoreError> {
        self.touched(Did::new("touch session", &session), session, None)
            .await
    }

    async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<Session, StoreError> {
        let did = Did::new("prefer in session", &session);
        let text = serde_json::to_string(&settings)
            .map_err(|cause| did.error(StoreErrorKind::Invalid).with_source(cause))?;
        self.touched(did, session, Some(text)).await
    }

    async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError> {
        let did = Did::new("load session", &session);
        let statement = sqlx::query(SESSION).bind(self.now()).bind(*session.as_uuid());
        let rows = self.rows(did, statement).await?;
        let found = rows.first().map(|row| read_session(row, session)).transpose();
        found.map_err(|cause| self.failed(did, cause))
    }

    async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError> {
        let did = Did::new("load job", &job);
        let statement = sqlx::query(JOB).bind(self.now()).bind(*job.as_uuid());
        let rows = self.rows(did, statement).await?;
        rows.first().map(|row| self.read_job(did, row)).transpose()
    }

    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError> {
        let id = job.id();
        let did = Did::new("save job", &id);
        let revision = expected.map_or(Revision::FIRST, Revision::next);
        let rows = self.rows(did, self.save(job, revision)?).await?;
        let written = rows.first().map_or(Ok(0), |row| row.try_get::<i64, _>(0));
        match written.map_err(|cause| self.failed(did, cause))? {
            0 => Err(did.error(StoreErrorKind::Conflict)),
            _ => Ok(revision),
        }
    }

    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError> {
        let did = Did::new("list jobs of", &session);
        let statement = sqlx::query(JOBS)
            .bind(self.now())
            .bind(*session.as_uuid())
            .bind(limit(page.limit))
            .bind(page.before.map(|job| *job.as_uuid()));
        let rows = self.rows(did, statement).await?;
        rows.iter().map(|row| self.read_job(did, row)).collect()
    }

    async fn untold(&self, most: usize) -> Result<Vec<JobId>, StoreError> {
        let did = Did::new("list", &"untold jobs");
        let statement = sqlx::query(UNTOLD).bind(self.now()).bind(limit(most));
        let rows = self.rows(did, statement).await?;
        let ids = rows.iter().map(|row| row.try_get(0).map(JobId::from_uuid));
        ids.collect::<Result<_, _>>()
            .map_err(|cause| self.failed(did, cause))
    }
}

impl PostgresStore {
    async fn touched(
        &self,
        did: Did<'_>,
        session: SessionId,
        settings: Option<String>,
    ) -> Result<Session, StoreError> {
        let statement = sqlx::query(TOUCH)
            .bind(self.now())
            .bind(*session.as_uuid())
            .bind(interval(self.0.retention.session))
            .bind(settings);
        let rows = self.rows(did, statement).await?;
        rows.first()
            .map(|row| read_session(row, session))
            .ok_or(sqlx::Error::RowNotFound)
            .flatten()
            .map_err(|cause| self.failed(did, cause))
    }

    fn save(&self, job: &Job, revision: Revision) -> Result<Statement, StoreError> {
        let id = job.id();
        let did = Did::new("save job", &id);
        let retention = &self.0.retention;
        let record = record::encode(job)?;
        let untold = (!job.outbox().is_empty()).then(|| nanoseconds(job.updated_at()));
        let number = i64::try_from(revision.0)
            .map_err(|cause| did.error(StoreErrorKind::Conflict).with_source(cause))?;
        let sql = if revision == Revision::FIRST {
            INSERT
        } else {
            UPDATE
        };
        Ok(sqlx::query(sql)
            .bind(self.now())
            .bind(*id.as_uuid())
            .bind(number)
            .bind(*job.session().as_uuid())
            .bind(nanoseconds(job.created_at()))
            .bind(untold)
            .bind(record)
            .bind(interval(retention.job(job.status())))
            .bind(interval(retention.session))
            .bind(interval(retention.session.saturating_add(SLACK)))
            .bind(i16::from(record::VERSION)))
    }

    fn read_job(&self, did: Did<'_>, row: &PgRow) -> Result<Versioned<Job>, StoreError> {
        let read = || {
            let revision = u64::try_from(row.try_get::<i64, _>(0)?);
            let revision = revision.map_err(|cause| sqlx::Error::Decode(cause.into()))?;
            let version = row.try_get::<i16, _>(2)?.unsigned_abs();
            Ok((Revision(revision), row.try_get(1)?, version, row.try_get(3)?))
        };
        let read: Result<(_, &str, _, _), _> = read();
        let (revision, record, version, id) = read.map_err(|cause| self.failed(did, cause))?;
        Ok(Versioned {
            value: record::decode(JobId::from_uuid(id), version.into(), record.as_bytes())?,
            revision,
        })
    }
}

fn read_session(row: &PgRow, id: SessionId) -> Result<Session, sqlx::Error> {
    Ok(Session {
        id,
        created_at: row.try_get(1)?,
        expires_at: row.try_get(2)?,
        settings: match row.try_get::<Option<&str>, _>(3)? {
            None => RenderSettings::default(),
            Some(text) => serde_json::from_str(text).map_err(|cause| sqlx::Error::Decode(cause.into()))?,
        },
    })
}

/// Since 1970, or the last that a number holds (the year 2262).
fn nanoseconds(time: Timestamp) -> i64 {
    time.timestamp_nanos_opt().unwrap_or(i64::MAX)
}

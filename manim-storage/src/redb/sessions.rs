//! Sessions and jobs, with their indexes: by session, with something to tell, by their end.

use async_trait::async_trait;
use manim_core::{
    Job, JobId, Page, RenderSettings, Retention, Revision, Session, SessionId, SessionStore, StoreError,
    StoreErrorKind, Timestamp, Versioned, later,
};
use redb::{ReadTransaction, ReadableTable};

use super::RedbStore;
use super::fault::Fault;
use super::table::{
    BY_SESSION, Ending, Id, JOBS, JobRow, Moment, SESSIONS, Tables, UNTOLD, job_id, job_key, moment,
    session_key, timestamp,
};
use super::writer::Promise;
use crate::record;

#[async_trait]
impl SessionStore for RedbStore {
    async fn touch(&self, session: SessionId) -> Result<Session, StoreError> {
        let touched = self.write(
            "touch session",
            session,
            Promise::Durable,
            move |tables, context| touch(tables, session, context.retention, context.now),
        );
        touched.await
    }

    async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<Session, StoreError> {
        let preferred = self.write(
            "prefer in session",
            session,
            Promise::Durable,
            move |tables, context| {
                let touched = touch(tables, session, context.retention, context.now)?;
                let preferred = Session { settings, ..touched };
                tables.sessions.insert(
                    session_key(session),
                    (
                        moment(preferred.created_at),
                        moment(preferred.expires_at),
                        text_of(settings).as_slice(),
                    ),
                )?;
                Ok(preferred)
            },
        );
        preferred.await
    }

    async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError> {
        let read = self.read("load session", session, move |view, now| {
            let kept = view.open_table(SESSIONS)?.get(session_key(session))?;
            let Some(kept) = kept else { return Ok(None) };
            let (created, end, settings) = kept.value();
            match end > moment(now) {
                true => restored(session, created, end, settings).map(Some),
                false => Ok(None),
            }
        });
        read.await
    }

    async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError> {
        self.read("load job", job, move |view, now| load(view, job, now))
            .await
    }

    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError> {
        let draft = Draft::of(job)?;
        let saved = self.write("save job", job.id(), Promise::Durable, move |tables, context| {
            save(tables, &draft, expected, context.retention, context.now)
        });
        saved.await
    }

    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError> {
        let read = self.read("list jobs of", session, move |view, now| {
            list(view, session, page, now)
        });
        read.await
    }

    async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError> {
        let read = self.read("list", "jobs with something to tell", move |view, now| {
            untold(view, limit, now)
        });
        read.await
    }
}

fn restored(id: SessionId, created: Moment, end: Moment, settings: &[u8]) -> Result<Session, Fault> {
    let damaged = || Fault::store(StoreErrorKind::Corrupt, "read session", id);
    Ok(Session {
        id,
        created_at: timestamp(created).ok_or_else(damaged)?,
        expires_at: timestamp(end).ok_or_else(damaged)?,
        settings: match settings {
            [] => RenderSettings::default(),
            text => serde_json::from_slice(text).map_err(|_| damaged())?,
        },
    })
}

/// The names of two choices: writing them cannot fail.
fn text_of(settings: RenderSettings) -> Vec<u8> {
    serde_json::to_vec(&settings).unwrap_or_default()
}

fn touch(
    tables: &mut Tables<'_>,
    id: SessionId,
    retention: &Retention,
    now: Timestamp,
) -> Result<Session, Fault> {
    let key = session_key(id);
    let kept = tables.sessions.get(key)?.map(|kept| {
        let (created, end, settings) = kept.value();
        (created, end, settings.to_vec())
    });
    let known_end = kept.as_ref().map(|(_, end, _)| *end);
    let (created, settings) = match kept {
        Some((created, end, settings)) if end > moment(now) => (created, settings),
        _ => (moment(now), Vec::new()),
    };
    let end = moment(later(now, retention.session));
    tables.put_off(Ending::Session, &key, known_end, end)?;
    tables.sessions.insert(key, (created, end, settings.as_slice()))?;
    restored(id, created, end, &settings)
}

/// A job ready to be written.
struct Draft {
    id: JobId,
    session: SessionId,
    job: Job,
    text: Vec<u8>,
}

impl Draft {
    fn of(job: &Job) -> Result<Self, StoreError> {
        Ok(Self {
            id: job.id(),
            session: job.session(),
            job: job.clone(),
            text: record::encode(job)?.into_bytes(),
        })
    }

    fn row(&self, revision: Revision, end: Moment) -> JobRow<'_> {
        let untold = (!self.job.outbox().is_empty()).then(|| moment(self.job.updated_at()));
        let created = moment(self.job.created_at());
        let session = session_key(self.session);
        (
            record::VERSION,
            revision.0,
            end,
            untold,
            session,
            created,
            &self.text,
        )
    }
}

/// What a row says beside its text.
#[derive(Clone, Copy)]
struct Head {
    revision: Revision,
    end: Moment,
    untold: Option<Moment>,
    session: Id,
    created: Moment,
}

fn head(row: JobRow<'_>) -> Head {
    let (_, revision, end, untold, session, created, _) = row;
    Head {
        revision: Revision(revision),
        end,
        untold,
        session,
        created,
    }
}

fn save(
    tables: &mut Tables<'_>,
    draft: &Draft,
    expected: Option<Revision>,
    retention: &Retention,
    now: Timestamp,
) -> Result<Revision, Fault> {
    let key = job_key(draft.id);
    let kept = tables.jobs.get(key)?.map(|row| head(row.value()));
    let live = kept
        .filter(|kept| kept.end > moment(now))
        .map(|kept| kept.revision);
    if live != expected {
        return Err(Fault::store(StoreErrorKind::Conflict, "save job", draft.id));
    }
    if let Some(kept) = kept {
        unindex(tables, key, &kept)?;
    }
    let revision = live.map_or(Revision::FIRST, Revision::next);
    let end = moment(retention.job_expiry(draft.job.status(), now));
    let row = draft.row(revision, end);
    index(tables, key, &head(row))?;
    tables.jobs.insert(key, row)?;
    touch(tables, draft.session, retention, now)?;
    Ok(revision)
}

fn index(tables: &mut Tables<'_>, key: Id, head: &Head) -> Result<(), Fault> {
    tables.by_session.insert((head.session, head.created, key), ())?;
    tables
        .ends
        .insert((head.end, Ending::Job as u8, key.as_slice()), ())?;
    if let Some(since) = head.untold {
        tables.untold.insert((since, key), ())?;
    }
    Ok(())
}

fn unindex(tables: &mut Tables<'_>, key: Id, head: &Head) -> Result<(), Fault> {
    tables.by_session.remove((head.session, head.created, key))?;
    tables
        .ends
        .remove((head.end, Ending::Job as u8, key.as_slice()))?;
    if let Some(since) = head.untold {
        tables.untold.remove((since, key))?;
    }
    Ok(())
}

/// Removes a job that has ended, and all that leads to it.
pub(super) fn forget_job(tables: &mut Tables<'_>, key: Id) -> Result<(), Fault> {
    let kept = tables.jobs.get(key)?.map(|row| head(row.value()));
    if let Some(kept) = kept {
        unindex(tables, key, &kept)?;
        tables.jobs.remove(key)?;
    }
    Ok(())
}

/// Whether a job's record is there and not over.
pub(super) fn lives(
    jobs: &impl ReadableTable<Id, JobRow<'static>>,
    key: Id,
    now: Timestamp,
) -> Result<bool, Fault> {
    let end = jobs.get(key)?.map(|row| head(row.value()).end);
    Ok(end.is_some_and(|end| end > moment(now)))
}

fn load(view: &ReadTransaction, id: JobId, now: Timestamp) -> Result<Option<Versioned<Job>>, Fault> {
    loaded(&view.open_table(JOBS)?, id, now)
}

fn loaded(
    jobs: &impl ReadableTable<Id, JobRow<'static>>,
    id: JobId,
    now: Timestamp,
) -> Result<Option<Versioned<Job>>, Fault> {
    let Some(kept) = jobs.get(job_key(id))? else {
        return Ok(None);
    };
    let row = kept.value();
    let head = head(row);
    if head.end <= moment(now) {
        return Ok(None);
    }
    let (version, text) = (row.0, row.6);
    Ok(Some(Versioned {
        value: record::decode(id, version.into(), text)?,
        revision: head.revision,
    }))
}

/// Walks the session's index backwards.
fn list(
    view: &ReadTransaction,
    session: SessionId,
    page: Page,
    now: Timestamp,
) -> Result<Vec<Versioned<Job>>, Fault> {
    let jobs = view.open_table(JOBS)?;
    let own = session_key(session);
    let end = match page.before {
        None => (own, LAST, [u8::MAX; 16]),
        Some(before) => match jobs.get(job_key(before))?.map(|row| head(row.value())) {
            Some(kept) if kept.session == own && kept.end > moment(now) => {
                (own, kept.created, job_key(before))
            }
            _ => return Ok(Vec::new()),
        },
    };
    let mut found = Vec::new();
    for entry in view
        .open_table(BY_SESSION)?
        .range((own, FIRST, [0; 16])..end)?
        .rev()
    {
        if found.len() == page.limit {
            break;
        }
        let (_, _, key) = entry?.0.value();
        found.extend(loaded(&jobs, job_id(key), now)?);
    }
    Ok(found)
}

const FIRST: Moment = (i64::MIN, 0);
const LAST: Moment = (i64::MAX, u32::MAX);

fn untold(view: &ReadTransaction, limit: usize, now: Timestamp) -> Result<Vec<JobId>, Fault> {
    let jobs = view.open_table(JOBS)?;
    let mut found = Vec::new();
    for entry in view.open_table(UNTOLD)?.iter()? {
        if found.len() == limit {
            break;
        }
        let (_, key) = entry?.0.value();
        if lives(&jobs, key, now)? {
            found.push(job_id(key));
        }
    }
    Ok(found)
}

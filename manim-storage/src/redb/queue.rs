//! The queue: a job has one due time, and leasing it moves that time to the end of the lease,
//! so a lease that lapses needs no sweep.

use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    DeadLetter, JobId, JobQueue, Lease, Settlement, StoreError, StoreErrorKind, Timestamp, later,
};
use redb::{ReadTransaction, ReadableTable, ReadableTableMetadata};

use super::RedbStore;
use super::fault::Fault;
use super::table::{DEAD, DUE, Id, Moment, QUEUE, QueueRow, Tables, job_id, job_key, moment, timestamp};
use super::writer::Promise;

#[async_trait]
impl JobQueue for RedbStore {
    async fn enqueue(&self, job: JobId) -> Result<(), StoreError> {
        let put = self.write("enqueue job", job, Promise::Wakes, move |tables, context| {
            enqueue(tables, job, context.now)
        });
        put.await
    }

    /// Looks before it writes: a worker without work costs no sync to disk. On the disk before
    /// the work begins: the leases of a job that ends its process are counted too.
    async fn lease(&self, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        if self.until_due().await? != Some(Duration::ZERO) {
            return Ok(None);
        }
        let taken = self.write("lease", "a job", Promise::Durable, move |tables, context| {
            lease(tables, ttl, context.now)
        });
        taken.await
    }

    /// All workers live in this process, so a crash that undoes a heartbeat ends its worker too.
    async fn heartbeat(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError> {
        let lease = *lease;
        let kept = self.write(
            "heartbeat job",
            lease.job,
            Promise::Visible,
            move |tables, context| {
                let entry = held(tables, &lease, "heartbeat job")?;
                place(tables, lease.job, entry, later(context.now, ttl))
            },
        );
        kept.await
    }

    async fn settle(&self, lease: &Lease, how: Settlement) -> Result<(), StoreError> {
        let lease = *lease;
        let promise = match how {
            Settlement::Again(_) => Promise::Wakes,
            _ => Promise::Durable,
        };
        let settled = self.write("settle job", lease.job, promise, move |tables, context| {
            settle(tables, &lease, how, context.now)
        });
        settled.await
    }

    async fn wait(&self, limit: Duration) -> Result<(), StoreError> {
        // Registered before the look at the file, so that no wake-up falls between them.
        let woken = self.engine().due().notified();
        let pause = self.until_due().await?.map_or(limit, |until| until.min(limit));
        if !pause.is_zero() {
            drop(tokio::time::timeout(pause, woken).await);
        }
        Ok(())
    }

    async fn len(&self) -> Result<usize, StoreError> {
        let counted = self.read("count", "jobs", |view, _| Ok(view.open_table(QUEUE)?.len()?));
        Ok(usize::try_from(counted.await?).unwrap_or(usize::MAX))
    }

    async fn dead(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError> {
        self.read("list", "dead jobs", move |view, _| dead(view, limit))
            .await
    }
}

impl RedbStore {
    /// How long until a job is due; zero if one is, `None` if none waits.
    async fn until_due(&self) -> Result<Option<Duration>, StoreError> {
        let read = self.read("look for", "a job", |view, now| {
            let first = view.open_table(DUE)?.first()?.map(|(place, _)| place.value().0);
            let due = first.and_then(timestamp);
            Ok(due.map(|due| (due - now).to_std().unwrap_or_default()))
        });
        read.await
    }
}

fn enqueue(tables: &mut Tables<'_>, job: JobId, now: Timestamp) -> Result<(), Fault> {
    let key = job_key(job);
    if tables.queue.get(key)?.is_some() {
        return Ok(());
    }
    let letter = tables.dead_by_job.remove(key)?.map(|number| number.value());
    if let Some(number) = letter {
        tables.dead.remove(number)?;
    }
    place(tables, job, Entry::default(), now)
}

/// A job's entry, without its place.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    deliveries: u32,
    /// Zero: not leased.
    token: u64,
}

/// Makes a job due at `due`, behind those due at the same instant.
fn place(tables: &mut Tables<'_>, job: JobId, entry: Entry, due: Timestamp) -> Result<(), Fault> {
    remove(tables, job)?;
    let (key, due, turn) = (job_key(job), moment(due), tables.count()?);
    tables
        .queue
        .insert(key, (due, turn, entry.deliveries, entry.token))?;
    tables.due.insert((due, turn), key)?;
    Ok(())
}

pub(super) fn remove(tables: &mut Tables<'_>, job: JobId) -> Result<(), Fault> {
    let old = tables.queue.remove(job_key(job))?.map(|row| row.value());
    if let Some((due, turn, _, _)) = old {
        tables.due.remove((due, turn))?;
    }
    Ok(())
}

fn lease(tables: &mut Tables<'_>, ttl: Duration, now: Timestamp) -> Result<Option<Lease>, Fault> {
    let first = tables
        .due
        .first()?
        .map(|(place, job)| (place.value().0, job.value()));
    let Some((_, key)) = first.filter(|(due, _)| *due <= moment(now)) else {
        return Ok(None);
    };
    let job = job_id(key);
    let (_, _, deliveries, _) = row(tables, key)?.ok_or_else(|| torn(job))?;
    let lease = Lease {
        job,
        token: tables.count()?,
        deliveries: deliveries.saturating_add(1),
        until: later(now, ttl),
    };
    let entry = Entry {
        deliveries: lease.deliveries,
        token: lease.token,
    };
    place(tables, job, entry, lease.until)?;
    Ok(Some(lease))
}

fn row(tables: &Tables<'_>, key: Id) -> Result<Option<QueueRow>, Fault> {
    Ok(tables.queue.get(key)?.map(|row| row.value()))
}

/// An index that names what is not there: not written by this program.
fn torn(job: JobId) -> Fault {
    Fault::store(StoreErrorKind::Corrupt, "read the queue at", job)
}

/// The entry that `lease` still holds.
fn held(tables: &Tables<'_>, lease: &Lease, operation: &'static str) -> Result<Entry, Fault> {
    match row(tables, job_key(lease.job))? {
        Some((_, _, deliveries, token)) if token == lease.token => Ok(Entry { deliveries, token }),
        _ => Err(Fault::store(StoreErrorKind::Conflict, operation, lease.job)),
    }
}

fn settle(tables: &mut Tables<'_>, lease: &Lease, how: Settlement, now: Timestamp) -> Result<(), Fault> {
    let entry = held(tables, lease, "settle job")?;
    match how {
        Settlement::Done => remove(tables, lease.job),
        Settlement::Again(pause) => place(tables, lease.job, Entry { token: 0, ..entry }, later(now, pause)),
        Settlement::Dead(reason) => {
            remove(tables, lease.job)?;
            let (number, key) = (tables.count()?, job_key(lease.job));
            tables.dead.insert(number, (key, moment(now), reason.as_str()))?;
            tables.dead_by_job.insert(key, number)?;
            Ok(())
        }
    }
}

fn dead(view: &ReadTransaction, limit: usize) -> Result<Vec<DeadLetter>, Fault> {
    let mut found = Vec::new();
    for entry in view.open_table(DEAD)?.iter()?.rev().take(limit) {
        let (_, letter) = entry?;
        found.push(restored(letter.value())?);
    }
    Ok(found)
}

fn restored((key, at, reason): (Id, Moment, &str)) -> Result<DeadLetter, Fault> {
    let job = job_id(key);
    Ok(DeadLetter {
        job,
        reason: reason.to_owned(),
        at: timestamp(at).ok_or_else(|| torn(job))?,
    })
}

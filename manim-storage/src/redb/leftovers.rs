//! [`Leftovers`] of the file. What has expired goes with the next writes by itself, a few with
//! each; entries for nobody and old letters stay until somebody asks.

use async_trait::async_trait;
use manim_core::{Retention, StoreError, Timestamp, later};
use redb::{ReadTransaction, ReadableTable};
use uuid::Uuid;

use super::fault::Fault;
use super::table::{
    DEAD, ENDS, Ending, Id, JOBS, Key, Moment, QUEUE, SEEN, SESSIONS, TAKES, Tables, job_id, moment,
    timestamp,
};
use super::writer::Promise;
use super::{RedbStore, expiry, queue, sessions};
use crate::leftovers::{Leftover, LeftoverKind, LeftoverName, Leftovers, Name};

#[async_trait]
impl Leftovers for RedbStore {
    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let retention = *self.engine().retention();
        let read = self.read("list", "what nobody needs any more", move |view, now| {
            let mut found = expired(view, now)?;
            found.extend(queued_for_nobody(view, now)?);
            found.extend(old_letters(view, &retention, now)?);
            Ok(found)
        });
        read.await
    }

    async fn forget(&self, leftover: &Leftover) -> Result<bool, StoreError> {
        let (subject, leftover) = (leftover.to_string(), leftover.clone());
        let written = self.write("forget", subject, Promise::Durable, move |tables, context| {
            forget(tables, &leftover, context.retention, context.now)
        });
        written.await
    }
}

fn expired(view: &ReadTransaction, now: Timestamp) -> Result<Vec<Leftover>, Fault> {
    let (sessions, jobs) = (view.open_table(SESSIONS)?, view.open_table(JOBS)?);
    let (takes, seen) = (view.open_table(TAKES)?, view.open_table(SEEN)?);
    let mut found = Vec::new();
    for entry in view.open_table(ENDS)?.range(..expiry::after(now))? {
        let (place, _) = entry?;
        let (end, what, key) = place.value();
        let (id, digest) = (Id::try_from(key), Key::try_from(key));
        let (kind, name, bytes) = match (Ending::named(what), id, digest) {
            (Some(Ending::Session), Ok(id), _) => {
                let kept = sessions.get(id)?.map_or(0, |kept| kept.value().2.len());
                (LeftoverKind::Session, named(id), kept)
            }
            (Some(Ending::Job), Ok(id), _) => {
                let kept = jobs.get(id)?.map_or(0, |kept| kept.value().6.len());
                (LeftoverKind::Job, named(id), kept)
            }
            (Some(Ending::Takes), _, Ok(digest)) => {
                let kept = takes.get(digest)?.map_or(0, |kept| kept.value().1.len());
                (LeftoverKind::Quota, Name::Digest(digest), kept)
            }
            (Some(Ending::Seen), _, Ok(digest)) => {
                let kept = seen.get(digest)?.map_or(0, |_| 1);
                (LeftoverKind::Message, Name::Digest(digest), kept)
            }
            _ => continue,
        };
        found.extend(leftover(kind, name, end, bytes));
    }
    Ok(found)
}

fn queued_for_nobody(view: &ReadTransaction, now: Timestamp) -> Result<Vec<Leftover>, Fault> {
    let jobs = view.open_table(JOBS)?;
    let mut found = Vec::new();
    for entry in view.open_table(QUEUE)?.iter()? {
        let (key, row) = entry?;
        let (key, (due, ..)) = (key.value(), row.value());
        if due <= moment(now) && !sessions::lives(&jobs, key, now)? {
            found.extend(leftover(LeftoverKind::QueueEntry, named(key), due, 0));
        }
    }
    Ok(found)
}

fn old_letters(
    view: &ReadTransaction,
    retention: &Retention,
    now: Timestamp,
) -> Result<Vec<Leftover>, Fault> {
    let mut found = Vec::new();
    for entry in view.open_table(DEAD)?.iter()? {
        let (_, letter) = entry?;
        let (key, at, reason) = letter.value();
        if is_old(at, retention, now) {
            found.extend(leftover(LeftoverKind::DeadLetter, named(key), at, reason.len()));
        }
    }
    Ok(found)
}

fn named(id: Id) -> Name {
    Name::Id(Uuid::from_bytes(id))
}

/// Nothing of ours has a time that is none.
fn leftover(kind: LeftoverKind, name: Name, since: Moment, bytes: usize) -> Option<Leftover> {
    Some(Leftover {
        kind,
        name: LeftoverName(name),
        since: timestamp(since)?,
        bytes: bytes as u64,
    })
}

fn is_old(at: Moment, retention: &Retention, now: Timestamp) -> bool {
    timestamp(at).is_some_and(|at| later(at, retention.ended) <= now)
}

fn forget(
    tables: &mut Tables<'_>,
    leftover: &Leftover,
    retention: &Retention,
    now: Timestamp,
) -> Result<bool, Fault> {
    let key = leftover.name.0.bytes();
    match (leftover.kind, Id::try_from(key)) {
        (LeftoverKind::Session, _) => forget_expired(tables, Ending::Session, leftover, now),
        (LeftoverKind::Job, _) => forget_expired(tables, Ending::Job, leftover, now),
        (LeftoverKind::Quota, _) => forget_expired(tables, Ending::Takes, leftover, now),
        (LeftoverKind::Message, _) => forget_expired(tables, Ending::Seen, leftover, now),
        (LeftoverKind::QueueEntry, Ok(id)) => forget_entry(tables, id, now),
        (LeftoverKind::DeadLetter, Ok(id)) => forget_letter(tables, id, retention, now),
        // Another store's.
        _ => Ok(true),
    }
}

/// The transaction itself has forgotten the oldest, and this may be one of them.
fn forget_expired(
    tables: &mut Tables<'_>,
    what: Ending,
    leftover: &Leftover,
    now: Timestamp,
) -> Result<bool, Fault> {
    let (end, key) = (moment(leftover.since), leftover.name.0.bytes());
    let is_over = end <= moment(now) && tables.ends.remove((end, what as u8, key))?.is_some();
    match is_over {
        true => expiry::forget(tables, what as u8, key).map(|()| true),
        false => expiry::holds(tables, what, key).map(|held| !held),
    }
}

fn forget_entry(tables: &mut Tables<'_>, key: Id, now: Timestamp) -> Result<bool, Fault> {
    let due = tables.queue.get(key)?.map(|row| row.value().0);
    match due {
        None => Ok(true),
        Some(due) if due > moment(now) || sessions::lives(&tables.jobs, key, now)? => Ok(false),
        Some(_) => queue::remove(tables, job_id(key)).map(|()| true),
    }
}

fn forget_letter(
    tables: &mut Tables<'_>,
    key: Id,
    retention: &Retention,
    now: Timestamp,
) -> Result<bool, Fault> {
    let Some(number) = tables.dead_by_job.get(key)?.map(|number| number.value()) else {
        return Ok(true);
    };
    let at = tables.dead.get(number)?.map(|letter| letter.value().1);
    if at.is_some_and(|at| !is_old(at, retention, now)) {
        return Ok(false);
    }
    tables.dead_by_job.remove(key)?;
    tables.dead.remove(number)?;
    Ok(true)
}

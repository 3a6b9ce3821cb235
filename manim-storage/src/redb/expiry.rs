//! Forgets what has ended. Nobody sees it any more; this gives its room back.

use manim_core::Timestamp;
use redb::ReadableTable;

use super::fault::Fault;
use super::sessions;
use super::table::{Ending, Id, Key, Moment, Tables, moment};

/// Records forgotten with one transaction, so that no write waits long for it.
const AT_ONCE: usize = 64;

pub(super) fn sweep(tables: &mut Tables<'_>, now: Timestamp) -> Result<(), Fault> {
    let due = tables.ends.range(..after(now))?.take(AT_ONCE);
    let due = due.map(|entry| {
        let (place, _) = entry?;
        let (end, what, key) = place.value();
        Ok((end, what, key.to_vec()))
    });
    let due = due.collect::<Result<Vec<_>, redb::StorageError>>()?;
    for (end, what, key) in due {
        tables.ends.remove((end, what, key.as_slice()))?;
        forget(tables, what, &key)?;
    }
    Ok(())
}

/// Behind all that is over in [`ENDS`](super::table::ENDS).
pub(super) fn after(now: Timestamp) -> (Moment, u8, &'static [u8]) {
    (moment(now), u8::MAX, &[])
}

pub(super) fn forget(tables: &mut Tables<'_>, what: u8, key: &[u8]) -> Result<(), Fault> {
    let (id, scoped) = (Id::try_from(key), Key::try_from(key));
    match (Ending::named(what), id, scoped) {
        (Some(Ending::Session), Ok(id), _) => drop(tables.sessions.remove(id)?),
        (Some(Ending::Job), Ok(id), _) => sessions::forget_job(tables, id)?,
        (Some(Ending::Takes), _, Ok(key)) => drop(tables.takes.remove(key)?),
        (Some(Ending::Seen), _, Ok(key)) => drop(tables.seen.remove(key)?),
        // Nothing of ours has such a name: there is nothing to forget.
        _ => {}
    }
    Ok(())
}

/// Whether a record is there, with whatever end.
pub(super) fn holds(tables: &Tables<'_>, what: Ending, key: &[u8]) -> Result<bool, Fault> {
    Ok(match (what, Id::try_from(key), Key::try_from(key)) {
        (Ending::Session, Ok(id), _) => tables.sessions.get(id)?.is_some(),
        (Ending::Job, Ok(id), _) => tables.jobs.get(id)?.is_some(),
        (Ending::Takes, _, Ok(key)) => tables.takes.get(key)?.is_some(),
        (Ending::Seen, _, Ok(key)) => tables.seen.get(key)?.is_some(),
        _ => false,
    })
}

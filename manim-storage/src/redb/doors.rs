//! What guards the doors: quotas, and messages that may come twice.

use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    Acceptance, Admission, Inbox, Quota, RateLimiter, ScopedKey, StoreError, StoreErrorKind, Takes,
    Timestamp, later,
};
use redb::ReadableTable;

use super::RedbStore;
use super::fault::Fault;
use super::table::{Ending, Key, Moment, Tables, moment, scoped};
use super::writer::Promise;

#[async_trait]
impl RateLimiter for RedbStore {
    async fn take(&self, key: &ScopedKey, quota: Quota) -> Result<Admission, StoreError> {
        let name = scoped(key);
        let taken = self.write(
            "take from the quota of",
            key,
            Promise::Durable,
            move |tables, context| take(tables, name, quota, context.now),
        );
        taken.await
    }
}

#[async_trait]
impl Inbox for RedbStore {
    /// A crash that undoes a claim ends its receiver too: the message is then accepted again.
    async fn accept(&self, key: &ScopedKey, hold: Duration) -> Result<Acceptance, StoreError> {
        let name = scoped(key);
        let accepted = self.write("accept message", key, Promise::Visible, move |tables, context| {
            accept(tables, name, hold, context.now)
        });
        accepted.await
    }

    async fn finish(&self, key: &ScopedKey, keep: Duration) -> Result<(), StoreError> {
        let name = scoped(key);
        let finished = self.write("finish message", key, Promise::Durable, move |tables, context| {
            see(tables, name, true, moment(later(context.now, keep)))
        });
        finished.await
    }
}

fn take(tables: &mut Tables<'_>, key: Key, quota: Quota, now: Timestamp) -> Result<Admission, Fault> {
    let kept = tables.takes.get(key)?.map(|kept| {
        let (end, text) = kept.value();
        (end, text.to_vec())
    });
    let mut takes = match &kept {
        Some((end, text)) if *end > moment(now) => decoded(text)?,
        _ => Takes::default(),
    };
    let before = takes.clone();
    let admission = takes.admit(quota, now);
    if let Some(end) = takes.end(quota).filter(|_| takes != before) {
        let text = serde_json::to_vec(&takes).map_err(damaged)?;
        let end = moment(end);
        tables.put_off(Ending::Takes, &key, kept.map(|(end, _)| end), end)?;
        tables.takes.insert(key, (end, text.as_slice()))?;
    }
    Ok(admission)
}

fn decoded(text: &[u8]) -> Result<Takes, Fault> {
    serde_json::from_slice(text).map_err(damaged)
}

fn damaged(source: serde_json::Error) -> Fault {
    let error = StoreError::new(StoreErrorKind::Corrupt, "read", "a quota's takes");
    Fault::Store(error.with_source(source))
}

fn accept(tables: &mut Tables<'_>, key: Key, hold: Duration, now: Timestamp) -> Result<Acceptance, Fault> {
    let kept = tables.seen.get(key)?.map(|kept| kept.value());
    match kept.filter(|(_, end)| *end > moment(now)) {
        Some((true, _)) => Ok(Acceptance::Done),
        Some((false, _)) => Ok(Acceptance::UnderWay),
        None => {
            see(tables, key, false, moment(later(now, hold)))?;
            Ok(Acceptance::First)
        }
    }
}

fn see(tables: &mut Tables<'_>, key: Key, finished: bool, end: Moment) -> Result<(), Fault> {
    let old = tables.seen.get(key)?.map(|kept| kept.value().1);
    tables.put_off(Ending::Seen, &key, old, end)?;
    tables.seen.insert(key, (finished, end))?;
    Ok(())
}

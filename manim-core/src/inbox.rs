//! Messages that may come twice: the contract of everything that remembers which were seen.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::id::ScopedKey;
use crate::session::StoreError;

/// Makes a receiver idempotent: of a message that comes more than once (an update of a chat
/// service, a callback, a retried request), one copy is worked on at a time, and none after
/// one was finished.
///
/// A receiver accepts, works, finishes. If it dies between, the message is accepted again, at
/// the latest once `hold` is over, so nothing is lost; what the work does must bear that rare
/// repeat. A claim need not outlive a crash of the store, a finish must.
///
/// # Contract
/// 1. The first `accept` of a key is [`Acceptance::First`]; of rivals, through any handles of
///    the same store, exactly one gets it.
/// 2. Until `hold` is over, a further `accept` is [`Acceptance::UnderWay`]; after that it is
///    `First` again.
/// 3. After `finish`, `accept` is [`Acceptance::Done`] until `keep` is over; then the key is
///    forgotten.
/// 4. `finish` holds whoever accepted, and also if nobody did.
/// 5. Keys do not touch each other.
///
/// # Cancellation
/// A dropped call has happened wholly or not at all.
///
/// # Errors
/// [`StoreErrorKind`](crate::StoreErrorKind).
#[async_trait]
pub trait Inbox: fmt::Debug + Send + Sync + 'static {
    /// Claims the message for `hold`.
    async fn accept(&self, key: &ScopedKey, hold: Duration) -> Result<Acceptance, StoreError>;

    /// Remembers for `keep` that the message was worked on.
    async fn finish(&self, key: &ScopedKey, keep: Duration) -> Result<(), StoreError>;
}

/// What to do with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Work on it, then `finish`.
    First,
    /// Somebody works on it: have it sent again later.
    UnderWay,
    /// It was worked on: nothing is left to do.
    Done,
}

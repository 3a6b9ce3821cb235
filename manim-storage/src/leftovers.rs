//! What a store still holds though nobody needs it any more: told first, then removed one by one.
//!
//! A service that runs forgets most of it by itself. This is for the time when none does, for
//! what is never forgotten otherwise, and for people who want to see it before it goes.

use std::fmt;

use async_trait::async_trait;
use manim_core::{StoreError, Timestamp};
use uuid::Uuid;

/// Tells what nobody needs any more, and forgets it.
///
/// # Contract
/// 1. `leftovers` lists what is over, each once, and changes nothing: records past their time,
///    queue entries that are due and whose job has no record, dead letters as old as the record
///    of an ended job may become, uploads that were broken off a day ago.
/// 2. `forget` removes what was listed: `true` once it is not there, also if somebody else has
///    removed it before.
/// 3. `forget` leaves what is needed again since it was listed, and is `false`.
///
/// Other processes may use the store meanwhile.
///
/// # Cancellation
/// A dropped `forget` has happened wholly or not at all.
///
/// # Errors
/// [`StoreErrorKind`](manim_core::StoreErrorKind).
#[async_trait]
pub trait Leftovers: fmt::Debug + Send + Sync + 'static {
    /// What is over, in no order.
    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError>;

    /// Removes one of them; `false` if it is needed again.
    async fn forget(&self, leftover: &Leftover) -> Result<bool, StoreError>;
}

/// Something that nobody needs any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// What it is.
    pub kind: LeftoverKind,
    /// Which one.
    pub name: LeftoverName,
    /// When its time was over; of a queue entry, when its job was due; of a dead letter, when the
    /// job was given up; of an upload, when something last came.
    pub since: Timestamp,
    /// The bytes of its content. What an engine needs beside that is not counted.
    pub bytes: u64,
}

/// What is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LeftoverKind {
    /// A session past its time.
    Session,
    /// A job's record past its time.
    Job,
    /// A quota that nobody has taken from for so long that it is whole again.
    Quota,
    /// A message whose repeats are not expected any more.
    Message,
    /// A place in the queue for a job without a record.
    QueueEntry,
    /// A job that was given up so long ago that its record is gone.
    DeadLetter,
    /// An upload that was broken off.
    Upload,
}

/// The name of a leftover, as its store knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeftoverName(pub(crate) Name);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    not(any(feature = "redb", feature = "postgres")),
    expect(dead_code, reason = "no engine keeps records in this build")
)]
pub(crate) enum Name {
    /// A job or a session.
    Id(Uuid),
    /// What a quota or a message is known by.
    Digest([u8; 32]),
    File(String),
}

#[cfg(any(feature = "redb", feature = "postgres"))]
impl Name {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Id(id) => id.as_bytes(),
            Self::Digest(digest) => digest,
            Self::File(name) => name.as_bytes(),
        }
    }
}

impl fmt::Display for LeftoverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Name::Id(id) => id.fmt(f),
            Name::Digest(digest) => digest.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Name::File(name) => f.write_str(name),
        }
    }
}

impl fmt::Display for LeftoverKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Session => "session",
            Self::Job => "job",
            Self::Quota => "quota",
            Self::Message => "message",
            Self::QueueEntry => "queue entry",
            Self::DeadLetter => "dead letter",
            Self::Upload => "upload",
        })
    }
}

impl fmt::Display for Leftover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}

//! Names of things. Each parses once and is proven from then on.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// A text that is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a valid {1}")]
pub struct InvalidId(String, &'static str);

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh identifier (UUIDv7: sorts by creation time).
            #[expect(clippy::new_without_default, reason = "a default identifier would not be the same twice")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The identifier with exactly these bits, for storage adapters and for
            /// identifiers derived from something else.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The bits.
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text)
                    .map(Self)
                    .map_err(|_| InvalidId(clip(text), $what))
            }
        }
    };
}

uuid_id!(
    /// One person's anonymous series of jobs.
    SessionId, "session id"
);
uuid_id!(
    /// One problem on its way to one film.
    JobId, "job id"
);

/// Counts the writes of one record; a save names the revision it read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision of a record's first save.
    pub const FIRST: Self = Self(1);

    /// The revision that the next save gets.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A name that comes from outside (a chat's user, an address, a message's number), as the
/// SHA-256 of it and its scope: of one size whatever was sent, and nobody's name at rest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopedKey([u8; 32]);

impl ScopedKey {
    /// The key of `name` among the names of `scope`, for example `"telegram update"`.
    pub fn new(scope: &str, name: &str) -> Self {
        let digest = Sha256::new()
            .chain_update((scope.len() as u64).to_le_bytes())
            .chain_update(scope)
            .chain_update(name)
            .finalize();
        Self(digest.into())
    }

    /// The bytes, for storage adapters.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ScopedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ScopedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Where a blob lives: `/`-separated segments of `[A-Za-z0-9._-]`, at most 255 bytes,
/// no empty, `.` or `..` segment, so that no backend can be walked out of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobKey(String);

impl BlobKey {
    const MAX_BYTES: usize = 255;

    /// Proves `text`.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidId> {
        let text = text.into();
        let proven = text.len() <= Self::MAX_BYTES && text.split('/').all(is_segment);
        if proven {
            Ok(Self(text))
        } else {
            Err(InvalidId(clip(&text), "blob key"))
        }
    }

    /// The key as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the segments of `prefix` lead to this key, and the key has more of them.
    pub fn is_below(&self, prefix: &Self) -> bool {
        let rest = self.0.strip_prefix(&prefix.0);
        rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

fn is_segment(segment: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BlobKey {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

impl From<BlobKey> for String {
    fn from(key: BlobKey) -> Self {
        key.0
    }
}

impl FromStr for BlobKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::parse(text)
    }
}

fn clip(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_print() {
        let id = JobId::new();
        assert_eq!(id.to_string().parse::<JobId>(), Ok(id));
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let (first, second) = (JobId::new(), JobId::new());
        assert!(first < second);
    }

    #[test]
    fn a_scope_does_not_run_into_its_name() {
        assert_ne!(ScopedKey::new("ab", "c"), ScopedKey::new("a", "bc"));
        assert_eq!(ScopedKey::new("a", "b").to_string().len(), 64);
    }

    #[test]
    fn a_key_cannot_leave_its_store() {
        for text in [
            "", "/", "a//b", "../a", "a/../b", "a/.", "a\\b", "ä", "a b", "/a", "a/",
        ] {
            assert!(BlobKey::parse(text).is_err(), "{text:?} was accepted");
        }
        assert!(BlobKey::parse("a".repeat(256)).is_err());
    }

    #[test]
    fn a_plain_key_is_kept_as_written() {
        let key = BlobKey::parse("films/0a1b.mp4").unwrap();
        assert_eq!(key.as_str(), "films/0a1b.mp4");
    }

    #[test]
    fn a_hostile_key_is_refused_by_serde_too() {
        assert!(serde_json::from_str::<BlobKey>("\"../x\"").is_err());
    }
}

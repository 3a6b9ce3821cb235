//! Films and pictures at rest: the contract of everything that keeps them.

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::film::{Content, collect};
use crate::id::BlobKey;
use crate::session::{StoreError, StoreErrorKind};

/// Keeps blobs under keys.
///
/// # Contract
/// 1. `put` stores all of the content or nothing; a reader never sees a part. Content that
///    cannot be read, or is not as long as it says, is `Invalid`.
/// 2. `put` of a key that exists is `AlreadyExists` and changes nothing: keys are content
///    addresses, so the first one wins. A key below another key may be refused as `Invalid`.
/// 3. `get` yields exactly the bytes put, or those of the range asked, in order; a range past
///    the end is `Invalid`.
/// 4. `head` and `list` tell the size and the media type that were put, and when. The media
///    type is the one that the key's extension says ([`BlobMeta::of`]); a put that says
///    otherwise is `Invalid`, so that no backend needs to keep it beside the bytes.
/// 5. `delete` of a missing key succeeds: the wish is fulfilled.
/// 6. A missing key is `NotFound` for `get`, and `None` for `head`.
/// 7. `list` yields every blob below the prefix (whole segments), each once, in any order.
/// 8. `sign` grants exactly one method on exactly one key until the time is over, or is
///    `Unsupported` where [`capabilities`](BlobStore::capabilities) says so.
///
/// # Cancellation
/// A `put` that is dropped before it has read its content leaves nothing; one dropped later has
/// happened wholly or not at all.
///
/// # Errors
/// [`StoreErrorKind`].
#[async_trait]
pub trait BlobStore: fmt::Debug + Send + Sync + 'static {
    /// What this backend can do beyond the required.
    fn capabilities(&self) -> BlobCapabilities;

    /// Stores `content`, streamed.
    async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError>;

    /// The blob, or a part of it, streamed.
    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, StoreError>;

    /// What is known of a blob.
    async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError>;

    /// Removes a blob.
    async fn delete(&self, key: &BlobKey) -> Result<(), StoreError>;

    /// All blobs below `prefix` (`None`: all).
    async fn list(&self, prefix: Option<&BlobKey>) -> Result<Vec<BlobInfo>, StoreError>;

    /// An address that lets its holder do `method` on `key` for `ttl`.
    async fn sign(&self, key: &BlobKey, method: SignedMethod, ttl: Duration) -> Result<String, StoreError>;
}

/// What a backend can do beyond the required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlobCapabilities {
    /// Makes addresses for reading.
    pub signed_get: bool,
    /// Makes addresses for writing.
    pub signed_put: bool,
}

/// What a signed address allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignedMethod {
    /// Reading.
    Get,
    /// Writing.
    Put,
}

/// What is kept with a blob.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct BlobMeta {
    /// Media type, for example `video/mp4`.
    pub media_type: String,
}

impl BlobMeta {
    /// Metadata of a blob with this media type.
    pub fn new(media_type: impl Into<String>) -> Self {
        Self {
            media_type: media_type.into(),
        }
    }

    /// What the extension of `key` says: the media type of the kinds of file that we keep,
    /// `application/octet-stream` for all others.
    pub fn of(key: &BlobKey) -> Self {
        let extension = key
            .as_str()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension);
        Self::new(match extension {
            "mp4" => "video/mp4",
            "webm" => "video/webm",
            "png" => "image/png",
            "json" => "application/json",
            "py" => "text/x-python",
            "txt" => "text/plain",
            _ => "application/octet-stream",
        })
    }
}

/// What is known of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobInfo {
    /// Where it is.
    pub key: BlobKey,
    /// Size in bytes.
    pub bytes: u64,
    /// When it was put.
    pub created_at: Timestamp,
    /// What was kept with it.
    pub meta: BlobMeta,
}

/// A blob being read.
pub struct Blob {
    /// What is known of it (of the whole blob, also when a part was asked).
    pub info: BlobInfo,
    /// Its bytes.
    pub stream: BoxStream<'static, Result<Bytes, StoreError>>,
}

impl Blob {
    /// All bytes at once. For small blobs and tests.
    pub async fn bytes(self) -> Result<Bytes, StoreError> {
        collect(self.stream).await
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blob")
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// Proves that `range` lies within `len` bytes; `None` is all of them.
pub fn checked_range(key: &BlobKey, range: Option<Range<u64>>, len: u64) -> Result<Range<u64>, StoreError> {
    let range = range.unwrap_or(0..len);
    if range.start <= range.end && range.end <= len {
        return Ok(range);
    }
    let subject = format!("{key} bytes {}..{} of {len}", range.start, range.end);
    Err(StoreError::new(StoreErrorKind::Invalid, "read", subject))
}

/// Proves that `meta` says of `key` what its extension says.
pub fn checked_meta(key: &BlobKey, meta: &BlobMeta) -> Result<(), StoreError> {
    if *meta == BlobMeta::of(key) {
        return Ok(());
    }
    let subject = format!("{key} as {:?}", meta.media_type);
    Err(StoreError::new(StoreErrorKind::Invalid, "put", subject))
}

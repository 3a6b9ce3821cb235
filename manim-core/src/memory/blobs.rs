//! Blobs in this process. A blob put is held whole: fine for tests and one film at a time.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, StreamExt};

use super::locked;
use crate::blob::{
    Blob, BlobCapabilities, BlobInfo, BlobMeta, BlobStore, SignedMethod, checked_meta, checked_range,
};
use crate::clock::{Clock, SystemClock};
use crate::film::Content;
use crate::id::BlobKey;
use crate::session::{StoreError, StoreErrorKind};

/// Keeps blobs in memory: the reference [`BlobStore`]. Makes no signed addresses.
#[derive(Debug)]
pub struct MemoryBlobs {
    clock: Arc<dyn Clock>,
    blobs: Mutex<BTreeMap<BlobKey, (BlobInfo, Bytes)>>,
}

/// Pieces that a blob is read in, like those of a disk or a network.
const PIECE_BYTES: usize = 64 * 1024;

impl Default for MemoryBlobs {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryBlobs {
    /// An empty store on the machine's clock.
    pub fn new() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            blobs: Mutex::default(),
        }
    }

    /// The same store on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn insert(&self, key: &BlobKey, bytes: Bytes, meta: BlobMeta) -> Result<(), StoreError> {
        let info = BlobInfo {
            key: key.clone(),
            bytes: bytes.len() as u64,
            created_at: self.clock.now(),
            meta,
        };
        match locked(&self.blobs).entry(key.clone()) {
            Entry::Vacant(free) => {
                free.insert((info, bytes));
                Ok(())
            }
            Entry::Occupied(_) => Err(StoreError::new(
                StoreErrorKind::AlreadyExists,
                "put",
                key.as_str(),
            )),
        }
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    fn capabilities(&self) -> BlobCapabilities {
        BlobCapabilities::default()
    }

    async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError> {
        checked_meta(key, &meta)?;
        self.insert(key, whole(key, &content).await?, meta)
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, StoreError> {
        let found = locked(&self.blobs).get(key).cloned();
        let (info, bytes) =
            found.ok_or_else(|| StoreError::new(StoreErrorKind::NotFound, "get", key.as_str()))?;
        let range = checked_range(key, range, info.bytes)?;
        let wanted = bytes.slice(range.start as usize..range.end as usize);
        Ok(Blob {
            info,
            stream: stream::iter(pieces(wanted)).map(Ok).boxed(),
        })
    }

    async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError> {
        Ok(locked(&self.blobs).get(key).map(|(info, _)| info.clone()))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), StoreError> {
        locked(&self.blobs).remove(key);
        Ok(())
    }

    async fn list(&self, prefix: Option<&BlobKey>) -> Result<Vec<BlobInfo>, StoreError> {
        let blobs = locked(&self.blobs);
        let listed = blobs
            .values()
            .filter(|(info, _)| prefix.is_none_or(|prefix| info.key.is_below(prefix)));
        Ok(listed.map(|(info, _)| info.clone()).collect())
    }

    async fn sign(&self, key: &BlobKey, _: SignedMethod, _: Duration) -> Result<String, StoreError> {
        Err(StoreError::new(StoreErrorKind::Unsupported, "sign", key.as_str()))
    }
}

async fn whole(key: &BlobKey, content: &Content) -> Result<Bytes, StoreError> {
    let refuse = |subject| StoreError::new(StoreErrorKind::Invalid, "put", subject);
    let bytes = content
        .bytes()
        .await
        .map_err(|source| refuse(key.to_string()).with_source(source))?;
    match (bytes.len() as u64, content.len()) {
        (read, said) if read != said => Err(refuse(format!("{key} ({read} bytes of {said})"))),
        _ => Ok(bytes),
    }
}

fn pieces(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let next = bytes.split_to(bytes.len().min(PIECE_BYTES));
        (!next.is_empty()).then_some(next)
    })
}

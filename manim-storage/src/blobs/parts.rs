//! Content cut into parts of one size, one in memory at a time.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream::BoxStream;
use manim_core::{BlobKey, Content, StoreError, StoreErrorKind};

/// S3 takes no smaller part, and R2 wants all but the last of one size.
pub(super) const PART_BYTES: usize = 5 * 1024 * 1024;

pub(super) struct Parts<'a> {
    key: &'a BlobKey,
    pieces: BoxStream<'static, std::io::Result<Bytes>>,
    piece: Bytes,
    waiting: BytesMut,
    read: u64,
    len: u64,
}

impl<'a> Parts<'a> {
    pub(super) fn of(key: &'a BlobKey, content: &Content) -> Self {
        Self {
            key,
            pieces: content.stream(),
            piece: Bytes::new(),
            waiting: BytesMut::new(),
            read: 0,
            len: content.len(),
        }
    }

    /// The next part. Content that breaks, or is not as long as it says, ends with `Invalid`.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            if self.piece.is_empty() && !self.read_on().await? {
                return self.last();
            }
            // What is in memory as a whole is not copied.
            if self.waiting.is_empty() && self.piece.len() >= PART_BYTES {
                return Ok(Some(self.piece.split_to(PART_BYTES)));
            }
            self.waiting
                .reserve(self.part_bytes().saturating_sub(self.waiting.len()));
            let room = PART_BYTES - self.waiting.len();
            let taken = self.piece.split_to(room.min(self.piece.len()));
            self.waiting.extend_from_slice(&taken);
            if self.waiting.len() == PART_BYTES {
                return Ok(Some(self.waiting.split().freeze()));
            }
        }
    }

    /// Whether there was another piece.
    async fn read_on(&mut self) -> Result<bool, StoreError> {
        let Some(piece) = self.pieces.next().await else {
            return Ok(false);
        };
        self.piece = piece.map_err(|cause| invalid(self.key.to_string()).with_source(cause))?;
        self.read += self.piece.len() as u64;
        match self.read > self.len {
            true => Err(self.of_another_length()),
            false => Ok(true),
        }
    }

    /// Room for a part, or for all of something small.
    fn part_bytes(&self) -> usize {
        usize::try_from(self.len).map_or(PART_BYTES, |len| len.min(PART_BYTES))
    }

    fn last(&mut self) -> Result<Option<Bytes>, StoreError> {
        if self.read != self.len {
            return Err(self.of_another_length());
        }
        let rest = self.waiting.split().freeze();
        Ok((!rest.is_empty()).then_some(rest))
    }

    fn of_another_length(&self) -> StoreError {
        invalid(format!("{} ({} bytes of {})", self.key, self.read, self.len))
    }
}

pub(super) fn invalid(subject: String) -> StoreError {
    StoreError::new(StoreErrorKind::Invalid, "put", subject)
}

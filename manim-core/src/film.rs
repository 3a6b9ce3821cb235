//! What comes out of a renderer: the video, its pictures and what is known of them.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use serde::{Deserialize, Serialize};

use crate::id::BlobKey;
use crate::scene::Format;

/// How strongly the scene was kept apart from the machine while it ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Isolation {
    /// Resource limits, timeouts and a process group. No boundary: run only code you trust.
    L1,
    /// Adds no_new_privs, Landlock and seccomp.
    L2,
    /// Adds namespaces and a root of its own.
    L3,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What is known of a film without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmInfo {
    /// Container and codec.
    pub format: Format,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Frames per second.
    pub frame_rate: u32,
    /// Frames in the film.
    pub frames: u64,
    /// Frames that differ from the one before them: what was really drawn.
    pub distinct_frames: u64,
    /// Animations played (calls of `play` and `wait`).
    pub plays: u32,
    /// Size of the video in bytes.
    pub bytes: u64,
    /// Wall time of the render, in milliseconds.
    pub wall_ms: u64,
    /// How the scene was isolated while it ran.
    pub isolation: Isolation,
}

impl FilmInfo {
    /// Length of the film in seconds.
    pub fn duration_s(&self) -> f64 {
        self.frames as f64 / f64::from(self.frame_rate.max(1))
    }
}

/// A film in the blob store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFilm {
    /// What is known of it.
    pub info: FilmInfo,
    /// Where the video is.
    pub video: BlobKey,
    /// Where the poster (PNG) is.
    pub poster: BlobKey,
    /// Where the storyboard (PNG) is.
    pub storyboard: BlobKey,
}

/// Bytes that can be read more than once, wherever they are kept.
///
/// # Contract
/// 1. `len` never changes.
/// 2. `read` yields exactly the bytes of `range`, in order, in pieces of bounded size;
///    a range past the end is an error of kind `InvalidInput`.
/// 3. Reads are independent: two may run at the same time.
/// 4. What it holds (memory, a file) is released with the last clone of its [`Content`].
pub trait ContentSource: fmt::Debug + Send + Sync + 'static {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of `range`.
    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>>;
}

impl ContentSource for Bytes {
    fn len(&self) -> u64 {
        Self::len(self) as u64
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let piece = if range.start <= range.end && range.end <= ContentSource::len(self) {
            Ok(self.slice(range.start as usize..range.end as usize))
        } else {
            Err(io::ErrorKind::InvalidInput.into())
        };
        stream::iter([piece]).boxed()
    }
}

/// A shared [`ContentSource`]; cheap to clone.
#[derive(Debug, Clone)]
pub struct Content(Arc<dyn ContentSource>);

impl Content {
    /// Content kept by `source`.
    pub fn new(source: impl ContentSource) -> Self {
        Self(Arc::new(source))
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All bytes, in pieces of bounded size.
    pub fn stream(&self) -> BoxStream<'static, io::Result<Bytes>> {
        self.0.read(0..self.len())
    }

    /// The bytes of `range`.
    pub fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        self.0.read(range)
    }

    /// All bytes at once. For small contents and tests.
    pub async fn bytes(&self) -> io::Result<Bytes> {
        collect(self.stream()).await
    }
}

/// Joins the pieces of a stream.
pub(crate) async fn collect<E>(mut pieces: BoxStream<'static, Result<Bytes, E>>) -> Result<Bytes, E> {
    let mut whole = Vec::new();
    while let Some(piece) = pieces.next().await {
        whole.extend_from_slice(&piece?);
    }
    Ok(whole.into())
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::new(bytes)
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(Bytes::from(bytes))
    }
}

/// A finished film.
#[derive(Debug, Clone)]
pub struct Film {
    /// What is known of it.
    pub info: FilmInfo,
    /// The encoded video.
    pub video: Content,
    /// PNG of the frame that stands for the film.
    pub poster: Bytes,
    /// PNG contact sheet: one frame per animation.
    pub storyboard: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(range: Range<u64>) -> io::Result<Bytes> {
        collect(Content::from(b"0123456789".to_vec()).read(range)).await
    }

    #[tokio::test]
    async fn a_range_yields_exactly_its_bytes() {
        assert_eq!(read(2..5).await.unwrap().as_ref(), b"234");
        assert!(read(4..4).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_range_past_the_end_is_an_error() {
        assert_eq!(read(5..11).await.unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn levels_are_ordered_by_strength() {
        assert!(Isolation::L1 < Isolation::L2 && Isolation::L2 < Isolation::L3);
    }
}

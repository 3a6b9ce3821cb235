//! A film on disk that has no name: it is gone with its last reader, whatever happens.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use manim_core::ContentSource;

/// Large enough that a film is a few hundred reads, small enough to hold many at once.
const PIECE_BYTES: u64 = 256 * 1024;

/// The bytes of an open file.
#[derive(Debug)]
pub(crate) struct FileContent {
    file: Arc<File>,
    len: u64,
}

impl FileContent {
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self {
            file: Arc::new(file),
            len,
        })
    }
}

impl ContentSource for FileContent {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        if range.start > range.end || range.end > self.len {
            return stream::iter([Err(io::ErrorKind::InvalidInput.into())]).boxed();
        }
        let file = Arc::clone(&self.file);
        stream::try_unfold(range, move |left| next_piece(Arc::clone(&file), left)).boxed()
    }
}

async fn next_piece(file: Arc<File>, left: Range<u64>) -> io::Result<Option<(Bytes, Range<u64>)>> {
    if left.is_empty() {
        return Ok(None);
    }
    let end = left.end.min(left.start + PIECE_BYTES);
    let start = left.start;
    let reading = tokio::task::spawn_blocking(move || {
        let mut piece = vec![0; (end - start) as usize];
        file.read_exact_at(&mut piece, start).map(|()| piece)
    });
    let piece = reading.await.map_err(io::Error::other)??;
    Ok(Some((piece.into(), end..left.end)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn content(bytes: &[u8]) -> FileContent {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        FileContent::new(file).unwrap()
    }

    async fn read(content: &FileContent, range: Range<u64>) -> io::Result<(usize, Vec<u8>)> {
        let pieces: Vec<_> = content.read(range).collect().await;
        let pieces = pieces.into_iter().collect::<io::Result<Vec<Bytes>>>()?;
        Ok((pieces.len(), pieces.concat()))
    }

    #[tokio::test]
    async fn a_range_comes_in_bounded_pieces_and_in_order() {
        let bytes: Vec<u8> = (0..PIECE_BYTES * 2 + 10).map(|n| (n % 251) as u8).collect();
        let content = content(&bytes);
        assert_eq!(
            read(&content, 3..content.len()).await.unwrap(),
            (3, bytes[3..].to_vec())
        );
    }

    #[tokio::test]
    async fn a_range_past_the_end_is_an_error() {
        let content = content(b"0123456789");
        assert_eq!(read(&content, 4..4).await.unwrap(), (0, vec![]));
        assert_eq!(
            read(&content, 0..11).await.unwrap_err().kind(),
            io::ErrorKind::InvalidInput
        );
    }
}

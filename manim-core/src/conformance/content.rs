//! Contents that behave badly, or wait until they are told to go on.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::Notify;

use crate::film::{Content, ContentSource};

/// Larger than any buffer that a backend may fill before it writes.
const PIECE: Bytes = Bytes::from_static(&[7; 64 * 1024]);
const PIECES: usize = 192;

/// Says one length and yields another.
#[derive(Debug)]
pub(super) struct Misleading {
    pub(super) said: u64,
    pub(super) bytes: Bytes,
}

impl ContentSource for Misleading {
    fn len(&self) -> u64 {
        self.said
    }

    fn read(&self, _: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        stream::iter([Ok(self.bytes.clone())]).boxed()
    }
}

/// Breaks when nearly all of it has been read.
#[derive(Debug)]
pub(super) struct Breaking;

impl ContentSource for Breaking {
    fn len(&self) -> u64 {
        length()
    }

    fn read(&self, _: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let end = stream::iter([Err(io::Error::other("the film's file is gone"))]);
        most().chain(end).boxed()
    }
}

/// Stops before its last piece until the gate opens.
#[derive(Debug, Clone, Default)]
pub(super) struct Gated {
    reached: Arc<Notify>,
    open: Arc<Notify>,
}

impl Gated {
    pub(super) fn content(&self) -> Content {
        Content::new(self.clone())
    }

    /// Waits until a reader stands at the gate.
    pub(super) async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets one reader through.
    pub(super) fn open(&self) {
        self.open.notify_one();
    }
}

impl ContentSource for Gated {
    fn len(&self) -> u64 {
        length()
    }

    fn read(&self, _: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let gate = self.clone();
        let end = stream::once(async move {
            gate.reached.notify_one();
            gate.open.notified().await;
            Ok(PIECE)
        });
        most().chain(end).boxed()
    }
}

fn length() -> u64 {
    (PIECE.len() * PIECES) as u64
}

fn most() -> impl futures::Stream<Item = io::Result<Bytes>> + Send {
    stream::iter(std::iter::repeat_n(PIECE, PIECES - 1).map(Ok))
}

//! How much memory an upload of 50 MB takes beside the film, which comes in pieces as from a
//! file: to a server that takes everything, in parts, as a bucket would.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark for a terminal"
)]

use std::io;
use std::ops::Range;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use manim_core::{BlobKey, BlobMeta, Content, ContentSource};
use manim_storage::{Settings, open_blobs};

#[path = "../tests/it/peers/bucket.rs"]
mod bucket;

const FILM_BYTES: u64 = 50_000_000;
const MOST_BYTES: u64 = 16_000_000;
const PIECE_BYTES: u64 = 64 * 1024;

/// Makes its bytes when they are asked for.
#[derive(Debug)]
struct Film;

impl ContentSource for Film {
    fn len(&self) -> u64 {
        FILM_BYTES
    }

    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let starts = range.clone().step_by(PIECE_BYTES as usize);
        let sizes = starts.map(move |start| PIECE_BYTES.min(range.end - start) as usize);
        stream::iter(sizes.map(|size| Ok(Bytes::from(vec![7; size])))).boxed()
    }
}

fn main() {
    // The server is a process of its own, so that its memory is not counted.
    if std::env::args().any(|argument| argument == "--serve") {
        return bucket::serve_until_stdin_ends();
    }
    let server = bucket::Child::start(std::env::current_exe().unwrap(), "--serve");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (peak, before) = runtime.block_on(uploaded(server.address()));
    let extra = peak.saturating_sub(before);
    println!(
        "upload of {} MB: {:.1} MB of memory beside the film (at most {} MB)",
        FILM_BYTES / 1_000_000,
        extra as f64 / 1e6,
        MOST_BYTES / 1_000_000
    );
    assert!(extra <= MOST_BYTES, "the upload took {extra} bytes");
}

async fn uploaded(address: &str) -> (u64, u64) {
    let settings = Settings::new()
        .with("AWS_ENDPOINT_URL_S3", address)
        .with("AWS_ACCESS_KEY_ID", "testkey")
        .with("AWS_SECRET_ACCESS_KEY", "testsecret");
    let store = open_blobs("s3://films", &settings).await.unwrap();
    let key = BlobKey::parse("films/film.mp4").unwrap();
    let before = memory("VmRSS:");
    store
        .put(&key, Content::new(Film), BlobMeta::of(&key))
        .await
        .unwrap();
    (memory("VmHWM:"), before)
}

/// Resident memory of this process, in bytes. Source: proc(5). Elsewhere nothing is measured.
fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap_or("0");
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

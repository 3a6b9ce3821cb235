//! Real programs to talk to, started on free loopback ports and stopped with the tests.

#[cfg(feature = "s3")]
pub(crate) mod bucket;
#[path = "../../../../manim-providers/tests/it/peers/peer.rs"]
#[expect(dead_code, reason = "these tests start one kind of peer")]
mod peer;

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use manim_storage::Settings;
use peer::{Peer, installed};

/// Cloudflare's simulator: R2 through its S3 protocol, and KV through its REST protocol.
fn miniflare() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/peers");
        let mut command = Command::new(installed("bin/node"));
        command
            .arg(format!("{here}/miniflare.mjs"))
            .arg(installed("node_modules"))
            .arg(format!("{here}/kv.js"));
        Peer::start(command)
    })
}

/// The settings of the simulator's account.
pub(crate) async fn settings() -> Settings {
    let peer = tokio::task::spawn_blocking(miniflare).await.unwrap();
    Settings::new()
        .with("R2_ENDPOINT", peer.url("/cdn-cgi/local/r2/s3"))
        .with("R2_ACCESS_KEY_ID", "testkey")
        .with("R2_SECRET_ACCESS_KEY", "testsecret")
        .with("CLOUDFLARE_KV_BASE_URL", peer.url("/client/v4"))
        .with("CLOUDFLARE_API_TOKEN", "testtoken")
}

/// The URL of an empty folder in the simulator's bucket.
pub(crate) fn fresh_folder() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("r2://account/films/folder/{number}")
}

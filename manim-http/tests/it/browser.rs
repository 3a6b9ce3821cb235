//! The page in a real Chromium: `tests/browser.mjs` drives it and makes the assertions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use manim_http::ServeOptions;
use tokio::process::Command;
use tokio::time::timeout;

use crate::live::Live;

/// Set it to a directory to have pictures of the page made there.
const SCREENSHOTS: &str = "MANIM_SCREENSHOTS";

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_in_a_real_browser() {
    let live = Live::with_delay(Duration::from_millis(1500), ServeOptions::default()).await;
    let profile = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new(root.join("../.peers/bin/node"));
    node.arg(root.join("tests/browser.mjs"))
        .arg(format!("http://{}", live.address))
        .arg(chromium())
        .arg(profile.path())
        .args(std::env::var_os(SCREENSHOTS))
        .kill_on_drop(true);
    let run = timeout(Duration::from_secs(240), node.output()).await;
    let run = run
        .expect("the browser's script did not end")
        .expect("node is missing: run scripts/test-peers.sh");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
}

fn chromium() -> PathBuf {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return named.into();
    }
    let found = ["chromium", "google-chrome"].iter().find_map(|name| {
        let paths = std::env::var_os("PATH")?;
        std::env::split_paths(&paths)
            .map(|path| path.join(name))
            .find(|path| path.is_file())
    });
    found.unwrap_or_else(|| "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome".into())
}

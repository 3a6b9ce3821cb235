//! A bot process with everything around it: the chat service, Cloudflare's simulator, a place of
//! its own.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fake_telegram::FakeTelegram;
use manim_core::{BlobInfo, BlobStore};
use manim_storage::{Settings, open_blobs};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::peer::{Peer, installed};

pub(crate) const TOKEN: &str = "42:a-token-of-the-tests";
pub(crate) const SECRET: &str = "a-secret-of-the-tests";
const BOT: &str = env!("CARGO_BIN_EXE_bot");
const RENDER_SERVER: &str = env!("CARGO_BIN_EXE_render-server");

/// Longer than anything takes on a loaded machine.
const SOON: Duration = Duration::from_secs(180);

/// Cloudflare's simulator, with an R2 bucket.
fn miniflare() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../manim-storage/tests/it/peers");
        let mut command = Command::new(installed("bin/node"));
        command
            .arg(format!("{here}/miniflare.mjs"))
            .arg(installed("node_modules"))
            .arg(format!("{here}/kv.js"));
        Peer::start(command)
    })
}

/// A folder of the bucket, seen from outside.
pub(crate) struct Bucket {
    pub(crate) url: String,
    endpoint: String,
    store: std::sync::Arc<dyn BlobStore>,
}

impl Bucket {
    pub(crate) async fn open() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let peer = tokio::task::spawn_blocking(miniflare).await.unwrap();
        let url = format!("r2://account/films/bot/{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let endpoint = peer.url("/cdn-cgi/local/r2/s3");
        let settings = Settings::new()
            .with("R2_ENDPOINT", endpoint.clone())
            .with("R2_ACCESS_KEY_ID", "testkey")
            .with("R2_SECRET_ACCESS_KEY", "testsecret");
        let store = open_blobs(&url, &settings).await.unwrap();
        Self { url, endpoint, store }
    }

    pub(crate) fn origin(&self) -> String {
        self.endpoint.split("/cdn-cgi").next().unwrap().to_owned()
    }

    pub(crate) async fn contents(&self) -> Vec<BlobInfo> {
        self.store.list(None).await.unwrap()
    }

    pub(crate) async fn is_emptied(&self) {
        let begun = Instant::now();
        loop {
            let left = self.contents().await;
            if left.is_empty() {
                return;
            }
            assert!(begun.elapsed() < SOON, "{left:?} is left in the bucket");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The values that are on in `.env.example`.
fn example() -> BTreeMap<String, String> {
    let text = include_str!("../../../../.env.example");
    let on = text.lines().filter(|line| !line.starts_with('#'));
    on.filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A port that nobody has at the moment.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A program that is killed with the test, and its log.
pub(crate) struct Service {
    child: Child,
    log: PathBuf,
    _folder: TempDir,
}

impl Service {
    /// A bot with the values of the example, and these.
    pub(crate) fn bot(telegram: &FakeTelegram, bucket: &Bucket, more: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut values = example();
        let records = format!("redb://{}", folder.path().join("records.redb").display());
        let own = [
            ("TELEGRAM_BOT_TOKEN", TOKEN),
            ("TELEGRAM_API_URL", telegram.url()),
            ("HTTP_LISTEN", "127.0.0.1:0"),
            ("RECORDS_URL", &records),
            ("BLOBS_URL", &bucket.url),
            ("R2_ENDPOINT", &bucket.endpoint),
            ("R2_ACCESS_KEY_ID", "testkey"),
            ("R2_SECRET_ACCESS_KEY", "testsecret"),
        ];
        for (name, value) in own.iter().chain(more) {
            values.insert((*name).to_owned(), (*value).to_owned());
        }
        let mut command = Command::new(BOT);
        command.envs(values);
        Self::start(command, folder)
    }

    pub(crate) fn render_server(address: SocketAddr, origins: &str) -> Self {
        let mut command = Command::new(RENDER_SERVER);
        command
            .args(["--listen", &address.to_string(), "--allow-origin", origins])
            .env("RENDER_SECRET", SECRET);
        Self::start(command, tempfile::tempdir().unwrap())
    }

    fn start(mut command: Command, folder: TempDir) -> Self {
        let log = folder.path().join("log");
        let scratch = folder.path().join("tmp");
        std::fs::create_dir(&scratch).unwrap();
        command
            .env("TMPDIR", &scratch)
            .env("RUST_LOG", "info")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        if std::env::var_os("MANIM_ENV").is_none() {
            command.env("MANIM_ENV", concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv"));
        }
        Self {
            child: command.spawn().unwrap(),
            log,
            _folder: folder,
        }
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Waits for a line of the log.
    pub(crate) async fn says(&mut self, part: &str) -> String {
        let begun = Instant::now();
        loop {
            let log = self.log();
            if let Some(line) = log.lines().find(|line| line.contains(part)) {
                return line.to_owned();
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < SOON,
                "no {part:?} in the log ({ended:?}):\n{log}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// As a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// As a service manager would; returns the exit code.
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        let pid = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(begun.elapsed() < SOON, "still running:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

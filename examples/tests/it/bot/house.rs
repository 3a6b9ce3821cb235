//! A bot process with everything around it: the chat service, Cloudflare's simulator, a place of
//! its own.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::process::{self, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fake_telegram::FakeTelegram;
use manim_core::{BlobInfo, BlobStore};
use manim_storage::{Settings, open_blobs};
use reqwest::ClientBuilder;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::watch;
use tokio::time::timeout;

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
        let mut command = process::Command::new(installed("bin/node"));
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

    /// What a program needs to know to use it, as a shell takes it.
    pub(crate) fn settings(&self) -> String {
        let endpoint = &self.endpoint;
        format!("R2_ENDPOINT={endpoint} R2_ACCESS_KEY_ID=testkey R2_SECRET_ACCESS_KEY=testsecret")
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

/// A client that speaks to this machine only.
pub(crate) fn trusting_nobody() -> ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    ClientBuilder::new().tls_certs_only([]).no_proxy()
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
    log: watch::Receiver<String>,
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

    /// A bot that has a page only, and keeps nothing.
    pub(crate) fn page(address: &str) -> Self {
        let mut command = Command::new(BOT);
        command
            .env("HTTP_LISTEN", address)
            .env("RECORDS_URL", "memory://")
            .env("BLOBS_URL", "memory://");
        Self::start(command, tempfile::tempdir().unwrap())
    }

    pub(crate) fn render_server(address: SocketAddr, origins: &str) -> Self {
        let mut command = Command::new(RENDER_SERVER);
        command
            .args(["--listen", &address.to_string(), "--allow-origin", origins])
            .env("RENDER_SECRET", SECRET);
        Self::start(command, tempfile::tempdir().unwrap())
    }

    fn start(mut command: Command, folder: TempDir) -> Self {
        command
            .env("TMPDIR", folder.path())
            .env("RUST_LOG", "info")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if std::env::var_os("MANIM_ENV").is_none() {
            command.env("MANIM_ENV", concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv"));
        }
        let mut child = command.spawn().unwrap();
        let (written, log) = watch::channel(String::new());
        tokio::spawn(keep(child.stderr.take().unwrap(), written));
        Self {
            child,
            log,
            _folder: folder,
        }
    }

    pub(crate) fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// Waits for a line of the log.
    pub(crate) async fn says(&mut self, part: &str) -> String {
        let said = self.log.wait_for(|log| log.contains(part));
        let said = timeout(SOON, said).await;
        let found = said.ok().and_then(|log| {
            let line = log.ok()?.lines().find(|line| line.contains(part))?.to_owned();
            Some(line)
        });
        found.unwrap_or_else(|| panic!("no {part:?} in the log:\n{}", self.log()))
    }

    /// As a crash would.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// As a service manager would; returns the exit code.
    pub(crate) async fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        kill_process(id.and_then(Pid::from_raw).unwrap(), Signal::TERM).unwrap();
        let ended = timeout(SOON, self.child.wait()).await;
        let ended = ended.unwrap_or_else(|_| panic!("still running:\n{}", self.log()));
        ended.unwrap().code()
    }
}

/// Every line that the program writes, until it ends.
async fn keep(stderr: ChildStderr, log: watch::Sender<String>) {
    let mut lines = BufReader::new(stderr).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.send_modify(|log| {
            log.push_str(&line);
            log.push('\n');
        });
    }
}

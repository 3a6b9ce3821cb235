//! How long the bot's webhook takes at 200 updates a second, each of them written down (redb, on
//! disk) before it is acknowledged; and what the bot holds in memory when nobody asks for
//! anything, the Python worker not counted.
//!
//! Updates are presses of a button that change a preference: a claim of the update, a write, and
//! the end of the claim. Problems are paced by the service itself, which takes 30 messages a
//! second from a bot.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that measures and tells"
)]

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fake_telegram::FakeTelegram;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

const TOKEN: &str = "42:a-token-of-the-bench";
const SECRET: &str = "a-secret-of-the-bench";
const UPDATES_PER_SECOND: u32 = 200;
const SECONDS: u32 = 15;

struct Bot(Child);

impl Drop for Bot {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let site = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let log = folder.path().join("log");
    let bot = start(telegram.url(), &site.to_string(), folder.path(), &log);
    ready(&log).await;
    println!(
        "idle bot: {} MB resident (target: at most 60)",
        resident_mb(bot.0.id())
    );

    let before = processors();
    let answers = load(&format!("http://{site}/telegram/webhook")).await;
    let put_off = answers.iter().filter(|(status, _)| *status == 503).count();
    let mut taken: Vec<_> = answers
        .into_iter()
        .filter_map(|(status, took)| (status == 200).then_some(took))
        .collect();
    taken.sort_unstable();
    let at = |share: f64| taken[((taken.len() - 1) as f64 * share) as usize];
    println!(
        "webhook at {UPDATES_PER_SECOND}/s: {} acknowledged, {put_off} put off, p50 {:?}, p99 {:?}, longest {:?} (target: p99 at most 10 ms)",
        taken.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
    let (stolen, all) = (processors().0 - before.0, processors().1 - before.1);
    println!(
        "other guests of the host took {:.1} % of the processors meanwhile: what they take makes the tail longer",
        100.0 * stolen as f64 / all as f64
    );
    println!("bot after it: {} MB resident", resident_mb(bot.0.id()));
}

fn start(telegram: &str, site: &str, folder: &Path, log: &Path) -> Bot {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bot"));
    command
        .env("TELEGRAM_BOT_TOKEN", TOKEN)
        .env("TELEGRAM_API_URL", telegram)
        .env("TELEGRAM_UPDATES", "webhook")
        .env("TELEGRAM_WEBHOOK_SECRET", SECRET)
        .env("HTTP_LISTEN", site)
        .env("PUBLIC_URL", format!("http://{site}"))
        .env("HTTP_SIGNING_KEY", "0123456789abcdef0123456789abcdef")
        .env("RECORDS_URL", format!("redb://{}/records.redb", folder.display()))
        .env("BLOBS_URL", format!("file://{}/films", folder.display()))
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(log).unwrap());
    if std::env::var_os("MANIM_ENV").is_none() {
        command.env("MANIM_ENV", concat!(env!("CARGO_MANIFEST_DIR"), "/../.venv"));
    }
    Bot(command.spawn().unwrap())
}

async fn ready(log: &Path) {
    let begun = Instant::now();
    while !std::fs::read_to_string(log)
        .unwrap()
        .contains("the bot is running")
    {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "the bot did not start"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends at an even pace, whatever the answers do, and returns how long each took. 503 says
/// that too many answers of the bot's own are under way: the service brings the update again.
async fn load(url: &str) -> Vec<(u16, Duration)> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().tls_certs_only([]).no_proxy().build().unwrap();
    let mut pace = tokio::time::interval(Duration::from_secs(1) / UPDATES_PER_SECOND);
    let mut sent = JoinSet::new();
    for number in 0..UPDATES_PER_SECOND * SECONDS {
        pace.tick().await;
        let request = client
            .post(url)
            .header("X-Telegram-Bot-Api-Secret-Token", SECRET)
            .json(&press(number));
        sent.spawn(async move {
            let begun = Instant::now();
            let status = request.send().await.unwrap().status().as_u16();
            assert!(matches!(status, 200 | 503), "update {number}: {status}");
            (status, begun.elapsed())
        });
    }
    sent.join_all().await
}

fn press(number: u32) -> Value {
    let person = 1000 + number % 500;
    let chat = json!({"id": person, "type": "private", "first_name": "P"});
    json!({"update_id": number + 1, "callback_query": {
        "id": number.to_string(), "chat_instance": "1", "data": "quality:low",
        "from": {"id": person, "is_bot": false, "first_name": "P"},
        "message": {"message_id": 1, "date": 1, "chat": chat, "text": "Choose"},
    }})
}

/// Time stolen from this machine, and all time, in ticks since it started.
fn processors() -> (u64, u64) {
    const STOLEN: usize = 7;
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    let line = stat.lines().next().unwrap();
    let ticks: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .take(STOLEN + 1)
        .map(|word| word.parse().unwrap())
        .collect();
    (ticks[STOLEN], ticks.iter().sum())
}

fn resident_mb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

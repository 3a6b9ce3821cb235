//! The whole way of one problem, through every part there is: a chat, PostgreSQL, a model's service that is down
//! and one that first answers wrongly, a render server, a bucket, and back.

use std::path::Path;
use std::process::Command;

use fake_telegram::{Chat, FakeTelegram, Message};
use serde_json::Value;

use super::house::{Bucket, SECRET, Service, TOKEN, free_address, trusting_nobody};
use crate::peer;
use crate::postgres_server::Server;

const ADA: Chat = Chat::private(7);
const PROBLEM: &str = "A circle that moves to the right";
const KEY: &str = "k-whole-way";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_goes_its_whole_way_although_a_provider_is_down_and_an_answer_is_wrong() {
    let fixtures = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/bot/whole_way.json"
    ));
    let peers = || (Server::start(), peer::aimock(fixtures, KEY));
    let (database, model) = tokio::task::spawn_blocking(peers).await.unwrap();
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let bucket = Bucket::open().await;
    let (drawing, site) = (free_address(), free_address());
    let nobody = format!("http://{}/v1", free_address());
    let records = database.fresh_schema();

    let origins = format!("http://{site},{}", bucket.origin());
    let mut drawer = Service::render_server(drawing, &origins);
    drawer.says("rendering for others").await;
    let values = [
        ("HTTP_LISTEN", site.to_string()),
        ("RECORDS_URL", records.clone()),
        ("PROVIDERS", "openai,openai-compatible".to_owned()),
        ("OPENAI_API_KEY", KEY.to_owned()),
        ("OPENAI_BASE_URL", nobody),
        ("MANIM_LLM_BASE_URL", model.url("/v1")),
        ("MANIM_LLM_MODEL", "gpt-4o".to_owned()),
        ("MANIM_LLM_API_KEY", KEY.to_owned()),
        ("RENDER_SERVERS", format!("http://{drawing}")),
        ("RENDER_SECRET", SECRET.to_owned()),
        ("RENDER_CALLBACK_URL", format!("http://{site}/callbacks/render")),
        ("RENDER_UPLOAD", "bucket".to_owned()),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut bot = Service::bot(&telegram, &bucket, &values);
    bot.says("the bot is running").await;

    telegram.says(ADA, PROBLEM).await;
    let film = telegram.message(ADA, Message::has_video).await;
    assert_eq!(&film.video.unwrap().bytes[4..8], b"ftyp");
    let closed = telegram.message(ADA, |message| message.says("✅")).await;
    bucket.is_emptied().await;

    let relays = look(&format!("http://{site}/health/relays")).await;
    assert_eq!(relays["renderer"]["isolation"], "L3", "{relays}");
    assert_eq!(state(&relays, "stores", "store", "sessions"), "up", "{relays}");
    assert_eq!(state(&relays, "stores", "store", "queue"), "up", "{relays}");
    assert_eq!(state(&relays, "stores", "store", "films"), "up", "{relays}");
    assert_eq!(
        state(&relays, "providers", "provider", "openai-compatible"),
        "up",
        "{relays}"
    );
    assert_eq!(relays["jobs_waiting"], 0, "{relays}");
    assert_eq!(
        look(&format!("http://{site}/health/ready")).await["status"],
        "ready"
    );
    look(&format!("http://{drawing}/health/live")).await;

    let id = closed.text.lines().last().unwrap().trim_start_matches("Job ");
    let table = trace(&records, id).await;
    let stops: Vec<_> = table
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    let way = [
        "queued",
        "ai_generating",
        "code_validating",
        "ai_generating",
        "code_validating",
        "rendering",
        "uploading",
        "ready",
        "delivered",
    ];
    assert!(stops.windows(way.len()).any(|part| part == way), "{table}");
    assert!(table.contains("openai/") && table.contains(" failed"), "{table}");
    assert!(table.contains("openai-compatible/gpt-4o"), "{table}");

    let logs = format!("{}{}", bot.log(), drawer.log());
    for hidden in [PROBLEM, KEY, SECRET, TOKEN, "ZeroDivisionError", "radius"] {
        assert!(!logs.contains(hidden), "{hidden} is in the log:\n{logs}");
    }
    assert_eq!(bot.terminate().await, Some(0));
    assert_eq!(drawer.terminate().await, Some(0));
    assert!(telegram.complaints().is_empty(), "{:#?}", telegram.complaints());
}

async fn look(url: &str) -> Value {
    let client = trusting_nobody().build().unwrap();
    let answer = client.get(url).send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default()
}

/// The state of the relay of a kind that has this name.
fn state<'a>(relays: &'a Value, kind: &str, by: &str, name: &str) -> &'a str {
    let all = relays[kind].as_array().unwrap();
    let found = all.iter().find(|relay| relay[by] == name);
    found
        .and_then(|relay| relay["state"].as_str())
        .unwrap_or("missing")
}

/// What the operator is shown of a job, while the bot is running.
async fn trace(records: &str, job: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bot"));
    command.args(["trace", job]).envs([
        ("RECORDS_URL", records),
        ("BLOBS_URL", "memory://"),
        ("HTTP_LISTEN", "127.0.0.1:0"),
    ]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

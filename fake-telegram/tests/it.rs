//! The stand-in answers as the published service does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use fake_telegram::{Chat, FakeTelegram, Fault};
use serde_json::{Value, json};

const TOKEN: &str = "42:token";
const ADA: Chat = Chat::private(7);

async fn ask(telegram: &FakeTelegram, method: &str, fields: Value) -> (u16, Value) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("{}/bot{TOKEN}/{method}", telegram.url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(url).json(&fields).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_message_is_polled_answered_and_edited() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    telegram.says(ADA, "/start now").await;
    let (_, updates) = ask(&telegram, "getUpdates", json!({})).await;
    assert_eq!(updates["result"][0]["message"]["entities"][0]["length"], 6);
    let (_, sent) = ask(&telegram, "sendMessage", json!({"chat_id": 7, "text": "hello"})).await;
    let edit = json!({"chat_id": 7, "message_id": sent["result"]["message_id"], "text": "hello again"});
    assert_eq!(ask(&telegram, "editMessageText", edit.clone()).await.0, 200);
    assert_eq!(
        ask(&telegram, "editMessageText", edit).await.0,
        400,
        "not modified"
    );
    assert_eq!(telegram.messages(ADA)[0].text, "hello again");
    let (_, none) = ask(&telegram, "getUpdates", json!({"offset": 2})).await;
    assert_eq!(none["result"], json!([]));
    assert_eq!(telegram.pending(), 0);
    assert!(telegram.complaints().is_empty(), "{:?}", telegram.complaints());
}

#[tokio::test]
async fn what_breaks_the_schema_is_refused_and_kept() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let (status, answer) = ask(&telegram, "sendMessage", json!({"chat_id": 7})).await;
    assert_eq!((status, &answer["ok"]), (400, &json!(false)));
    assert_eq!(ask(&telegram, "sendHologram", json!({})).await.0, 404);
    assert_eq!(telegram.complaints().len(), 2);
}

#[tokio::test]
async fn faults_are_made_in_order() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    telegram.fail_next("getMe", Fault::TooManyRequests(3));
    telegram.fail_next("getMe", Fault::Blocked);
    let (status, answer) = ask(&telegram, "getMe", json!({})).await;
    assert_eq!((status, &answer["parameters"]["retry_after"]), (429, &json!(3)));
    assert_eq!(ask(&telegram, "getMe", json!({})).await.0, 403);
    assert_eq!(ask(&telegram, "getMe", json!({})).await.0, 200);
}

#[tokio::test]
async fn a_webhook_excludes_polling() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let hook = json!({"url": "http://127.0.0.1:9/hook", "secret_token": "s-3_c"});
    assert_eq!(ask(&telegram, "setWebhook", hook).await.0, 200);
    assert_eq!(ask(&telegram, "getUpdates", json!({})).await.0, 409);
    assert_eq!(ask(&telegram, "deleteWebhook", json!({})).await.0, 200);
    assert_eq!(ask(&telegram, "getUpdates", json!({})).await.0, 200);
}

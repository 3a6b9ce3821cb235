//! Updates that are brought, and who may bring them.

use fake_telegram::{Chat, FakeTelegram};
use serde_json::json;

use super::house::{Bucket, SECRET, Service, TOKEN, free_address, trusting_nobody};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn updates_are_taken_from_the_service_and_from_nobody_else() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let bucket = Bucket::open().await;
    let site = free_address();
    let public = format!("http://{site}");
    let mut bot = Service::bot(
        &telegram,
        &bucket,
        &[
            ("HTTP_LISTEN", &site.to_string()),
            ("PUBLIC_URL", &public),
            ("HTTP_SIGNING_KEY", "0123456789abcdef0123456789abcdef"),
            ("TELEGRAM_UPDATES", "webhook"),
            ("TELEGRAM_WEBHOOK_SECRET", SECRET),
        ],
    );
    bot.says("the bot is running").await;
    assert!(telegram.has_webhook());

    let eve = json!({"update_id": 9_000_001, "message": {
        "message_id": 1, "date": 0, "text": "/start", "from": {"id": 666, "is_bot": false, "first_name": "Eve"},
        "chat": {"id": 666, "type": "private", "first_name": "Eve"},
    }});
    let client = trusting_nobody().build().unwrap();
    for secret in ["", "wrong", "a-secret-of-the-test", "a-secret-of-the-tests-"] {
        let request = client.post(format!("{public}/telegram/webhook")).json(&eve);
        let request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
        assert_eq!(request.send().await.unwrap().status(), 401, "{secret:?}");
    }

    let ada = Chat::private(7);
    telegram.says(ada, "/start").await;
    telegram
        .message(ada, |message| message.says("Differentiate"))
        .await;
    assert!(telegram.messages(Chat::private(666)).is_empty());
    let health = client.get(format!("{public}/health/live")).send().await.unwrap();
    assert!(health.status().is_success());
    assert_eq!(bot.terminate().await, Some(0));
}

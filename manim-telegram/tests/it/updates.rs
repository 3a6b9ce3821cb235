//! Updates that the service, or somebody who pretends to be it, brings.

use fake_telegram::{Chat, Message};
use manim_core::Secret;
use manim_core::testing::StubRenderer;
use manim_telegram::Delivering;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::house::{House, writes};

const ADA: Chat = Chat::private(7);
const SECRET: &str = "a_secret-that-nobody-guesses";
const HEADER: &str = "X-Telegram-Bot-Api-Secret-Token";

struct Hook {
    url: String,
    serving: JoinHandle<()>,
}

impl Drop for Hook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn hook(house: &House) -> Hook {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/telegram", listener.local_addr().unwrap());
    let app = house.telegram.webhook("/telegram", Secret::new(SECRET));
    let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    Hook { url, serving }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn post(client: &reqwest::Client, hook: &Hook, secret: &str, body: impl Into<reqwest::Body>) -> u16 {
    let request = client.post(&hook.url).header(HEADER, secret).body(body);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_webhook_with_the_secret_is_heard() {
    let house = House::new(writes(0), StubRenderer::new(), Delivering::videos(), false).await;
    let hook = hook(&house).await;
    house
        .api
        .set_webhook(&hook.url, &Secret::new(SECRET))
        .await
        .unwrap();
    house.service.says(ADA, "/help").await;
    house
        .service
        .message(ADA, |message| message.says("/quality"))
        .await;
    assert!(house.service.has_webhook());
    assert_eq!(house.service.pending(), 0);
    house.assert_well_spoken();
}

#[tokio::test]
async fn without_the_secret_nobody_is_heard() {
    let house = House::new(writes(0), StubRenderer::new(), Delivering::videos(), false).await;
    let hook = hook(&house).await;
    let update = json!({"update_id": 1, "message": {"message_id": 1, "chat": {"id": 7, "type": "private"}, "text": "/help"}});
    let client = client();
    for secret in ["", "a_secret-that-nobody-guesse", "A_secret-that-nobody-guesses"] {
        assert_eq!(post(&client, &hook, secret, update.to_string()).await, 401);
    }
    let bare = client
        .post(&hook.url)
        .body(update.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status().as_u16(), 401);
    house.telegram.finish().await;
    assert!(
        house
            .service
            .calls()
            .iter()
            .all(|call| call.method != "sendMessage")
    );
}

#[tokio::test]
async fn an_update_that_comes_twice_is_one_job() {
    let house = House::polling(1).await;
    let hook = hook(&house).await;
    house.service.says(ADA, "hi").await;
    let update = json!({"update_id": 9000, "message": {
        "message_id": 2, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, "text": "Differentiate x^2 sin(x)",
    }});
    let client = client();
    for _ in 0..5 {
        assert_eq!(post(&client, &hook, SECRET, update.to_string()).await, 200);
    }
    house.service.message(ADA, Message::has_video).await;
    let confirmations = house.service.messages(ADA);
    let confirmations = confirmations
        .iter()
        .filter(|message| message.says("Got it"))
        .count();
    assert_eq!(confirmations, 1);
}

#[tokio::test]
async fn a_chat_that_floods_the_bot_keeps_nobody_else_waiting() {
    let house = House::new(writes(0), StubRenderer::new(), Delivering::videos(), false).await;
    let hook = hook(&house).await;
    let help = |id: i64, chat: i64| {
        json!({"update_id": id, "message": {"message_id": id, "date": 0, "text": "/help",
            "chat": {"id": chat, "type": "private", "first_name": "A"}}})
    };
    for known in [ADA, Chat::private(666)] {
        house.service.says(known, "hi").await;
    }
    let client = client();
    for id in 1..=400 {
        assert_eq!(post(&client, &hook, SECRET, help(id, 666).to_string()).await, 200);
    }
    assert_eq!(post(&client, &hook, SECRET, help(401, 7).to_string()).await, 200);
    house
        .service
        .message(ADA, |message| message.says("/quality"))
        .await;
}

#[tokio::test]
async fn an_endless_update_is_refused() {
    let house = House::new(writes(0), StubRenderer::new(), Delivering::videos(), false).await;
    let hook = hook(&house).await;
    let status = post(&client(), &hook, SECRET, vec![b' '; 3 << 20]).await;
    assert_eq!(status, 413);
}

/// Anything that looks a little like an update, and much that does not.
fn weird() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "/start",
            "/status x",
            "/quality high",
            "cancel:",
            "retry:1",
            "private",
            "group"
        ])
        .prop_map(Value::from),
    ];
    let name = prop::sample::select(vec![
        "update_id",
        "message",
        "callback_query",
        "edited_message",
        "chat",
        "from",
        "id",
        "type",
        "text",
        "data",
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "reply_to_message",
        "language_code",
        "entities",
    ]);
    leaf.prop_recursive(5, 48, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn fuzzed(number: usize) -> Vec<Value> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let values = (0..number).map(|_| weird().new_tree(&mut runner).unwrap().current());
    values
        .enumerate()
        .map(|(count, mut value)| {
            // Most reach the part behind the number.
            if count % 4 != 0
                && let Some(map) = value.as_object_mut()
            {
                map.insert("update_id".into(), (count + 1).into());
            }
            value
        })
        .collect()
}

#[tokio::test]
async fn ten_thousand_strange_updates_are_all_taken_or_unauthorized() {
    let house = House::new(writes(0), StubRenderer::new(), Delivering::videos(), false).await;
    let hook = hook(&house).await;
    let client = client();
    for (count, update) in fuzzed(10_000).into_iter().enumerate() {
        let secret = if count % 10 == 0 { "wrong" } else { SECRET };
        let mut body = update.to_string().into_bytes();
        if count % 7 == 0 {
            body.truncate(body.len() / 2);
        }
        let status = post(&client, &hook, secret, body).await;
        assert_eq!(status, if count % 10 == 0 { 401 } else { 200 }, "{update}");
    }
    house.service.says(ADA, "/help").await;
    house
        .api
        .set_webhook(&hook.url, &Secret::new(SECRET))
        .await
        .unwrap();
    house.service.all_taken().await;
}

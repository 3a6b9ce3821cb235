//! A frontend and a worker, two processes that meet only in PostgreSQL and in the bucket.

use fake_telegram::{Chat, FakeTelegram, Message};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::{Value, json};

use super::house::{Bucket, Service, TOKEN, free_address, trusting_nobody};
use crate::postgres_server::Server;

const ADA: Chat = Chat::private(7);
const PROBLEM: &str = "Solve x^2 - 5x + 6 = 0";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_frontend_takes_in_a_worker_makes_and_the_bucket_hands_out() {
    let database = tokio::task::spawn_blocking(Server::start).await.unwrap();
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let bucket = Bucket::open().await;
    let (site, records) = (free_address().to_string(), database.fresh_schema());
    let shared = [
        ("RECORDS_URL", records.as_str()),
        ("HTTP_SIGNING_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    let part = |more: &[(&str, &str)]| Service::bot(&telegram, &bucket, &[&shared, more].concat());
    let mut frontend = part(&[("BOT_ROLE", "frontend"), ("HTTP_LISTEN", &site)]);
    let mut worker = part(&[("BOT_ROLE", "worker"), ("HTTP_LISTEN", "")]);
    frontend.says("the bot is running").await;
    worker.says("the bot is running").await;

    let visitor = Visitor::submits(&site, PROBLEM).await;
    telegram.says(ADA, "Differentiate x^2 sin(x)").await;
    let film = telegram.message(ADA, Message::has_video).await;
    assert_eq!(&film.video.unwrap().bytes[4..8], b"ftyp");
    telegram.message(ADA, |message| message.says("✅")).await;
    assert!(worker.says("job ended").await.contains("delivered"));
    assert!(!frontend.log().contains("job ended"), "{}", frontend.log());

    visitor.follows_it_until("ready").await;
    let first = visitor.opens_the_film().await;
    assert_eq!(first.status(), StatusCode::FOUND);
    let address = first.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(address.starts_with(&bucket.origin()), "{address}");
    let film = visitor.client.get(&address).send().await.unwrap();
    assert_eq!(film.status(), StatusCode::OK);
    assert_eq!(film.headers()[CONTENT_TYPE], "video/mp4");
    assert_eq!(&film.bytes().await.unwrap()[4..8], b"ftyp");
    let other = address.replacen(".mp4", ".mp5", 1);
    let forged = visitor.client.get(&other).send().await.unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    assert_eq!(visitor.opens_the_film().await.status(), StatusCode::GONE);

    for log in [frontend.log(), worker.log()] {
        assert!(!log.contains("x^2") && !log.contains("X-Amz-Signature"), "{log}");
    }
    assert_eq!(frontend.terminate().await, Some(0));
    assert_eq!(worker.terminate().await, Some(0));
    assert!(telegram.complaints().is_empty(), "{:#?}", telegram.complaints());
}

/// A program with a job of its own, which follows no redirect by itself.
struct Visitor {
    client: Client,
    token: String,
    job: String,
}

impl Visitor {
    async fn submits(site: &str, problem: &str) -> Self {
        let client = trusting_nobody().redirect(redirect::Policy::none());
        let client = client.build().unwrap();
        let jobs = format!("http://{site}/api/v1/jobs");
        let order = json!({"problem": problem, "quality": "low"});
        let taken = client.post(&jobs).json(&order).send().await.unwrap();
        assert_eq!(taken.status(), StatusCode::ACCEPTED);
        let token = taken.headers()["session-token"].to_str().unwrap().to_owned();
        let job = taken.json::<Value>().await.unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        Self {
            client,
            token,
            job: format!("{jobs}/{job}"),
        }
    }

    /// The stream of events ends with the job, or when the film is ready.
    async fn follows_it_until(&self, status: &str) {
        let events = format!("{}/events", self.job);
        let mut events = self
            .client
            .get(events)
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap();
        let mut told = String::new();
        while !told.contains(&format!("\"status\":\"{status}\"")) {
            let piece = events.chunk().await.unwrap();
            let piece = piece.unwrap_or_else(|| panic!("no {status} in {told}"));
            told.push_str(&String::from_utf8_lossy(&piece));
        }
    }

    async fn opens_the_film(&self) -> Response {
        let access = format!("{}/access", self.job.replace("/jobs/", "/video/"));
        self.client
            .get(access)
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap()
    }
}

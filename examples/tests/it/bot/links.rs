//! Films of a directory by addresses that the bot signs and serves itself.

use std::sync::Arc;
use std::time::Duration;

use fake_telegram::FakeTelegram;
use manim_core::{BlobKey, BlobMeta, BlobStore, Content, SignedMethod};
use manim_storage::{Settings, open_blobs};
use reqwest::StatusCode;

use super::house::{Bucket, Service, TOKEN, free_address, trusting_nobody};

const FILM: &[u8] = b"0123456789";
const KEY: &str = "0123456789abcdef0123456789abcdef";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_a_directory_signs_is_served_below_its_base() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let bucket = Bucket::open().await;
    let films = tempfile::tempdir().unwrap();
    let (site, blobs) = (free_address(), format!("file://{}", films.path().display()));
    let base = format!("http://{site}/blobs");
    let mut bot = Service::bot(
        &telegram,
        &bucket,
        &[
            ("HTTP_LISTEN", &site.to_string()),
            ("PUBLIC_URL", &format!("http://{site}")),
            ("HTTP_SIGNING_KEY", KEY),
            ("BLOBS_URL", &blobs),
            ("MANIM_LINK_BASE", &base),
            ("MANIM_LINK_KEYS", KEY),
        ],
    );
    bot.says("the bot is running").await;

    let settings = Settings::new()
        .with("MANIM_LINK_BASE", base)
        .with("MANIM_LINK_KEYS", KEY);
    let link = kept_and_signed(open_blobs(&blobs, &settings).await.unwrap()).await;
    let client = trusting_nobody().build().unwrap();
    let whole = client.get(&link).send().await.unwrap();
    assert_eq!(whole.status(), StatusCode::OK);
    assert_eq!(whole.bytes().await.unwrap(), FILM);
    let part = client
        .get(&link)
        .header("range", "bytes=2-4")
        .send()
        .await
        .unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.bytes().await.unwrap(), FILM[2..5]);
    let altered = client.get(link.replace("a.mp4", "b.mp4")).send().await.unwrap();
    assert_eq!(altered.status(), StatusCode::NOT_FOUND);
    assert_eq!(bot.terminate().await, Some(0));
}

async fn kept_and_signed(store: Arc<dyn BlobStore>) -> String {
    let key = BlobKey::parse("films/a.mp4").unwrap();
    let content = Content::from(FILM.to_vec());
    store.put(&key, content, BlobMeta::of(&key)).await.unwrap();
    let minute = Duration::from_secs(60);
    store.sign(&key, SignedMethod::Get, minute).await.unwrap()
}

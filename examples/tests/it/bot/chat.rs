//! From a message to a film.

use fake_telegram::{Chat, FakeTelegram, Message};

use super::house::{Bucket, Service, TOKEN};

const ADA: Chat = Chat::private(7);
const PROBLEM: &str = "Differentiate x^2 sin(x)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_problem_comes_back_as_a_film_and_the_bucket_is_empty() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let bucket = Bucket::open().await;
    let mut bot = Service::bot(&telegram, &bucket, &[]);
    bot.says("the bot is running").await;

    telegram.says(ADA, PROBLEM).await;
    let confirmed = telegram.message(ADA, |message| message.says("Got it")).await;
    let film = telegram.message(ADA, Message::has_video).await;
    let closed = telegram.message(ADA, |message| message.says("✅")).await;
    let id = confirmed.text.lines().last().unwrap().trim_start_matches("Job ");
    assert!(closed.says(id), "{}", closed.text);
    assert!(
        closed.edits >= 2,
        "the progress is edited, {} times",
        closed.edits
    );

    let video = film.video.unwrap();
    assert_eq!(video.media_type, "video/mp4");
    assert_eq!(&video.bytes[4..8], b"ftyp");
    assert_eq!(
        &film.thumbnail.expect("a thumbnail").bytes[..2],
        &[0xff, 0xd8],
        "a JPEG"
    );
    assert!(film.call.value("duration").as_i64().unwrap() >= 1);

    telegram.says(ADA, "/jobs").await;
    let list = telegram
        .message(ADA, |message| message.says("Your last films"))
        .await;
    assert!(list.says(PROBLEM) && list.says(id), "{}", list.text);
    bucket.is_emptied().await;

    let course = bot.says("job ended").await;
    for stop in [
        id,
        "queued",
        "ai_generating",
        "code_validating",
        "rendering",
        "uploading",
        "ready",
        "delivered",
    ] {
        assert!(course.contains(stop), "no {stop} in {course}");
    }
    let log = bot.log();
    for hidden in [PROBLEM, "x^2", TOKEN, "testsecret"] {
        assert!(!log.contains(hidden), "{hidden} is in the log:\n{log}");
    }
    assert_eq!(bot.terminate().await, Some(0));
    let complaints = telegram.complaints();
    assert!(complaints.is_empty(), "{complaints:#?}");
}

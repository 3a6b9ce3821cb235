//! Films that are drawn in another process, which dies in the middle.

use fake_telegram::{Chat, FakeTelegram, Message};

use super::house::{Bucket, SECRET, Service, TOKEN, free_address};

const ADA: Chat = Chat::private(7);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_render_server_that_is_killed_in_the_middle_costs_time_and_no_film() {
    let telegram = FakeTelegram::start(TOKEN).await.unwrap();
    let bucket = Bucket::open().await;
    let (server, site) = (free_address(), free_address());
    let origins = format!("http://{site},{}", bucket.origin());
    let start = || Service::render_server(server, &origins);
    let mut first = start();
    first.says("rendering for others").await;
    let mut bot = Service::bot(
        &telegram,
        &bucket,
        &[
            ("HTTP_LISTEN", &site.to_string()),
            ("RENDER_SERVERS", &format!("http://{server}")),
            ("RENDER_SECRET", SECRET),
            ("RENDER_CALLBACK_URL", &format!("http://{site}/callbacks/render")),
            ("RENDER_UPLOAD", "bucket"),
        ],
    );
    bot.says("the bot is running").await;

    telegram.says(ADA, "Differentiate x^2 sin(x)").await;
    first.says("render begun").await;
    first.kill().await;
    let mut second = start();
    second.says("rendering for others").await;

    let film = telegram.message(ADA, Message::has_video).await;
    assert_eq!(&film.video.unwrap().bytes[4..8], b"ftyp");
    telegram.message(ADA, |message| message.says("✅")).await;
    assert!(bot.log().contains("a render server was lost"), "{}", bot.log());
    assert!(second.log().contains("render ended"), "{}", second.log());
    bucket.is_emptied().await;
    assert!(!format!("{}{}", bot.log(), second.log()).contains(SECRET));
    assert_eq!(bot.terminate().await, Some(0));
    assert_eq!(second.terminate().await, Some(0));
}

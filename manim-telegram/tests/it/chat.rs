//! What a person sees.

use std::sync::Arc;

use fake_telegram::{Chat, Message};
use manim_core::testing::{ScriptedProvider, StubRenderer};
use manim_core::{Page, Quality, Status};
use manim_telegram::Delivering;

use crate::house::{CODE, House, writes};

const ADA: Chat = Chat::private(7);
const PROBLEM: &str = "Differentiate x^2 sin(x)";

fn accepted(message: &Message) -> bool {
    message.says("Got it")
}

#[tokio::test]
async fn a_problem_is_confirmed_its_way_is_shown_and_its_film_is_sent() {
    let house = House::polling(1).await;
    house.service.says(ADA, PROBLEM).await;
    let confirmed = house.service.message(ADA, accepted).await;
    let film = house.service.message(ADA, Message::has_video).await;
    let closed = house.service.message(ADA, |message| message.says("✅")).await;

    assert_eq!(film.text, PROBLEM);
    let video = film.video.unwrap();
    assert_eq!(video.media_type, "video/mp4");
    assert!(video.bytes.windows(4).any(|bytes| bytes == b"ftyp"));
    let thumbnail = film.thumbnail.expect("a thumbnail");
    assert_eq!(&thumbnail.bytes[..2], &[0xff, 0xd8], "a JPEG");
    assert_eq!(film.call.value("supports_streaming"), true);
    assert!(film.call.value("duration").as_i64().unwrap() >= 1);

    let id = confirmed.text.lines().last().unwrap().trim_start_matches("Job ");
    assert!(closed.says(id), "{}", closed.text);
    assert!(closed.edits >= 3, "one message is edited, {} times", closed.edits);
    assert!(closed.buttons.is_empty());
    assert_eq!(
        house.service.messages(ADA).len(),
        3,
        "confirmation, progress, film"
    );
    house.all_deleted().await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn what_is_no_problem_is_answered_with_what_would_be() {
    let house = House::polling(0).await;
    for (text, answer) in [
        ("x = 1", "at least 10"),
        ("/solve", "in a sentence"),
        ("abcdefghij\u{7}klm", "control character"),
        ("/dance", "/help"),
        ("/start", "Differentiate"),
        ("/help", "/quality"),
        ("/jobs", "no films yet"),
        ("/status", "no films yet"),
        ("/cancel", "Nothing is being made"),
    ] {
        house.service.says(ADA, text).await;
        house.service.message(ADA, |message| message.says(answer)).await;
    }
    let long = "a".repeat(4000) + &"b".repeat(1001);
    house.service.says(ADA, &long).await;
    house
        .service
        .message(ADA, |message| message.says("at most 5000"))
        .await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn the_bot_speaks_the_persons_language() {
    let house = House::polling(1).await;
    let person = Chat::private(8).speaking("de-AT");
    house.service.says(person, "Leite x^2 sin(x) ab").await;
    house
        .service
        .message(person, |message| message.says("Verstanden"))
        .await;
    house
        .service
        .message(person, |message| message.says("✅ ausgeliefert"))
        .await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_group_is_answered_in_its_topic_and_only_when_it_speaks_to_the_bot() {
    let house = House::polling(1).await;
    let topic = Chat::group(-100, 7).topic(5);
    house.service.says(topic, "what a fine day it is today").await;
    house
        .service
        .says(topic, "@film_bot Differentiate x^2 sin(x)")
        .await;
    let film = house.service.message(topic, Message::has_video).await;
    assert_eq!(film.topic, Some(5));
    let confirmed = house.service.message(topic, accepted).await;
    assert_eq!(confirmed.topic, Some(5));
    house.service.message(topic, |message| message.says("✅")).await;
    assert_eq!(house.service.messages(topic).len(), 3);
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_film_is_cancelled_by_its_button() {
    let provider = Arc::new(ScriptedProvider::new("silent").hanging());
    let house = House::new(provider, StubRenderer::new(), Delivering::videos(), true).await;
    house.service.says(ADA, PROBLEM).await;
    let progress = house.service.message(ADA, |message| message.says("⏳")).await;
    let (label, data) = progress.buttons[0].clone();
    assert_eq!(label, "Cancel");
    house.service.presses(ADA, progress.id, &data).await;
    house
        .service
        .call(|call| call.method == "answerCallbackQuery" && call.text("text").unwrap().contains("Cancelled"))
        .await;
    house
        .service
        .message(ADA, |message| message.says("❌ cancelled"))
        .await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_failure_is_one_sentence_with_a_button_that_tries_again() {
    let provider = ScriptedProvider::new("scripted")
        .replying("I would rather not.")
        .replying("Still no code.")
        .replying("No.")
        .replying("Never.")
        .replying(CODE);
    let house = House::new(
        Arc::new(provider),
        StubRenderer::new(),
        Delivering::videos(),
        true,
    )
    .await;
    house.service.says(ADA, PROBLEM).await;
    let failed = house
        .service
        .message(ADA, |message| message.says("could not make a correct film"))
        .await;
    assert_eq!(failed.buttons[0].0, "Try again");
    house.service.message(ADA, |message| message.says("❌")).await;
    house.service.presses(ADA, failed.id, &failed.buttons[0].1).await;
    house.service.message(ADA, Message::has_video).await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_quality_is_kept_for_the_chat() {
    let house = House::polling(1).await;
    house.service.says(ADA, "/quality").await;
    let asked = house.service.message(ADA, |message| message.says("Choose")).await;
    assert_eq!(asked.buttons.len(), 3);
    house.service.presses(ADA, asked.id, &asked.buttons[0].1).await;
    house
        .service
        .call(|call| call.text("text").is_some_and(|text| text.contains("480p")))
        .await;
    house.service.says(ADA, PROBLEM).await;
    house.service.message(ADA, Message::has_video).await;
    house.service.says(ADA, "/jobs").await;
    let list = house
        .service
        .message(ADA, |message| message.says("Your last films"))
        .await;
    assert!(list.says(PROBLEM), "{}", list.text);
    let id = list.text.split_whitespace().last().unwrap().parse().unwrap();
    let job = house.pipeline.job(id).await.unwrap();
    assert_eq!(job.settings().quality, Quality::Low);
    let others = house.pipeline.jobs(job.session(), Page::first(9)).await.unwrap();
    assert_eq!(others.len(), 1);
    house.assert_well_spoken();
}

#[tokio::test]
async fn the_eleventh_problem_within_a_minute_is_put_off() {
    let house = House::new(writes(0), StubRenderer::new(), Delivering::videos(), false).await;
    let polling = {
        let telegram = house.telegram.clone();
        tokio::spawn(async move { telegram.poll(std::future::pending()).await })
    };
    // From several chats: the quota is the person's.
    for number in 0..11 {
        let chat = Chat::group(-200 - number, 9);
        house.service.says(chat, "/solve Differentiate x^2 sin(x)").await;
    }
    house.service.all_taken().await;
    house.telegram.finish().await;
    let refused = |number: i64| {
        let messages = house.service.messages(Chat::group(-200 - number, 9));
        messages.iter().any(|message| message.says("Please wait"))
    };
    assert_eq!((0..11).filter(|number| refused(*number)).count(), 1);
    polling.abort();
    house.assert_well_spoken();
}

#[tokio::test]
async fn another_chats_film_can_be_neither_seen_nor_stopped() {
    let provider = Arc::new(ScriptedProvider::new("silent").hanging());
    let house = House::new(provider, StubRenderer::new(), Delivering::videos(), true).await;
    house.service.says(ADA, PROBLEM).await;
    let progress = house.service.message(ADA, |message| message.says("⏳")).await;
    let id = progress.text.lines().last().unwrap();
    let eve = Chat::private(666);
    house.service.says(eve, &format!("/status {id}")).await;
    house
        .service
        .message(eve, |message| message.says("do not find this film"))
        .await;
    house.service.says(eve, &format!("/cancel {id}")).await;
    house
        .service
        .message(eve, |message| message.says("Nothing is being made"))
        .await;
    let job = house.pipeline.job(id.parse().unwrap()).await.unwrap();
    assert_eq!(job.status(), Status::AiGenerating);
}

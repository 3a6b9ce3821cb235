//! Films on their way to a chat, on good days and bad ones.

use fake_telegram::{Chat, Fault, Message};
use manim_core::testing::StubRenderer;
use manim_core::{BlobStore, Page, Status};
use manim_telegram::Delivering;

use crate::house::{House, writes};

const ADA: Chat = Chat::private(7);
const PROBLEM: &str = "Differentiate x^2 sin(x)";

#[tokio::test]
async fn a_film_behind_a_link_waits_for_a_tap() {
    let delivering = Delivering::links(|job| Some(format!("https://films.example/v/{}", job.id())));
    let house = House::new(writes(1), StubRenderer::new(), delivering, true).await;
    house.service.says(ADA, PROBLEM).await;
    let link = house
        .service
        .message(ADA, |message| message.says("link opens it once"))
        .await;
    assert!(link.buttons[0].1.starts_with("https://films.example/v/"));
    assert_eq!(link.call.value("link_preview_options")["is_disabled"], true);
    let id = link.buttons[0].1.rsplit('/').next().unwrap().parse().unwrap();
    assert_eq!(house.pipeline.job(id).await.unwrap().status(), Status::Ready);
    assert!(!house.blobs.list(None).await.unwrap().is_empty());
    house.assert_well_spoken();
}

#[tokio::test]
async fn the_services_pauses_are_kept() {
    let house = House::polling(1).await;
    house.service.fail_next("sendMessage", Fault::TooManyRequests(1));
    house.service.fail_next("sendVideo", Fault::TooManyRequests(1));
    house
        .service
        .fail_next("editMessageText", Fault::TooManyRequests(1));
    house.service.says(ADA, PROBLEM).await;
    house.service.message(ADA, Message::has_video).await;
    house.service.message(ADA, |message| message.says("✅")).await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn an_outage_of_the_service_delays_a_film_and_loses_nothing() {
    let house = House::polling(1).await;
    for _ in 0..2 {
        house.service.fail_next("sendVideo", Fault::BadGateway);
    }
    house.service.fail_next("getUpdates", Fault::BadGateway);
    house.service.says(ADA, PROBLEM).await;
    house.service.message(ADA, Message::has_video).await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_group_is_followed_to_its_new_number() {
    let house = House::polling(1).await;
    let (old, new) = (Chat::group(-5, 7), Chat::group(-1005, 7));
    house.service.says(new, "we have moved").await;
    house.service.fail_next("sendVideo", Fault::Migrated(new.id()));
    house.service.says(old, "/solve Differentiate x^2 sin(x)").await;
    house.service.message(new, Message::has_video).await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_person_who_has_blocked_the_bot_stops_nothing() {
    let house = House::polling(2).await;
    for method in ["sendMessage", "sendMessage", "sendVideo"] {
        house.service.fail_next(method, Fault::Blocked);
    }
    house.service.says(ADA, PROBLEM).await;
    house.service.call(|call| call.method == "sendVideo").await;
    let bea = Chat::private(8);
    house.service.says(bea, PROBLEM).await;
    house.service.message(bea, Message::has_video).await;
    house.assert_well_spoken();
}

#[tokio::test]
async fn a_progress_message_that_was_deleted_does_not_hold_the_film_up() {
    let house = House::polling(1).await;
    house.service.fail_next("editMessageText", Fault::MessageGone);
    house.service.says(ADA, PROBLEM).await;
    house.service.message(ADA, Message::has_video).await;
    assert_eq!(house.service.messages(ADA).len(), 3);
}

#[tokio::test]
async fn a_restarted_worker_edits_the_message_that_there_is() {
    let house = House::polling(1).await;
    house.service.says(ADA, PROBLEM).await;
    house.service.message(ADA, |message| message.says("✅")).await;
    let all = house.service.messages(ADA);
    let progress: Vec<&Message> = all.iter().filter(|message| message.edits > 0).collect();
    assert_eq!(progress.len(), 1);
    let id = progress[0].text.lines().last().unwrap().parse().unwrap();
    let job = house.pipeline.job(id).await.unwrap();
    let memo = job.memo("telegram").unwrap().as_str().to_owned();
    assert!(memo.starts_with(&format!("{}/", progress[0].id)), "{memo}");
    assert_eq!(
        house
            .pipeline
            .jobs(job.session(), Page::first(5))
            .await
            .unwrap()
            .len(),
        1
    );
}

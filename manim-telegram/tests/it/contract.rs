//! The laws of every notifier.

use std::sync::Arc;

use fake_telegram::{Chat, FakeTelegram};
use manim_core::conformance::notifier::NotifierFixture;
use manim_core::{Memo, SessionId};
use manim_telegram::{Delivering, TelegramNotifier};

use crate::house::{TOKEN, api};

async fn fixture() -> NotifierFixture {
    let service = Arc::new(FakeTelegram::start(TOKEN).await.unwrap());
    let chat = Chat::private(7);
    service.says(chat, "hello").await;
    let (notifier, _) = TelegramNotifier::new(api(&service), Delivering::videos());
    let (talk, films) = (Arc::clone(&service), service);
    NotifierFixture::new(
        Arc::new(notifier),
        SessionId::new(),
        move || {
            talk.messages(chat)
                .iter()
                .filter(|message| !message.has_video())
                .count()
        },
        move || {
            films
                .messages(chat)
                .iter()
                .filter(|message| message.has_video())
                .count()
        },
    )
    .with_origin(Memo::parse("telegram/7/0/1/en").unwrap())
}

manim_core::notifier_conformance!(fixture);

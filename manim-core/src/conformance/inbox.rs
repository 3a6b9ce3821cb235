//! Laws of [`Inbox`].

use std::time::Duration;

use futures::future::join_all;

use super::{Fixture, RIVALS};
use crate::id::{JobId, ScopedKey};
use crate::inbox::{Acceptance, Inbox};

/// Runs every law of [`Inbox`] on what the function makes: an async function without
/// arguments that returns a [`Fixture`] of an inbox that has seen nothing.
#[macro_export]
macro_rules! inbox_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(inbox, $($make)*, [
            a_new_message_is_the_first,
            of_rival_receivers_one_gets_the_message,
            a_message_is_under_way_until_its_hold_is_over,
            a_lapsed_message_goes_to_one_of_the_rivals,
            a_finished_message_is_done_until_it_is_forgotten,
            finishing_holds_after_the_hold_was_over,
            finishing_holds_if_nobody_accepted,
            messages_do_not_touch_each_other,
        ]);
    };
}

type Seen = Fixture<dyn Inbox>;

const HOLD: Duration = Duration::from_secs(60);
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);
const MOMENT: Duration = Duration::from_secs(1);

fn key() -> ScopedKey {
    ScopedKey::new("law", &JobId::new().to_string())
}

async fn accept(inbox: &dyn Inbox, key: &ScopedKey) -> Acceptance {
    inbox.accept(key, HOLD).await.expect("the accept succeeds")
}

async fn finish(inbox: &dyn Inbox, key: &ScopedKey) {
    inbox.finish(key, KEEP).await.expect("the finish succeeds");
}

async fn assert_one_first(inbox: &Seen, key: ScopedKey) {
    let accepts = (0..RIVALS).map(|number| {
        let inbox = inbox.rival(number);
        tokio::spawn(async move { accept(&*inbox, &key).await })
    });
    let answers = join_all(accepts.collect::<Vec<_>>()).await;
    let mut firsts = 0;
    for answer in answers {
        match answer.expect("no accept panics") {
            Acceptance::First => firsts += 1,
            Acceptance::UnderWay => {}
            Acceptance::Done => panic!("nobody has finished it"),
        }
    }
    assert_eq!(firsts, 1);
}

/// Promise 1.
pub async fn a_new_message_is_the_first(inbox: Seen) {
    assert_eq!(accept(&*inbox, &key()).await, Acceptance::First);
}

/// Promise 1.
pub async fn of_rival_receivers_one_gets_the_message(inbox: Seen) {
    assert_one_first(&inbox, key()).await;
}

/// Promise 2.
pub async fn a_message_is_under_way_until_its_hold_is_over(inbox: Seen) {
    let key = key();
    accept(&*inbox, &key).await;
    inbox.advance(HOLD - MOMENT).await;
    assert_eq!(accept(inbox.other(), &key).await, Acceptance::UnderWay);
    inbox.advance(2 * MOMENT).await;
    assert_eq!(accept(inbox.other(), &key).await, Acceptance::First);
}

/// Promise 2, with 1.
pub async fn a_lapsed_message_goes_to_one_of_the_rivals(inbox: Seen) {
    let key = key();
    accept(&*inbox, &key).await;
    inbox.advance(HOLD + MOMENT).await;
    assert_one_first(&inbox, key).await;
}

/// Promise 3.
pub async fn a_finished_message_is_done_until_it_is_forgotten(inbox: Seen) {
    let key = key();
    accept(&*inbox, &key).await;
    finish(&*inbox, &key).await;
    inbox.advance(KEEP - MOMENT).await;
    assert_eq!(accept(inbox.other(), &key).await, Acceptance::Done);
    inbox.advance(2 * MOMENT).await;
    assert_eq!(accept(inbox.other(), &key).await, Acceptance::First);
}

/// Promise 4.
pub async fn finishing_holds_after_the_hold_was_over(inbox: Seen) {
    let key = key();
    accept(&*inbox, &key).await;
    inbox.advance(HOLD + MOMENT).await;
    accept(inbox.other(), &key).await;
    finish(&*inbox, &key).await;
    inbox.advance(HOLD + MOMENT).await;
    assert_eq!(accept(inbox.other(), &key).await, Acceptance::Done);
}

/// Promise 4.
pub async fn finishing_holds_if_nobody_accepted(inbox: Seen) {
    let key = key();
    finish(&*inbox, &key).await;
    assert_eq!(accept(inbox.other(), &key).await, Acceptance::Done);
}

/// Promise 5.
pub async fn messages_do_not_touch_each_other(inbox: Seen) {
    let (first, second) = (key(), key());
    accept(&*inbox, &first).await;
    finish(&*inbox, &first).await;
    assert_eq!(accept(&*inbox, &second).await, Acceptance::First);
}

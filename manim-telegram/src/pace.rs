//! How fast the bot may speak: 30 messages a second in all, one a second to a person, 20 a
//! minute to a group (<https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>).

use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

type Keyed = RateLimiter<i64, DefaultKeyedStateStore<i64>, DefaultClock>;

/// Chats remembered before those that have been silent are forgotten.
const MANY_CHATS: usize = 10_000;

const fn count(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("not zero")
}

#[derive(Debug)]
pub(crate) struct Pace {
    all: DefaultDirectRateLimiter,
    people: Keyed,
    groups: Keyed,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            all: RateLimiter::direct(Quota::per_second(count(30))),
            // Short bursts pass, the service says.
            people: RateLimiter::keyed(Quota::per_second(count(1)).allow_burst(count(3))),
            groups: RateLimiter::keyed(Quota::per_minute(count(20)).allow_burst(count(5))),
        }
    }
}

impl Pace {
    /// Waits until a message to `chat` may be sent.
    pub(crate) async fn wait(&self, chat: i64) {
        let chats = self.chats(chat);
        if chats.len() > MANY_CHATS {
            chats.retain_recent();
        }
        chats.until_key_ready(&chat).await;
        self.all.until_ready().await;
    }

    /// Whether a message that may be left out can be sent now.
    pub(crate) fn allows(&self, chat: i64) -> bool {
        self.chats(chat).check_key(&chat).is_ok() && self.all.check().is_ok()
    }

    fn chats(&self, chat: i64) -> &Keyed {
        if chat < 0 { &self.groups } else { &self.people }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_has_a_burst_and_then_a_pace_of_its_own() {
        let pace = Pace::default();
        for (chat, burst) in [(7, 3), (-7, 5)] {
            let allowed = (0..20).filter(|_| pace.allows(chat)).count();
            assert_eq!(allowed, burst, "chat {chat}");
        }
        assert!(pace.allows(8));
    }
}

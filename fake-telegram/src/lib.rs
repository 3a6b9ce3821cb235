//! A stand-in for the Telegram Bot API that is stricter than the real one.
//!
//! Every field of every call is checked against the published schema (`bot-api.json`, Bot API
//! 10.1): an unknown method or field, a missing or mistyped one is refused as Telegram refuses
//! it, and kept in [`FakeTelegram::complaints`]. Updates reach the bot by long polling or by
//! webhook with the secret header, in order, and again until the bot has taken them. The faults
//! of the real service (429, a blocked bot, a migrated group, an outage) are made on demand.
//!
//! Not here: inline queries, payments, media other than videos and photos, several bots.
//!
//! ```no_run
//! # async fn example() {
//! use fake_telegram::{Chat, FakeTelegram};
//!
//! let telegram = FakeTelegram::start("123:abc").await.unwrap();
//! let person = Chat::private(7);
//! // ... start a bot with telegram.url() and the token ...
//! telegram.says(person, "Differentiate x^2 sin(x)").await;
//! let film = telegram.message(person, |message| message.has_video()).await;
//! # }
//! ```

mod call;
mod chat;
mod desk;
mod fault;
mod hook;
mod schema;
mod server;

pub use call::{Call, Upload};
pub use chat::{Chat, Message};
pub use fault::Fault;
pub use server::FakeTelegram;

//! A Telegram chat as the front door of a pipeline: a message is a problem, the answer a film.
//!
//! # Nouns
//! - [`Telegram`] is the bot: it takes updates by [`webhook`](Telegram::webhook) or by
//!   [`poll`](Telegram::poll), one handler behind both, and answers people.
//! - [`TelegramNotifier`] is told of every job's way by the pipeline's workers: one message
//!   that is edited, then the film. [`Watcher`] adds the percents in between.
//! - [`Api`] is the client of the Bot API: the methods used, and no others.
//!
//! Of a person nothing is kept but the number of the chat, inside the record of the job that
//! was asked for there; a session's name is made from it with the bot's secret. Messages are
//! sent without markup, so no text of a user or a model can become one.
//!
//! Limits and sources: <https://core.telegram.org/bots/api> (Bot API 10.1),
//! <https://core.telegram.org/bots/faq#broadcasting-to-users>.

mod api;
mod conversation;
mod deed;
mod error;
mod intent;
mod message;
mod multipart;
mod notifier;
mod origin;
mod pace;
mod places;
mod polling;
mod progress;
mod thumbnail;
mod webhook;
mod wire;
mod words;

pub use api::{Api, ApiOptions};
pub use conversation::{Telegram, TelegramOptions};
pub use error::{ApiError, ApiErrorKind};
pub use notifier::{Delivering, TelegramNotifier};
pub use progress::Watcher;

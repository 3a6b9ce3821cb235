//! The bot: reads what people want, has the pipeline do it, and answers.
//!
//! What must not be lost (a job, a cancel, a preference) is in the stores before an update is
//! acknowledged; what is only said afterwards is said by a bounded number of tasks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manim_core::{
    Acceptance, Inbox, Pipeline, Quota, RateLimiter, ScopedKey, SessionId, StoreError, TraceParent, chain,
};
use tokio_util::task::TaskTracker;

use crate::api::Api;
use crate::error::ApiError;
use crate::intent::{self, Intent};
use crate::message::message;
use crate::origin::{Origin, session};
use crate::places::{Places, Turn};
use crate::wire::{Message, Update, User};
use crate::words::{ALL, COMMANDS, Words};

/// A copy of an update that is still being worked on is sent again by the service; it is
/// ours after this time.
const HOLD: Duration = Duration::from_secs(60);
/// The service repeats an update for a day at most.
const KEEP: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// What a bot may be told.
#[derive(Debug, Clone, Copy)]
pub struct TelegramOptions {
    /// Problems that one person may send. Default: 10 in any minute.
    pub quota: Quota,
}

impl Default for TelegramOptions {
    fn default() -> Self {
        Self {
            quota: Quota::per_minute(10),
        }
    }
}

/// The bot. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Telegram(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    api: Arc<Api>,
    pub(crate) pipeline: Pipeline,
    inbox: Arc<dyn Inbox>,
    pub(crate) limiter: Arc<dyn RateLimiter>,
    pub(crate) options: TelegramOptions,
    me: String,
    places: Arc<Places>,
    tasks: TaskTracker,
}

impl fmt::Debug for Telegram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telegram")
            .field("me", &self.0.me)
            .finish_non_exhaustive()
    }
}

/// What became of an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handled {
    /// It is done, or nobody needs to do anything about it.
    Done,
    /// Not now: have it sent again.
    Later,
}

/// Who asks, and where.
pub(crate) struct Asked {
    pub(crate) origin: Origin,
    pub(crate) session: SessionId,
    /// Whose quota a problem is taken from.
    pub(crate) person: i64,
    /// One name for all copies of the update.
    pub(crate) key: String,
    pub(crate) words: &'static Words,
}

/// What is said once the update is acknowledged.
pub(crate) enum Answer {
    Say(String, Vec<Vec<(String, String)>>),
    Nothing,
}

impl Answer {
    pub(crate) fn say(text: impl Into<String>) -> Self {
        Self::Say(text.into(), Vec::new())
    }
}

impl Telegram {
    /// Learns the bot's own name, and tells the service which commands there are.
    ///
    /// # Errors
    /// [`ApiErrorKind::Unauthorized`](crate::ApiErrorKind::Unauthorized) for a wrong token;
    /// [`Unavailable`](crate::ApiErrorKind::Unavailable).
    pub async fn start(
        api: Arc<Api>,
        pipeline: Pipeline,
        inbox: Arc<dyn Inbox>,
        limiter: Arc<dyn RateLimiter>,
        options: TelegramOptions,
    ) -> Result<Self, ApiError> {
        let me = api.get_me().await?.username.unwrap_or_default();
        for (place, words) in ALL.iter().enumerate() {
            let commands: Vec<_> = COMMANDS.into_iter().zip(words.commands).collect();
            let language = (place > 0).then_some(words.tag);
            api.set_my_commands(&commands, language).await?;
        }
        Ok(Self(Arc::new(Inner {
            api,
            pipeline,
            inbox,
            limiter,
            options,
            me,
            places: Arc::default(),
            tasks: TaskTracker::new(),
        })))
    }

    pub(crate) fn api(&self) -> &Api {
        &self.0.api
    }

    /// Waits until everything is said that updates asked for. Call it once no more come.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Does what an update asks for. Answers are on their way when this returns.
    pub(crate) async fn handle(&self, update: Update, trace: Option<TraceParent>) -> Handled {
        let Some(place) = self.0.places.take() else {
            return Handled::Later;
        };
        let key = ScopedKey::new("telegram update", &update.update_id.to_string());
        match self.0.inbox.accept(&key, HOLD).await {
            Ok(Acceptance::First) => {}
            Ok(Acceptance::UnderWay) => return Handled::Later,
            Ok(Acceptance::Done) => return Handled::Done,
            Err(error) => return later(&error),
        }
        let Some((asked, wanted, press)) = self.read(update) else {
            return self.finished(&key).await;
        };
        let answer = match self.perform(&asked, wanted, trace).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::warn!(error = chain(&error), "an update is put off");
                return Handled::Later;
            }
        };
        let handled = self.finished(&key).await;
        match place.of(asked.origin.chat) {
            Some(turn) => self.answer_in(turn, asked, press, answer),
            None => tracing::debug!("an answer is left out: the chat asks faster than it may be written to"),
        }
        handled
    }

    fn answer_in(&self, turn: Turn, asked: Asked, press: Option<String>, answer: Answer) {
        let telegram = self.clone();
        self.0.tasks.spawn(async move {
            telegram.answer(&asked, press, answer).await;
            drop(turn);
        });
    }

    async fn finished(&self, key: &ScopedKey) -> Handled {
        match self.0.inbox.finish(key, KEEP).await {
            Ok(()) => Handled::Done,
            Err(error) => later(&error),
        }
    }

    /// Who wants what; `None` for what is not meant for us.
    fn read(&self, update: Update) -> Option<(Asked, Intent, Option<String>)> {
        let key = format!("update {}", update.update_id);
        if let Some(press) = update.callback_query {
            let wanted = intent::of_press(&press);
            let message = press.message.as_ref()?;
            let asked = self.asked(message, Some(&press.from), key);
            return Some((asked, wanted, Some(press.id)));
        }
        let message = update.message?;
        let wanted = intent::of_message(&message, &self.0.me);
        let asked = self.asked(&message, message.from.as_ref(), key);
        (wanted != Intent::Nothing).then_some((asked, wanted, None))
    }

    fn asked(&self, message: &Message, from: Option<&User>, key: String) -> Asked {
        let words = Words::of(from.and_then(|from| from.language_code.as_deref()));
        Asked {
            origin: Origin {
                chat: message.chat.id,
                topic: message.topic(),
                message: message.message_id,
                language: words.tag.to_owned(),
            },
            session: session(self.0.api.token(), message.chat.id),
            person: from.map_or(message.chat.id, |from| from.id),
            key,
            words,
        }
    }

    /// What cannot be said is logged: the work itself is done.
    async fn answer(&self, asked: &Asked, press: Option<String>, answer: Answer) {
        let said = match (press, answer) {
            (Some(press), Answer::Say(text, buttons)) if buttons.is_empty() && fits_press(&text) => {
                self.0.api.answer_press(&press, &text).await
            }
            (Some(press), answer) => {
                let ended = self.0.api.answer_press(&press, "").await;
                self.say(asked, answer).await.and(ended)
            }
            (None, answer) => self.say(asked, answer).await,
        };
        if let Err(error) = said {
            tracing::warn!(error = chain(&error), "an answer was not said");
        }
    }

    async fn say(&self, asked: &Asked, answer: Answer) -> Result<(), ApiError> {
        let (text, buttons) = match answer {
            Answer::Say(text, buttons) => (text, buttons),
            Answer::Nothing => return Ok(()),
        };
        let message = message(&asked.origin, &text, &buttons);
        self.0.api.say(message).await.map(drop)
    }
}

/// The service shows at most 200 characters beside a pressed button.
fn fits_press(text: &str) -> bool {
    text.chars().count() <= 200
}

fn later(error: &StoreError) -> Handled {
    tracing::warn!(error = chain(error), "an update is put off");
    Handled::Later
}

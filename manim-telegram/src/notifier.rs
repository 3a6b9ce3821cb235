//! Tells a chat what becomes of its jobs, and hands the films over.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use manim_core::{
    Delivery, Failure, FailureKind, Job, Memo, Notice, Notifier, NotifyError, NotifyErrorKind, Receipt,
    Status,
};

use crate::api::Api;
use crate::error::{ApiError, ApiErrorKind, untold};
use crate::intent::RETRY;
use crate::message::{cancel_button, message, shortened};
use crate::multipart::Film;
use crate::origin::Origin;
use crate::progress::{Board, Shown, Watcher, is_stage, stage_text};
use crate::thumbnail::thumbnail;
use crate::words::Words;

/// Bots may send files of 50 MB (<https://core.telegram.org/bots/api#sending-files>).
const MAX_FILM_BYTES: u64 = 50 * 1000 * 1000;
/// A caption has at most 1024 characters; a problem is longer than anybody reads there.
const CAPTION_CHARS: usize = 300;

type Link = dyn Fn(&Job) -> Option<String> + Send + Sync;

/// How films reach a chat.
#[derive(Clone, Default)]
pub struct Delivering {
    link: Option<Arc<Link>>,
    always_link: bool,
}

impl Delivering {
    /// As videos; films too large for the service are lost to the chat.
    pub fn videos() -> Self {
        Self::default()
    }

    /// As videos; too large ones behind the address that `link` gives.
    pub fn videos_or_links(link: impl Fn(&Job) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            link: Some(Arc::new(link)),
            always_link: false,
        }
    }

    /// Behind the address that `link` gives. Previews are disabled, so that only a person's
    /// tap uses the film's single access up.
    pub fn links(link: impl Fn(&Job) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            link: Some(Arc::new(link)),
            always_link: true,
        }
    }

    fn link(&self, job: &Job, bytes: u64) -> Option<String> {
        let wanted = self.always_link || bytes > MAX_FILM_BYTES;
        self.link.as_ref().filter(|_| wanted).and_then(|link| link(job))
    }
}

impl fmt::Debug for Delivering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivering")
            .field("link", &self.link.is_some())
            .field("always_link", &self.always_link)
            .finish()
    }
}

/// The [`Notifier`] of jobs that were asked for in a chat.
#[derive(Debug)]
pub struct TelegramNotifier {
    api: Arc<Api>,
    board: Arc<Board>,
    delivering: Delivering,
}

impl TelegramNotifier {
    /// The notifier, and what shows percents between its messages.
    pub fn new(api: Arc<Api>, delivering: Delivering) -> (Self, Watcher) {
        let (board, jobs) = Board::new(Arc::clone(&api));
        let watcher = Watcher {
            board: Arc::clone(&board),
            jobs,
        };
        let notifier = Self {
            api,
            board,
            delivering,
        };
        (notifier, watcher)
    }

    async fn show_stage(&self, job: &Job, origin: &Origin, notice: &Notice) -> Result<Shown, ApiError> {
        let words = Words::of(Some(&origin.language));
        let text = stage_text(words.status(notice.status), job.id());
        let before = self.board.shown(job.id(), job.memo(self.name()));
        let message = self
            .board
            .show(origin, before, &text, &cancel_button(words, job.id()))
            .await?;
        self.board.watch(job.id());
        Ok(Shown {
            message,
            notice: notice.number,
        })
    }

    /// The message of a job that has ended says so, and has no button.
    async fn close(&self, job: &Job, origin: &Origin, notice: &Notice) -> Result<Option<Shown>, ApiError> {
        let Some(before) = self.board.shown(job.id(), job.memo(self.name())) else {
            return Ok(None);
        };
        let words = Words::of(Some(&origin.language));
        let sign = if notice.status == Status::Delivered {
            '✅'
        } else {
            '❌'
        };
        let text = format!("{sign} {}\n{}", words.status(notice.status), job.id());
        let message = self.board.show(origin, Some(before), &text, &[]).await?;
        Ok(Some(Shown {
            message,
            notice: notice.number,
        }))
    }

    /// Why there is no film, in one sentence, and the way to try again. A new message, so that
    /// the person hears of it.
    async fn explain(&self, job: &Job, origin: &Origin) -> Result<(), ApiError> {
        let words = Words::of(Some(&origin.language));
        let kind = job
            .failure()
            .map_or(FailureKind::Internal, |failure: &Failure| failure.kind);
        let retry = (words.retry.to_owned(), format!("{RETRY}{}", job.id()));
        let text = words.failure(kind);
        self.api
            .say(message(origin, text, &[vec![retry]]))
            .await
            .map(drop)
    }

    async fn enter(&self, job: &Job, origin: &Origin, notice: &Notice) -> Result<Option<Shown>, ApiError> {
        match notice.status {
            status if is_stage(status) => self.show_stage(job, origin, notice).await.map(Some),
            Status::Failed | Status::Expired => {
                self.explain(job, origin).await?;
                self.close(job, origin, notice).await
            }
            Status::Delivered | Status::Cancelled => self.close(job, origin, notice).await,
            _ => Ok(None),
        }
    }

    async fn send_film(&self, delivery: &Delivery<'_>, origin: &Origin) -> Result<(), ApiError> {
        let poster = delivery.poster.bytes().await.unwrap_or_default();
        let film = Film {
            to: origin,
            info: &delivery.film.info,
            video: delivery.video.clone(),
            thumbnail: thumbnail(&poster).map(Into::into),
            caption: caption(delivery.job),
        };
        match self.api.send_video(origin.chat, film.form(origin.chat)).await {
            Err(error) => match error.kind() {
                ApiErrorKind::Migrated(chat) => self.api.send_video(chat, film.form(chat)).await.map(drop),
                _ => Err(error),
            },
            sent => sent.map(drop),
        }
    }

    async fn send_link(&self, origin: &Origin, link: String) -> Result<(), ApiError> {
        let words = Words::of(Some(&origin.language));
        let open = vec![vec![(words.open.to_owned(), link)]];
        self.api.say(message(origin, words.link, &open)).await.map(drop)
    }
}

#[async_trait]
impl Notifier for TelegramNotifier {
    fn name(&self) -> &str {
        "telegram"
    }

    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError> {
        let Some(origin) = Origin::of(job) else {
            return Ok(None);
        };
        let known = self.board.shown(job.id(), job.memo(self.name()));
        if known.as_ref().is_some_and(|shown| shown.notice >= notice.number) {
            return Ok(known.and_then(|shown| shown.memo()));
        }
        let Some(shown) = self.enter(job, &origin, notice).await.map_err(untold)? else {
            return Ok(None);
        };
        match notice.status.is_terminal() {
            true => self.board.forget(job.id()),
            false => self.board.remember(job.id(), shown.clone()),
        }
        Ok(shown.memo())
    }

    async fn deliver(&self, delivery: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        let Some(origin) = Origin::of(delivery.job) else {
            return Ok(Receipt::NotMine);
        };
        let bytes = delivery.film.info.bytes;
        if let Some(link) = self.delivering.link(delivery.job, bytes) {
            self.send_link(&origin, link).await.map_err(untold)?;
            return Ok(Receipt::Announced);
        }
        if bytes > MAX_FILM_BYTES {
            let words = Words::of(Some(&origin.language));
            let said = self.api.say(message(&origin, words.too_large, &[])).await;
            said.map_err(untold)?;
            let size = format!("a film of {bytes} bytes to a Telegram chat");
            return Err(NotifyError::new(NotifyErrorKind::TooLarge, "hand", size));
        }
        self.send_film(delivery, &origin).await.map_err(untold)?;
        Ok(Receipt::Taken)
    }
}

fn caption(job: &Job) -> String {
    shortened(job.problem().as_str(), CAPTION_CHARS)
}

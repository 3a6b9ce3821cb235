//! The one message of a job that is edited while the job goes its way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use manim_core::{Change, JobEvent, JobId, Memo, Pipeline, Progress, Status, chain};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::api::Api;
use crate::error::{ApiError, ApiErrorKind};
use crate::message::{cancel_button, keyboard, message};
use crate::origin::Origin;
use crate::words::{Words, fill};

/// Jobs whose percents are shown at once; of others only the stages are.
const WATCHED: usize = 256;
/// Edits of one message: more often annoys people and meets the service's limits.
const EDIT_PAUSE: Duration = Duration::from_secs(3);
/// Groups have 20 messages a minute for everything.
const GROUP_EDIT_PAUSE: Duration = Duration::from_secs(8);
/// Messages remembered beside the records; the records know them too.
const REMEMBERED: usize = 10_000;

/// What a job's message is, as the notifier and the watcher know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) message: i64,
    /// The last notice that it shows.
    pub(crate) notice: u64,
}

impl Shown {
    pub(crate) fn memo(&self) -> Option<Memo> {
        Memo::parse(format!("{}/{}", self.message, self.notice)).ok()
    }

    pub(crate) fn parse(memo: &Memo) -> Option<Self> {
        let (message, notice) = memo.as_str().split_once('/')?;
        Some(Self {
            message: message.parse().ok()?,
            notice: notice.parse().ok()?,
        })
    }
}

/// The messages of the jobs under way in this process.
#[derive(Debug)]
pub(crate) struct Board {
    api: Arc<Api>,
    shown: Mutex<HashMap<JobId, Shown>>,
    watched: mpsc::Sender<JobId>,
}

impl Board {
    /// The board, and where the jobs to be watched come out.
    pub(crate) fn new(api: Arc<Api>) -> (Arc<Self>, mpsc::Receiver<JobId>) {
        let (watched, jobs) = mpsc::channel(WATCHED);
        let board = Self {
            api,
            shown: Mutex::default(),
            watched,
        };
        (Arc::new(board), jobs)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<JobId, Shown>> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is shown of the job: here, or as its record remembers it.
    pub(crate) fn shown(&self, job: JobId, memo: Option<&Memo>) -> Option<Shown> {
        let here = self.all().get(&job).cloned();
        let there = memo.and_then(Shown::parse);
        match (here, there) {
            (Some(here), Some(there)) if there.notice > here.notice => Some(there),
            (Some(here), _) => Some(here),
            (None, there) => there,
        }
    }

    pub(crate) fn remember(&self, job: JobId, shown: Shown) {
        let mut all = self.all();
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(job, shown);
    }

    pub(crate) fn forget(&self, job: JobId) {
        self.all().remove(&job);
    }

    /// Has the percents of a job shown, if there is room.
    pub(crate) fn watch(&self, job: JobId) {
        let _ = self.watched.try_send(job);
    }

    /// Sends the job's message, or edits it to `text`. A message that people have deleted is
    /// left alone.
    pub(crate) async fn show(
        &self,
        origin: &Origin,
        shown: Option<Shown>,
        text: &str,
        buttons: &[Vec<(String, String)>],
    ) -> Result<i64, ApiError> {
        let Some(shown) = shown else {
            let sent = self.api.say(message(origin, text, buttons)).await?;
            return Ok(sent.message_id);
        };
        let mut edit = json!({
            "chat_id": origin.chat, "message_id": shown.message, "text": text,
            "link_preview_options": {"is_disabled": true},
        });
        if !buttons.is_empty() {
            edit["reply_markup"] = keyboard(buttons);
        }
        match self.api.edit(edit).await {
            Err(error) if error.kind() == ApiErrorKind::MessageGone => Ok(shown.message),
            edited => edited.map(|()| shown.message),
        }
    }

    /// Shows a percent, unless the stage has changed meanwhile or the chat has no room now.
    async fn show_percent(&self, job: JobId, origin: &Origin, stage: u64, percent: u64) {
        let current = self.shown(job, None).filter(|shown| shown.notice == stage);
        if current.is_none() || !self.api.pace().allows(origin.chat) {
            return;
        }
        let words = Words::of(Some(&origin.language));
        let text = stage_text(&fill(words.drawn, "percent", percent), job);
        if let Err(error) = self
            .show(origin, current, &text, &cancel_button(words, job))
            .await
        {
            tracing::debug!(%job, error = chain(&error), "a percent was not shown");
        }
    }
}

/// What a job's message says.
pub(crate) fn stage_text(stage: &str, job: JobId) -> String {
    format!("⏳ {stage}…\n{job}")
}

/// Shows how much of each film is drawn, between the stages that the notifier shows. Optional:
/// without it people see the stages only.
#[derive(Debug)]
pub struct Watcher {
    pub(crate) board: Arc<Board>,
    pub(crate) jobs: mpsc::Receiver<JobId>,
}

impl Watcher {
    /// Watches the jobs that workers of `pipeline` in this process work on, until `shutdown`.
    pub async fn run(mut self, pipeline: Pipeline, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut watching = FuturesUnordered::new();
        loop {
            tokio::select! {
                () = &mut shutdown => return,
                Some(job) = self.jobs.recv(), if watching.len() < WATCHED => {
                    watching.push(watch(Arc::clone(&self.board), pipeline.clone(), job));
                }
                Some(()) = watching.next(), if !watching.is_empty() => {}
            }
        }
    }
}

async fn watch(board: Arc<Board>, pipeline: Pipeline, id: JobId) {
    let Ok(job) = pipeline.job(id).await else { return };
    let Some(origin) = Origin::of(&job) else { return };
    let Ok(events) = pipeline.events(id).await else {
        return;
    };
    let mut events = std::pin::pin!(events);
    let pause = if origin.is_group() {
        GROUP_EDIT_PAUSE
    } else {
        EDIT_PAUSE
    };
    let (mut last, mut said) = (Instant::now(), 0);
    while let Some(JobEvent { change, .. }) = events.next().await {
        match change {
            Change::Entered { status } if status.is_settled() => return,
            Change::Entered { .. } => (last, said) = (Instant::now(), 0),
            Change::Rendering(progress) => {
                let percent = percent(progress);
                if percent > said && last.elapsed() >= pause {
                    let stage = board.shown(id, None).map_or(0, |shown| shown.notice);
                    board.show_percent(id, &origin, stage, percent).await;
                    (last, said) = (Instant::now(), percent);
                }
            }
            _ => {}
        }
    }
}

/// Of the frames known; 0 while nothing is known.
fn percent(progress: Progress) -> u64 {
    match progress.frames_total {
        Some(total) if total > 0 => (progress.frames_done * 100 / total).min(99),
        _ => 0,
    }
}

/// Whether people see a job in this status as under way.
pub(crate) const fn is_stage(status: Status) -> bool {
    matches!(
        status,
        Status::AiGenerating | Status::CodeValidating | Status::Rendering | Status::Uploading
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_comes_back_from_its_memo() {
        let shown = Shown {
            message: 77,
            notice: 3,
        };
        assert_eq!(Shown::parse(&shown.memo().unwrap()), Some(shown));
        assert_eq!(Shown::parse(&Memo::parse("77").unwrap()), None);
    }

    #[test]
    fn a_film_is_never_wholly_drawn_before_it_is_there() {
        let of = |done, total| {
            percent(Progress {
                frames_done: done,
                frames_total: total,
            })
        };
        assert_eq!(
            (of(50, Some(200)), of(200, Some(200)), of(5, None), of(5, Some(0))),
            (25, 99, 0, 0)
        );
    }
}

//! The bot: reads what people want, has the pipeline do it, and answers.
//!
//! What must not be lost (a job, a cancel, a preference) is in the stores before an update is
//! acknowledged; what is only said afterwards is said by a bounded number of tasks.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use manim_core::{
    Acceptance, Admission, Inbox, InvalidProblem, Job, JobId, Page, Pipeline, PipelineError,
    PipelineErrorKind, ProblemText, Quality, Quota, RateLimiter, ScopedKey, SessionId, Status, StoreError,
    Submission, TraceParent, chain,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use crate::api::Api;
use crate::error::ApiError;
use crate::intent::{self, CANCEL, Intent, QUALITY};
use crate::multipart::reply_to;
use crate::origin::{Origin, session};
use crate::wire::{Message, Update, User};
use crate::words::{ALL, COMMANDS, Words, fill};

/// A copy of an update that is still being worked on is sent again by the service; it is
/// ours after this time.
const HOLD: Duration = Duration::from_secs(60);
/// The service repeats an update for a day at most.
const KEEP: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// Films listed by `/jobs`.
const LISTED: usize = 10;
/// Answers under way at once; with more, updates wait at the service.
const ANSWERS: usize = 256;

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
pub struct Telegram(Arc<Inner>);

struct Inner {
    api: Arc<Api>,
    pipeline: Pipeline,
    inbox: Arc<dyn Inbox>,
    limiter: Arc<dyn RateLimiter>,
    options: TelegramOptions,
    me: String,
    answers: Arc<Semaphore>,
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
struct Asked {
    origin: Origin,
    session: SessionId,
    /// Whose quota a problem is taken from.
    person: i64,
    /// One name for all copies of the update.
    key: String,
    words: &'static Words,
}

/// What is said once the update is acknowledged.
enum Answer {
    Say(String, Vec<Vec<(String, String)>>),
    Nothing,
}

impl Answer {
    fn say(text: impl Into<String>) -> Self {
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
            answers: Arc::new(Semaphore::new(ANSWERS)),
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
        let key = ScopedKey::new("telegram update", &update.update_id.to_string());
        match self.0.inbox.accept(&key, HOLD).await {
            Ok(Acceptance::First) => {}
            Ok(Acceptance::UnderWay) => return Handled::Later,
            Ok(Acceptance::Done) => return Handled::Done,
            Err(error) => return later(&error),
        }
        let Ok(permit) = Arc::clone(&self.0.answers).try_acquire_owned() else {
            return Handled::Later;
        };
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
        let telegram = self.clone();
        self.0.tasks.spawn(async move {
            telegram.answer(&asked, press, answer).await;
            drop(permit);
        });
        handled
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

    async fn perform(
        &self,
        asked: &Asked,
        wanted: Intent,
        trace: Option<TraceParent>,
    ) -> Result<Answer, PipelineError> {
        let words = asked.words;
        match wanted {
            Intent::Start => Ok(Answer::say(words.start)),
            Intent::Help => Ok(Answer::say(words.help)),
            Intent::NoText => Ok(Answer::say(words.no_text)),
            Intent::Unknown => Ok(Answer::say(words.unknown)),
            Intent::Nothing => Ok(Answer::Nothing),
            Intent::Problem(text) => self.take_problem(asked, &text, trace).await,
            Intent::Retry(job) => self.retry(asked, job, trace).await,
            Intent::Status(job) => self.status(asked, job).await,
            Intent::Jobs => self.jobs(asked).await,
            Intent::Cancel(job) => self.cancel(asked, job).await,
            Intent::Quality(quality) => self.quality(asked, quality).await,
        }
    }

    async fn take_problem(
        &self,
        asked: &Asked,
        text: &str,
        trace: Option<TraceParent>,
    ) -> Result<Answer, PipelineError> {
        match ProblemText::parse(text) {
            Ok(problem) => self.submit(asked, problem, None, trace).await,
            Err(why) => Ok(Answer::say(complaint(asked.words, why))),
        }
    }

    /// The same problem in the same quality, as a new job.
    async fn retry(
        &self,
        asked: &Asked,
        job: JobId,
        trace: Option<TraceParent>,
    ) -> Result<Answer, PipelineError> {
        match self.own(asked, Some(job)).await? {
            Some(job) => {
                let quality = job.settings().quality;
                self.submit(asked, job.problem().clone(), Some(quality), trace)
                    .await
            }
            None => Ok(Answer::say(asked.words.no_such_job)),
        }
    }

    async fn submit(
        &self,
        asked: &Asked,
        problem: ProblemText,
        quality: Option<Quality>,
        trace: Option<TraceParent>,
    ) -> Result<Answer, PipelineError> {
        if let Some(wait) = self.refused(asked).await {
            return Ok(Answer::say(fill(asked.words.too_many, "seconds", wait)));
        }
        let mut settings = self.0.pipeline.preference(asked.session).await?;
        if let Some(quality) = quality {
            settings = settings.with_quality(quality);
        }
        let mut submission = Submission::new(asked.session, problem)
            .with_settings(settings)
            .with_key(&asked.key);
        if let Some(origin) = asked.origin.memo() {
            submission = submission.with_origin(origin);
        }
        if let Some(trace) = trace {
            submission = submission.with_trace(trace);
        }
        match self.0.pipeline.submit(submission).await {
            Ok(job) => Ok(Answer::Say(
                fill(asked.words.accepted, "job", job),
                cancel_button(asked.words, job),
            )),
            Err(error) if error.kind() == PipelineErrorKind::Busy => Ok(Answer::say(asked.words.busy)),
            Err(error) => Err(error),
        }
    }

    /// Seconds to wait, if this person has sent too much. Without an answer of the limiter
    /// people are let in.
    async fn refused(&self, asked: &Asked) -> Option<u64> {
        let key = ScopedKey::new("telegram person", &asked.person.to_string());
        match self.0.limiter.take(&key, self.0.options.quota).await {
            Ok(Admission::Allowed { .. }) => None,
            Ok(Admission::Refused { retry_after }) => Some(retry_after.as_secs() + 1),
            Err(error) => {
                tracing::warn!(error = chain(&error), "the rate limits are out of reach");
                None
            }
        }
    }

    async fn status(&self, asked: &Asked, job: Option<JobId>) -> Result<Answer, PipelineError> {
        let words = asked.words;
        Ok(match (self.own(asked, job).await?, job) {
            (Some(job), _) if job.status().is_settled() => Answer::say(line(words, &job)),
            (Some(job), _) => Answer::Say(line(words, &job), cancel_button(words, job.id())),
            (None, Some(_)) => Answer::say(words.no_such_job),
            (None, None) => Answer::say(words.no_jobs),
        })
    }

    async fn jobs(&self, asked: &Asked) -> Result<Answer, PipelineError> {
        let jobs = self.0.pipeline.jobs(asked.session, Page::first(LISTED)).await?;
        if jobs.is_empty() {
            return Ok(Answer::say(asked.words.no_jobs));
        }
        let lines = jobs.iter().map(|job| line(asked.words, job));
        let list = std::iter::once(asked.words.jobs.to_owned()).chain(lines);
        Ok(Answer::say(list.collect::<Vec<_>>().join("\n\n")))
    }

    async fn cancel(&self, asked: &Asked, job: Option<JobId>) -> Result<Answer, PipelineError> {
        let found = match job {
            Some(_) => self.own(asked, job).await?,
            None => self.newest_active(asked).await?,
        };
        let Some(found) = found.filter(|job| !job.status().is_terminal()) else {
            return Ok(Answer::say(asked.words.nothing_to_cancel));
        };
        let job = self.0.pipeline.cancel(found.id()).await?;
        Ok(match job.status() {
            Status::Cancelled => Answer::say(asked.words.cancelled),
            _ => Answer::say(asked.words.nothing_to_cancel),
        })
    }

    async fn newest_active(&self, asked: &Asked) -> Result<Option<Job>, PipelineError> {
        let jobs = self.0.pipeline.jobs(asked.session, Page::first(LISTED)).await?;
        Ok(jobs.into_iter().find(|job| !job.status().is_terminal()))
    }

    async fn quality(&self, asked: &Asked, quality: Option<Quality>) -> Result<Answer, PipelineError> {
        let words = asked.words;
        let settings = self.0.pipeline.preference(asked.session).await?;
        let Some(quality) = quality else {
            let text = fill(words.quality_is, "quality", words.quality(settings.quality));
            let button =
                |quality: Quality| (words.quality(quality).to_owned(), format!("{QUALITY}{quality}"));
            let buttons = [Quality::Low, Quality::Medium, Quality::High].map(button);
            return Ok(Answer::Say(text, vec![buttons.to_vec()]));
        };
        self.0
            .pipeline
            .prefer(asked.session, settings.with_quality(quality))
            .await?;
        let text = fill(words.quality_set, "quality", words.quality(quality));
        Ok(Answer::say(text))
    }

    /// A job of this chat: the one named, or the newest.
    async fn own(&self, asked: &Asked, job: Option<JobId>) -> Result<Option<Job>, PipelineError> {
        let Some(id) = job else {
            let newest = self.0.pipeline.jobs(asked.session, Page::first(1)).await?;
            return Ok(newest.into_iter().next());
        };
        match self.0.pipeline.job(id).await {
            Ok(job) => Ok(Some(job).filter(|job| job.session() == asked.session)),
            Err(error) if error.kind() == PipelineErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
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

/// A message to where something was asked, as an answer to it.
pub(crate) fn message(origin: &Origin, text: &str, buttons: &[Vec<(String, String)>]) -> Value {
    let mut message = json!({
        "chat_id": origin.chat, "text": text,
        "reply_parameters": reply_to(origin.message),
        "link_preview_options": {"is_disabled": true},
    });
    if let Some(topic) = origin.topic {
        message["message_thread_id"] = topic.into();
    }
    if !buttons.is_empty() {
        message["reply_markup"] = keyboard(buttons);
    }
    message
}

/// Rows of buttons; what a button does is data for us, or an address.
pub(crate) fn keyboard(rows: &[Vec<(String, String)>]) -> Value {
    let button = |(text, does): &(String, String)| {
        let kind = if does.contains("://") {
            "url"
        } else {
            "callback_data"
        };
        json!({"text": text, kind: does})
    };
    let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(button).collect()).collect();
    json!({ "inline_keyboard": rows })
}

pub(crate) fn cancel_button(words: &Words, job: JobId) -> Vec<Vec<(String, String)>> {
    vec![vec![(words.cancel.to_owned(), format!("{CANCEL}{job}"))]]
}

/// One job in one glance.
fn line(words: &Words, job: &Job) -> String {
    let problem = shortened(job.problem().as_str(), 60);
    format!("{problem}\n{} – {}", words.status(job.status()), job.id())
}

/// At most so many characters, on one line.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if flat.chars().count() <= most {
        return flat;
    }
    let start: String = flat.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", start.trim_end())
}

fn complaint(words: &Words, why: InvalidProblem) -> String {
    match why {
        InvalidProblem::TooShort(count) => {
            let text = fill(words.too_short, "count", count);
            fill(&text, "least", ProblemText::MIN_CHARS)
        }
        InvalidProblem::TooLong(count) => {
            let text = fill(words.too_long, "count", count);
            fill(&text, "most", ProblemText::MAX_CHARS)
        }
        InvalidProblem::ControlCharacter(_) => words.odd_character.to_owned(),
        _ => words.empty.to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_problem_is_shortened_between_characters() {
        assert_eq!(shortened("äöü äöü", 5), "äöü…");
        assert_eq!(shortened(" a \n b ", 5), "a b");
    }

    #[test]
    fn addresses_and_data_are_different_buttons() {
        let rows = vec![vec![
            ("a".to_owned(), "https://example.org/x".to_owned()),
            ("b".to_owned(), "cancel:1".to_owned()),
        ]];
        let board = keyboard(&rows);
        assert_eq!(board["inline_keyboard"][0][0]["url"], "https://example.org/x");
        assert_eq!(board["inline_keyboard"][0][1]["callback_data"], "cancel:1");
    }
}

//! What each wish of a person does to jobs and preferences, and what is said about it.

use manim_core::{
    Admission, InvalidProblem, Job, JobId, Page, PipelineError, PipelineErrorKind, ProblemText, Quality,
    ScopedKey, Status, Submission, TraceParent, chain,
};

use crate::conversation::{Answer, Asked, Telegram};
use crate::intent::{Intent, QUALITY};
use crate::message::{cancel_button, shortened};
use crate::words::{Words, fill};

/// Films listed by `/jobs`.
const LISTED: usize = 10;

impl Telegram {
    pub(crate) async fn perform(
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
}

/// One job in one glance.
fn line(words: &Words, job: &Job) -> String {
    let problem = shortened(job.problem().as_str(), 60);
    format!("{problem}\n{} – {}", words.status(job.status()), job.id())
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

//! Brings news and films out: the outbox, the notifiers, the single access.

use super::{Pipeline, PipelineError, PipelineErrorKind, stored};
use crate::error::{Retry, chain};
use crate::film::Film;
use crate::film::StoredFilm;
use crate::id::{JobId, SessionId};
use crate::job::{Event, Job};
use crate::notifier::Notice;
use crate::notifier::{Delivery, Notifier, NotifyError, Receipt};
use crate::session::{StoreErrorKind, Versioned};
use crate::status::Status;

impl Pipeline {
    /// Grants the single access to a film: of any number of callers, at any time, one gets
    /// it. The blobs stay until [`discard`](Self::discard), or until they are swept.
    ///
    /// # Errors
    /// [`NotFound`](PipelineErrorKind::NotFound) also for another session's job,
    /// [`NotReady`](PipelineErrorKind::NotReady), [`Gone`](PipelineErrorKind::Gone).
    pub async fn open_film(&self, session: SessionId, id: JobId) -> Result<Film, PipelineError> {
        let mut job = self.owned(session, id).await?;
        let film = offered(&job.value)?;
        let opened = self.shelf(id).open(&film).await;
        let opened = opened.map_err(|error| stored("open the film of", id, error))?;
        job.value
            .apply(Event::Accessed, self.0.clock.now())
            .map_err(|error| super::illegal(id, error))?;
        match self.save(&mut job).await {
            Ok(()) => {
                self.clear_outbox(&mut job, false).await;
                Ok(opened)
            }
            Err(error) if error.kind() == StoreErrorKind::Conflict => Err(PipelineError::new(
                PipelineErrorKind::Gone,
                "open the film of",
                id.to_string(),
            )),
            Err(error) => Err(stored("save", id, error)),
        }
    }

    /// Removes a delivered film's blobs: its reader is done.
    pub async fn discard(&self, id: JobId) -> Result<(), PipelineError> {
        let job = self.load(id).await?.value;
        if job.status().is_terminal() {
            self.remove_film(id).await;
        }
        Ok(())
    }

    async fn owned(&self, session: SessionId, id: JobId) -> Result<Versioned<Job>, PipelineError> {
        let job = self.load(id).await?;
        if job.value.session() == session {
            return Ok(job);
        }
        Err(PipelineError::new(
            PipelineErrorKind::NotFound,
            "load job",
            id.to_string(),
        ))
    }

    /// Tells all notifiers what is in the outbox, in order, as far as they can be told now.
    /// What was told is forgotten by the next save; whether there is anything to forget is
    /// the answer.
    pub(super) async fn tell(&self, job: &mut Versioned<Job>) -> bool {
        let owed = job.value.outbox().to_vec();
        for notice in &owed {
            if !self.tell_all(&job.value, notice).await {
                break;
            }
            job.value.told(notice.number);
        }
        job.value.outbox().len() < owed.len()
    }

    /// Tells what is still owed, and saves that it was told (`told`: something was before).
    pub(super) async fn clear_outbox(&self, job: &mut Versioned<Job>, told: bool) {
        if !self.tell(job).await && !told {
            return;
        }
        if let Err(error) = self.save(job).await {
            let id = job.value.id();
            tracing::debug!(job = %id, error = chain(&error), "outbox not saved; it will be told again");
        }
    }

    async fn tell_all(&self, job: &Job, notice: &Notice) -> bool {
        let mut all = true;
        for notifier in &self.0.notifiers {
            all &= settled(job, notifier.as_ref(), notifier.notify(job, notice).await).is_ok();
        }
        all
    }

    /// Offers a ready film to the notifiers. `Ok(true)`: somebody has taken it.
    pub(super) async fn offer(&self, job: &Job, film: &StoredFilm) -> Result<bool, NotifyError> {
        let shelf = self.shelf(job.id());
        for notifier in &self.0.notifiers {
            let delivery = Delivery {
                job,
                film,
                video: shelf.video(film),
                poster: shelf.picture(&film.poster).await.unwrap_or_default().into(),
            };
            match settled(job, notifier.as_ref(), notifier.deliver(&delivery).await)? {
                Some(Receipt::Taken) => return Ok(true),
                Some(Receipt::Announced | Receipt::NotMine) | None => {}
            }
        }
        Ok(false)
    }
}

fn offered(job: &Job) -> Result<StoredFilm, PipelineError> {
    let kind = match (job.status(), job.film()) {
        (Status::Ready, Some(film)) => return Ok(film.clone()),
        (Status::Delivered | Status::Expired, _) => PipelineErrorKind::Gone,
        _ => PipelineErrorKind::NotReady,
    };
    let subject = format!("{} ({})", job.id(), job.status());
    Err(PipelineError::new(kind, "open the film of", subject))
}

/// A failure that no repeat mends counts as told: it is logged, and nothing waits for it.
fn settled<T>(
    job: &Job,
    notifier: &dyn Notifier,
    told: Result<T, NotifyError>,
) -> Result<Option<T>, NotifyError> {
    match told {
        Ok(receipt) => Ok(Some(receipt)),
        Err(error) => {
            tracing::warn!(job = %job.id(), notifier = notifier.name(), error = chain(&error), "not told");
            match error.retry() {
                Retry::Never => Ok(None),
                Retry::Now | Retry::After(_) => Err(error),
            }
        }
    }
}

//! Brings news and films to the notifiers: the outbox, the offer.

use super::Pipeline;
use crate::error::{Retry, chain};
use crate::film::StoredFilm;
use crate::job::Job;
use crate::notifier::Notice;
use crate::notifier::{Delivery, Notifier, NotifyError, Receipt};
use crate::session::Versioned;

impl Pipeline {
    /// Tells all notifiers what is in the outbox, in order, as far as they can be told now.
    /// The next save forgets what was told and writes what is to be remembered; whether there
    /// is anything of that is the answer.
    pub(super) async fn tell(&self, job: &mut Versioned<Job>) -> bool {
        let owed = job.value.outbox().to_vec();
        let mut remembered = false;
        for notice in &owed {
            let told = self.tell_all(&mut job.value, notice).await;
            remembered |= told.remembered;
            if !told.all {
                break;
            }
            job.value.told(notice.number);
        }
        remembered || job.value.outbox().len() < owed.len()
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

    async fn tell_all(&self, job: &mut Job, notice: &Notice) -> Told {
        let mut told = Told {
            all: true,
            remembered: false,
        };
        for notifier in &self.0.notifiers {
            match settled(job, notifier.as_ref(), notifier.notify(job, notice).await) {
                Ok(Some(Some(memo))) => {
                    job.remember(notifier.name(), memo);
                    told.remembered = true;
                }
                Ok(_) => {}
                Err(_) => told.all = false,
            }
        }
        told
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

/// What became of one notice.
struct Told {
    /// Everybody was told.
    all: bool,
    /// Somebody wants to remember something.
    remembered: bool,
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

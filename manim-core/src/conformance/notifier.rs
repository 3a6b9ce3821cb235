//! Laws of [`Notifier`].

use std::fmt;
use std::sync::Arc;

use tokio::time::timeout;

use super::SOON;
use super::sample::{job, ready_job, stored_film};
use crate::film::Content;
use crate::id::SessionId;
use crate::job::Job;
use crate::memo::Memo;
use crate::notifier::Notice;
use crate::notifier::{Delivery, Notifier, Receipt};
use crate::scene::Format;
use crate::testing::stub_film;

/// Runs every law of [`Notifier`] on what the function makes: an async function without
/// arguments that returns a [`NotifierFixture`].
#[macro_export]
macro_rules! notifier_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(notifier, $($make)*, [
            its_name_is_stable,
            a_repeated_notice_has_no_further_effect,
            notices_of_one_job_take_effect_in_order,
            a_film_that_is_taken_is_with_its_recipient,
            a_job_of_others_is_answered_at_once,
        ]);
    };
}

/// A notifier, and a look at its recipients.
pub struct NotifierFixture {
    notifier: Arc<dyn Notifier>,
    session: SessionId,
    origin: Option<Memo>,
    messages: Box<dyn Fn() -> usize + Send + Sync>,
    films: Box<dyn Fn() -> usize + Send + Sync>,
}

impl NotifierFixture {
    /// A notifier to which only the jobs of `session` belong. `messages` counts what its
    /// recipients were told so far, `films` what they hold.
    pub fn new(
        notifier: Arc<dyn Notifier>,
        session: SessionId,
        messages: impl Fn() -> usize + Send + Sync + 'static,
        films: impl Fn() -> usize + Send + Sync + 'static,
    ) -> Self {
        Self {
            notifier,
            session,
            origin: None,
            messages: Box::new(messages),
            films: Box::new(films),
        }
    }

    /// Only jobs that were asked for from `origin` belong to the notifier.
    #[must_use]
    pub fn with_origin(mut self, origin: Memo) -> Self {
        self.origin = Some(origin);
        self
    }

    fn own(&self, job: Job) -> Job {
        match &self.origin {
            Some(origin) => job.with_origin(origin.clone()),
            None => job,
        }
    }

    async fn tell(&self, job: &Job, notice: &Notice) {
        self.notifier
            .notify(job, notice)
            .await
            .expect("the notice is told");
    }

    async fn offer(&self, job: &Job) -> Receipt {
        let film = stub_film(Format::Mp4);
        let delivery = Delivery {
            job,
            film: &stored_film(),
            video: film.video,
            poster: Content::from(film.poster),
        };
        self.notifier
            .deliver(&delivery)
            .await
            .expect("the film is offered")
    }
}

impl fmt::Debug for NotifierFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NotifierFixture").field(&self.notifier).finish()
    }
}

/// For records and logs.
pub async fn its_name_is_stable(fixture: NotifierFixture) {
    let name = fixture.notifier.name().to_owned();
    fixture.offer(&fixture.own(ready_job(fixture.session))).await;
    assert!(!name.is_empty());
    assert_eq!(fixture.notifier.name(), name);
}

/// Promise 1.
pub async fn a_repeated_notice_has_no_further_effect(fixture: NotifierFixture) {
    let job = fixture.own(job(fixture.session, 0));
    let notice = job.outbox()[0];
    fixture.tell(&job, &notice).await;
    let once = (fixture.messages)();
    fixture.tell(&job, &notice).await;
    assert_eq!((fixture.messages)(), once);
}

/// Promise 2: the notifier may rely on the order, and gets along with it.
pub async fn notices_of_one_job_take_effect_in_order(fixture: NotifierFixture) {
    let job = fixture.own(ready_job(fixture.session));
    let mut seen = (fixture.messages)();
    for notice in job.outbox() {
        fixture.tell(&job, notice).await;
        let now = (fixture.messages)();
        assert!(now >= seen, "a later notice took an earlier one back");
        seen = now;
    }
    assert!(seen > 0, "nobody was told of a job from its start to its film");
}

/// Promise 3.
pub async fn a_film_that_is_taken_is_with_its_recipient(fixture: NotifierFixture) {
    let receipt = fixture.offer(&fixture.own(ready_job(fixture.session))).await;
    assert_ne!(receipt, Receipt::NotMine);
    assert_eq!((fixture.films)(), usize::from(receipt == Receipt::Taken));
}

/// Promise 4.
pub async fn a_job_of_others_is_answered_at_once(fixture: NotifierFixture) {
    let job = ready_job(SessionId::new());
    let answered = timeout(SOON, async {
        fixture.tell(&job, &job.outbox()[0]).await;
        fixture.offer(&job).await
    });
    assert_eq!(
        answered.await.expect("the answer comes at once"),
        Receipt::NotMine
    );
    assert_eq!(((fixture.messages)(), (fixture.films)()), (0, 0));
}

//! Laws of [`SessionStore`].

use std::time::Duration;

use futures::future::join_all;

use super::sample::{failed_job, job, ready_job, second};
use super::{Fixture, RIVALS};
use crate::id::{JobId, Revision, SessionId};
use crate::job::{Event, Job};
use crate::scene::{Quality, RenderSettings};
use crate::session::{Page, Retention, SessionStore, StoreError, StoreErrorKind, Versioned};

/// Runs every law of [`SessionStore`] on what the function makes: an async function without
/// arguments that returns a [`Fixture`] of an empty store with the default [`Retention`].
#[macro_export]
macro_rules! session_store_conformance {
    ($($make:tt)*) => {
        $crate::session_store_conformance_without_rivals!($($make)*);
        mod rivals {
            use super::*;

            $crate::__laws!(session_store, $($make)*, [
                of_rival_saves_of_one_revision_exactly_one_wins,
                of_rival_first_saves_exactly_one_wins,
            ]);
        }
    };
}

/// As [`session_store_conformance!`](crate::session_store_conformance), for a store that has no
/// compare-and-set: all laws but the two about rivals.
#[macro_export]
macro_rules! session_store_conformance_without_rivals {
    ($($make:tt)*) => {
        $crate::__laws!(session_store, $($make)*, [
            a_saved_job_is_loaded_as_it_was_saved,
            the_last_save_is_what_every_handle_loads,
            an_unknown_job_is_none,
            a_stale_save_is_a_conflict_and_changes_nothing,
            a_new_job_that_exists_is_a_conflict,
            a_revision_of_a_missing_job_is_a_conflict,
            revisions_grow_by_one_from_the_first,
            a_listing_starts_with_the_newest,
            a_listing_holds_no_job_of_another_session,
            a_listing_goes_on_where_its_page_ended,
            a_page_before_an_unknown_job_is_empty,
            touch_makes_a_session,
            touch_puts_off_the_end_and_keeps_the_start,
            what_a_session_prefers_is_kept_until_it_ends,
            a_save_puts_off_the_end_of_its_session,
            an_unknown_session_is_none,
            an_expired_session_is_gone,
            a_job_is_kept_as_long_as_its_status_says,
            a_save_keeps_the_job_for_longer,
            an_expired_job_is_not_listed,
            a_save_finds_an_expired_job_gone,
            untold_lists_the_oldest_update_first,
            untold_forgets_what_was_told,
            untold_keeps_to_its_limit,
        ]);
    };
}

type Sessions = Fixture<dyn SessionStore>;

const MOMENT: Duration = Duration::from_secs(1);

async fn save(store: &Sessions, job: &Job, expected: Option<Revision>) -> Revision {
    store.save_job(job, expected).await.expect("the save succeeds")
}

async fn load(store: &Sessions, job: JobId) -> Option<Versioned<Job>> {
    store.job(job).await.expect("the load succeeds")
}

async fn list(store: &Sessions, session: SessionId, page: Page) -> Vec<JobId> {
    let jobs = store.jobs(session, page).await.expect("the listing succeeds");
    jobs.into_iter().map(|job| job.value.id()).collect()
}

async fn untold(store: &Sessions, limit: usize) -> Vec<JobId> {
    store.untold(limit).await.expect("the listing succeeds")
}

#[track_caller]
fn assert_conflict(saved: Result<Revision, StoreError>) {
    let error = saved.expect_err("the save is refused");
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
}

fn started(job: &Job) -> Job {
    let mut job = job.clone();
    job.apply(Event::Started, second(100))
        .expect("a queued job can start");
    job
}

/// Promise 1.
pub async fn a_saved_job_is_loaded_as_it_was_saved(store: Sessions) {
    let session = SessionId::new();
    for job in [job(session, 0), ready_job(session), failed_job(session)] {
        let revision = save(&store, &job, None).await;
        let expected = Versioned { value: job, revision };
        assert_eq!(load(&store, expected.value.id()).await, Some(expected));
    }
}

/// Promise 1.
pub async fn the_last_save_is_what_every_handle_loads(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    save(&store, &started(&job), Some(first)).await;
    let seen = store.other().job(job.id()).await.expect("the load succeeds");
    assert_eq!(seen.map(|seen| seen.value), Some(started(&job)));
}

/// Promise 1.
pub async fn an_unknown_job_is_none(store: Sessions) {
    assert_eq!(load(&store, JobId::new()).await, None);
}

/// Promise 2.
pub async fn a_stale_save_is_a_conflict_and_changes_nothing(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    let second = save(&store, &started(&job), Some(first)).await;
    assert_conflict(store.save_job(&job, Some(first)).await);
    assert_conflict(store.save_job(&job, Some(second.next())).await);
    let kept = Versioned {
        value: started(&job),
        revision: second,
    };
    assert_eq!(load(&store, job.id()).await, Some(kept));
}

/// Promise 2.
pub async fn a_new_job_that_exists_is_a_conflict(store: Sessions) {
    let job = job(SessionId::new(), 0);
    save(&store, &job, None).await;
    assert_conflict(store.save_job(&started(&job), None).await);
    assert_eq!(load(&store, job.id()).await.map(|kept| kept.value), Some(job));
}

/// Promise 2.
pub async fn a_revision_of_a_missing_job_is_a_conflict(store: Sessions) {
    let job = job(SessionId::new(), 0);
    assert_conflict(store.save_job(&job, Some(Revision::FIRST)).await);
    assert_eq!(load(&store, job.id()).await, None);
}

/// Promise 2.
pub async fn of_rival_saves_of_one_revision_exactly_one_wins(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    let won = winners(&store, Some(first), |number| {
        let mut rival = job.clone();
        rival
            .apply(Event::Started, second(number))
            .expect("a queued job can start");
        rival
    });
    let won = won.await;
    assert_eq!(won.len(), 1, "{} saves of one revision succeeded", won.len());
    assert_eq!(
        load(&store, job.id()).await.map(|kept| kept.value).as_ref(),
        won.first()
    );
}

/// Promise 2.
pub async fn of_rival_first_saves_exactly_one_wins(store: Sessions) {
    let (id, session) = (JobId::new(), SessionId::new());
    let won = winners(&store, None, |number| {
        let sample = job(session, number);
        Job::new(
            id,
            session,
            sample.problem().clone(),
            sample.settings(),
            1,
            second(number),
        )
    });
    let won = won.await;
    assert_eq!(won.len(), 1, "{} first saves succeeded", won.len());
    assert_eq!(
        load(&store, id).await.map(|kept| kept.value).as_ref(),
        won.first()
    );
}

/// Lets rivals save at once, and returns what those wrote that succeeded.
async fn winners(store: &Sessions, expected: Option<Revision>, make: impl Fn(u64) -> Job) -> Vec<Job> {
    let saves = (0..RIVALS).map(|number| {
        let (store, job) = (store.rival(number), make(number));
        tokio::spawn(async move { store.save_job(&job, expected).await.map(|_| job) })
    });
    let ends = join_all(saves.collect::<Vec<_>>()).await;
    let ends = ends.into_iter().map(|end| end.expect("no save panics"));
    let (won, lost): (Vec<_>, Vec<_>) = ends.partition(Result::is_ok);
    for error in lost.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), StoreErrorKind::Conflict);
    }
    won.into_iter().filter_map(Result::ok).collect()
}

/// Promise 3.
pub async fn revisions_grow_by_one_from_the_first(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let mut revision = save(&store, &job, None).await;
    assert_eq!(revision, Revision::FIRST);
    for _ in 0..3 {
        let next = save(&store, &job, Some(revision)).await;
        assert_eq!(next, revision.next());
        assert_eq!(load(&store, job.id()).await.map(|kept| kept.revision), Some(next));
        revision = next;
    }
}

/// Promise 4. Ids need not grow with time, so they order only jobs of the same instant.
pub async fn a_listing_starts_with_the_newest(store: Sessions) {
    let session = SessionId::new();
    let jobs = [job(session, 5), job(session, 1), job(session, 9), job(session, 1)];
    for number in [2, 0, 3, 1] {
        save(&store, &jobs[number], None).await;
    }
    let newest_first = [2, 0, 3, 1].map(|number: usize| jobs[number].id());
    assert_eq!(list(&store, session, Page::first(10)).await, newest_first);
}

/// Promise 4.
pub async fn a_listing_holds_no_job_of_another_session(store: Sessions) {
    let (own, foreign) = (job(SessionId::new(), 0), job(SessionId::new(), 0));
    save(&store, &own, None).await;
    save(&store, &foreign, None).await;
    assert_eq!(list(&store, own.session(), Page::first(10)).await, [own.id()]);
    assert!(list(&store, SessionId::new(), Page::first(10)).await.is_empty());
}

/// Promise 4.
pub async fn a_listing_goes_on_where_its_page_ended(store: Sessions) {
    let session = SessionId::new();
    let jobs: Vec<_> = (0..5).map(|number| job(session, number)).collect();
    for job in &jobs {
        save(&store, job, None).await;
    }
    let id = |number: usize| jobs[number].id();
    assert_eq!(list(&store, session, Page::first(2)).await, [id(4), id(3)]);
    assert_eq!(
        list(&store, session, Page::before(id(3), 2)).await,
        [id(2), id(1)]
    );
    assert_eq!(list(&store, session, Page::before(id(1), 2)).await, [id(0)]);
    assert!(list(&store, session, Page::before(id(0), 2)).await.is_empty());
    assert!(list(&store, session, Page::first(0)).await.is_empty());
}

/// Promise 4.
pub async fn a_page_before_an_unknown_job_is_empty(store: Sessions) {
    let job = job(SessionId::new(), 0);
    save(&store, &job, None).await;
    assert!(
        list(&store, job.session(), Page::before(JobId::new(), 2))
            .await
            .is_empty()
    );
}

/// Promise 5.
pub async fn touch_makes_a_session(store: Sessions) {
    let id = SessionId::new();
    let made = store.touch(id).await.expect("the touch succeeds");
    assert_eq!(made.id, id);
    assert_eq!(
        kept_for(made.created_at, made.expires_at),
        Retention::default().session
    );
    assert_eq!(session(store.other(), id).await, Some(made));
}

/// Promise 5.
pub async fn touch_puts_off_the_end_and_keeps_the_start(store: Sessions) {
    let id = SessionId::new();
    let made = store.touch(id).await.expect("the touch succeeds");
    store.advance(Retention::default().session - MOMENT).await;
    let touched = store.touch(id).await.expect("the touch succeeds");
    assert_eq!(touched.created_at, made.created_at);
    assert!(touched.expires_at > made.expires_at);
    store.advance(Retention::default().session - MOMENT).await;
    assert_eq!(session(&*store, id).await, Some(touched));
}

/// Promise 7.
pub async fn what_a_session_prefers_is_kept_until_it_ends(store: Sessions) {
    let id = SessionId::new();
    let settings = RenderSettings::default().with_quality(Quality::High);
    let made = store.prefer(id, settings).await.expect("the preference is kept");
    assert_eq!(made.settings, settings);
    assert_eq!(session(store.other(), id).await, Some(made));
    let touched = store.touch(id).await.expect("the touch succeeds");
    assert_eq!(touched.settings, settings);
    let job = job(id, 0);
    save(&store, &job, None).await;
    let saved = session(&*store, id).await.expect("it is kept");
    assert_eq!(saved.settings, settings);
    store.advance(Retention::default().session + MOMENT).await;
    let again = store.touch(id).await.expect("the touch succeeds");
    assert_eq!(again.settings, RenderSettings::default());
}

/// Promise 5.
pub async fn a_save_puts_off_the_end_of_its_session(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    let made = session(&*store, job.session())
        .await
        .expect("a save makes the session");
    store.advance(Retention::default().session - MOMENT).await;
    save(&store, &started(&job), Some(first)).await;
    store.advance(Retention::default().session - MOMENT).await;
    let later = session(&*store, job.session())
        .await
        .expect("a save puts off the end");
    assert_eq!(later.created_at, made.created_at);
    assert!(later.expires_at > made.expires_at);
}

/// Promise 5.
pub async fn an_unknown_session_is_none(store: Sessions) {
    assert_eq!(session(&*store, SessionId::new()).await, None);
}

async fn session(store: &dyn SessionStore, id: SessionId) -> Option<crate::session::Session> {
    store.session(id).await.expect("the load succeeds")
}

fn kept_for(start: crate::Timestamp, end: crate::Timestamp) -> Duration {
    (end - start).to_std().expect("the end comes after the start")
}

/// Promise 6.
pub async fn an_expired_session_is_gone(store: Sessions) {
    let id = SessionId::new();
    let made = store.touch(id).await.expect("the touch succeeds");
    store.advance(Retention::default().session + MOMENT).await;
    assert_eq!(session(&*store, id).await, None);
    let again = store.touch(id).await.expect("the touch succeeds");
    assert!(
        again.created_at > made.created_at,
        "an expired session starts anew"
    );
}

/// Promise 6.
pub async fn a_job_is_kept_as_long_as_its_status_says(store: Sessions) {
    let Retention {
        active, ready, ended, ..
    } = Retention::default();
    let session = SessionId::new();
    for (make, kept) in [
        (queued as fn(_) -> _, active),
        (ready_job, ready),
        (failed_job, ended),
    ] {
        let job: Job = make(session);
        save(&store, &job, None).await;
        store.advance(kept - MOMENT).await;
        assert!(
            load(&store, job.id()).await.is_some(),
            "a {} job ended early",
            job.status()
        );
        store.advance(2 * MOMENT).await;
        assert!(
            load(&store, job.id()).await.is_none(),
            "a {} job did not end",
            job.status()
        );
    }
}

fn queued(session: SessionId) -> Job {
    job(session, 0)
}

/// Promise 6.
pub async fn a_save_keeps_the_job_for_longer(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    store.advance(Retention::default().active - MOMENT).await;
    save(&store, &started(&job), Some(first)).await;
    store.advance(Retention::default().active - MOMENT).await;
    assert!(load(&store, job.id()).await.is_some());
}

/// Promise 6.
pub async fn an_expired_job_is_not_listed(store: Sessions) {
    let session = SessionId::new();
    let old = job(session, 0);
    save(&store, &old, None).await;
    store.advance(Retention::default().active + MOMENT).await;
    assert!(list(&store, session, Page::first(10)).await.is_empty());
    assert!(untold(&store, 10).await.is_empty());
    let fresh = job(session, 1);
    save(&store, &fresh, None).await;
    assert_eq!(list(&store, session, Page::first(10)).await, [fresh.id()]);
    assert_eq!(untold(&store, 10).await, [fresh.id()]);
}

/// Promise 6.
pub async fn a_save_finds_an_expired_job_gone(store: Sessions) {
    let job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    store.advance(Retention::default().active + MOMENT).await;
    assert_conflict(store.save_job(&job, Some(first)).await);
    assert_eq!(save(&store, &job, None).await, Revision::FIRST);
}

/// Promise 8.
pub async fn untold_lists_the_oldest_update_first(store: Sessions) {
    let session = SessionId::new();
    let jobs = [job(session, 7), job(session, 3), job(session, 5)];
    for job in &jobs {
        save(&store, job, None).await;
    }
    assert_eq!(
        untold(&store, 10).await,
        [jobs[1].id(), jobs[2].id(), jobs[0].id()]
    );
    save(&store, &started(&jobs[1]), Some(Revision::FIRST)).await;
    assert_eq!(
        untold(&store, 10).await,
        [jobs[2].id(), jobs[0].id(), jobs[1].id()]
    );
}

/// Promise 8.
pub async fn untold_forgets_what_was_told(store: Sessions) {
    let mut job = job(SessionId::new(), 0);
    let first = save(&store, &job, None).await;
    assert_eq!(untold(&store, 10).await, [job.id()]);
    job.told(1);
    let second = save(&store, &job, Some(first)).await;
    assert!(untold(&store, 10).await.is_empty());
    save(&store, &started(&job), Some(second)).await;
    assert_eq!(untold(&store, 10).await, [job.id()]);
}

/// Promise 8.
pub async fn untold_keeps_to_its_limit(store: Sessions) {
    let session = SessionId::new();
    let jobs = [job(session, 1), job(session, 2), job(session, 3)];
    for job in &jobs {
        save(&store, job, None).await;
    }
    assert_eq!(untold(&store, 2).await, [jobs[0].id(), jobs[1].id()]);
    assert!(untold(&store, 0).await.is_empty());
}

//! Laws of [`JobQueue`].

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures::future::join_all;
use tokio::time::{sleep, timeout};

use super::{Fixture, POLL, RIVALS, SOON};
use crate::id::JobId;
use crate::queue::{JobQueue, Lease, Settlement};
use crate::session::{StoreError, StoreErrorKind};

/// Runs every law of [`JobQueue`] on what the function makes: an async function without
/// arguments that returns a [`Fixture`] of an empty queue.
#[macro_export]
macro_rules! job_queue_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(job_queue, $($make)*, [
            an_empty_queue_leases_nothing,
            jobs_are_leased_in_the_order_they_came,
            a_leased_job_is_not_leased_again,
            rival_leasers_never_hold_the_same_job,
            the_job_due_longest_comes_first,
            a_lapsed_lease_is_handed_out_again,
            a_lapsed_lease_is_handed_out_once,
            a_heartbeat_keeps_the_lease,
            a_lost_lease_is_a_conflict_and_changes_nothing,
            a_lapsed_lease_is_its_holders_until_it_is_handed_out,
            a_settled_lease_is_over,
            deliveries_count_how_often_a_job_was_handed_out,
            deliveries_start_anew_with_a_new_enqueue,
            enqueuing_a_waiting_job_changes_nothing,
            enqueuing_a_leased_job_changes_nothing,
            a_done_job_is_not_handed_out_again,
            a_dead_job_is_not_handed_out_again,
            a_job_settled_again_comes_after_its_pause,
            wait_ends_when_a_job_comes,
            wait_ends_when_a_pause_is_over,
            wait_ends_at_once_when_a_job_is_due,
            wait_ends_with_its_limit,
            dead_lists_the_newest_first_with_its_reason,
            a_dead_job_that_is_enqueued_is_alive,
            len_counts_what_waits_and_what_is_leased,
        ]);
    };
}

type Queue = Fixture<dyn JobQueue>;

const TTL: Duration = Duration::from_secs(30);
const MOMENT: Duration = Duration::from_secs(1);

async fn enqueue(queue: &Queue) -> JobId {
    let job = JobId::new();
    queue.enqueue(job).await.expect("the enqueue succeeds");
    job
}

async fn lease(queue: &Queue) -> Option<Lease> {
    queue.lease(TTL).await.expect("the lease succeeds")
}

async fn leased(queue: &Queue) -> Lease {
    lease(queue).await.expect("a job is due")
}

async fn settle(queue: &Queue, lease: &Lease, how: Settlement) {
    queue.settle(lease, how).await.expect("the settlement succeeds");
}

#[track_caller]
fn assert_conflict(end: Result<(), StoreError>) {
    let error = end.expect_err("only the holder of the newest lease can do that");
    assert_eq!(error.kind(), StoreErrorKind::Conflict);
}

/// Promise 1.
pub async fn an_empty_queue_leases_nothing(queue: Queue) {
    assert_eq!(lease(&queue).await, None);
}

/// Promise 1.
pub async fn jobs_are_leased_in_the_order_they_came(queue: Queue) {
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(enqueue(&queue).await);
    }
    for job in jobs {
        assert_eq!(leased(&queue).await.job, job);
    }
}

/// Promise 1.
pub async fn a_leased_job_is_not_leased_again(queue: Queue) {
    enqueue(&queue).await;
    leased(&queue).await;
    queue.advance(TTL - MOMENT).await;
    let seen = queue.other().lease(TTL).await.expect("the lease succeeds");
    assert_eq!(seen, None);
}

/// Promise 1.
pub async fn rival_leasers_never_hold_the_same_job(queue: Queue) {
    let mut jobs = BTreeSet::new();
    for _ in 0..RIVALS * 3 {
        jobs.insert(enqueue(&queue).await);
    }
    let leasers = (0..RIVALS).map(|number| {
        let queue = queue.rival(number);
        tokio::spawn(async move {
            let mut held = Vec::new();
            while let Some(lease) = queue.lease(TTL).await.expect("the lease succeeds") {
                held.push(lease.job);
                tokio::task::yield_now().await;
            }
            held
        })
    });
    let held = join_all(leasers.collect::<Vec<_>>()).await;
    let held: Vec<_> = held
        .into_iter()
        .flat_map(|held| held.expect("no leaser panics"))
        .collect();
    assert_eq!(held.len(), jobs.len(), "every job is leased once");
    assert_eq!(held.into_iter().collect::<BTreeSet<_>>(), jobs);
}

/// Promise 1.
pub async fn the_job_due_longest_comes_first(queue: Queue) {
    let first = enqueue(&queue).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Again(10 * MOMENT)).await;
    queue.advance(5 * MOMENT).await;
    let second = enqueue(&queue).await;
    queue.advance(15 * MOMENT).await;
    let third = enqueue(&queue).await;
    for job in [second, first, third] {
        assert_eq!(leased(&queue).await.job, job);
    }
}

/// Promise 2.
pub async fn a_lapsed_lease_is_handed_out_again(queue: Queue) {
    let job = enqueue(&queue).await;
    let first = leased(&queue).await;
    queue.advance(TTL + MOMENT).await;
    let second = leased(&queue).await;
    assert_eq!(second.job, job);
    assert_ne!(second.token, first.token);
}

/// Promise 2, with 1.
pub async fn a_lapsed_lease_is_handed_out_once(queue: Queue) {
    enqueue(&queue).await;
    leased(&queue).await;
    queue.advance(TTL + MOMENT).await;
    leased(&queue).await;
    assert_eq!(lease(&queue).await, None);
}

/// Promise 2.
pub async fn a_heartbeat_keeps_the_lease(queue: Queue) {
    enqueue(&queue).await;
    let held = leased(&queue).await;
    for _ in 0..3 {
        queue.advance(TTL - MOMENT).await;
        queue
            .heartbeat(&held, TTL)
            .await
            .expect("the holder can heartbeat");
    }
    queue.advance(TTL - MOMENT).await;
    assert_eq!(lease(&queue).await, None);
    queue.advance(2 * MOMENT).await;
    leased(&queue).await;
}

/// Promise 3.
pub async fn a_lost_lease_is_a_conflict_and_changes_nothing(queue: Queue) {
    enqueue(&queue).await;
    let lost = leased(&queue).await;
    queue.advance(TTL + MOMENT).await;
    let held = leased(&queue).await;
    assert_conflict(queue.heartbeat(&lost, 10 * TTL).await);
    assert_conflict(queue.settle(&lost, Settlement::Done).await);
    assert_conflict(queue.settle(&lost, Settlement::Again(Duration::ZERO)).await);
    assert_conflict(queue.settle(&lost, Settlement::Dead("lost".to_owned())).await);
    assert_eq!(lease(&queue).await, None);
    assert!(queue.dead(10).await.expect("the listing succeeds").is_empty());
    settle(&queue, &held, Settlement::Done).await;
}

/// Promise 3.
pub async fn a_lapsed_lease_is_its_holders_until_it_is_handed_out(queue: Queue) {
    enqueue(&queue).await;
    let held = leased(&queue).await;
    queue.advance(TTL + MOMENT).await;
    queue
        .heartbeat(&held, TTL)
        .await
        .expect("nobody else has the job");
    assert_eq!(lease(&queue).await, None);
    queue.advance(TTL + MOMENT).await;
    settle(&queue, &held, Settlement::Done).await;
    assert_eq!(lease(&queue).await, None);
}

/// Promise 3.
pub async fn a_settled_lease_is_over(queue: Queue) {
    for how in [
        Settlement::Done,
        Settlement::Again(TTL),
        Settlement::Dead("bad".to_owned()),
    ] {
        enqueue(&queue).await;
        let held = leased(&queue).await;
        settle(&queue, &held, how).await;
        assert_conflict(queue.heartbeat(&held, TTL).await);
        assert_conflict(queue.settle(&held, Settlement::Done).await);
    }
}

/// Promise 4.
pub async fn deliveries_count_how_often_a_job_was_handed_out(queue: Queue) {
    enqueue(&queue).await;
    assert_eq!(leased(&queue).await.deliveries, 1);
    queue.advance(TTL + MOMENT).await;
    let second = leased(&queue).await;
    assert_eq!(second.deliveries, 2);
    queue
        .heartbeat(&second, TTL)
        .await
        .expect("the holder can heartbeat");
    settle(&queue, &second, Settlement::Again(Duration::ZERO)).await;
    assert_eq!(leased(&queue).await.deliveries, 3);
}

/// Promise 4.
pub async fn deliveries_start_anew_with_a_new_enqueue(queue: Queue) {
    let job = enqueue(&queue).await;
    for how in [Settlement::Done, Settlement::Dead("bad".to_owned())] {
        let held = leased(&queue).await;
        assert_eq!(held.deliveries, 1);
        settle(&queue, &held, how).await;
        queue.enqueue(job).await.expect("the enqueue succeeds");
    }
    assert_eq!(leased(&queue).await.deliveries, 1);
}

/// Promise 5.
pub async fn enqueuing_a_waiting_job_changes_nothing(queue: Queue) {
    let (first, second) = (enqueue(&queue).await, enqueue(&queue).await);
    queue.advance(MOMENT).await;
    queue.enqueue(first).await.expect("the enqueue succeeds");
    for job in [first, second] {
        assert_eq!(leased(&queue).await.job, job);
    }
    assert_eq!(lease(&queue).await, None);
}

/// Promise 5.
pub async fn enqueuing_a_leased_job_changes_nothing(queue: Queue) {
    let job = enqueue(&queue).await;
    let held = leased(&queue).await;
    queue.enqueue(job).await.expect("the enqueue succeeds");
    assert_eq!(lease(&queue).await, None);
    settle(&queue, &held, Settlement::Done).await;
    assert_eq!(lease(&queue).await, None);
}

/// Promise 6.
pub async fn a_done_job_is_not_handed_out_again(queue: Queue) {
    enqueue(&queue).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Done).await;
    queue.advance(10 * TTL).await;
    assert_eq!(lease(&queue).await, None);
}

/// Promise 6.
pub async fn a_dead_job_is_not_handed_out_again(queue: Queue) {
    enqueue(&queue).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Dead("bad".to_owned())).await;
    queue.advance(10 * TTL).await;
    assert_eq!(lease(&queue).await, None);
}

/// Promise 6.
pub async fn a_job_settled_again_comes_after_its_pause(queue: Queue) {
    let job = enqueue(&queue).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Again(3 * TTL)).await;
    queue.advance(3 * TTL - MOMENT).await;
    assert_eq!(lease(&queue).await, None);
    queue.advance(2 * MOMENT).await;
    assert_eq!(leased(&queue).await.job, job);
}

const HOUR: Duration = Duration::from_secs(3600);

/// Promise 7. Waiters of every handle hear of the job.
pub async fn wait_ends_when_a_job_comes(queue: Queue) {
    let mut waiting = pin!(join_all([until_filled(&*queue), until_filled(queue.other())]));
    // Both are at least begun here; a backend far away may be late, and the law is weaker then.
    tokio::select! {
        biased;
        _ = &mut waiting => panic!("the queue is empty"),
        () = sleep(POLL) => {}
    }
    enqueue(&queue).await;
    let waited = timeout(SOON, waiting).await;
    waited.expect("wait ends soon after a job came");
}

async fn until_filled(queue: &dyn JobQueue) {
    while queue.len().await.expect("the count succeeds") == 0 {
        queue.wait(HOUR).await.expect("the wait succeeds");
    }
}

/// Promise 7.
pub async fn wait_ends_when_a_pause_is_over(queue: Queue) {
    enqueue(&queue).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Again(Duration::from_millis(20))).await;
    let end = timeout(SOON, queue.wait(HOUR))
        .await
        .expect("wait ends soon after the pause");
    end.expect("the wait succeeds");
}

/// Promise 7.
pub async fn wait_ends_at_once_when_a_job_is_due(queue: Queue) {
    enqueue(&queue).await;
    for _ in 0..3 {
        let end = timeout(SOON, queue.wait(HOUR)).await.expect("wait ends at once");
        end.expect("the wait succeeds");
    }
}

/// Promise 7.
pub async fn wait_ends_with_its_limit(queue: Queue) {
    enqueue(&queue).await;
    leased(&queue).await;
    let end = timeout(SOON, queue.wait(Duration::from_millis(10)))
        .await
        .expect("wait keeps to its limit");
    end.expect("the wait succeeds");
}

/// Promise 8.
pub async fn dead_lists_the_newest_first_with_its_reason(queue: Queue) {
    let mut jobs = Vec::new();
    for reason in ["one", "two", "drei ü"] {
        jobs.push(enqueue(&queue).await);
        let held = leased(&queue).await;
        settle(&queue, &held, Settlement::Dead(reason.to_owned())).await;
        queue.advance(MOMENT).await;
    }
    let dead = queue.dead(2).await.expect("the listing succeeds");
    let seen: Vec<_> = dead
        .iter()
        .map(|letter| (letter.job, letter.reason.as_str()))
        .collect();
    assert_eq!(seen, [(jobs[2], "drei ü"), (jobs[1], "two")]);
    assert!(dead[0].at > dead[1].at);
}

/// Promise 8.
pub async fn a_dead_job_that_is_enqueued_is_alive(queue: Queue) {
    let job = enqueue(&queue).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Dead("bad".to_owned())).await;
    queue.enqueue(job).await.expect("the enqueue succeeds");
    assert!(queue.dead(10).await.expect("the listing succeeds").is_empty());
    assert_eq!(leased(&queue).await.job, job);
}

/// Promise 9.
pub async fn len_counts_what_waits_and_what_is_leased(queue: Queue) {
    enqueue(&queue).await;
    enqueue(&queue).await;
    let held = leased(&queue).await;
    let again = leased(&queue).await;
    settle(&queue, &again, Settlement::Again(TTL)).await;
    assert_eq!(queue.len().await.expect("the count succeeds"), 2);
    settle(&queue, &held, Settlement::Done).await;
    assert_eq!(queue.len().await.expect("the count succeeds"), 1);
    queue.advance(TTL + MOMENT).await;
    let held = leased(&queue).await;
    settle(&queue, &held, Settlement::Dead("bad".to_owned())).await;
    assert_eq!(queue.len().await.expect("the count succeeds"), 0);
}

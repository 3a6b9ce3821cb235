//! No blob outlives its use, and none is removed before.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use manim_core::memory::{MemoryBlobs, MemorySessions};
use manim_core::testing::{ManualClock, RecordingNotifier, StubRenderer};
use manim_core::{
    BlobKey, BlobMeta, BlobStore, Job, JobId, Pipeline, Receipt, SessionStore, Staleness, Status, Swept,
};

use crate::pipeline::{CODE, builder, solve, submit, writes};
use crate::sample;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const GRACE: Duration = Duration::from_secs(600);
const MOMENT: Duration = Duration::from_secs(1);

struct House {
    clock: Arc<ManualClock>,
    blobs: Arc<MemoryBlobs>,
    sessions: Arc<MemorySessions>,
    notifier: Arc<RecordingNotifier>,
    pipeline: Pipeline,
}

/// A pipeline whose notifier tells where the film is.
fn house(replies: &[&str]) -> House {
    let clock = Arc::new(ManualClock::new());
    let blobs = Arc::new(MemoryBlobs::new().with_clock(clock.clone()));
    let sessions = Arc::new(MemorySessions::new().with_clock(clock.clone()));
    let notifier = Arc::new(RecordingNotifier::new().answering(Receipt::Announced));
    let pipeline = builder(&writes(replies), &Arc::new(StubRenderer::new()))
        .clock(clock.clone())
        .blobs(blobs.clone())
        .sessions(sessions.clone())
        .notifier(notifier.clone())
        .build();
    House {
        clock,
        blobs,
        sessions,
        notifier,
        pipeline,
    }
}

impl House {
    async fn blobs(&self) -> usize {
        self.blobs.list(None).await.unwrap().len()
    }

    async fn sweep(&self) -> Swept {
        self.pipeline.sweep_films().await.unwrap()
    }

    async fn put(&self, key: String) {
        let key = BlobKey::parse(key).unwrap();
        let content = b"bytes".to_vec().into();
        self.blobs.put(&key, content, BlobMeta::of(&key)).await.unwrap();
    }
}

const NOTHING: Swept = Swept {
    expired: 0,
    removed: 0,
};

#[tokio::test(start_paused = true)]
async fn a_film_goes_when_its_viewers_time_is_over() {
    let house = house(&[CODE]);
    let (session, job) = solve(&house.pipeline).await;
    house.pipeline.open_film(session, job.id()).await.unwrap();
    house.clock.advance(GRACE - MOMENT);
    assert_eq!((house.sweep().await, house.blobs().await), (NOTHING, 4));
    house.clock.advance(MOMENT);
    assert_eq!((house.sweep().await.removed, house.blobs().await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_film_that_nobody_fetches_expires_after_a_day_and_its_owner_is_told() {
    let house = house(&[CODE]);
    let (_, job) = solve(&house.pipeline).await;
    house.clock.advance(DAY - MOMENT);
    assert_eq!((house.sweep().await, house.blobs().await), (NOTHING, 4));
    house.clock.advance(MOMENT);
    let swept = Swept {
        expired: 1,
        removed: 1,
    };
    assert_eq!((house.sweep().await, house.blobs().await), (swept, 0));
    assert_eq!(house.notifier.told(job.id()).last(), Some(&Status::Expired));
    let late = house.pipeline.open_film(job.session(), job.id()).await;
    assert_eq!(late.unwrap_err().kind(), manim_core::PipelineErrorKind::Gone);
}

#[tokio::test(start_paused = true)]
async fn blobs_of_a_job_that_has_ended_are_removed() {
    let house = house(&[]);
    let (_, id) = submit(&house.pipeline).await;
    house.pipeline.cancel(id).await.unwrap();
    house.put(format!("films/{id}/late.mp4")).await;
    assert_eq!((house.sweep().await.removed, house.blobs().await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn blobs_of_a_job_that_is_not_known_wait_a_day() {
    let house = house(&[]);
    house.put(format!("films/{}/a.mp4", JobId::new())).await;
    house.clock.advance(DAY - MOMENT);
    assert_eq!(house.sweep().await, NOTHING);
    house.clock.advance(MOMENT);
    assert_eq!((house.sweep().await.removed, house.blobs().await), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn blobs_of_a_job_under_way_are_kept() {
    let house = house(&[]);
    let job: Job = sample::job();
    house.sessions.save_job(&job, None).await.unwrap();
    house.put(format!("films/{}/a.mp4", job.id())).await;
    house.clock.advance(2 * DAY);
    assert_eq!((house.sweep().await, house.blobs().await), (NOTHING, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_sweep_would_remove_is_told_and_stays() {
    let house = house(&[CODE]);
    let (_, unfetched) = solve(&house.pipeline).await;
    let (_, ended) = submit(&house.pipeline).await;
    house.pipeline.cancel(ended).await.unwrap();
    let unknown = JobId::new();
    for id in [ended, unknown] {
        house.put(format!("films/{id}/a.mp4")).await;
    }
    house.clock.advance(DAY);
    house.put(format!("films/{}/young.mp4", JobId::new())).await;
    let told = house.pipeline.stale_films().await.unwrap();
    let told = told.iter().map(|film| (film.job, (film.why, film.blobs)));
    let expected = [
        (unfetched.id(), (Staleness::Unfetched, 4)),
        (ended, (Staleness::Ended, 1)),
        (unknown, (Staleness::Unknown, 1)),
    ];
    assert_eq!(told.collect::<BTreeMap<_, _>>(), BTreeMap::from(expected));
    assert_eq!(house.blobs().await, 7);
    assert_eq!((house.sweep().await.removed, house.blobs().await), (3, 1));
    assert!(house.pipeline.stale_films().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stale_film_that_is_fetched_meanwhile_is_not_removed() {
    let house = house(&[CODE]);
    let (session, job) = solve(&house.pipeline).await;
    house.clock.advance(DAY);
    let told = house.pipeline.stale_films().await.unwrap();
    house.pipeline.open_film(session, job.id()).await.unwrap();
    assert!(!house.pipeline.remove_stale_film(&told[0]).await.unwrap());
    assert_eq!(house.blobs().await, 4);
}

#[tokio::test(start_paused = true)]
async fn a_stale_film_is_removed_once_and_its_job_has_expired() {
    let house = house(&[CODE]);
    let (_, job) = solve(&house.pipeline).await;
    house.clock.advance(DAY);
    let told = house.pipeline.stale_films().await.unwrap();
    assert!(house.pipeline.remove_stale_film(&told[0]).await.unwrap());
    assert_eq!(house.blobs().await, 0);
    let kept = house.pipeline.job(job.id()).await.unwrap();
    assert_eq!(kept.status(), Status::Expired);
}

#[tokio::test(start_paused = true)]
async fn other_folders_are_other_peoples() {
    let house = house(&[]);
    house.put("cache/a.mp4".to_owned()).await;
    house.put("films/notes/a.txt".to_owned()).await;
    house.clock.advance(2 * DAY);
    assert_eq!((house.sweep().await, house.blobs().await), (NOTHING, 2));
}

#[tokio::test(start_paused = true)]
async fn a_running_pipeline_sweeps_by_itself_again_and_again() {
    let house = house(&[]);
    let (_, id) = submit(&house.pipeline).await;
    house.pipeline.cancel(id).await.unwrap();
    let two_sweeps = async {
        let mut looks = tokio::time::interval(MOMENT);
        for round in ["first", "second"] {
            house.put(format!("films/{id}/{round}.mp4")).await;
            while house.blobs().await > 0 {
                looks.tick().await;
            }
        }
    };
    house.pipeline.run(two_sweeps).await;
    assert_eq!(house.blobs().await, 0);
}

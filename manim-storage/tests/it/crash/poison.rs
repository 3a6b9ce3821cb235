//! A job that kills every worker that touches it.

use manim_core::{FailureKind, Status};

use super::plan::POISONOUS;
use super::siege::{Engine, Scene};

const INNOCENT: usize = 5;

#[track_caller]
fn check(engine: Engine) {
    let home = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(engine, home.path());
    scene.deliveries = 4;
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let poison = runtime.block_on(async { scene.house().await.submit(scene.session, POISONOUS).await });

    let mut deaths = 0;
    while !scene.victim(INNOCENT, "last").says("done") {
        deaths += 1;
        assert!(deaths <= scene.deliveries, "the job is handed out for ever");
    }
    assert_eq!(deaths, scene.deliveries);

    let house = runtime.block_on(scene.house());
    let job = runtime.block_on(house.pipeline.job(poison)).unwrap();
    assert_eq!(job.status(), Status::Failed);
    assert_eq!(
        job.failure().map(|failure| failure.kind),
        Some(FailureKind::Poisoned)
    );
    let dead = runtime.block_on(house.queue.dead(10)).unwrap();
    let [letter] = dead.as_slice() else {
        panic!("one dead letter, not {dead:?}")
    };
    assert_eq!(letter.job, poison);
    assert!(letter.reason.contains("handed out 5 times"), "{}", letter.reason);
    let films = house
        .ledger
        .effects()
        .into_iter()
        .filter(|effect| effect.ends_with(".film"));
    assert_eq!(films.count(), INNOCENT, "the others have their films");
}

#[test]
fn a_job_that_kills_its_workers_on_redb_is_given_up() {
    check(Engine::Redb);
}

#[test]
#[cfg(feature = "postgres")]
fn a_job_that_kills_its_workers_on_postgres_is_given_up() {
    check(Engine::Postgres);
}

//! Workers that are frozen for longer than their leases, and thaw when others have their jobs.

use std::time::Duration;

use super::siege::{Engine, Harm, Scene, Siege};

pub(super) const SIEGE: Siege = Siege {
    jobs: 100,
    harmed: 25,
    harm: Harm::Frozen,
};

/// A worker is stopped by the system in the middle of a render, and thaws when another has
/// handed the film over.
#[test]
fn a_worker_that_was_frozen_hands_no_film_over_again() {
    let home = tempfile::tempdir().unwrap();
    let mut scene = Scene::new(Engine::Postgres, home.path());
    scene.pace = Duration::from_millis(200);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let house = runtime.block_on(scene.house());
    let job = runtime.block_on(house.submit(scene.session, 0));

    let mut frozen = scene.victim(1, "last");
    while !told(&house.ledger, &job.to_string(), "rendering") {}
    frozen.signal("STOP");
    scene.victim(1, "last").expect("done");
    frozen.signal("CONT");
    frozen.expect("done");
    assert_eq!(house.ledger.lines("films"), [job.to_string()]);
}

fn told(ledger: &super::ledger::Ledger, job: &str, status: &str) -> bool {
    std::thread::yield_now();
    let mut effects = ledger.effects().into_iter();
    effects.any(|effect| effect.starts_with(job) && effect.ends_with(status))
}

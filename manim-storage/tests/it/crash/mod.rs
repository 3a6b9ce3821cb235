//! Workers are killed (-9) and frozen at random instants while they carry jobs of every kind;
//! afterwards nothing is lost, and nothing has happened twice.
//!
//! `make reliability` runs the long sieges and writes their table into docs/reliability.md.

#[cfg(feature = "postgres")]
mod frozen;
mod ledger;
mod plan;
mod poison;
mod siege;
mod table;
mod verdict;
mod victim;

use siege::{Engine, Harm, Siege};
use verdict::Verdict;

const SHORT: Siege = Siege {
    jobs: 40,
    harmed: 10,
    harm: Harm::Killed,
};
const LONG: Siege = Siege {
    jobs: 200,
    harmed: 100,
    harm: Harm::Killed,
};

#[track_caller]
fn check(verdict: &Verdict) {
    assert!(verdict.is_clean(), "{verdict:#?}");
}

#[test]
fn nothing_is_lost_when_workers_on_redb_are_killed() {
    check(&SHORT.run(Engine::Redb));
}

#[test]
#[cfg(feature = "postgres")]
fn nothing_is_lost_when_workers_on_postgres_are_killed() {
    check(&SHORT.run(Engine::Postgres));
}

#[test]
#[ignore = "takes minutes: make reliability"]
fn the_long_sieges_and_their_table() {
    let mut verdicts = Vec::from(Engine::ALL.map(|engine| LONG.run(engine)));
    #[cfg(feature = "postgres")]
    verdicts.push(frozen::SIEGE.run(Engine::Postgres));
    table::write(&verdicts);
    verdicts.iter().for_each(check);
}

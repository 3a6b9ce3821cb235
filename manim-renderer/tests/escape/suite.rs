//! All attacks, at each level, in a renderer that has had others before and in a fresh one.

use std::collections::BTreeSet;
use std::path::Path;

use manim_core::Isolation;
use manim_renderer::Environment;
use serde_json::{Value, json};

use crate::arena::{Arena, Peace};
use crate::attack::{Attack, PATIENT, attacks};
use crate::child::{As, can_be_ordinary, supervise, tell};
use crate::table;
use crate::victims::{Victims, soon};

/// A zygote is replaced after 300 jobs; an attack, its neighbour and what comes after it are
/// three.
const PER_ZYGOTE: usize = 70;
/// Narrows the suite to attacks whose names contain this, for who works on one of them.
const ONLY: &str = "ESCAPE_ONLY";

#[test]
fn no_attack_harms_anyone_and_each_ends_as_expected() {
    let runs: Vec<(Isolation, As)> = [
        Some((Isolation::L3, As::Us)),
        Some((Isolation::L2, As::Us)),
        can_be_ordinary().then_some((Isolation::L2, As::Ordinary)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let told: Vec<(Isolation, As, Vec<Value>)> = std::thread::scope(|threads| {
        let started: Vec<_> = runs
            .iter()
            .map(|(level, who)| {
                threads.spawn(move || (*level, *who, supervise(&format!("suite {level}"), *who)))
            })
            .collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let faults: Vec<String> = told
        .iter()
        .flat_map(|(level, who, told)| told.iter().filter_map(move |one| fault(*level, *who, one)))
        .collect();
    let peaces: BTreeSet<String> = told
        .iter()
        .flat_map(|(_, _, told)| told.iter().filter_map(|one| Some(one.get("peace")?.to_string())))
        .collect();
    if faults.is_empty() {
        table::write_if_asked(&told);
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert_eq!(
        peaces.len(),
        1,
        "benign scenes look differently from level to level"
    );
}

/// What is wrong with how one attack went.
fn fault(level: Isolation, who: As, told: &Value) -> Option<String> {
    let name = told.get("attack")?.as_str()?;
    let attack = crate::attack::attack(name);
    let seen = told["seen"].as_str()?;
    let harm = told["harm"].as_array()?;
    let well = attack.is_expected(level, seen) && harm.is_empty();
    (!well).then(|| {
        format!(
            "{level} {who:?} {} {name}: {seen}, expected {}; harm {harm:?}; {}",
            told["run"],
            attack.expected(level),
            told["said"]
        )
    })
}

/// In a supervisor of its own.
pub(crate) async fn perform(level: &str, environment: &Environment, place: &Path) {
    let level = if level == "L3" {
        Isolation::L3
    } else {
        Isolation::L2
    };
    let mut victims = Victims::plant(place, environment);
    let peace = peace(environment, place, &victims, level).await;
    victims.remember();
    tell(&json!({"peace": peace.frames}));
    let only = std::env::var(ONLY).unwrap_or_default();
    let chosen: Vec<Attack> = attacks()
        .into_iter()
        .filter(|attack| attack.name.contains(&only))
        .collect();
    warm(environment, place, &victims, level, &peace, &chosen).await;
    cold(environment, place, &victims, level, &peace, &chosen).await;
}

/// Before there was any attack.
async fn peace(environment: &Environment, place: &Path, victims: &Victims, level: Isolation) -> Peace {
    Arena::open(environment, place, victims, level, &[])
        .await
        .peace()
        .await
}

/// One after the other through a renderer whose zygote serves them all.
async fn warm(
    environment: &Environment,
    place: &Path,
    victims: &Victims,
    level: Isolation,
    peace: &Peace,
    attacks: &[Attack],
) {
    let (patient, others): (Vec<_>, Vec<_>) = attacks
        .iter()
        .cloned()
        .partition(|attack| attack.category == PATIENT);
    for attacks in others.chunks(PER_ZYGOTE) {
        let arena = Arena::open(environment, place, victims, level, &[]).await;
        assert_eq!(arena.peace().await, *peace);
        let open = descriptors();
        for attack in attacks {
            tell(&arena.face(attack, peace).await.told(attack, "warm"));
        }
        // The zygote of formulas may have come, with its one end.
        assert!(
            soon(|| descriptors() <= open + 2).await,
            "{open} descriptors became {}",
            descriptors()
        );
    }
    let arena = Arena::open(environment, place, victims, level, &[]).await;
    let together = arena.face_together(&patient, peace).await;
    for (attack, verdict) in patient.iter().zip(together) {
        tell(&verdict.told(attack, "warm"));
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The first of each category, each as the first job of a fresh renderer.
async fn cold(
    environment: &Environment,
    place: &Path,
    victims: &Victims,
    level: Isolation,
    peace: &Peace,
    attacks: &[Attack],
) {
    let mut categories = BTreeSet::from([PATIENT]);
    for attack in attacks.iter().filter(|attack| categories.insert(attack.category)) {
        let arena = Arena::open(environment, place, victims, level, &[]).await;
        tell(&arena.face(attack, peace).await.told(attack, "cold"));
    }
}

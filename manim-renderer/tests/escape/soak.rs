//! Benign and hostile jobs for an hour in one supervisor, at both levels: whatever it holds
//! (processes, descriptors, threads, memory, scratch) must be the same at the end.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use manim_core::{Isolation, Scene, SceneCode};
use manim_renderer::Environment;
use serde_json::{Value, json};

use crate::arena::{Arena, HELD, Peace};
use crate::attack::{Attack, PATIENT, attacks};
use crate::child::{As, supervise_showing, tell};
use crate::held::Held;
use crate::victims::Victims;

/// How long, in seconds, if not an hour.
const SECONDS: &str = "SOAK_SECONDS";
const HOUR: Duration = Duration::from_secs(3600);
/// A soak runs beside other work: a benign scene may wait for the processor.
const WALL: Duration = Duration::from_secs(60);
/// Attacks that run beside each other, with a neighbour.
const AT_ONCE: usize = 4;
/// One that lasts until its time is over, so often.
const ROUNDS_PER_PATIENT: usize = 16;
/// Until then caches fill.
const WARMING_ROUNDS: usize = 4;
const FORMULAS: &str = include_str!("scenes/formulas.py");
/// What a benign scene on a machine without time for it says.
const SLOW: &str = "did not end within 60 s";

#[test]
#[ignore = "takes an hour: make soak"]
fn an_hour_of_mixed_jobs_leaves_nothing_behind() {
    let told = supervise_showing("soak", As::Us, Stdio::inherit());
    let faults: Vec<&Value> = told
        .iter()
        .filter(|one| one.get("faults").is_some_and(|faults| *faults != json!([])))
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What happened so far.
#[derive(Debug, Default)]
struct Count {
    rounds: usize,
    attacks: usize,
    benign: usize,
    surprises: usize,
    slow: usize,
}

/// In a supervisor of its own.
pub(crate) async fn perform(environment: &Environment, place: &Path) {
    let seconds = std::env::var(SECONDS).ok().and_then(|text| text.parse().ok());
    let length = seconds.map_or(HOUR, Duration::from_secs);
    let mut victims = Victims::plant(place, environment);
    let peace = {
        let arena = open(environment, place, &victims, Isolation::L3).await;
        arena.peace().await
    };
    victims.remember();
    let arenas = [
        open(environment, place, &victims, Isolation::L3).await,
        open(environment, place, &victims, Isolation::L2).await,
    ];
    let formulas = arenas[0].film(&formulas()).await.unwrap();
    let (mut schedule, mut count, mut samples) = (Schedule::new(), Count::default(), Vec::new());
    let began = Instant::now();
    while began.elapsed() < length {
        let arena = &arenas[count.rounds % arenas.len()];
        let chosen = schedule.next(count.rounds);
        round(arena, &chosen, &peace, &formulas, &mut count).await;
        let held = Held::now(place);
        show(began.elapsed(), &count, &held);
        samples.push(held);
    }
    let kept = samples.split_off(WARMING_ROUNDS.min(samples.len() / 2));
    tell(&json!({"summary": format!("{count:?}"), "faults": Held::growth(&kept)}));
}

async fn open<'a>(
    environment: &Environment,
    place: &'a Path,
    victims: &'a Victims,
    level: Isolation,
) -> Arena<'a> {
    Arena::open_for(environment, place, victims, level, &[], WALL).await
}

/// Some attacks, a neighbour, a benign scene and one with formulas.
async fn round(arena: &Arena<'_>, attacks: &[Attack], peace: &Peace, formulas: &[u8], count: &mut Count) {
    let verdicts = arena.face_together(attacks, peace).await;
    for (attack, verdict) in attacks.iter().zip(verdicts) {
        count.attacks += 1;
        if !attack.is_expected(arena.level, &verdict.seen) {
            count.surprises += 1;
            wonder(arena.level, attack, &verdict.seen);
        }
        let (slow, harm): (Vec<_>, Vec<_>) = verdict.harm.iter().partition(|harm| harm.contains(SLOW));
        count.slow += slow.len();
        if !harm.is_empty() {
            tell(&json!({"attack": attack.name, "level": arena.level.to_string(), "faults": harm}));
        }
    }
    match arena.film(&self::formulas()).await {
        Ok(film) if film == formulas => {}
        Ok(_) => tell(&json!({"faults": ["the film with formulas differs"]})),
        Err(why) if why.contains(SLOW) => count.slow += 1,
        Err(why) => tell(&json!({"faults": [why]})),
    }
    count.benign += 3;
    count.rounds += 1;
}

fn formulas() -> Scene {
    Scene::new(SceneCode::new(FORMULAS).unwrap())
}

#[allow(
    clippy::print_stderr,
    reason = "whoever waits for an hour wants to see how it goes"
)]
fn show(after: Duration, count: &Count, held: &Held) {
    eprintln!("{:>5} s {count:?} {held:?}", after.as_secs());
}

#[allow(clippy::print_stderr, reason = "it harmed nobody, but somebody should look")]
fn wonder(level: Isolation, attack: &Attack, seen: &str) {
    eprintln!("unexpected at {level}: {} ended as {seen}", attack.name);
}

/// Goes round all attacks, quick ones and patient ones.
struct Schedule {
    quick: std::iter::Cycle<std::vec::IntoIter<Attack>>,
    patient: std::iter::Cycle<std::vec::IntoIter<Attack>>,
}

impl Schedule {
    fn new() -> Self {
        let (patient, quick): (Vec<_>, Vec<_>) = attacks()
            .into_iter()
            .partition(|attack| attack.category == PATIENT);
        Self {
            quick: quick.into_iter().cycle(),
            patient: patient.into_iter().cycle(),
        }
    }

    /// At most one that wants to be looked at: two would be taken for each other.
    fn next(&mut self, round: usize) -> Vec<Attack> {
        let mut chosen: Vec<Attack> = Vec::new();
        while chosen.len() < AT_ONCE {
            let next = self.quick.next().unwrap();
            let is_held = |attack: &Attack| attack.is_expected(Isolation::L3, HELD);
            if !(is_held(&next) && chosen.iter().any(is_held)) {
                chosen.push(next);
            }
        }
        if round % ROUNDS_PER_PATIENT == ROUNDS_PER_PATIENT - 1 {
            chosen.extend(self.patient.next());
        }
        chosen
    }
}

//! How many problems end with a film when the model spoils a third of its replies, and what
//! the repairs cost.
//!
//!     cargo run --example repair_statistics -- [PROBLEMS] [seen|rest] [draw]
//!
//! Prints a table. `seen` (the default) makes mistakes as often as real models made them in
//! scenes that did not render; `rest` makes only those that no tool mends. `draw` draws the
//! films; without it, a scene that passed its dry run is taken for one.
#![expect(clippy::print_stdout, reason = "the table is what the program is for")]

mod trial;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context;
use trial::faults::Mix;
use trial::model::Habits;
use trial::{Ending, Plan};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let plan = plan(&words)?;
    let begun = Instant::now();
    let endings = trial::run(plan).await?;
    println!("{plan:?}, {} s", begun.elapsed().as_secs());
    print(&endings);
    Ok(())
}

fn plan(words: &[String]) -> anyhow::Result<Plan> {
    let mut plan = Plan {
        problems: 300,
        habits: Habits {
            mix: Mix::Seen,
            spoilt_percent: 35,
            seed: 1,
        },
        draw: false,
    };
    for word in words {
        match word.as_str() {
            "seen" => plan.habits.mix = Mix::Seen,
            "rest" => plan.habits.mix = Mix::Rest,
            "draw" => plan.draw = true,
            number => plan.problems = number.parse().with_context(|| format!("what is {number:?}?"))?,
        }
    }
    Ok(plan)
}

fn print(endings: &[Ending]) {
    let films: Vec<_> = endings.iter().filter(|ending| ending.is_film()).collect();
    let share = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
    let spoilt = endings.iter().flat_map(|ending| &ending.replies);
    let (bad, all) = spoilt.fold((0, 0), |(bad, all), reply| {
        (bad + usize::from(reply.is_some()), all + 1)
    });
    let repairs: usize = films.iter().map(|film| film.repairs).sum();
    let cost: u64 = endings.iter().map(|ending| ending.cost_micro_usd).sum();
    println!("problems              {:>6}", endings.len());
    println!(
        "replies spoilt        {bad:>6} of {all} ({:.1} %)",
        share(bad, all)
    );
    println!(
        "films                 {:>6} ({:.1} %)",
        films.len(),
        share(films.len(), endings.len())
    );
    for calls in 0..=3 {
        let count = films.iter().filter(|film| film.repairs == calls).count();
        println!("  with {calls} repairs      {count:>6}");
    }
    println!(
        "repairs per film      {:>6.3}",
        repairs as f64 / films.len().max(1) as f64
    );
    println!(
        "cost per film         {:>6} µUSD",
        cost / films.len().max(1) as u64
    );
    println!(
        "films with wrong maths{:>6}",
        films.iter().filter(|film| film.is_wrong()).count()
    );
    print_faults(endings);
    for ending in endings.iter().filter(|ending| !ending.is_film()) {
        println!(
            "no film: {} {:?}: {}",
            ending.problem,
            ending.replies,
            ending.why.as_deref().unwrap_or("?")
        );
    }
}

/// For each kind of mistake in a reply: how often it became a film as it was.
fn print_faults(endings: &[Ending]) {
    let mut kinds = BTreeMap::new();
    for ending in endings {
        for (index, fault) in ending.replies.iter().enumerate() {
            let Some(fault) = fault else { continue };
            let (seen, mended) = kinds.entry(*fault).or_insert((0, 0));
            *seen += 1;
            let last = index + 1 == ending.replies.len();
            *mended += usize::from(last && ending.is_film());
        }
    }
    println!("mistake, replies with it, of these films without the model's help");
    for (fault, (seen, mended)) in kinds {
        println!("  {:<20}{seen:>4}{mended:>5}", format!("{fault:?}"));
    }
}

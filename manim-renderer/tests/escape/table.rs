//! The suite's table in `docs/security.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use manim_core::Isolation;
use serde_json::Value;

use crate::attack::attacks;
use crate::child::As;

/// Set to `write`, the suite writes its table into the document.
const ASKED: &str = "ESCAPE_TABLE";
const START: &str = "<!-- attacks: written by the red-team suite -->\n";
const END: &str = "<!-- end of attacks -->";

/// One supervisor's results.
type Run = (Isolation, As, Vec<Value>);

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/security.md")
}

pub(crate) fn write_if_asked(runs: &[Run]) {
    if std::env::var(ASKED).is_ok_and(|asked| asked == "write") {
        let text = std::fs::read_to_string(document()).unwrap();
        let (before, rest) = text.split_once(START).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        std::fs::write(document(), format!("{before}{START}{}{END}{after}", table(runs))).unwrap();
    }
}

fn table(runs: &[Run]) -> String {
    let mut text = String::from(
        "\n| category | attack | what it tries | level | expected | seen |\n|---|---|---|---|---|---|\n",
    );
    for attack in attacks() {
        for (level, rows) in rows(runs, attack.name) {
            writeln!(
                text,
                "| {} | `{}` | {} | {level} | {} | {rows} |",
                attack.category,
                attack.name,
                attack.about.replace('|', "\\|"),
                attack.expected(level)
            )
            .unwrap();
        }
    }
    text.push('\n');
    text
}

/// What was seen of one attack, level by level.
fn rows(runs: &[Run], name: &str) -> BTreeMap<Isolation, String> {
    let mut rows: BTreeMap<Isolation, Vec<String>> = BTreeMap::new();
    for (level, who, told) in runs {
        for one in told.iter().filter(|one| one["attack"] == name) {
            let who = if *who == As::Ordinary {
                ", ordinary user"
            } else {
                ""
            };
            let run = one["run"].as_str().unwrap_or_default();
            rows.entry(*level).or_default().push(format!(
                "{} ({run}{who})",
                one["seen"].as_str().unwrap_or_default()
            ));
        }
    }
    rows.into_iter()
        .map(|(level, seen)| (level, joined(&seen)))
        .collect()
}

/// What is the same is said once.
fn joined(seen: &[String]) -> String {
    let mut by_end: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in seen {
        let (end, run) = one.split_once(" (").unwrap();
        by_end.entry(end).or_default().push(run.trim_end_matches(')'));
    }
    let all = by_end
        .iter()
        .map(|(end, runs)| format!("{end} ({})", runs.join("; ")));
    all.collect::<Vec<_>>().join("; ")
}

#[test]
fn every_attack_is_in_the_document() {
    let text = std::fs::read_to_string(document()).unwrap();
    let missing: Vec<_> = attacks()
        .into_iter()
        .filter(|attack| !text.contains(&format!("`{}`", attack.name)))
        .collect();
    assert!(
        missing.is_empty(),
        "run the suite with {ASKED}=write: {missing:?}"
    );
}

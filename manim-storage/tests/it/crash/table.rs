//! The table of the long sieges in docs/reliability.md.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::siege::{Harm, Siege};
use super::verdict::Verdict;

const BEGIN: &str = "<!-- sieges: written by make reliability -->\n";
const END: &str = "<!-- end of sieges -->";

/// Writes the table between its marks.
#[expect(clippy::print_stdout, reason = "the table is what the command is for")]
pub(super) fn write(verdicts: &[Verdict]) {
    let table = table(verdicts);
    println!("\n{table}");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md");
    let text = fs::read_to_string(&page).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    fs::write(&page, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
}

fn table(verdicts: &[Verdict]) -> String {
    let mut table = "\
| engine | workers | jobs | lost | duplicated | blobs orphaned | messages sent | of them repeats, made harmless by their key |
|---|---|---|---|---|---|---|---|
"
    .to_owned();
    for verdict in verdicts {
        writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} | {} | {} |",
            verdict.engine.name(),
            harmed(verdict.siege),
            verdict.siege.jobs,
            verdict.lost.len(),
            verdict.duplicated.len(),
            verdict.orphaned.len(),
            verdict.messages,
            verdict.repeats,
        )
        .unwrap();
    }
    table
}

fn harmed(siege: Siege) -> String {
    match siege.harm {
        Harm::Killed => format!("{} killed", siege.harmed),
        #[cfg(feature = "postgres")]
        Harm::Frozen => format!("{} frozen past their leases", siege.harmed),
    }
}

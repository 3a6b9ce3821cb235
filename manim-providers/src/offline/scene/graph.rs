//! The data of a graph as literals.

use std::fmt::Write as _;

use super::python::{list, raw};
use crate::offline::lesson::{Fact, Plot, Point};
use crate::offline::tex::Tex;

/// Writes the names that the templates of graphs read.
pub(super) fn data(code: &mut String, plot: &Plot) {
    let _ = writeln!(
        code,
        "LABEL, VARIABLE = {}, {}",
        raw(plot.label.as_str()),
        raw(plot.variable.as_str())
    );
    let _ = writeln!(
        code,
        "X_RANGE, Y_RANGE = {}, {}",
        pair(plot.x_range),
        pair(plot.y_range)
    );
    let _ = writeln!(code, "X_TICKS = {}", ticks(&plot.x_ticks));
    let _ = writeln!(code, "Y_TICKS = {}", ticks(&plot.y_ticks));
    let _ = writeln!(code, "# Pieces of the curve as points.");
    let _ = writeln!(
        code,
        "CURVES = {}",
        list(plot.curves.iter().map(|piece| points(piece)))
    );
    let lines = plot.asymptotes.iter().map(|line| points(line));
    let _ = writeln!(code, "ASYMPTOTES = [{}]", lines.collect::<Vec<_>>().join(", "));
    if !plot.shade.is_empty() {
        let _ = writeln!(code, "SHADE = {}", points(&plot.shade));
    }
    let _ = writeln!(code, "POINTS = {}", list(plot.points.iter().map(point)));
    let _ = writeln!(
        code,
        "# What is said about the graph: role, words, equation, result, whether it was asked for."
    );
    let _ = writeln!(code, "FACTS = {}", list(plot.facts.iter().map(fact)));
}

fn pair(values: [f64; 2]) -> String {
    format!("({:?}, {:?})", values[0], values[1])
}

fn points(values: &[[f64; 2]]) -> String {
    let values: Vec<String> = values.iter().map(|value| pair(*value)).collect();
    format!("[{}]", values.join(", "))
}

fn ticks(ticks: &[(f64, Tex)]) -> String {
    let ticks: Vec<String> = ticks
        .iter()
        .map(|(value, text)| format!("({value:?}, {})", raw(text.as_str())))
        .collect();
    format!("[{}]", ticks.join(", "))
}

fn point(point: &Point) -> String {
    format!(
        "({}, {}, \"{}\")",
        pair(point.at),
        raw(point.label.as_str()),
        point.role.name()
    )
}

fn fact(fact: &Fact) -> String {
    let role = fact
        .role
        .map_or("None".to_owned(), |role| format!("\"{}\"", role.name()));
    let found: Vec<String> = fact.tex.iter().map(|tex| raw(tex.as_str())).collect();
    format!(
        "({role}, {}, {}, [{}], {})",
        raw(fact.words.as_str()),
        raw(fact.how.as_str()),
        found.join(", "),
        if fact.asked { "True" } else { "False" },
    )
}

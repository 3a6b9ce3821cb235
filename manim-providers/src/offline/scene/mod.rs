//! A lesson to the source of a scene: fixed templates, and data written as literals.
//!
//! Positions are measured by the scene itself, at the sizes that its machine's LaTeX and
//! fonts give; here is decided only what is shown.

mod graph;
mod python;
mod width;

use std::fmt::Write as _;

use super::lesson::{Dots, Lesson, Part, PictureData, Step};
use python::{list, literal, raw};

const KIT: &str = include_str!("kit.py");
const STEPS: &str = include_str!("steps.py");
const GRAPH: &str = include_str!("graph.py");
const PLOT: &str = include_str!("plot.py");
const AREA: &str = include_str!("area.py");
const DOTS: &str = include_str!("dots.py");
const SQUARE: &str = include_str!("square.py");
const STAIRCASE: &str = include_str!("staircase.py");

/// The longest question shown in full; a longer one ends in an ellipsis.
const MAX_QUESTION_CHARS: usize = 220;
/// Characters of the question on one line of the opening.
const QUESTION_LINE_CHARS: usize = 44;
/// The time that all rows together may take, in seconds: many rows are held shorter.
const ROWS_S: f64 = 30.0;
/// What the animations of one row take, in seconds.
const ROW_S: f64 = 2.05;

/// The source of the film of `lesson`.
pub(super) fn write(question: &str, lesson: &Lesson) -> String {
    let mut code = String::from("from manim import *\n\n");
    let _ = writeln!(code, "QUESTION = {}", literal(&wrapped(question)));
    let _ = writeln!(code, "TITLE = {}", raw(lesson.title.as_str()));
    let templates: &[&str] = match &lesson.picture {
        None => {
            steps(&mut code, lesson);
            &[STEPS]
        }
        Some(PictureData::Plot(plot)) => {
            graph::data(&mut code, plot);
            &[GRAPH, PLOT]
        }
        Some(PictureData::Area(plot)) => {
            steps(&mut code, lesson);
            graph::data(&mut code, plot);
            &[GRAPH, AREA]
        }
        Some(PictureData::Square(dots)) => {
            steps(&mut code, lesson);
            square(&mut code, dots);
            &[DOTS, SQUARE]
        }
        Some(PictureData::Staircase(dots)) => {
            steps(&mut code, lesson);
            staircase(&mut code, dots);
            &[DOTS, STAIRCASE]
        }
    };
    code.push('\n');
    code.push_str(KIT);
    code.extend(templates.iter().copied());
    code
}

/// The steps, the result and the check as literals.
fn steps(code: &mut String, lesson: &Lesson) {
    let pause = (ROWS_S / lesson.steps.len().max(1) as f64 - ROW_S).clamp(0.5, 1.6);
    let beside = lesson.steps.iter().all(|step| width::fits_column(&step.line));
    let _ = writeln!(
        code,
        "# Each step: the reason, the pieces of its formula, which of them are new."
    );
    let _ = writeln!(code, "STEPS = {}", list(lesson.steps.iter().map(step)));
    let _ = writeln!(code, "RESULT = {}", pieces(&lesson.result));
    let check = lesson.check.as_ref().map_or("", |check| check.as_str());
    let _ = writeln!(code, "CHECK = {}", raw(check));
    let _ = writeln!(
        code,
        "PAUSE, BESIDE = {pause:.2}, {}",
        if beside { "True" } else { "False" }
    );
}

fn square(code: &mut String, dots: &Dots) {
    let n = dots.n;
    let numbers: Vec<String> = (1..=n).map(|k| (2 * k - 1).to_string()).collect();
    let value = format!(r"= {n} \cdot {n} = {}", n * n);
    let rule = "The first $n$ odd numbers fill a square of side $n$.";
    dots_data(code, n, &numbers, &value, rule);
}

fn staircase(code: &mut String, dots: &Dots) {
    let n = dots.n;
    let numbers: Vec<String> = (1..=n).map(|k| k.to_string()).collect();
    let sum = numbers.join(" + ");
    let value = format!(r"2 \cdot ({sum}) = {n} \cdot {}", n + 1);
    dots_data(
        code,
        n,
        &numbers,
        &value,
        "Twice the sum fills a rectangle of $n$ by $n + 1$.",
    );
}

fn dots_data(code: &mut String, size: u32, numbers: &[String], value: &str, rule: &str) {
    let _ = writeln!(code, "SIZE, NUMBERS = {size}, [{}]", numbers.join(", "));
    let _ = writeln!(code, "VALUE, RULE = {}, {}", raw(value), raw(rule));
}

fn step(step: &Step) -> String {
    let marked = step.line.iter().enumerate().filter(|(_, part)| part.mark);
    let marked: Vec<String> = marked.map(|(index, _)| index.to_string()).collect();
    format!(
        "({}, {}, [{}])",
        raw(step.why.as_str()),
        pieces(&step.line),
        marked.join(", ")
    )
}

fn pieces(line: &[Part]) -> String {
    let pieces: Vec<String> = line.iter().map(|part| raw(part.tex.as_str())).collect();
    format!("[{}]", pieces.join(", "))
}

/// The question in lines for the opening.
fn wrapped(question: &str) -> String {
    let mut text: String = question.chars().take(MAX_QUESTION_CHARS).collect();
    if text.len() < question.len() {
        text.push('…');
    }
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().filter(|line| {
            line.is_empty() || line.chars().count() + word.chars().count() < QUESTION_LINE_CHARS
        });
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

//! The words sent to a model. Pure: a request in, messages out. The texts are in
//! `src/prompt/`; every name of Manim in them exists in the pinned version.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use crate::problem::ProblemText;
use crate::provider::{GenerationRequest, RepairRequest};
use crate::scene::{Quality, RenderSettings, SceneCode, SceneName};

const SYSTEM: &str = include_str!("../prompt/system.md");
const PROBLEM: &str = include_str!("../prompt/problem.md");
const REPAIR: &str = include_str!("../prompt/repair.md");
const REPLY: &str = include_str!("../prompt/reply.md");

/// A model mends a few findings well and many badly; the first ones are the causes.
const MAX_FINDINGS: usize = 12;
/// A traceback's last line fits; a dump of an array does not need to.
const MAX_FINDING_CHARS: usize = 600;
/// Lines shown before and after a line at fault.
const CONTEXT_LINES: u32 = 1;

/// Who speaks in a conversation with a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The rules of the conversation.
    System,
    /// Us, on behalf of the user.
    User,
    /// The model, earlier.
    Assistant,
}

/// One turn of a conversation with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

impl Message {
    fn new(role: Role, content: String) -> Self {
        Self { role, content }
    }
}

impl GenerationRequest {
    /// The conversation that asks a model for this scene: the rules and the problem; for a
    /// repair also the last code, as the model's own turn, and what is wrong with it. What was
    /// wrong with a reply without code is told at the end of the last turn.
    ///
    /// The problem, and everything that was found while running a model's code, stands
    /// between markers that the text cannot close.
    pub fn messages(&self) -> Vec<Message> {
        let mut messages = vec![
            Message::new(Role::System, system(self.settings)),
            Message::new(Role::User, problem(&self.problem)),
        ];
        if let Some(repair) = &self.repair {
            messages.push(Message::new(Role::Assistant, fenced(&repair.code)));
            messages.push(Message::new(Role::User, mend(repair)));
        }
        if let Some(last) = messages.last_mut().filter(|_| !self.reply_findings.is_empty()) {
            last.content.push('\n');
            last.content.push_str(&answer_again(&self.reply_findings));
        }
        messages
    }
}

/// Names the words sent to a model: other words, other version.
pub(crate) fn version() -> String {
    crate::digest::digest([SYSTEM, PROBLEM, REPAIR, REPLY])
}

fn system(settings: RenderSettings) -> String {
    SYSTEM
        .replace("{class}", SceneName::OURS)
        .replace("{min_font}", smallest_font(settings.quality))
}

/// The font size whose small letters are still read at the delivered height: a line of
/// `MathTex` at size 28 is 19 pixels high at 480p.
const fn smallest_font(quality: Quality) -> &'static str {
    match quality {
        Quality::Low => "32",
        Quality::Medium => "28",
        Quality::High => "24",
    }
}

fn problem(problem: &ProblemText) -> String {
    PROBLEM.replace("{problem}", &between_markers("problem", problem.as_str()))
}

fn mend(repair: &RepairRequest) -> String {
    REPAIR.replace("{findings}", &between_markers("findings", &findings(repair)))
}

fn answer_again(findings: &Diagnostics) -> String {
    let lines: Vec<String> = weightiest(findings).into_iter().map(line_of).collect();
    REPLY.replace("{findings}", &between_markers("findings", &lines.join("\n")))
}

/// `text` between two lines that share a word which `text` does not contain, so that no
/// text can end its own quotation.
fn between_markers(what: &str, text: &str) -> String {
    let word = absent_word(text);
    format!("<<<{what} {word}\n{text}\n{word} {what}>>>")
}

/// A word made from the text itself: the same request gives the same messages, and nobody
/// can write a text that holds its own digest.
fn absent_word(text: &str) -> String {
    let mut word = digest(text, "");
    while text.contains(&word) {
        word = digest(text, &word);
    }
    word
}

fn digest(text: &str, salt: &str) -> String {
    let hash = Sha256::new().chain_update(salt).chain_update(text).finalize();
    hash.iter().take(8).fold(String::new(), |mut word, byte| {
        // Writing to a string cannot fail.
        let _ = write!(word, "{byte:02x}");
        word
    })
}

/// The code in a fence longer than any that it contains.
fn fenced(code: &SceneCode) -> String {
    let longest = code.as_str().split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}python\n{}\n{fence}", code.as_str().trim_end())
}

fn findings(repair: &RepairRequest) -> String {
    let told = weightiest(&repair.findings);
    let mut text = told
        .iter()
        .map(|finding| line_of(finding))
        .collect::<Vec<_>>()
        .join("\n");
    if told.is_empty() {
        text.push_str("- it did not run to its end; the cause is not known");
    }
    let lines = lines_at_fault(&repair.code, &told);
    if !lines.is_empty() {
        text.push_str("\n\n");
        text.push_str(&lines);
    }
    text
}

/// What is still wrong: errors before warnings, in the order they were found.
fn weightiest(findings: &Diagnostics) -> Vec<&Diagnostic> {
    let of = |severity| {
        findings
            .iter()
            .filter(move |finding| finding.severity == severity)
    };
    let open = of(Severity::Error).chain(of(Severity::Warning));
    open.take(MAX_FINDINGS).collect()
}

fn line_of(finding: &Diagnostic) -> String {
    let place = finding
        .line
        .map(|line| format!("line {line}, "))
        .unwrap_or_default();
    let message: String = finding.message.chars().take(MAX_FINDING_CHARS).collect();
    format!("- {place}{}: {}", finding.code, message.replace('\n', "\n  "))
}

/// The failing lines with their numbers and neighbours; gaps are shown as `…`.
fn lines_at_fault(code: &SceneCode, findings: &[&Diagnostic]) -> String {
    let mut shown = BTreeMap::new();
    for line in findings.iter().filter_map(|finding| finding.line) {
        for near in line.saturating_sub(CONTEXT_LINES).max(1)..=line.saturating_add(CONTEXT_LINES) {
            *shown.entry(near).or_insert(false) |= near == line;
        }
    }
    let mut text = String::new();
    let mut last = None;
    for (number, at_fault) in shown {
        let Some(source) = code.line(number) else { continue };
        if last.is_some_and(|last| last + 1 != number) {
            text.push_str("    …\n");
        }
        let mark = if at_fault { '>' } else { ' ' };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{mark}{number:>4} | {source}");
        last = Some(number);
    }
    text.truncate(text.trim_end().len());
    text
}

#[cfg(test)]
mod tests;

//! Looks, mends, and looks again until nothing is left to mend.

use std::cell::RefCell;

use ruff_python_ast::ModModule;
use ruff_text_size::{Ranged, TextSize};

use super::binding::Binder;
use super::infer::Infer;
use super::issue::{Edit, Issue, Lines, apply, clash, distinct, moved};
use super::reach::Reach;
use super::rules::Look;
use super::{CheckOptions, CheckReport, depth, parse, text, walk};
use crate::diagnostic::{Diagnostic, Diagnostics, Stage};
use crate::scene::SceneCode;

/// One mend can uncover the next (an import, then its names); chains are shorter than this.
const MAX_PASSES: usize = 8;

pub(super) fn check(code: &SceneCode, options: &CheckOptions) -> CheckReport {
    let mut notes = Vec::new();
    match readable(code, &mut notes) {
        Ok((code, module)) => Mending::new(code, module, options).finish(notes),
        Err((code, finding)) => {
            notes.push(finding);
            CheckReport {
                code,
                findings: notes.into_iter().collect(),
                scenes: Vec::new(),
            }
        }
    }
}

/// A mend of text that is not Python yet, and the note about it.
type TextMend = fn(&SceneCode) -> Option<(SceneCode, Diagnostic)>;

/// The source as Python, after mending its text where that makes it parse.
fn readable(
    code: &SceneCode,
    notes: &mut Vec<Diagnostic>,
) -> Result<(SceneCode, ModModule), (SceneCode, Diagnostic)> {
    let mut code = code.clone();
    if let Some((bare, note)) = text::without_mark(&code) {
        code = bare;
        notes.push(note);
    }
    let error = match parsed(&code) {
        Ok(module) => return Ok((code, module)),
        Err(error) => error,
    };
    let mends: [&[TextMend]; 3] = [
        &[text::without_prose],
        &[text::in_ascii],
        &[text::without_prose, text::in_ascii],
    ];
    for steps in mends {
        let mut mended = code.clone();
        let mut made = Vec::new();
        for step in steps {
            if let Some((next, note)) = step(&mended) {
                mended = next;
                made.push(note);
            }
        }
        if let Ok(module) = parsed(&mended) {
            notes.extend(made);
            return Ok((mended, module));
        }
    }
    Err((code, error))
}

fn parsed(code: &SceneCode) -> Result<ModModule, Diagnostic> {
    depth::check(code)?;
    parse::module(code)
}

struct Mending<'o> {
    code: SceneCode,
    module: ModModule,
    options: &'o CheckOptions,
    /// What was mended, and where that is now.
    mended: Vec<(TextSize, Diagnostic)>,
}

impl<'o> Mending<'o> {
    fn new(code: SceneCode, module: ModModule, options: &'o CheckOptions) -> Self {
        Self {
            code,
            module,
            options,
            mended: Vec::new(),
        }
    }

    fn finish(mut self, notes: Vec<Diagnostic>) -> CheckReport {
        let mut issues = self.look();
        for _ in 0..MAX_PASSES {
            if !self.mend(&issues) {
                break;
            }
            issues = self.look();
        }
        let scenes = parse::scenes(&self.module.body);
        let lines = Lines::of(self.code.as_str());
        let mut placed: Vec<(TextSize, Diagnostic)> = issues
            .iter()
            .map(|issue| (issue.at, issue.finding(&lines)))
            .collect();
        placed.extend(
            self.mended
                .into_iter()
                .map(|(at, finding)| (at, lines.place(finding, usize::from(at)))),
        );
        placed.sort_by_key(|(at, finding)| (*at, !finding.fixed));
        let mut findings: Diagnostics = notes.into_iter().collect();
        findings.extend(placed.into_iter().map(|(_, finding)| finding));
        if scenes.is_empty() {
            findings.push(parse::no_scene_class());
        }
        CheckReport {
            code: self.code,
            findings,
            scenes,
        }
    }

    fn look(&self) -> Vec<Issue> {
        let body = &self.module.body;
        let source = self.code.as_str();
        let model = walk::model(body);
        let scenes = parse::scenes(body);
        let played = self.options.scene.as_ref().map(|scene| scene.as_str());
        let reach = Reach::of(&model, played.or(scenes.last().map(String::as_str)));
        let look = Look {
            source,
            model: &model,
            infer: Infer::new(&model),
            reach,
            binder: Binder::new(source, body, &model),
            options: self.options,
            issues: Vec::new(),
            callees: RefCell::default(),
        };
        look.run()
    }

    /// Applies what can be applied together, or one by one where that breaks the source.
    /// Whether anything changed.
    fn mend(&mut self, issues: &[Issue]) -> bool {
        let mut together: Vec<Edit> = Vec::new();
        let mut made = Vec::new();
        for issue in issues.iter().filter(|issue| !issue.edits.is_empty()) {
            if !clash(&issue.edits, &together) {
                together.extend(issue.edits.iter().cloned());
                made.push(issue);
            }
        }
        self.commit(&together, &made) || issues.iter().any(|issue| self.commit(&issue.edits, &[issue]))
    }

    fn commit(&mut self, edits: &[Edit], made: &[&Issue]) -> bool {
        let inside = |edit: &Edit| edit.range.end() <= self.module.range().end();
        if edits.is_empty() || !edits.iter().all(inside) {
            return false;
        }
        let edits = &distinct(edits);
        let text = apply(self.code.as_str(), edits);
        let Some((code, module)) = SceneCode::new(text).ok().and_then(|code| {
            let module = parsed(&code).ok()?;
            Some((code, module))
        }) else {
            return false;
        };
        for (at, _) in &mut self.mended {
            *at = moved(*at, edits);
        }
        for (issue, more) in by_mend(made) {
            let finding = Diagnostic::new(Stage::Check, issue.code, issue.message_for(more)).as_fixed();
            self.mended.push((moved(issue.at, edits), finding));
        }
        (self.code, self.module) = (code, module);
        true
    }
}

/// The first of those that one mend ends, and how many more there are.
fn by_mend<'i>(issues: &[&'i Issue]) -> Vec<(&'i Issue, usize)> {
    let mut firsts: Vec<(&Issue, usize)> = Vec::new();
    for &issue in issues {
        match firsts
            .iter_mut()
            .find(|(first, _)| first.code == issue.code && first.edits == issue.edits)
        {
            Some((_, more)) => *more += 1,
            None => firsts.push((issue, 0)),
        }
    }
    firsts
}

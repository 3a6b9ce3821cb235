//! Arguments that the callee does not take.

use ruff_python_ast::{Expr, ExprCall, Keyword};
use ruff_text_size::Ranged;

use super::{Look, callee_at};
use crate::check::callee::Callee;
use crate::check::issue::{Edit, Issue};
use crate::check::model::Site;
use crate::check::signature::Takes;
use crate::check::table::table;
use crate::check::words::did_you_mean;

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &site in &model.calls {
        look.issues.extend(repeated_word(site.node));
        if let Some(callee) = Callee::of(look, site.node, site.scope) {
            let issues = judge(look, &site, &callee);
            look.issues.extend(issues);
        }
    }
}

fn judge<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>, callee: &Callee) -> Vec<Issue> {
    let call = site.node;
    let words = call.arguments.keywords.iter();
    let animation = callee.makes.is_some_and(|class| is_a(class, "Animation"));
    let known = |word: &&Keyword| animation && (look.model.overrides_animations() || is_overridden(word));
    let words = words.filter(|word| !known(word));
    let mut issues: Vec<Issue> = words
        .filter_map(|word| unknown_word(call, callee, word))
        .collect();
    issues.extend(too_many(call, callee));
    issues.extend(given_twice(call, callee));
    if issues.is_empty() {
        issues.extend(too_few(call, callee));
    }
    let severity = look.severity(site);
    issues
        .into_iter()
        .map(|issue| issue.with_severity(severity))
        .collect()
}

fn unknown_word(call: &ExprCall, callee: &Callee, keyword: &Keyword) -> Option<Issue> {
    let word = keyword.arg.as_ref()?;
    if callee.words.accept(word) {
        return None;
    }
    let issue = |code, message| Issue::new(word.start(), code, message);
    if let Some(new) = better_word(call, callee, word) {
        let message = format!(
            "`{}` takes no keyword `{word}`; `{new}` takes its place.",
            callee.name
        );
        return Some(issue("renamed", message).with_edits(vec![Edit::replace(word.range(), new)]));
    }
    let message = format!(
        "`{}` takes no keyword `{word}`.{} Its signature is `{}`.",
        callee.name,
        did_you_mean(word, callee.words.all()),
        callee.display()
    );
    Some(issue("unknown-keyword", message))
}

/// `Create(table, ...)` may run a method of the table's class, with keywords of its own.
fn is_overridden(keyword: &Keyword) -> bool {
    keyword
        .arg
        .as_ref()
        .is_some_and(|word| table().is_override_keyword(word))
}

fn is_a(class: &str, ancestor: &str) -> bool {
    table().class(class).is_some_and(|class| class.is(ancestor))
}

/// The word that was surely meant.
fn better_word(call: &ExprCall, callee: &Callee, word: &str) -> Option<&'static str> {
    let class = callee.makes?;
    let new = match word {
        "side" | "side_len" | "size" if class == "Square" => "side_length",
        "side" | "size" if class == "Cube" => "side_length",
        "r" | "rad" => "radius",
        "duration" | "runtime" | "time" if is_a(class, "Animation") => "run_time",
        "rate_function" | "ratefunc" if is_a(class, "Animation") => "rate_func",
        "fontsize" | "text_size" => "font_size",
        "colour" => "color",
        "fill_colour" => "fill_color",
        "stroke_colour" => "stroke_color",
        "line_width" | "linewidth" | "thickness" => "stroke_width",
        "position" | "pos" | "location" if is_a(class, "Dot") => "point",
        "begin" | "start_point" if is_a(class, "Line") => "start",
        "finish" | "end_point" if is_a(class, "Line") => "end",
        "alpha" | "opacity" if is_a(class, "VMobject") => "fill_opacity",
        _ => return None,
    };
    let free = super::keyword(call, new).is_none();
    (free && callee.words.accept(new) && !callee.words.open).then_some(new)
}

fn unpacks(call: &ExprCall) -> bool {
    call.arguments.args.iter().any(Expr::is_starred_expr)
}

fn too_many(call: &ExprCall, callee: &Callee) -> Option<Issue> {
    let most = callee.signature.positional().count();
    let given = call
        .arguments
        .args
        .iter()
        .filter(|arg| !arg.is_starred_expr())
        .count();
    if callee.signature.takes_any_number() || given <= most {
        return None;
    }
    let extra = call
        .arguments
        .args
        .get(most)
        .map_or(callee_at(call), Ranged::start);
    let message = format!(
        "`{}` takes at most {most} positional arguments and gets {given}. Its signature is `{}`.",
        callee.name,
        callee.display()
    );
    Some(Issue::new(extra, "too-many-arguments", message))
}

/// Python does not even read such a call.
fn repeated_word(call: &ExprCall) -> Option<Issue> {
    let words: Vec<_> = call
        .arguments
        .keywords
        .iter()
        .filter_map(|word| word.arg.as_ref())
        .collect();
    let again = |place: usize| words[..place].iter().any(|earlier| earlier.id == words[place].id);
    let word = words[(0..words.len()).find(|&place| again(place))?];
    Some(Issue::new(
        word.start(),
        "argument-twice",
        format!("`{word}` is given twice."),
    ))
}

fn given_twice(call: &ExprCall, callee: &Callee) -> Option<Issue> {
    if unpacks(call) {
        return None;
    }
    let filled = callee.signature.positional().take(call.arguments.args.len());
    let twice = filled
        .into_iter()
        .find_map(|parameter| super::keyword(call, parameter.name))?;
    let word = twice.arg.as_ref()?;
    let message = format!("`{}` gets `{word}` twice: by position and by name.", callee.name);
    Some(Issue::new(word.start(), "argument-twice", message))
}

fn too_few(call: &ExprCall, callee: &Callee) -> Option<Issue> {
    let spread = unpacks(call) || call.arguments.keywords.iter().any(|word| word.arg.is_none());
    if spread {
        return None;
    }
    let given = call.arguments.args.len();
    let mut place = 0;
    for parameter in &callee.signature.parameters {
        let by_place = matches!(parameter.takes, Takes::Position | Takes::PositionOrWord);
        place += usize::from(by_place);
        let filled = (by_place && place <= given) || super::keyword(call, parameter.name).is_some();
        let needed = !matches!(parameter.takes, Takes::Rest | Takes::Words) && parameter.default.is_none();
        if needed && !filled {
            let message = format!(
                "`{}` needs `{}`. Its signature is `{}`.",
                callee.name,
                parameter.name,
                callee.display()
            );
            return Some(Issue::new(callee_at(call), "missing-argument", message));
        }
    }
    None
}

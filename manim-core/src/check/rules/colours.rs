//! Colours that Manim does not have, as names and as text.

use ruff_python_ast::{Expr, ExprName};
use ruff_text_size::Ranged;

use super::Look;
use crate::check::callee::arguments_of;
use crate::check::issue::{Edit, Issue};
use crate::check::known::css;
use crate::check::model::Site;
use crate::check::signature::Holds;
use crate::check::table::table;
use crate::check::words::did_you_mean;

/// A constant for a colour that CSS has and Manim has not, defined below the imports.
pub(super) fn define<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprName>) -> Option<Issue> {
    let name = site.node.id.as_str();
    let edits = definition(look, name)?;
    let message = format!("Manim has no colour `{name}`; it is defined below the imports.");
    Some(Issue::new(site.node.start(), "unknown-colour", message).with_edits(edits))
}

/// The line that defines colour `name`, and what that line needs.
pub(super) fn definition<'a>(look: &Look<'_, 'a>, name: &str) -> Option<Vec<Edit>> {
    let value = value(name)?;
    if let Some(module) = look.binder.module_alias() {
        let line = format!("{name} = {module}.ManimColor(\"#{value}\")");
        return Some(vec![look.binder.line_below_imports(&line)]);
    }
    let mut edits = look.binder.manim_name("ManimColor");
    edits.push(
        look.binder
            .line_below_imports(&format!("{name} = ManimColor(\"#{value}\")")),
    );
    Some(edits)
}

/// A constant's value: from CSS, or a shade (`CYAN_B`) of a colour that Manim or CSS has.
fn value(name: &str) -> Option<String> {
    let upper = name
        .chars()
        .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    if !upper || name.len() < 3 {
        return None;
    }
    if let Some(value) = css(name) {
        return Some(value.to_owned());
    }
    let (base, shade) = name.rsplit_once('_')?;
    let (towards, share) = match shade {
        "A" => (255, 0.6),
        "B" => (255, 0.3),
        "C" => (0, 0.0),
        "D" => (0, 0.2),
        "E" => (0, 0.4),
        _ => return None,
    };
    let known = table().colour(base).map(|hex| hex.trim_start_matches('#'));
    mixed(known.or_else(|| css(base))?, towards, share)
}

fn mixed(hex: &str, towards: u8, share: f64) -> Option<String> {
    let channel = |at: usize| {
        let value = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
        let mixed = f64::from(value) * (1.0 - share) + f64::from(towards) * share;
        Some(format!("{:02X}", mixed.round() as u8))
    };
    Some([channel(0)?, channel(2)?, channel(4)?].concat())
}

/// Text given where a colour is taken.
pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &site in &model.calls {
        for argument in arguments_of(look, &site) {
            if let (Holds::Colour, Expr::StringLiteral(text)) = (argument.holds, argument.value)
                && argument.certain
                && let Some(issue) = judge(text.value.to_str(), argument.value)
            {
                let severity = look.severity(&site);
                look.issues.push(issue.with_severity(severity));
            }
        }
    }
}

fn judge(text: &str, value: &Expr) -> Option<Issue> {
    let upper = text.to_uppercase();
    if text.starts_with('#') || text.starts_with("0x") || table().colour(&upper).is_some() {
        return None;
    }
    let issue = |message| Issue::new(value.start(), "unknown-colour", message);
    if let Some(hex) = css(&upper.replace(' ', "_")) {
        let message = format!("Manim knows no colour \"{text}\"; its CSS value #{hex} takes its place.");
        return Some(issue(message).with_edits(vec![Edit::replace(value.range(), format!("\"#{hex}\""))]));
    }
    let colours = table().exported().filter(|name| table().colour(name).is_some());
    Some(issue(format!(
        "Manim knows no colour \"{text}\".{}",
        did_you_mean(&upper, colours)
    )))
}

//! TeX in Python text: backslashes that Python takes for itself, braces that do not close.

use ruff_python_ast::{Expr, ExprCall, ExprStringLiteral};
use ruff_text_size::{Ranged, TextSize};

use super::Look;
use crate::check::infer::Ty;
use crate::check::issue::{Edit, Issue};
use crate::check::lineage::ClassRef;
use crate::check::model::Site;
use crate::diagnostic::Severity;

/// TeX commands that begin with a letter that Python reads after a backslash.
const COMMANDS: &str = "alpha angle approx ast arctan arcsin arccos arg array aleph \
bar begin beta binom boxed bot bullet big bigg Big bmod bf boldsymbol because \
frac forall flat fbox footnotesize frown \
nabla neq ne neg not notin nu nmid newline nonumber natural nearrow \
rho right rightarrow rangle rceil rfloor rm root rightleftharpoons rVert \
tan tanh tau text textbf textit textcolor tfrac theta tilde times to top triangle therefore tt tiny \
varepsilon varphi vartheta vec vdots vee vert v vspace";

pub(super) fn check(look: &mut Look<'_, '_>) {
    let model = look.model;
    for &site in &model.calls {
        if !makes_tex(look, &site) {
            continue;
        }
        let texts: Vec<_> = site
            .node
            .arguments
            .args
            .iter()
            .filter_map(Expr::as_string_literal_expr)
            .collect();
        let escaped: Vec<_> = texts.iter().filter_map(|text| swallowed(look, text)).collect();
        match escaped.is_empty() {
            true => look.issues.extend(unbalanced(&site, &texts)),
            false => look.issues.extend(escaped),
        }
    }
}

fn makes_tex<'a>(look: &Look<'_, 'a>, site: &Site<'a, ExprCall>) -> bool {
    match look.ty(&site.node.func, site.scope) {
        Ty::Class(ClassRef::Manim(name)) => matches!(
            name,
            "MathTex" | "Tex" | "SingleStringMathTex" | "Title" | "BulletedList"
        ),
        Ty::Method { name, .. } => name == "get_tex",
        _ => false,
    }
}

/// `"\frac"` is a form feed and `rac`.
fn swallowed<'a>(look: &Look<'_, 'a>, text: &ExprStringLiteral) -> Option<Issue> {
    let mut edits = Vec::new();
    let mut first = None;
    for part in text.value.iter().filter(|part| !part.flags.prefix().is_raw()) {
        let source = look.text(part.range());
        for (at, command) in swallowed_commands(source) {
            first.get_or_insert(command);
            edits.push(Edit::insert(part.start() + TextSize::new(at as u32), "\\"));
        }
    }
    let message = format!(
        "Python reads the backslash of `\\{}` for itself; it is doubled.",
        first?
    );
    Some(Issue::new(text.start(), "tex-escape", message).with_edits(edits))
}

/// Places of backslashes that start a TeX command and a Python escape.
fn swallowed_commands(source: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut left = source.char_indices().peekable();
    while let Some((at, c)) = left.next() {
        if c != '\\' {
            continue;
        }
        let Some((start, next)) = left.next() else { break };
        let rest = &source[start..];
        let end = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let command = &rest[..end];
        if "abfnrtv".contains(next) && super::super::known::has(COMMANDS, command) {
            found.push((at, command));
        }
    }
    found
}

/// LaTeX repairs what it can, so the film plays, with less or other text than meant.
fn unbalanced<'a>(site: &Site<'a, ExprCall>, texts: &[&ExprStringLiteral]) -> Option<Issue> {
    if texts.len() != site.node.arguments.args.len() || texts.is_empty() {
        return None;
    }
    let joined: String = texts
        .iter()
        .map(|text| text.value.to_str())
        .collect::<Vec<_>>()
        .join(" ");
    let depth = depth(&joined)?;
    let what = match depth {
        0 => return None,
        1.. => "opens a brace that nothing closes",
        _ => "closes a brace that nothing opens",
    };
    let message = format!("This TeX {what}.");
    Some(Issue::new(texts[0].start(), "unbalanced-tex", message).with_severity(Severity::Warning))
}

/// Open braces at the end, or -1 at the first that closes too much. `None` where TeX reads
/// braces in another way.
fn depth(tex: &str) -> Option<i32> {
    if tex.contains('%') || tex.contains("\\verb") {
        return None;
    }
    let mut depth = 0;
    let mut chars = tex.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => _ = chars.next(),
            '{' => depth += 1,
            '}' if depth == 0 => return Some(-1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    Some(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_python_would_swallow_count() {
        assert_eq!(
            swallowed_commands(r#""\frac{1}{2} \\nabla \n \alpha \sum""#),
            [(1, "frac"), (24, "alpha")]
        );
    }

    #[test]
    fn braces_are_counted_as_tex_does() {
        assert_eq!(depth(r"\frac{1}{2}"), Some(0));
        assert_eq!(depth(r"\{ {a}"), Some(0));
        assert_eq!(depth(r"\frac{1}{2"), Some(1));
        assert_eq!(depth("}{"), Some(-1));
    }
}

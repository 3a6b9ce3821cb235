//! An expression as the solver's Python sends it, nested arrays `["add", a, b]`, and as plain
//! notation that a person reads.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// An expression as nested arrays. `Display` is plain notation, with every bracket it needs.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub(in crate::offline) struct Tree(String, Binding);

/// How strongly the outermost operation binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Sum,
    Product,
    Power,
    Atom,
}

/// The array is no expression.
#[derive(Debug, thiserror::Error)]
#[error("{0} is no expression of the solver")]
pub(in crate::offline) struct NoTree(String);

impl TryFrom<Value> for Tree {
    type Error = NoTree;

    /// Deeper arrays than JSON may nest never get here.
    fn try_from(value: Value) -> Result<Self, NoTree> {
        read(&value).ok_or_else(|| NoTree(value.to_string().chars().take(100).collect()))
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn read(value: &Value) -> Option<Tree> {
    let [head, rest @ ..] = value.as_array()?.as_slice() else {
        return None;
    };
    match (head.as_str()?, rest) {
        ("num", [digits, scale]) => number(digits.as_str()?, scale.as_u64()?),
        ("sym", [name]) => atom(name.as_str()?.to_owned()),
        ("infinity", []) => atom("oo".to_owned()),
        (name @ ("pi" | "e" | "i"), []) => atom(name.to_owned()),
        (name, parts) => combined(name, &parts.iter().map(read).collect::<Option<Vec<_>>>()?),
    }
}

fn atom(text: String) -> Option<Tree> {
    Some(Tree(text, Binding::Atom))
}

/// `digits · 10^-scale`, every digit shown.
fn number(digits: &str, scale: u64) -> Option<Tree> {
    let scale = usize::try_from(scale).ok()?;
    let digits = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    atom(if scale == 0 {
        digits.clone()
    } else {
        format!("{whole}.{fraction}")
    })
}

fn combined(name: &str, parts: &[Tree]) -> Option<Tree> {
    match (name, parts) {
        ("add", parts) => Some(Tree(sum(parts), Binding::Sum)),
        ("mul", parts) => {
            let factors: Vec<_> = parts.iter().map(|part| part.within(Binding::Power)).collect();
            Some(Tree(factors.join("*"), Binding::Product))
        }
        ("neg", [inner]) => Some(Tree(
            format!("-{}", inner.within(Binding::Product)),
            Binding::Product,
        )),
        ("div", [top, bottom]) => Some(Tree(
            format!("{}/{}", top.within(Binding::Power), bottom.within(Binding::Power)),
            Binding::Product,
        )),
        ("pow", [base, exponent]) => Some(Tree(
            format!(
                "{}^{}",
                base.within(Binding::Atom),
                exponent.within(Binding::Atom)
            ),
            Binding::Power,
        )),
        (function, [inner]) => atom(format!("{function}({inner})")),
        _ => None,
    }
}

fn sum(parts: &[Tree]) -> String {
    let mut text = String::new();
    for part in parts {
        let part = part.within(Binding::Product);
        match part.strip_prefix('-') {
            Some(size) if !text.is_empty() => text += &format!(" - {size}"),
            _ if text.is_empty() => text = part,
            _ => text += &format!(" + {part}"),
        }
    }
    text
}

impl Tree {
    /// In brackets, if it binds less than its place needs.
    fn within(&self, place: Binding) -> String {
        if self.1 < place {
            format!("({})", self.0)
        } else {
            self.0.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(tree: &str, text: &str) {
        let tree: Tree = serde_json::from_str(tree).unwrap();
        assert_eq!(tree.to_string(), text);
    }

    #[test]
    fn brackets_stand_where_they_are_needed() {
        reads(
            r#"["add", ["pow", ["sym", "x"], ["num", "2", 0]], ["neg", ["mul", ["num", "5", 0], ["sym", "x"]]], ["num", "6", 0]]"#,
            "x^2 - 5*x + 6",
        );
        reads(
            r#"["mul", ["add", ["sym", "x"], ["num", "1", 0]], ["pow", ["neg", ["sym", "x"]], ["div", ["num", "1", 0], ["num", "2", 0]]]]"#,
            "(x + 1)*(-x)^(1/2)",
        );
        reads(
            r#"["div", ["num", "1", 0], ["div", ["pi"], ["infinity"]]]"#,
            "1/(pi/oo)",
        );
        reads(r#"["exp", ["neg", ["sym", "x"]]]"#, "exp(-x)");
    }

    #[test]
    fn decimals_show_every_digit() {
        reads(r#"["num", "50", 4]"#, "0.0050");
        reads(r#"["neg", ["num", "11673", 4]]"#, "-1.1673");
    }

    #[test]
    fn what_is_no_tree_is_refused() {
        for text in ["7", "[]", r#"["num"]"#, r#"["add", 7]"#, r#"[["x"]]"#] {
            assert!(serde_json::from_str::<Tree>(text).is_err(), "{text}");
        }
    }
}

//! Values as Python literals. Nothing that is quoted here can end its quotes.

use std::fmt::Write as _;

/// Any text as a string literal of printable ASCII.
pub(super) fn literal(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted.push_str("\\n"),
            ' '..='~' => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}

/// A formula as a raw literal, which reads better; proven TeX has no quotes in it.
pub(super) fn raw(tex: &str) -> String {
    let plain = tex.chars().all(|c| (' '..='~').contains(&c) && c != '"') && !tex.ends_with('\\');
    match plain && tex.contains('\\') {
        true => format!("r\"{tex}\""),
        false => literal(tex),
    }
}

/// Items on lines of their own.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    let mut text = String::from("[\n");
    for item in items {
        let _ = writeln!(text, "    {item},");
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_backslashes_and_foreign_signs_stay_inside_the_literal() {
        assert_eq!(
            literal("a\"b\\c\nd\u{7}é😀"),
            r#""a\"b\\c\nd\U00000007\U000000e9\U0001f600""#
        );
    }

    #[test]
    fn a_formula_that_a_raw_literal_cannot_hold_is_escaped() {
        assert_eq!(raw(r"\frac"), r#"r"\frac""#);
        assert_eq!(raw("a\"\\b"), r#""a\"\\b""#);
        assert_eq!(raw(r"a\"), r#""a\\""#);
    }
}

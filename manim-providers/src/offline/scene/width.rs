//! A guess at how wide LaTeX will set a formula, good enough to choose a layout. The scene
//! measures the real width and fits it.

use crate::offline::lesson::Part;

/// The column beside which the reasons stand, in units of the frame at the size of formulas.
const COLUMN: f64 = 7.6;

/// Whether a formula leaves room for its reason beside it.
pub(super) fn fits_column(line: &[Part]) -> bool {
    let text: Vec<&str> = line.iter().map(|part| part.tex.as_str()).collect();
    page_width(&text.join(" ")) <= COLUMN
}

/// The width of a formula that may hold one or more matrices: of their rows the widest.
fn page_width(tex: &str) -> f64 {
    let Some((before, rest)) = tex.split_once("\\begin{") else {
        return width(tex);
    };
    let (inner, after) = rest.split_once("\\end{").unwrap_or((rest, ""));
    let body = inner.split_once('}').map_or(inner, |(_, body)| body);
    // The columns of an array are described in a second argument.
    let body = match body.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((_, body)) if inner.starts_with("array") => body,
        _ => body,
    };
    let rows = body.split(r"\\");
    let widest = rows.map(row_width).fold(0.0, f64::max);
    let after = after.split_once('}').map_or(after, |(_, after)| after);
    width(before) + widest + 0.5 + page_width(after)
}

/// Cells with the gaps between them; a leading `[2pt]` is no cell.
fn row_width(row: &str) -> f64 {
    let row = match row
        .trim_start()
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((_, row)) => row,
        None => row,
    };
    row.split('&').map(|cell| width(cell) + 0.45).sum()
}

/// Glyphs of ordinary size are 0.24 units wide, operators with their gaps 0.6; small print
/// counts less, and of a fraction the wider half counts.
fn width(tex: &str) -> f64 {
    let bytes = tex.as_bytes();
    let mut total = 0.0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (wide, length) = match byte {
            b'\\' => command(tex, at),
            b'^' | b'_' => {
                let (inner, length) = argument(tex, at + 1);
                (0.7 * width(inner), length + 1)
            }
            b'+' | b'-' | b'=' | b'<' | b'>' => (0.6, 1),
            b'{' | b'}' | b' ' => (0.0, 1),
            b'(' | b')' | b'|' | b',' => (0.17, 1),
            _ => (0.24, 1),
        };
        total += wide;
        at += length.max(1);
    }
    total
}

fn command(tex: &str, at: usize) -> (f64, usize) {
    let name_length = tex[at + 1..].bytes().take_while(u8::is_ascii_alphabetic).count();
    let name = &tex[at + 1..at + 1 + name_length];
    let length = 1 + name_length.max(1);
    match name {
        "frac" => {
            let (top, first) = argument(tex, at + length);
            let (bottom, second) = argument(tex, at + length + first);
            (width(top).max(width(bottom)), length + first + second)
        }
        "sin" | "cos" | "tan" | "sec" | "csc" | "cot" | "log" | "lim" | "exp" => (0.65, length),
        "ln" => (0.45, length),
        "cdot" | "times" | "to" | "approx" | "pm" => (0.5, length),
        "quad" => (0.5, length),
        "left" | "right" | "big" | "Big" | "mathrm" | "operatorname" | "text" | "begin" | "end" => {
            (0.0, length)
        }
        "" => (0.05, 2),
        _ => (0.3, length),
    }
}

/// The group or sign at `at`, and how many bytes it takes.
fn argument(tex: &str, at: usize) -> (&str, usize) {
    let rest = tex.get(at..).unwrap_or("");
    if !rest.starts_with('{') {
        let length = rest.chars().next().map_or(0, char::len_utf8);
        return (&rest[..length], length);
    }
    let mut depth = 0_i32;
    for (index, byte) in rest.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&rest[1..index], index + 1);
        }
    }
    (rest, rest.len())
}

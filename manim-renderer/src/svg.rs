//! Tells a plain picture from anything else that calls itself SVG. What passes has shapes,
//! references to its own shapes, and nothing that is run, fetched or expanded.

/// Larger than any formula by far.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Deeper than dvisvgm nests.
const MAX_DEPTH: usize = 128;

/// What dvisvgm draws with.
const ELEMENTS: &[&str] = &[
    "svg",
    "g",
    "defs",
    "path",
    "use",
    "rect",
    "line",
    "polyline",
    "polygon",
    "circle",
    "ellipse",
    "clipPath",
    "linearGradient",
    "radialGradient",
    "stop",
    "symbol",
];
/// The only names that may stand for other documents, because they name none.
const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns", "http://www.w3.org/2000/svg"),
    ("xmlns:xlink", "http://www.w3.org/1999/xlink"),
];

/// Why a text is not a plain picture.
pub(crate) type Fault = &'static str;

/// Checks a whole document.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    if text.len() > MAX_BYTES {
        return Err("it is too large");
    }
    let mut reader = Reader {
        rest: text,
        open: Vec::new(),
        seen_root: false,
    };
    reader.prologue()?;
    while !reader.rest.is_empty() {
        reader.next()?;
    }
    if reader.seen_root && reader.open.is_empty() {
        Ok(())
    } else {
        Err("it is not whole")
    }
}

struct Reader<'a> {
    rest: &'a str,
    open: Vec<&'a str>,
    seen_root: bool,
}

impl<'a> Reader<'a> {
    fn prologue(&mut self) -> Result<(), Fault> {
        let Some(rest) = self.rest.strip_prefix("<?xml ") else {
            return Ok(());
        };
        let (declaration, rest) = rest.split_once("?>").ok_or("its declaration has no end")?;
        if declaration.contains(['<', '>', '&']) {
            return Err("its declaration holds markup");
        }
        self.rest = rest;
        Ok(())
    }

    /// Text up to a tag, then the tag.
    fn next(&mut self) -> Result<(), Fault> {
        let (before, after) = self.rest.split_once('<').unwrap_or((self.rest, ""));
        if !before.chars().all(char::is_whitespace) {
            return Err("it holds text");
        }
        if before.len() == self.rest.len() {
            self.rest = "";
            return Ok(());
        }
        if let Some(comment) = after.strip_prefix("!--") {
            self.rest = comment.split_once("-->").ok_or("a comment has no end")?.1;
            return Ok(());
        }
        // No value of an accepted attribute holds a '>'.
        let (tag, rest) = after.split_once('>').ok_or("a tag has no end")?;
        self.rest = rest;
        match tag.strip_prefix('/') {
            Some(name) => self.close(name.trim_end()),
            None => self.tag(tag),
        }
    }

    fn close(&mut self, name: &str) -> Result<(), Fault> {
        if self.open.pop() == Some(name) {
            Ok(())
        } else {
            Err("its tags do not match")
        }
    }

    fn tag(&mut self, tag: &'a str) -> Result<(), Fault> {
        let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let end = tag.find(char::is_whitespace).unwrap_or(tag.len());
        let (name, attributes) = tag.split_at(end);
        if !ELEMENTS.contains(&name) {
            return Err("it holds an element that no formula has");
        }
        if self.open.is_empty() && (self.seen_root || name != "svg") {
            return Err("its root is not one svg element");
        }
        self.seen_root = true;
        self::attributes(attributes)?;
        if !is_empty {
            self.open.push(name);
        }
        if self.open.len() > MAX_DEPTH {
            Err("it is nested too deeply")
        } else {
            Ok(())
        }
    }
}

fn attributes(mut rest: &str) -> Result<(), Fault> {
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(());
        }
        let (name, after) = rest.split_once('=').ok_or("an attribute has no value")?;
        let quote = after
            .chars()
            .next()
            .filter(|first| "'\"".contains(*first))
            .ok_or("a value is not quoted")?;
        let (value, after) = after[1..].split_once(quote).ok_or("a value has no end")?;
        attribute(name.trim_end(), value)?;
        rest = after;
    }
}

fn attribute(name: &str, value: &str) -> Result<(), Fault> {
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-:_".contains(c));
    if !is_name || value.contains(['<', '>', '&', '\\']) {
        return Err("it holds an entity or an odd name");
    }
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "href" | "xlink:href" if value.starts_with('#') => Ok(()),
        "xmlns" | "xmlns:xlink" if NAMESPACES.contains(&(name, value)) => Ok(()),
        "xml:space" => Ok(()),
        "style" => Err("it holds a style"),
        _ if lower.starts_with("on")
            || lower.contains(':')
            || lower.ends_with("href")
            || lower == "xmlns" =>
        {
            Err("it refers to something outside or holds a script")
        }
        _ if refers_outside(value) => Err("it refers to something outside"),
        _ => Ok(()),
    }
}

fn refers_outside(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.contains("://")
        || lower.contains("javascript")
        || lower.split("url(").skip(1).any(|target| !target.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMULA: &str = "<?xml version='1.0' encoding='UTF-8'?>\n<!-- by dvisvgm 3.0.3 -->\n\
        <svg version='1.1' xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' viewBox='1 -2 3 4'>\n\
        <defs>\n<path id='g0-97' d='M3.7-3.7C3.5Z'/>\n</defs>\n<g id='page1'>\n<use x='1' y='-2' xlink:href='#g0-97'/>\n\
        <rect x='1' height='.4'/>\n<g fill='#f00'>\n</g>\n</g>\n</svg>\n";

    #[test]
    fn what_dvisvgm_writes_is_plain() {
        assert_eq!(check(FORMULA), Ok(()));
    }

    #[test]
    fn what_no_formula_has_is_refused() {
        for (part, by) in [
            ("<rect x='1' height='.4'/>", "<script>alert(1)</script>"),
            ("<rect x='1' height='.4'/>", "<image xlink:href='#a'/>"),
            ("<rect x='1' height='.4'/>", "<foreignObject/>"),
            ("<rect x='1' height='.4'/>", "words"),
            ("<rect x='1' height='.4'/>", "<![CDATA[x]]>"),
            ("#g0-97'/>\n<rect", "file:///etc/passwd'/>\n<rect"),
            ("x='1' height", "onload='f()' height"),
            ("x='1' height", "OnLoad='f()' height"),
            ("x='1' height", "x='&#106;' height"),
            ("x='1' height", "fill='url(http://a/b)' height"),
            ("x='1' height", "style='fill:red' height"),
            ("x='1' height", "xml:base='http://a/' height"),
            ("x='1' height", "x=1 height"),
            ("<defs>", "<!DOCTYPE svg [<!ENTITY a 'b'>]><defs>"),
            ("<defs>", "<?php x ?><defs>"),
            ("</svg>", ""),
            ("</svg>", "</svg><svg/>"),
            ("</defs>", "</g>"),
            ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"),
        ] {
            let text = FORMULA.replacen(part, by, 1);
            assert_ne!(text, FORMULA, "{part} is not there");
            assert!(check(&text).is_err(), "{by} passed");
        }
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert!(check("").is_err());
        assert!(check(&" ".repeat(MAX_BYTES + 1)).is_err());
        assert!(check(&"<svg>".repeat(MAX_DEPTH + 1)).is_err());
    }
}

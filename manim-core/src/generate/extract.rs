//! Finds the code in a model's reply. Never changes it beyond line ends.

use crate::diagnostic::{Diagnostic, Diagnostics, Stage};
use crate::scene::SceneCode;

/// Finds the scene in `reply`: the last fenced block that defines a scene class, else the
/// longest fenced block of Python, else the code that stands in the open between prose.
///
/// An unclosed fence reaches to the end of the reply. A reply without code is a finding
/// for the next request, not an error.
pub fn extract_code(reply: &str) -> Result<SceneCode, Diagnostics> {
    let reply = one_kind_of_line_end(reply);
    let blocks = fenced_blocks(&reply);
    let source = choose(&blocks)
        .or_else(|| open_code(&reply))
        .ok_or_else(no_code)?;
    SceneCode::new(source)
        .map_err(|error| Diagnostic::new(Stage::Check, "source-too-long", error.to_string()).into())
}

pub(super) fn one_kind_of_line_end(reply: &str) -> String {
    reply
        .trim_start_matches('\u{FEFF}')
        .replace("\r\n", "\n")
        .replace('\r', "\n")
}

fn no_code() -> Diagnostics {
    let message =
        "The reply holds no Python code. Answer with one fenced python block that defines one scene class.";
    Diagnostic::new(Stage::Check, "no-code", message).into()
}

pub(super) struct Block {
    pub(super) language: String,
    pub(super) code: String,
}

/// Blocks between lines of three or more backticks or tildes, CommonMark's fences.
pub(super) fn fenced_blocks(reply: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(&str, Block)> = None;
    for line in reply.lines() {
        match (&mut open, fence(line)) {
            (None, Some((marker, info))) => {
                let language = info
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                open = Some((
                    marker,
                    Block {
                        language,
                        code: String::new(),
                    },
                ));
            }
            (Some((marker, _)), Some((closing, ""))) if closes(marker, closing) => {
                blocks.extend(open.take().map(|(_, block)| block));
            }
            (Some((_, block)), _) => {
                block.code.push_str(line);
                block.code.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks.extend(open.map(|(_, block)| block));
    blocks
}

/// The marker and the info string of a fence line.
fn fence(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let width = line.chars().take_while(|&c| c == mark).count();
    let (marker, info) = line.split_at(width);
    (width >= 3 && !info.contains('`')).then_some((marker, info.trim()))
}

fn closes(opening: &str, closing: &str) -> bool {
    closing.len() >= opening.len() && closing.starts_with(&opening[..1])
}

fn choose(blocks: &[Block]) -> Option<String> {
    let python = |block: &&Block| {
        matches!(
            block.language.as_str(),
            "" | "python" | "py" | "python3" | "manim"
        )
    };
    let scene = blocks
        .iter()
        .rfind(|block| python(block) && defines_scene(&block.code));
    let longest = || {
        let candidates = blocks
            .iter()
            .filter(python)
            .filter(|block| !block.code.trim().is_empty());
        candidates.max_by_key(|block| block.code.len())
    };
    scene.or_else(longest).map(|block| block.code.clone())
}

fn defines_scene(code: &str) -> bool {
    code.lines()
        .any(|line| line.starts_with("class ") && line.contains('('))
}

/// The lines from the first that can only be code to the last that still looks like it.
fn open_code(reply: &str) -> Option<String> {
    let lines: Vec<&str> = reply.lines().collect();
    let first = lines.iter().position(|line| starts_code(line))?;
    let last = lines.iter().rposition(|line| continues_code(line))?;
    let code = lines.get(first..=last)?.join("\n");
    defines_scene(&code).then(|| code + "\n")
}

fn starts_code(line: &str) -> bool {
    let import = line.starts_with("from ") && line.contains(" import ");
    let class = line.starts_with("class ") && line.trim_end().ends_with(':');
    let module =
        line.starts_with("import ") && line.split_whitespace().nth(1).is_some_and(|name| name.is_ascii());
    import || class || module
}

/// Indented lines, and lines at the margin that no prose begins with.
fn continues_code(line: &str) -> bool {
    let indented = line.starts_with([' ', '\t']) && !line.trim().is_empty();
    let closing = line.starts_with([')', ']', '}', '#', '@']);
    let assignment = line.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .trim()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    indented || closing || assignment || starts_code(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENE: &str =
        "from manim import *\n\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n";

    #[track_caller]
    fn check(reply: &str, expected: &str) {
        assert_eq!(
            extract_code(reply).map(|code| code.as_str().to_owned()),
            Ok(expected.to_owned())
        );
    }

    #[test]
    fn a_fenced_block_is_found_between_prose() {
        check(
            &format!("Sure! Here it is:\n\n```python\n{SCENE}```\n\nRun it with manim."),
            SCENE,
        );
        check(&format!("~~~py\n{SCENE}~~~"), SCENE);
        check(&format!("  ````python title=\"a.py\"\n{SCENE}  ````"), SCENE);
    }

    #[test]
    fn the_last_block_with_a_scene_wins_over_commands_and_drafts() {
        let draft = "class Draft(Scene):\n    pass\n";
        check(
            &format!(
                "```python\n{draft}```\nBetter:\n```python\n{SCENE}```\n```bash\nmanim -pql a.py MainScene\n```"
            ),
            SCENE,
        );
    }

    #[test]
    fn an_unclosed_fence_reaches_to_the_end() {
        check(&format!("```python\n{SCENE}"), SCENE);
    }

    #[test]
    fn a_fence_inside_a_longer_fence_is_content() {
        let code = "class A(Scene):\n    s = '''\n```\n'''\n";
        check(&format!("````python\n{code}````"), code);
    }

    #[test]
    fn bare_code_is_taken_without_the_prose_around_it() {
        check(SCENE, SCENE);
        check(
            &format!("Here is the scene.\n\n{SCENE}\nI hope this helps!\nAsk for more."),
            SCENE,
        );
    }

    #[test]
    fn windows_line_ends_and_a_byte_order_mark_are_removed() {
        let reply = format!("\u{FEFF}{}", SCENE.replace('\n', "\r\n"));
        check(&reply, SCENE);
    }

    #[test]
    fn a_reply_without_code_is_a_finding() {
        for reply in [
            "",
            "I cannot help with that.",
            "```bash\nls\n```",
            "```python\n```",
            "from here on, import taxes rise",
        ] {
            let findings = extract_code(reply).unwrap_err();
            assert_eq!(
                findings.iter().next().map(|finding| finding.code.as_str()),
                Some("no-code"),
                "{reply:?}"
            );
        }
    }

    #[test]
    fn oversized_code_is_a_finding() {
        let reply = format!("```python\n{}```", "x = 1\n".repeat(50_000));
        assert!(extract_code(&reply).unwrap_err().has_errors());
    }
}

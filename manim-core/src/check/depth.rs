//! Bounds how deep a syntax tree can become, by its tokens alone, before it is built:
//! a tree is walked and dropped recursively, and a hostile one must not exhaust the stack.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

use crate::diagnostic::{Diagnostic, Stage};
use crate::scene::SceneCode;

/// The longest chain of nested constructs accepted. Scenes in the wild stay under 120; the
/// walk of a tree this deep fits the smallest stack we run on.
const MAX_DEPTH: usize = 600;

/// Refuses source whose tree could be deeper than [`MAX_DEPTH`].
///
/// A construct nests by an indented block, an open bracket, a `lambda` (whose parameters may
/// hold commas), or an operator within one comma-separated item. So the depth at a token is
/// at most the tokens since the last comma at its own level, the same at every level around
/// it, and the lambdas of its logical line.
pub(super) fn check(code: &SceneCode) -> Result<(), Diagnostic> {
    let mut lexer = lexer::lex(code.as_str(), Mode::Module);
    let mut depth = Depth::default();
    loop {
        match lexer.next_token() {
            TokenKind::EndOfFile => return Ok(()),
            kind => depth.take(kind),
        }
        if depth.bound() > MAX_DEPTH {
            return Err(too_deep());
        }
    }
}

#[derive(Default)]
struct Depth {
    around: Vec<usize>,
    outer: usize,
    item: usize,
    lambdas: usize,
}

impl Depth {
    fn take(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Comment | TokenKind::NonLogicalNewline => {}
            TokenKind::Comma => self.item = 0,
            TokenKind::Newline | TokenKind::Semi => (self.item, self.lambdas) = (0, 0),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace | TokenKind::Indent => self.open(),
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace | TokenKind::Dedent => self.close(),
            TokenKind::Lambda => self.lambdas += 1,
            _ => self.item += 1,
        }
    }

    fn open(&mut self) {
        self.around.push(self.item + 1);
        self.outer += self.item + 1;
        self.item = 0;
    }

    fn close(&mut self) {
        self.item = self.around.pop().unwrap_or(0);
        self.outer -= self.item;
    }

    fn bound(&self) -> usize {
        self.outer + self.item + self.lambdas
    }
}

fn too_deep() -> Diagnostic {
    let message = format!(
        "An expression or block is nested or chained more than {MAX_DEPTH} deep. Split it into several statements."
    );
    Diagnostic::new(Stage::Check, "nested-too-deeply", message)
}

#[cfg(test)]
mod tests {
    use crate::check::check_code;
    use crate::scene::SceneCode;

    #[track_caller]
    fn refused(source: String) {
        let report = check_code(&SceneCode::new(source).unwrap());
        let codes: Vec<_> = report
            .findings
            .iter()
            .map(|finding| finding.code.as_str())
            .collect();
        assert_eq!(codes, ["nested-too-deeply"]);
    }

    #[test]
    fn every_way_to_nest_is_bounded() {
        refused("(".repeat(50_000) + &")".repeat(50_000));
        refused(format!("x = {}1", "-".repeat(100_000)));
        refused(format!("x = {}1", "not ".repeat(50_000)));
        refused(format!("x = a{}", ".a".repeat(100_000)));
        refused(format!("x = a{}", "()".repeat(100_000)));
        refused(format!("x = a{}", "[0]".repeat(50_000)));
        refused(format!("x = 1{}", "+1".repeat(100_000)));
        refused(format!("x = 1{}", "**1".repeat(50_000)));
        refused(format!("x = {}1", "lambda a, b: ".repeat(15_000)));
        refused(format!("x = (\n1{}\n)", "\n+1".repeat(50_000)));
        refused(format!("x = 1{}", " if 1 else 1".repeat(15_000)));
        refused(
            (0..700)
                .map(|depth| format!("{}if 1:\n", " ".repeat(depth)))
                .collect(),
        );
        refused(format!("x = {}1{}", "f'{".repeat(1_000), "}'".repeat(1_000)));
    }

    #[test]
    fn long_flat_code_is_not_deep() {
        let points = "[0.5, -1.25, 0.0], ".repeat(5_000);
        let calls = "x = f(a + b, c)\n".repeat(5_000);
        let source = format!("f = print\na = b = c = 1\np = [{points}]\n{calls}class A(Scene):\n    pass\n");
        let report = check_code(&SceneCode::new(source).unwrap());
        assert!(report.passed(), "{}", report.findings);
    }
}

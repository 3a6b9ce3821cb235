//! Our own programs on untrusted input.

use manim_core::{Program, ScriptErrorKind, ScriptRunner};
use serde_json::{Value, json};

use crate::support::renderer;

const SOLVE: Program = Program {
    name: "solve",
    modules: &[
        (
            "roots",
            "import sympy\ndef roots(c): return sorted(str(r) for r in sympy.Poly(c, sympy.Symbol('x')).all_roots())\n",
        ),
        (
            "solve",
            "import roots\ncalls = 0\ndef main(task):\n    global calls\n    calls += 1\n    return {'roots': roots.roots(task['coefficients']), 'calls': calls}\n",
        ),
    ],
};

async fn run(
    source: &'static [(&'static str, &'static str)],
    input: Value,
) -> Result<Value, (ScriptErrorKind, String)> {
    let program = Program {
        name: "test",
        modules: source,
    };
    renderer()
        .await
        .run(program, input)
        .await
        .map_err(|e| (e.kind(), e.to_string()))
}

#[tokio::test]
async fn a_program_of_several_modules_answers_and_keeps_nothing_between_calls() {
    for _ in 0..2 {
        let answer = renderer()
            .await
            .run(SOLVE, json!({"coefficients": [1, -5, 6]}))
            .await
            .unwrap();
        assert_eq!(answer, json!({"roots": ["2", "3"], "calls": 1}));
    }
}

#[tokio::test]
async fn an_exception_is_raised_with_its_words() {
    let (kind, words) = run(&[("m", "def main(i): raise ValueError(i)\n")], json!("why"))
        .await
        .unwrap_err();
    assert_eq!(kind, ScriptErrorKind::Raised);
    assert!(words.contains("ValueError: why"), "{words}");
}

#[tokio::test]
async fn an_answer_of_more_than_a_megabyte_is_a_limit() {
    let (kind, words) = run(&[("m", "def main(i): return 'x' * i\n")], json!(2_000_000))
        .await
        .unwrap_err();
    assert_eq!(kind, ScriptErrorKind::Limit, "{words}");
    let fits = run(&[("m", "def main(i): return 'x' * i\n")], json!(1_000_000))
        .await
        .unwrap();
    assert_eq!(fits.as_str().unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn what_json_cannot_say_is_raised() {
    for source in [
        [("m", "def main(i): return float('nan')\n")],
        [("m", "def main(i): return {1, 2}\n")],
    ] {
        let program = Program {
            name: "test",
            modules: Box::leak(Box::new(source)),
        };
        assert_eq!(
            renderer()
                .await
                .run(program, Value::Null)
                .await
                .unwrap_err()
                .kind(),
            ScriptErrorKind::Raised
        );
    }
}

#[tokio::test]
async fn a_program_that_exits_is_raised() {
    let (kind, _) = run(&[("m", "import os\ndef main(i): os._exit(0)\n")], Value::Null)
        .await
        .unwrap_err();
    assert_eq!(kind, ScriptErrorKind::Raised);
}

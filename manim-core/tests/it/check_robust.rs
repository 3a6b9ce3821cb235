//! The check ends, and never panics, whatever text it is given.

use manim_core::{SceneCode, check_code};
use proptest::prelude::*;

const SCENES: &str = include_str!("../check/valid/motion.py");
const BROKEN: &str = include_str!("../check/broken/by_hand.py");

/// One scene of the collections, under the star import.
fn scene() -> impl Strategy<Value = String> {
    let parts: Vec<String> = [SCENES, BROKEN]
        .iter()
        .flat_map(|text| text.split("# scene: ").skip(1))
        .map(|part| format!("from manim import *\n# {part}"))
        .collect();
    prop::sample::select(parts)
}

/// Cuts, repeats and overwrites at arbitrary places.
fn mangled() -> impl Strategy<Value = String> {
    let cut = (
        any::<prop::sample::Index>(),
        0..12_usize,
        "[\\PC\\n\\t\\\\'\"(){}\\[\\]:,.#]{0,6}",
    );
    (scene(), prop::collection::vec(cut, 1..6)).prop_map(|(source, cuts)| {
        let mut text: Vec<char> = source.chars().collect();
        for (at, length, with) in cuts {
            let start = at.index(text.len() + 1).min(text.len());
            let end = (start + length).min(text.len());
            text.splice(start..end, with.chars());
        }
        text.into_iter().collect()
    })
}

fn checks_twice(source: String) -> Result<(), TestCaseError> {
    let report = check_code(&SceneCode::new(source).unwrap());
    let again = check_code(&report.code);
    prop_assert_eq!(&again.code, &report.code);
    prop_assert!(again.findings.iter().all(|finding| !finding.fixed));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mangled_scenes_are_checked_to_a_fixed_point(source in mangled()) {
        checks_twice(source)?;
    }

    #[test]
    fn any_text_is_checked_to_a_fixed_point(source in "\\PC{0,200}") {
        checks_twice(source)?;
    }
}

#[test]
fn the_largest_source_is_checked_to_its_end() {
    let line = "        self.play(ShowCreation(Circle(color=CYAN).shift([1, 2])))\n";
    let head = "from manim import *\nclass A(Scene):\n    def construct(self):\n";
    let count = (SceneCode::MAX_BYTES - head.len()) / (line.len() + 8);
    let report = check_code(&SceneCode::new(format!("{head}{}", line.repeat(count))).unwrap());
    assert!(report.passed());
    assert!(report.code.as_str().contains("Create(Circle("));
}

#[test]
fn what_is_defined_by_itself_ends() {
    for source in [
        "class A(A()):\n    pass\n",
        "class A(B()):\n    pass\nclass B(A()):\n    pass\n",
        "x = y\ny = x\nx.a = x.b\nx.b = x.a\nx.a.shift(x.b)\n",
        "x = [x for x in x]\nfor x in x:\n    x.foo()\n",
    ] {
        check_code(&SceneCode::new(format!("from manim import *\n{source}")).unwrap());
    }
}

//! A scene at fault is told where and why, in words; the renderer is fine.

use manim_core::{Diagnostic, Renderer, Scene, SceneCode, SceneName, Severity, Stage};

use crate::support::{construct, low, passed, refused, rejected, render_low, renderer, scene};

/// Both looks at a scene must find the same.
async fn found(scene: &Scene) -> Diagnostic {
    let renderer = renderer().await;
    let inspected = refused(renderer.inspect(scene, low()).await.unwrap());
    let drawn = rejected(renderer.render(scene, low(), &()).await.unwrap());
    assert_eq!((inspected.stage, drawn.stage), (Stage::Inspect, Stage::Render));
    assert_eq!(
        Diagnostic {
            stage: Stage::Inspect,
            ..drawn
        },
        inspected
    );
    inspected
}

async fn check(scene: Scene, code: &str, line: Option<u32>, words: &[&str]) {
    let finding = found(&scene).await;
    assert_eq!((finding.code.as_str(), finding.line), (code, line), "{finding}");
    for word in words {
        assert!(finding.message.contains(word), "{word:?} is not in: {finding}");
    }
}

#[tokio::test]
async fn an_exception_names_the_scenes_own_innermost_line() {
    let source = "def shape():\n    return Sqare()\nclass A(Scene):\n    def construct(self):\n        self.add(shape())\n";
    let finding = found(&scene(source)).await;
    assert_eq!(
        (finding.code.as_str(), finding.line, finding.column),
        ("name-error", Some(3), Some(12))
    );
    assert_eq!(finding.excerpt.as_deref(), Some("return Sqare()"));
    assert!(finding.message.contains("'Sqare' is not defined"), "{finding}");
}

#[tokio::test]
async fn an_exception_inside_manim_names_the_line_that_called_it() {
    check(
        construct("a = 1\nself.play(Create(Square(), no_such=1))"),
        "type-error",
        Some(5),
        &["no_such"],
    )
    .await;
}

#[tokio::test]
async fn a_syntax_error_has_its_place() {
    check(
        scene("class A(Scene:\n    pass\n"),
        "syntax-error",
        Some(2),
        &["invalid syntax"],
    )
    .await;
}

#[tokio::test]
async fn an_error_while_the_module_is_read_has_its_line() {
    check(
        scene("import manim_physics\nclass A(Scene): pass\n"),
        "module-not-found-error",
        Some(2),
        &["manim_physics"],
    )
    .await;
}

#[tokio::test]
async fn a_source_without_a_scene_is_told_so() {
    check(scene("x = 1\n"), "no-scene-class", None, &["extends Scene"]).await;
}

#[tokio::test]
async fn an_unknown_class_is_told_with_those_that_exist() {
    let named = scene("class Here(Scene): pass\n").with_class(SceneName::parse("Elsewhere").unwrap());
    check(named, "no-scene-class", None, &["Elsewhere", "Here"]).await;
}

#[tokio::test]
async fn a_formula_that_tex_refuses_is_quoted_with_texs_own_words() {
    let finding = found(&construct(r#"self.add(MathTex(r"\frac{1}{\nosuchmacro}"))"#)).await;
    assert_eq!((finding.code.as_str(), finding.line), ("latex-error", Some(4)));
    assert!(
        finding.message.contains(r"\nosuchmacro") && finding.message.contains("Undefined control sequence"),
        "{finding}"
    );
}

#[tokio::test]
async fn endless_recursion_is_named() {
    check(
        construct("def f(): return f()\nf()"),
        "recursion-error",
        Some(4),
        &["calls itself"],
    )
    .await;
}

#[tokio::test]
async fn exit_is_named() {
    check(
        construct("import sys\nsys.exit(0)"),
        "system-exit",
        Some(5),
        &["exit()"],
    )
    .await;
}

#[tokio::test]
async fn an_exception_of_the_scenes_own_goes_by_its_built_in_base() {
    let source = "class Mine(ValueError):\n    pass\nclass A(Scene):\n    def construct(self):\n        raise Mine('why')\n";
    check(scene(source), "value-error", Some(6), &["Mine: why"]).await;
}

#[tokio::test]
async fn an_exception_that_cannot_be_shown_is_reported_all_the_same() {
    let source = "class Mine(Exception):\n    def __str__(self): raise SystemExit\nclass A(Scene):\n    def construct(self):\n        raise Mine\n";
    check(scene(source), "exception", Some(6), &["Mine", "cannot be shown"]).await;
}

#[tokio::test]
async fn surrogates_and_escapes_do_not_reach_a_message() {
    let finding = found(&construct(r#"raise ValueError("\ud800\x1b[2J\u202eevil")"#)).await;
    assert_eq!(finding.message, "ValueError: ?[2Jevil");
}

#[tokio::test]
async fn a_crash_of_the_interpreter_is_named() {
    check(
        construct("import ctypes\nctypes.string_at(0)"),
        "crashed",
        None,
        &["signal 11"],
    )
    .await;
}

#[tokio::test]
async fn an_exit_behind_our_back_is_not_a_success() {
    check(construct("import os\nos._exit(0)"), "ended-early", None, &[]).await;
}

#[tokio::test]
async fn more_memory_than_a_job_may_have_is_named() {
    check(
        construct("import numpy as np\nself.data = np.ones(10 ** 9)"),
        "memory-error",
        Some(5),
        &["more memory"],
    )
    .await;
}

#[tokio::test]
async fn a_scene_that_forgets_its_base_class_is_told_so() {
    let source = "class A(Scene):\n    def __init__(self): pass\n    def construct(self): self.wait()\n";
    check(
        scene(source),
        "scene-not-initialised",
        None,
        &["super().__init__()"],
    )
    .await;
}

#[tokio::test]
async fn the_last_of_several_scenes_is_played_and_a_note_says_so() {
    let source = "class First(Scene):\n    def construct(self): self.wait(1)\nclass Second(Scene):\n    def construct(self): self.wait(2)\n";
    let estimate = passed(renderer().await.inspect(&scene(source), low()).await.unwrap());
    let notes: Vec<_> = estimate
        .findings
        .iter()
        .map(|note| (note.code.as_str(), note.severity))
        .collect();
    assert_eq!(
        (estimate.frames, notes),
        (30, vec![("several-scenes", Severity::Note)])
    );
}

#[tokio::test]
async fn main_scene_is_played_wherever_it_stands_and_a_base_class_is_not() {
    let source = "class Base(Scene):\n    def construct(self): self.wait(1)\nclass Other(Base): pass\n";
    assert_eq!(
        passed(renderer().await.inspect(&scene(source), low()).await.unwrap())
            .findings
            .iter()
            .count(),
        0
    );
    let source = "class MainScene(Scene):\n    def construct(self): self.wait(2)\nclass Other(Scene): pass\n";
    assert_eq!(
        passed(renderer().await.inspect(&scene(source), low()).await.unwrap()).frames,
        30
    );
}

#[tokio::test]
async fn what_models_write_around_a_scene_is_tolerated() {
    let source = "\u{feff}from manim import *\nconfig.quality = 'fourk_quality'\nconfig.pixel_width = 1080\nconfig.pixel_height = 1920\nconfig.frame_rate = 24\n\
        class A(Scene):\n    def construct(self):\n        config.frame_rate = 7\n        self.play(Create(Square()))\n        print('done')\n\
        if __name__ == '__main__':\n    raise SystemExit\n\
        with tempconfig({'quality': 'low_quality', 'preview': True}):\n    A().render()\n";
    let film = render_low(&Scene::new(SceneCode::new(source).unwrap())).await;
    assert_eq!(
        (
            film.info.width,
            film.info.height,
            film.info.frame_rate,
            film.info.frames
        ),
        (854, 480, 15, 15)
    );
}

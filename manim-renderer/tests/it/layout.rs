//! What the dry run tells of a scene that plays: its layout, and what was put in place of
//! what is not there.

use manim_core::{Diagnostic, Inspection, Quality, RenderOutcome, RenderSettings, Renderer, Severity};

use crate::support::{construct, renderer};

async fn findings(body: &str) -> Vec<Diagnostic> {
    let settings = RenderSettings::default().with_quality(Quality::Low);
    let inspection = renderer()
        .await
        .inspect(&construct(body), settings)
        .await
        .unwrap();
    let Inspection::Passed(estimate) = inspection else {
        panic!("{inspection:?}");
    };
    estimate.findings.into_iter().collect()
}

#[track_caller]
fn found(findings: &[Diagnostic], code: &str, line: Option<u32>, words: &[&str]) {
    let [finding] = findings else {
        panic!("{findings:?}");
    };
    assert_eq!((finding.code.as_str(), finding.line), (code, line), "{finding}");
    assert_eq!(finding.severity, Severity::Warning);
    for word in words {
        assert!(finding.message.contains(word), "{finding}");
    }
}

#[tokio::test]
async fn overlapping_texts_are_named_with_the_line_that_shows_them() {
    let body = "title = Text('Area')\nlabel = Text('Volume')\nself.add(title)\nself.play(FadeIn(label))\nself.wait()";
    let findings = findings(body).await;
    found(
        &findings,
        "overlap",
        Some(7),
        &["`title` (\"Area\")", "`label` (\"Volume\")"],
    );
}

#[tokio::test]
async fn a_text_beyond_the_frame_is_a_flaw_and_no_error() {
    let body = "self.note = Text('far').move_to(RIGHT * 7)\nself.play(FadeIn(self.note))";
    found(
        &findings(body).await,
        "off-frame",
        Some(5),
        &["`self.note`", "right edge"],
    );
}

#[tokio::test]
async fn an_invented_setter_is_caught_where_it_is_called() {
    let body = "circle = Circle()\ncircle.set_glow(3)\ncircle.set_color(RED)\nself.play(Create(circle))";
    found(
        &findings(body).await,
        "invented-setter",
        Some(5),
        &["`Circle`", "`set_glow`"],
    );
}

#[tokio::test]
async fn a_scene_with_room_for_everything_has_no_flaw() {
    let body = "title = Text('Area').to_edge(UP)\nsquare = Square()\nlabel = Text('a').next_to(square, DOWN)\nself.play(Write(title), Create(square), FadeIn(label))\nself.play(square.animate.set_fill(BLUE, 1), FadeOut(title))";
    assert_eq!(findings(body).await, []);
}

#[tokio::test]
async fn the_render_says_nothing_of_the_layout() {
    let scene = construct("self.play(FadeIn(Text('far').move_to(RIGHT * 7)))");
    let settings = RenderSettings::default().with_quality(Quality::Low);
    let outcome = renderer().await.render(&scene, settings, &()).await.unwrap();
    assert!(matches!(outcome, RenderOutcome::Rendered(_)));
}

#[tokio::test]
async fn what_models_get_wrong_at_run_time_is_mended_and_told() {
    for (body, code) in [
        (
            "xy = tuple(k / 2 for k in range(2))\nself.play(Create(Dot(xy)))",
            "two-coordinates",
        ),
        (
            "names = ['dodger blue']\nself.play(Create(Circle(color=names[0])))",
            "unknown-colour",
        ),
        ("self.play(FadeIn(ImageMobject('photo.png')))", "missing-file"),
        (
            "self.add_sound('click.wav')\nself.play(Create(Circle()))",
            "sound-unsupported",
        ),
        (
            "from manim_voiceover.services.gtts import GTTSService\nself.play(Create(Circle()))",
            "plugin",
        ),
    ] {
        let findings = findings(body).await;
        let codes: Vec<_> = findings
            .iter()
            .map(|finding| (finding.code.as_str(), finding.severity))
            .collect();
        assert_eq!(codes, [(code, Severity::Note)], "{body}");
    }
}

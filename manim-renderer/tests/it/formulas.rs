//! Formulas that are set together look as they do alone, whoever their neighbours are.

use std::collections::BTreeMap;
use std::path::Path;

use manim_core::{Renderer, Scene};
use manim_renderer::LocalRenderer;

use crate::support::{construct, environment, low, options, passed};

/// What scenes say: parts, big and small, words, matrices, accents, sizes, alphabets.
const SCENE: [&str; 22] = [
    r#"MathTex(r"x^2 - 5x + 6 = 0")"#,
    r#"MathTex(r"\frac{a+b}{c}", "=", r"\sqrt{1 + \sqrt{2}}")"#,
    r#"MathTex(r"\int_0^1 x e^x\,dx = 1")"#,
    r#"MathTex(r"\sum_{k=1}^{n} (2k-1) = n^2")"#,
    r#"MathTex(r"\begin{pmatrix}2 & 1 \\ 7 & 4\end{pmatrix}")"#,
    r#"MathTex(r"f(x) = \begin{cases} x & x > 0 \\ -x & x \leq 0 \end{cases}")"#,
    r#"MathTex("e^{i", r"\pi} + 1", "=", "0")"#,
    r#"MathTex(r"a^2 + b^2 = c^2", substrings_to_isolate=["b"])"#,
    r#"MathTex(r"\lim_{x \to \infty} \left( 1 + \frac{1}{x} \right)^{x} = e")"#,
    r#"MathTex(r"\vec{a} \times \vec{b} = \hat{n} \, |a| |b| \sin\theta")"#,
    r#"MathTex(r"\mathbb{N} \subset \mathbb{Z} \subset \mathbb{Q} \subset \mathbb{R}")"#,
    r#"MathTex(r"\overbrace{a + b}^{c} \underbrace{d}_{e}")"#,
    r#"MathTex(r"\mathcal{L}\{f\}(s) = \mathbf{F}(s)")"#,
    r#"MathTex(r"x &= 1 \\ y &= 2")"#,
    r#"MathTex(r"{\scriptstyle a} {\Large B}")"#,
    r#"Tex("Finding a derivative")"#,
    r#"Tex(r"The rule: $\left|x\right| \geq 0$, 50\% of it")"#,
    r#"Tex("one", " and ", "two")"#,
    r#"Title("A title")"#,
    r#"BulletedList("first", "second")"#,
    r#"DecimalNumber(3.14)"#,
    r#"Matrix([[11, 12], [13, 14]])"#,
];

async fn cold(cache: &Path) -> LocalRenderer {
    LocalRenderer::start(environment().with_tex_cache(cache), options())
        .await
        .unwrap()
}

/// The pictures in a cache by their names; glyphs and the page without theirs.
fn pictures(cache: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(cache).unwrap().flatten();
    entries
        .map(|entry| {
            let svg = std::fs::read_to_string(entry.path()).unwrap();
            (entry.file_name().to_string_lossy().into_owned(), nameless(&svg))
        })
        .collect()
}

/// dvisvgm numbers the fonts of a document and its pages; which number is of no account. What
/// is drawn by reference is put in the reference's place.
fn nameless(svg: &str) -> String {
    // Every second piece is the value of an attribute.
    let pieces: Vec<_> = svg.split('\'').collect();
    let outlines: BTreeMap<_, _> = pieces
        .windows(3)
        .filter(|piece| piece[1] == " d=")
        .map(|piece| (piece[0], piece[2]))
        .collect();
    let text: Vec<_> = pieces
        .iter()
        .map(|piece| {
            let page = piece
                .strip_prefix("page")
                .and_then(|page| page.parse::<u32>().ok());
            let shape = piece.strip_prefix('#').and_then(|name| outlines.get(name));
            match (page, shape) {
                (Some(_), _) => "page",
                (_, Some(outline)) => outline,
                _ if outlines.contains_key(piece) => "glyph",
                _ => piece,
            }
        })
        .collect();
    let text = text.join("'");
    // Definitions come in the order of their fonts' numbers.
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n")
}

fn shared_a_document(cache: &Path) -> usize {
    let entries = std::fs::read_dir(cache).unwrap().flatten();
    let pages = entries.filter(|entry| {
        let svg = std::fs::read_to_string(entry.path()).unwrap();
        (2..99).any(|page| svg.contains(&format!("id='page{page}'")))
    });
    pages.count()
}

async fn inspected(renderer: &LocalRenderer, scene: &Scene) {
    passed(renderer.inspect(scene, low()).await.unwrap());
}

#[tokio::test]
async fn formulas_set_ahead_are_the_pictures_that_they_are_alone() {
    let (ahead, alone) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let body: String = SCENE.iter().map(|one| format!("self.add({one})\n")).collect();
    inspected(&cold(ahead.path()).await, &construct(&body)).await;
    let renderer = cold(alone.path()).await;
    for one in SCENE {
        inspected(&renderer, &construct(&format!("self.add({one})"))).await;
    }
    let shared = shared_a_document(ahead.path());
    assert!(
        shared >= SCENE.len() - 2,
        "{shared} of the formulas shared a document"
    );
    let (ahead, alone) = (pictures(ahead.path()), pictures(alone.path()));
    assert_eq!(ahead.len(), alone.len());
    for (name, svg) in alone {
        assert_eq!(ahead.get(&name), Some(&svg), "{name}");
    }
}

#[tokio::test]
async fn a_formula_that_redefines_commands_reaches_no_other() {
    let (poisoned, clean) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bait = r#"self.add(MathTex("first"), MathTex(r"\alpha + 1"), MathTex(r"\alpha + 2"))"#;
    let hostile = format!(
        "self.add(MathTex('x'), Tex(r'\\gdef\\alpha{{HACKED}} x'), Tex(r'\\global\\let\\alpha\\beta y'))\n{bait}"
    );
    // The formulas of the scene are set ahead, the hostile ones among them; they are alone.
    inspected(&cold(poisoned.path()).await, &construct(&hostile)).await;
    assert!(shared_a_document(poisoned.path()) >= 1);
    let renderer = cold(clean.path()).await;
    inspected(&renderer, &construct(bait)).await;
    let poisoned = pictures(poisoned.path());
    for (name, svg) in pictures(clean.path()) {
        assert_eq!(poisoned.get(&name), Some(&svg), "{name}");
    }
}

/// What is heard of a scene without playing it is not what the scene is made of.
#[tokio::test]
async fn a_scene_that_cannot_be_heard_is_what_it_always_was() {
    let cache = tempfile::tempdir().unwrap();
    let renderer = cold(cache.path()).await;
    let body = "\
first = MathTex('a', 'b')
self.play(Write(first))
assert first in self.mobjects, 'it was not played'
second = MathTex(r'\\frac{1}{2}')
self.play(Transform(first, second))
self.add(MathTex(r'\\frac{1}{3}'), MathTex(r'\\frac{1}{4}'))
self.wait()";
    let estimate = passed(renderer.inspect(&construct(body), low()).await.unwrap());
    assert_eq!(estimate.plays, 3);
    assert_eq!(pictures(cache.path()).len(), 4);
}

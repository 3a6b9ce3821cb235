//! What the check says and mends, by example.

use manim_core::{CheckOptions, SceneCode, SceneName, Severity, check_code, check_code_with};

const HEAD: &str = "from manim import *\n\nclass A(Scene):\n    def construct(self):\n";

fn scene(body: &str) -> SceneCode {
    let lines: String = body.lines().map(|line| format!("        {line}\n")).collect();
    SceneCode::new(format!("{HEAD}{lines}")).unwrap()
}

/// The mended body, when everything wrong was mended.
#[track_caller]
fn mends(body: &str, expected: &str) {
    let report = check_code(&scene(body));
    assert!(report.passed(), "{}", report.findings);
    assert!(
        report.findings.iter().all(|finding| finding.fixed),
        "{}",
        report.findings
    );
    assert_eq!(report.code.as_str(), scene(expected).as_str());
}

#[track_caller]
fn reports(body: &str, code: &str, message: &str) {
    let report = check_code(&scene(body));
    let finding = report.findings.iter().find(|finding| finding.code == code);
    let finding = finding.unwrap_or_else(|| panic!("{code} is not in: {}", report.findings));
    assert!(finding.message.contains(message), "{}", finding.message);
    assert_eq!(finding.line, Some(5));
}

#[track_caller]
fn whole(source: &str, expected: &str) {
    let report = check_code(&SceneCode::new(source).unwrap());
    assert!(report.passed(), "{}", report.findings);
    assert_eq!(report.code.as_str(), expected);
}

#[track_caller]
fn silent(source: &str) {
    let report = check_code(&SceneCode::new(source).unwrap());
    assert!(report.findings.is_empty(), "{}", report.findings);
}

#[test]
fn old_names_get_their_new_ones() {
    mends("self.play(ShowCreation(Square()))", "self.play(Create(Square()))");
    mends(
        "self.add(TextMobject('a'), TexMobject('x'))",
        "self.add(Text('a'), MathTex('x'))",
    );
    mends(
        "a = Axes()\nself.add(a.get_graph(lambda x: x))",
        "a = Axes()\nself.add(a.plot(lambda x: x))",
    );
    mends(
        "self.play(FadeInFrom(Dot(), DOWN))",
        "self.play(FadeIn(Dot(), shift=-(DOWN)))",
    );
    mends(
        "self.play(FadeOutAndShift(Dot(), direction=UP))",
        "self.play(FadeOut(Dot(), shift=UP))",
    );
    mends("self.add(Dot(TOP))", "self.add(Dot(config.top))");
    mends(
        "self.play(Create(Dot()), rate_func=ease_in_sine)",
        "self.play(Create(Dot()), rate_func=rate_functions.ease_in_sine)",
    );
}

#[test]
fn points_get_their_third_coordinate() {
    mends("self.add(Dot([1, 2]))", "self.add(Dot([1, 2, 0]))");
    mends("self.add(Dot((1, 2,)))", "self.add(Dot((1, 2, 0)))");
    mends(
        "self.add(Line(start=[0, 0], end=np.array([1, 2])))",
        "self.add(Line(start=[0, 0, 0], end=np.array([1, 2, 0])))",
    );
    mends(
        "self.add(Arrow([0, 0], (x := 1, 2)))",
        "self.add(Arrow([0, 0, 0], (x := 1, 2, 0)))",
    );
    mends(
        "self.add(Polygon((0, 0), (1, 0), UP))",
        "self.add(Polygon((0, 0, 0), (1, 0, 0), UP))",
    );
    mends(
        "p = [[0, 0], [1, 0], [0, 1]]\nself.add(Polygon(*p))",
        "p = [[0, 0, 0], [1, 0, 0], [0, 1, 0]]\nself.add(Polygon(*p))",
    );
    mends(
        "for m in self.mobjects:\n    m.move_to((1, 2))",
        "for m in self.mobjects:\n    m.move_to((1, 2, 0))",
    );
}

#[test]
fn what_takes_two_coordinates_keeps_them() {
    for body in [
        "self.add(Vector([1, 2]))",
        "a = Axes()\nself.add(Dot(a.c2p(*[1, 2])))",
        "p = [1, 2]\nself.add(Dot([*p, 0]), Text(str(p)))",
        "self.add(Rectangle(grid_xstep=1).set_x(2))",
        "self.add(Axes([0, 4], [0, 16]))",
    ] {
        silent(scene(body).as_str());
    }
}

#[test]
fn colours_that_css_has_are_defined() {
    let report = check_code(&scene("self.add(Dot(color=CYAN), Dot(color=CYAN))"));
    assert!(
        report
            .code
            .as_str()
            .starts_with("from manim import *\nCYAN = ManimColor(\"#00FFFF\")\n")
    );
    assert_eq!(report.findings.iter().count(), 1);
    mends("self.add(Dot(color='lime'))", "self.add(Dot(color=\"#00FF00\"))");
}

#[test]
fn small_slips_are_mended() {
    mends("self.wait(0)", "self.wait(0.01)");
    mends(
        "self.play(Create(Dot()), run_time=-1)",
        "self.play(Create(Dot()), run_time=0.01)",
    );
    mends("self.add(Dot().shift(\"UP\"))", "self.add(Dot().shift(UP))");
    mends(
        "self.add(Dot().to_edge(ORIGIN))",
        "self.add(Dot().move_to(ORIGIN))",
    );
    mends("self.add(Square(side=2))", "self.add(Square(side_length=2))");
    mends(
        "d = Dot()\nself.play(d.shift(UP).scale(2))",
        "d = Dot()\nself.play(d.animate.shift(UP).scale(2))",
    );
    mends(
        "self.play(FadeOut(VGroup(*self.mobjects)))",
        "self.play(FadeOut(Group(*self.mobjects)))",
    );
    mends(
        r#"self.add(MathTex("\frac{1}{2} \\neq \theta"))"#,
        r#"self.add(MathTex("\\frac{1}{2} \\neq \\theta"))"#,
    );
}

#[test]
fn a_scene_gets_the_base_that_it_needs() {
    let moving =
        "class A(Scene):\n    def construct(self):\n        self.play(self.camera.frame.animate.scale(2))\n";
    whole(
        &format!("from manim import *\n{moving}"),
        &format!(
            "from manim import *\n{}",
            moving.replace("(Scene)", "(MovingCameraScene)")
        ),
    );
    let solid = "class A(Scene):\n    def construct(self):\n        self.set_camera_orientation(phi=75)\n";
    let mended = solid
        .replace("(Scene)", "(ThreeDScene)")
        .replace("75", "75 * DEGREES");
    whole(
        &format!("import manim\nfrom manim import Scene\n{solid}"),
        &format!("import manim\nfrom manim import Scene, ThreeDScene, DEGREES\n{mended}"),
    );
    whole(
        "from manim import *\nclass A:\n    def construct(self):\n        self.wait()\n",
        "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.wait()\n",
    );
}

#[test]
fn imports_are_put_right() {
    let body = "class A(Scene):\n    def construct(self):\n        self.add(Dot([math.pi, np.e, 0]))\n";
    whole(body, &format!("from manim import *\nimport math\n{body}"));
    whole(
        &format!("from manimlib.imports import *\nimport math\n{body}"),
        &format!("from manim import *\nimport math\n{body}"),
    );
    let named = "from manim import Scene, Circle\nclass A(Scene):\n    def construct(self):\n        self.play(Create(Circle()))\n";
    whole(named, &named.replace("Circle\n", "Circle, Create\n"));
    reports_import("import manim_physics\nmanim_physics.x()\n", "unknown-module");
    reports_import("from manim.utils.spelling import thing\n", "unknown-module");
    reports_import("from manim import Sqaure\n", "unknown-name");
}

#[track_caller]
fn reports_import(line: &str, code: &str) {
    let report = check_code(&SceneCode::new(format!("{line}{HEAD}        self.wait()\n")).unwrap());
    assert!(
        report.findings.errors().any(|finding| finding.code == code),
        "{}",
        report.findings
    );
}

#[test]
fn what_surrounds_code_is_removed() {
    let code = format!("{HEAD}        self.wait()\n");
    whole(&format!("\u{FEFF}{code}"), &code);
    whole(&format!("Here it is:\n\n```python\n{code}```\nEnjoy!"), &code);
    whole(&format!("Sure, here it is.\n\n{code}"), &code);
    whole(&code.replace("(self):", "（self）："), &code);
}

#[test]
fn a_broken_line_is_not_taken_for_prose() {
    let report = check_code(&SceneCode::new(format!("x = (1,\n{HEAD}        self.wait()\n")).unwrap());
    assert_eq!(report.findings.iter().next().unwrap().code, "syntax-error");
}

#[test]
fn what_cannot_work_is_reported_with_what_would() {
    reports("self.add(Cirle())", "unknown-name", "Did you mean `Circle`?");
    reports(
        "self.add(Circle(glow=True))",
        "unknown-keyword",
        "Its signature is `Circle(radius=None, color=RED, **kwargs)`",
    );
    reports("Dot().shfit(UP)", "unknown-attribute", "Did you mean `shift`?");
    reports("self.shwo()", "unknown-attribute", "`A` has no attribute `shwo`");
    reports(
        "Axes().c2p(1, 1).shift(UP)",
        "unknown-attribute",
        "It is a point in space",
    );
    reports(
        "Dot().set_glow(2)",
        "invented-setter",
        "nothing changes on screen",
    );
    reports(
        "Dot().set_widht(2)",
        "invented-setter",
        "Did you mean `set_width`?",
    );
    reports("Dot().set_colr(RED)", "invented-setter", "`set_color`");
    reports(
        "Dot(radius=1, radius=2)",
        "argument-twice",
        "`radius` is given twice",
    );
    reports(
        "print(1, end='', end=' ')",
        "argument-twice",
        "`end` is given twice",
    );
    reports("self.play(Circle())", "mobject-in-play", "Create(Circle())");
    reports("self.play(Dot().shift, UP)", "method-in-play", "animate.shift");
    reports("self.add(Create(Dot()))", "not-a-mobject", "use `play`");
    reports("Dot().next_to()", "missing-argument", "mobject_or_point");
    reports("Dot().to_edge(UP, 1, 2)", "too-many-arguments", "at most 2");
    reports("VGroup('a')", "not-a-vmobject", "Use Group");
    reports("np.sine(1)", "unknown-attribute", "`sin`");
    reports("PiCreature()", "unknown-name", "no characters");
    reports("MathTex(r'\\frac{1}{2')", "unbalanced-tex", "nothing closes");
}

#[test]
fn only_code_that_certainly_runs_refuses_a_film() {
    for body in [
        "if self.mobjects:\n    Cirle()",
        "return\nCirle()",
        "def unused():\n    Cirle()",
        "x = 1 if True else Cirle()",
    ] {
        let report = check_code(&scene(body));
        assert!(report.passed() && !report.findings.is_empty(), "{body}");
    }
    for body in [
        "def used():\n    Cirle()\nused()",
        "for _ in range(2):\n    Cirle()",
        "always_redraw(lambda: Cirle())",
    ] {
        assert!(!check_code(&scene(body)).passed(), "{body}");
    }
}

#[test]
fn the_scene_to_play_can_be_named() {
    let source = "from manim import *\nclass A(Scene):\n    def construct(self):\n        Cirle()\nclass B(Scene):\n    def construct(self):\n        self.wait()\n";
    let code = SceneCode::new(source).unwrap();
    assert!(check_code(&code).passed());
    let options = CheckOptions::default().with_scene(SceneName::parse("A").unwrap());
    assert!(!check_code_with(&code, &options).passed());
}

#[test]
fn a_module_can_be_declared_installed() {
    let code = SceneCode::new(format!(
        "import manim_physics\n{HEAD}        manim_physics.go()\n"
    ))
    .unwrap();
    let options = CheckOptions::default().with_module("manim_physics");
    assert!(check_code_with(&code, &options).findings.is_empty());
}

#[test]
fn what_makes_names_or_attributes_silences() {
    silent(&format!(
        "exec('Cirle = Circle')\n{HEAD}        self.add(Cirle())\n"
    ));
    silent(
        &format!("from my_lib import *\n{HEAD}        self.add(Cirle())\n").replace("my_lib", "itertools"),
    );
    silent(scene("setattr(self, 'a' + 'b', 1)\nself.add(Dot(self.ab))").as_str());
    silent(scene("self.__dict__.update(a=1)\nself.add(Dot(self.a))").as_str());
    silent(scene("def unused():\n    import manim_physics").as_str());
    silent(scene("try:\n    self.nothing\nexcept AttributeError:\n    pass").as_str());
}

#[test]
fn popular_wrong_rules_are_not_applied() {
    for body in [
        "self.play(GrowFromCenter(Dot()))",
        "self.camera.background_color = '#112233'",
        "self.add(Dot(color='#FF0000'))",
        r"self.add(MathTex(r'a \\ b'))",
        "self.add(VGroup(Text('a')))",
    ] {
        silent(scene(body).as_str());
    }
}

#[test]
fn findings_say_where_in_the_mended_code() {
    let report = check_code(&scene("self.play(ShowCreation(Dot(color=CYAN)))\nCirle()"));
    let places: Vec<_> = report
        .findings
        .iter()
        .map(|f| (f.code.as_str(), f.line, f.severity))
        .collect();
    let expected = [
        ("renamed", Some(6), Severity::Note),
        ("unknown-colour", Some(6), Severity::Note),
        ("unknown-name", Some(7), Severity::Error),
    ];
    assert_eq!(places, expected);
}

#[test]
fn what_one_mend_ends_is_told_once_and_in_its_place() {
    let source = "class A(Scene):\n    def construct(self):\n        self.play(Write(Square()))\n        self.wait()\n";
    let report = check_code(&SceneCode::new(source).unwrap());
    let findings: Vec<_> = report.findings.iter().collect();
    let [finding] = findings[..] else {
        panic!("{}", report.findings)
    };
    assert_eq!(finding.excerpt.as_deref(), Some("class A(Scene):"));
    assert!(
        finding.message.ends_with("2 more names are mended so."),
        "{finding}"
    );
}

#[test]
fn the_elements_of_a_list_made_from_a_list_are_its_own() {
    let made =
        |method| format!("for s in [x for x in [Square() for x in [np.array([1, 2, 0])]]]:\n    s.{method}");
    let report = check_code(&scene(&made("shift(UP)")));
    assert!(report.findings.is_empty(), "{}", report.findings);
    let report = check_code(&scene(&made("glow()")));
    assert!(
        report.findings.to_string().contains("`Square`"),
        "{}",
        report.findings
    );
}

#[test]
fn the_parts_of_a_formula_are_a_group_of_one() {
    mends(
        "m = MathTex('x', 'y')\nself.add(*m.get_parts_by_tex('x', substring=False))",
        "m = MathTex('x', 'y')\nself.add(*VGroup(m.get_part_by_tex('x', substring=False)))",
    );
}

#[test]
fn a_module_beside_the_scene_does_not_exist() {
    let source = |import: &str| format!("{import}\n{HEAD}        self.add(Box())\n");
    let report = check_code(&SceneCode::new(source("from .shapes import Box")).unwrap());
    let finding = report.findings.iter().next().unwrap();
    assert_eq!((finding.line, finding.code.as_str()), (Some(1), "unknown-module"));
    assert!(finding.message.contains("single file"), "{finding}");
    whole(
        &format!("from . import style\n{HEAD}        self.wait()\n"),
        &format!("pass\n{HEAD}        self.wait()\n"),
    );
}

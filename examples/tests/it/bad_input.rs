//! Every mistake is a clear sentence with the right exit code, and nothing is left behind.

use crate::program::{Desk, Ended};

const SOLVE: &str = env!("CARGO_BIN_EXE_solve");
const RENDER: &str = env!("CARGO_BIN_EXE_render");
const CHECK: &str = env!("CARGO_BIN_EXE_check");

#[track_caller]
fn refused(ended: &Ended, code: i32, sentence: &str) {
    assert_eq!(ended.code, Some(code), "{ended:?}");
    assert!(ended.err.contains(sentence), "{sentence:?} is not in {ended:?}");
    assert_eq!(ended.out, "");
}

#[track_caller]
fn solve_refuses(problem: &str, sentence: &str) {
    let desk = Desk::new();
    refused(&desk.run(SOLVE, &[problem]), 1, sentence);
    assert!(desk.left().is_empty(), "{:?}", desk.left());
}

#[test]
fn a_problem_must_be_a_problem() {
    solve_refuses("", "The problem is empty");
    solve_refuses("   \n ", "The problem is empty");
    solve_refuses("x = 1", "too short (5 characters; at least 10");
    solve_refuses(&"x".repeat(5001), "too long (5001 characters; at most 5000");
    solve_refuses("Solve x\u{7} = 1 + 2", "control character (U+0007)");
}

#[test]
fn what_the_offline_solver_cannot_do_it_says_and_names_the_way_on() {
    let desk = Desk::new();
    let ended = desk.run(SOLVE, &["Prove the Riemann hypothesis, please"]);
    refused(&ended, 1, "API_KEY");
    assert!(desk.left().is_empty(), "{:?}", desk.left());
}

#[test]
fn a_provider_without_its_key_or_name_is_told() {
    let desk = Desk::new();
    let solve = |provider: &str| {
        let mut command = desk.command(SOLVE);
        let command = command.env_remove("OPENAI_API_KEY");
        let args = ["Solve x^2 = 4 for x", "--provider", provider];
        Ended::from(command.args(args).output().unwrap())
    };
    refused(&solve("openai"), 1, "OPENAI_API_KEY");
    refused(&solve("clippy"), 1, "choose one of openai");
    assert!(desk.left().is_empty(), "{:?}", desk.left());
}

#[test]
fn usage_is_exit_code_two() {
    let desk = Desk::new();
    refused(&desk.run(SOLVE, &[]), 2, "<PROBLEM>");
    refused(
        &desk.run(SOLVE, &["Solve x^2 = 4 for x", "--quality", "4k"]),
        2,
        "not one of low, medium, high",
    );
    refused(&desk.run(RENDER, &[]), 2, "<scene.py>");
    refused(
        &desk.run(RENDER, &["a.py", "--format", "gif"]),
        2,
        "not one of mp4, webm",
    );
    refused(&desk.run(RENDER, &["a.py", "--jobs", "0"]), 2, "--jobs");
    refused(&desk.run(CHECK, &[]), 2, "<scene.py>");
}

#[test]
fn an_unreadable_file_is_named() {
    let desk = Desk::new();
    refused(
        &desk.run(RENDER, &["missing.py"]),
        1,
        "cannot read missing.py: No such file",
    );
    refused(
        &desk.run(CHECK, &["missing.py"]),
        1,
        "cannot read missing.py: No such file",
    );
    refused(&desk.run(RENDER, &["."]), 1, "cannot read .: Is a directory");
}

#[test]
fn an_unwritable_place_is_found_before_the_work() {
    let desk = Desk::new();
    desk.write("file", "");
    refused(
        &desk.run(SOLVE, &["Solve x^2 = 4 for x", "--out", "file/film.mp4"]),
        1,
        "cannot write into file",
    );
    refused(
        &desk.run(SOLVE, &["Solve x^2 = 4 for x", "--out", "."]),
        1,
        "it is a directory",
    );
    assert_eq!(desk.left(), ["file"]);
}

#[test]
fn two_scenes_cannot_become_one_file() {
    let desk = Desk::new();
    let scene = "from manim import *\nclass A(Scene):\n    pass\n";
    std::fs::create_dir(desk.path("b")).unwrap();
    desk.write("a.py", scene);
    desk.write("b/a.py", scene);
    refused(
        &desk.run(RENDER, &["a.py", "b/a.py"]),
        1,
        "would both become a.mp4",
    );
    refused(
        &desk.run(RENDER, &["a.py", "b/a.py", "--out", "x.mp4"]),
        1,
        "--out and --storyboard take one scene",
    );
}

#[test]
fn a_missing_environment_says_how_to_get_one() {
    let desk = Desk::new();
    desk.write("a.py", "from manim import *\nclass A(Scene):\n    pass\n");
    let ended: Ended = desk
        .command(RENDER)
        .arg("a.py")
        .env("MANIM_ENV", "/nowhere")
        .output()
        .unwrap()
        .into();
    refused(&ended, 1, "make setup");
    assert_eq!(desk.left(), ["a.py"]);
}

#[test]
fn a_scene_at_fault_is_rejected_with_its_line() {
    let scenes = [
        ("syntax.py", "class A(Scene)\n    pass\n", "syntax-error", Some(1)),
        ("none.py", "x = 1\n", "no-scene-class", None),
        (
            "raises.py",
            "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.play(Create(Sqare()))\n",
            "unknown-name",
            Some(4),
        ),
        (
            "divides.py",
            "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.wait(1 / 0)\n",
            "zero-division-error",
            Some(4),
        ),
        (
            "loops.py",
            "from manim import *\nclass A(Scene):\n    def construct(self):\n        while True: pass\n",
            "timeout",
            None,
        ),
    ];
    let desk = Desk::new();
    let files: Vec<_> = scenes
        .iter()
        .map(|(name, source, ..)| desk.write(name, source))
        .collect();
    let ended = desk
        .command(RENDER)
        .args(files.iter().map(|file| file.file_name().unwrap()))
        .args(["--json", "--quality", "low", "--timeout", "5", "--jobs", "2"])
        .output()
        .unwrap();
    let ended = Ended::from(ended);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    for (name, _, code, line) in scenes {
        let reports = ended.json();
        let report = reports.iter().find(|report| report["scene"] == name).unwrap();
        let error = &report["diagnostics"][0];
        assert_eq!(
            (&report["status"], &error["code"]),
            (&"rejected".into(), &code.into()),
            "{report}"
        );
        if line.is_some() {
            assert_eq!(error["line"].as_u64(), line, "{report}");
        }
    }
    assert_eq!(
        desk.left(),
        ["divides.py", "loops.py", "none.py", "raises.py", "syntax.py"]
    );
}

#[test]
fn check_tells_both_kinds_of_scene_apart() {
    let desk = Desk::new();
    desk.write(
        "good.py",
        "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.wait()\n",
    );
    desk.write("bad.py", "class A(Scene)\n    pass\n");
    let good = desk.run(CHECK, &["good.py", "--json"]);
    assert_eq!((good.code, &good.json()[0]["ok"]), (Some(0), &true.into()));
    let both = desk.run(CHECK, &["good.py", "bad.py", "--json"]);
    assert_eq!(both.code, Some(1));
    assert_eq!(both.json()[1]["issues"][0]["code"], "syntax-error");
}

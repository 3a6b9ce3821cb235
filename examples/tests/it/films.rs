//! Problems and scenes become films.

use crate::program::{Desk, probe};

const SOLVE: &str = env!("CARGO_BIN_EXE_solve");
const RENDER: &str = env!("CARGO_BIN_EXE_render");

const SQUARE: &str = "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.play(Create(Square()), run_time=1)\n";

/// One sample of each family that the offline solver knows, as a person would type it.
const PROBLEMS: [&str; 8] = [
    "Solve x^2 - 5x + 6 = 0",
    "Differentiate x^3 sin(x) with respect to x",
    "Integrate x e^x dx",
    "Plot y = x^3 - 3x and show its turning points",
    "Find the determinant of [[2,1],[7,4]]",
    "What is the sum of the first n odd numbers?",
    "Find the limit of sin(x)/x as x approaches 0",
    "Solve the system 2x + y = 5, x - y = 1",
];

#[test]
fn every_family_of_problems_becomes_a_film() {
    std::thread::scope(|threads| {
        for half in PROBLEMS.chunks(PROBLEMS.len() / 2) {
            threads.spawn(|| half.iter().for_each(|problem| becomes_a_film(problem)));
        }
    });
}

fn becomes_a_film(problem: &str) {
    let desk = Desk::new();
    let args = [
        problem,
        "--quality",
        "low",
        "--out",
        "film.mp4",
        "--storyboard",
        "board.png",
        "--json",
    ];
    let ended = desk.run(SOLVE, &args);
    assert_eq!(ended.code, Some(0), "{problem}: {ended:?}");
    let job = &ended.json()[0];
    assert_eq!(job["status"], "delivered", "{problem}");
    let attempts = job["attempts"].as_array().unwrap();
    let [attempt] = attempts.as_slice() else {
        panic!("{problem} took {} attempts: {job}", attempts.len());
    };
    assert_eq!(attempt["provider"], "offline", "{problem}");

    let claims = job["claims"].as_array().unwrap();
    assert!(!claims.is_empty(), "{problem}");
    assert!(
        claims.iter().all(|checked| checked["verdict"] == "verified"),
        "{problem}: {claims:?}"
    );
    assert!(ended.err.contains(" verified"), "{problem}: {}", ended.err);

    let facts = probe(&desk.path("film.mp4"));
    let stream = &facts["streams"][0];
    assert_eq!(
        (&stream["codec_name"], &stream["pix_fmt"]),
        (&"h264".into(), &"yuv420p".into())
    );
    assert_eq!((&stream["width"], &stream["height"]), (&854.into(), &480.into()));
    assert_eq!(
        stream["nb_read_frames"],
        job["film"]["info"]["frames"].to_string()
    );
    assert_eq!(desk.left(), ["board.png", "film.mp4"]);
}

#[test]
fn a_scene_becomes_the_film_that_its_report_tells() {
    let desk = Desk::new();
    desk.write("square.py", SQUARE);
    let args = [
        "square.py",
        "--quality",
        "low",
        "--format",
        "webm",
        "--storyboard",
        "board.png",
        "--json",
    ];
    let ended = desk.run(RENDER, &args);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let report = &ended.json()[0];
    assert_eq!(
        (&report["status"], &report["frames"]),
        (&"rendered".into(), &15.into())
    );
    assert_eq!(
        probe(&desk.path("square.webm"))["streams"][0]["codec_name"],
        "vp9"
    );
    assert_eq!(
        std::fs::metadata(desk.path("square.webm")).unwrap().len(),
        report["bytes"].as_u64().unwrap()
    );
    assert_eq!(desk.left(), ["board.png", "square.py", "square.webm"]);
}

#[test]
fn several_scenes_go_to_a_directory_under_their_own_names() {
    let desk = Desk::new();
    desk.write("a.py", SQUARE);
    desk.write("b.py", &SQUARE.replace("Square", "Circle"));
    let ended = desk.run(
        RENDER,
        &[
            "a.py",
            "b.py",
            "--out-dir",
            "films",
            "--quality",
            "low",
            "--jobs",
            "2",
        ],
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(desk.path("films/a.mp4").is_file() && desk.path("films/b.mp4").is_file());
}

#[test]
fn the_same_scene_comes_from_the_cache_unless_told_otherwise() {
    let desk = Desk::new();
    desk.write("a.py", SQUARE);
    let render = |more: &[&str]| {
        let ended = desk.run(RENDER, &[&["a.py", "--quality", "low"], more].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        std::fs::read(desk.path("a.mp4")).unwrap()
    };
    let film = render(&[]);
    let marked = vec![0; film.len()];
    std::fs::write(desk.cached_video(), &marked).unwrap();
    assert_eq!(render(&[]), marked, "the film was rendered again");
    assert_eq!(render(&["--no-cache"]), film, "the film came from the cache");
}

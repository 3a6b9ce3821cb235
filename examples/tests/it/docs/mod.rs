//! Every command of the guides runs as it stands there, in a folder that looks like the checkout.
//! `cargo test -p manim-examples --test it docs -- --nocapture` lists what was run.
#![allow(clippy::print_stdout, reason = "this is the list")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bot::house::{Bucket, Service, free_address};
use crate::program::checkout;

/// The first line of every script: it ends at the first command that fails, and notes each.
const HEAD: &str = "set -eEuo pipefail\ntrap 'printf \"%s\\n\" \"$BASH_COMMAND\" >> \"$RAN\"' DEBUG\n";

/// What the guides draw.
const SCENE: &str = "from manim import *\n\nclass Hello(Scene):\n    def construct(self):\n        self.play(Create(Circle()))\n";

/// Programs that `stand-in.sh` takes the place of.
const STOOD_IN_FOR: [&str; 2] = ["cargo", "make"];

const BUILT: &str = env!("CARGO_BIN_EXE_bot");

/// What stands between two fences.
struct Block {
    language: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(language)) => {
                open = Some(Block {
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.text.extend([line.trim_start(), "\n"]),
            (None, None) => {}
        }
    }
    blocks
}

fn read(page: &str) -> Vec<Block> {
    blocks(&fs::read_to_string(checkout().join(page)).unwrap())
}

/// All pages that people read.
fn pages() -> BTreeSet<String> {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    let roots = names(checkout());
    let guides = names(&checkout().join("docs"))
        .into_iter()
        .map(|name| format!("docs/{name}"));
    roots
        .into_iter()
        .chain(guides)
        .filter(|name| name.ends_with(".md"))
        .collect()
}

/// A folder with links to all that is in the checkout, and a scene.
struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    fn new() -> Self {
        let copy = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(copy.path("work")).unwrap();
        fs::create_dir(copy.path("bin")).unwrap();
        fs::create_dir(copy.path("tmp")).unwrap();
        for entry in fs::read_dir(checkout()).unwrap() {
            let entry = entry.unwrap();
            if !["target", "out", ".git", ".env"]
                .iter()
                .any(|name| entry.file_name() == *name)
            {
                symlink(entry.path(), copy.path("work").join(entry.file_name())).unwrap();
            }
        }
        for name in STOOD_IN_FOR {
            let stand_in = checkout().join("examples/tests/it/docs/stand-in.sh");
            symlink(stand_in, copy.path("bin").join(name)).unwrap();
        }
        fs::write(copy.path("work/scene.py"), SCENE).unwrap();
        copy
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, script: &str) {
        let ran = self.path("ran");
        let program = |name: &str| which(name).into_os_string();
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        let output = Command::new("bash")
            .arg("-c")
            .arg(format!("{HEAD}{script}"))
            .current_dir(self.path("work"))
            .env("RAN", &ran)
            .env("CARGO", program("cargo"))
            .env("MAKE", program("make"))
            .env("PATH", path)
            .env("BUILT", Path::new(BUILT).parent().unwrap())
            .env("CHECKOUT", checkout())
            .env("TMPDIR", self.path("tmp"))
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env(
                "MANIM_ENV",
                std::env::var_os("MANIM_ENV").unwrap_or(checkout().join(".venv").into()),
            )
            .output()
            .unwrap();
        let ran = fs::read_to_string(ran).unwrap_or_default();
        println!("{ran}");
        assert!(
            output.status.success(),
            "{}\nafter:\n{ran}\n{}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

fn which(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(name));
    places
        .find(|place| place.is_file())
        .unwrap_or_else(|| panic!("{name} is not in PATH"))
}

/// Runs a page from top to bottom in one shell; `changes` put what is here in the place of what stands there.
fn walk(page: &str, changes: &[(&str, &str)]) -> Copy {
    println!("## {page}");
    let copy = Copy::new();
    let mut script = String::new();
    for block in read(page) {
        match block.language.as_str() {
            "sh" => script += &block.text,
            "ini" if page == "docs/bot.md" => script += &format!("cat >> .env <<'INI'\n{}INI\n", block.text),
            _ => {}
        }
    }
    let work = copy.path("work");
    script = script.replace("/home/you", work.to_str().unwrap());
    for (there, here) in changes {
        assert!(script.contains(there), "{page} does not say {there:?} any more");
        script = script.replace(there, here);
    }
    copy.run(&script);
    copy
}

fn assert_film(path: &Path) {
    let film = fs::read(path).unwrap();
    assert_eq!(&film[4..8], b"ftyp", "{} is no film", path.display());
}

#[test]
fn the_commands_of_the_readme_run() {
    let copy = walk(
        "README.md",
        &[
            ("127.0.0.1:8080", "127.0.0.1:0"),
            ("127.0.0.1:9000", "127.0.0.1:0"),
        ],
    );
    assert_film(&copy.path("work/film.mp4"));
    assert!(copy.path("work/film.png").is_file() && copy.path("work/board.png").is_file());
}

#[test]
fn the_commands_of_the_guide_to_the_bot_run() {
    // What it says for a service behind a proxy is for a machine that has one.
    walk(
        "docs/bot.md",
        &[
            ("TELEGRAM_UPDATES=webhook", "#"),
            ("HTTP_LISTEN=127.0.0.1:8080", "HTTP_LISTEN=127.0.0.1:0"),
            ("=...", "="),
        ],
    );
}

#[test]
fn the_commands_of_the_guide_to_render_servers_run() {
    walk("docs/render-servers.md", &[("10.0.0.7:9000", "127.0.0.1:0")]);
}

#[test]
fn the_commands_of_the_guide_to_embedding_run() {
    walk("docs/embed.md", &[]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_commands_for_operators_run() {
    let bucket = Bucket::open().await.settings();
    let walks = move || {
        for page in ["docs/operations.md", "docs/deploy.md"] {
            let set = format!("{bucket} cargo run -p manim-storage");
            walk(
                page,
                &[
                    ("r2://ACCOUNT/BUCKET", "r2://account/films"),
                    ("cargo run -p manim-storage", &set),
                ],
            );
        }
    };
    tokio::task::spawn_blocking(walks).await.unwrap();
}

#[test]
fn the_parts_of_ones_own_make_a_film() {
    let copy = walk("docs/extend.md", &[]);
    assert_film(&copy.path("work/film.mp4"));
    assert!(copy.path("work/own.sqlite").is_file());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_walk_with_curl_ends_with_a_film() {
    let address = free_address().to_string();
    let mut bot = Service::page(&address);
    bot.says("the bot is running").await;
    let walk = move || walk("docs/http.md", &[("localhost:8080", &address)]);
    let copy = tokio::task::spawn_blocking(walk).await.unwrap();
    assert_film(&copy.path("work/film.mp4"));
    assert!(
        fs::read(copy.path("work/board.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    assert_eq!(bot.terminate().await, Some(0));
}

#[test]
fn every_page_with_commands_is_walked() {
    let walked = include_str!("mod.rs");
    let with_commands = pages()
        .into_iter()
        .filter(|page| read(page).iter().any(|block| block.language == "sh"));
    let forgotten: Vec<_> = with_commands
        .filter(|page| !walked.contains(&format!("{page:?}")))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn every_variable_that_a_guide_sets_is_known() {
    let known = fs::read_to_string(checkout().join(".env.example")).unwrap();
    for page in pages() {
        for block in read(&page).iter().filter(|block| block.language == "ini") {
            for name in block
                .text
                .lines()
                .filter_map(|line| Some(line.split_once('=')?.0))
            {
                assert!(
                    known.contains(&format!("{name}=")),
                    "{page}: {name} is not in .env.example"
                );
            }
        }
    }
}

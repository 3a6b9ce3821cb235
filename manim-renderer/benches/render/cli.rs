//! `manim render` as a user runs it, with its caching off and without its question to the
//! package index, which costs ten seconds where packets are dropped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use manim_core::Quality;

use crate::environment;
use crate::process::{self, Sampler};

/// A directory where the CLI keeps formulas and text between runs.
pub(crate) struct Cli {
    directory: tempfile::TempDir,
    program: PathBuf,
    scene: PathBuf,
}

/// What one run took.
pub(crate) struct Ran {
    pub(crate) film: PathBuf,
    pub(crate) cpu_s: f64,
    pub(crate) peak_bytes: u64,
}

impl Cli {
    pub(crate) fn new(source: &str) -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let scene = directory.path().join("scene.py");
        std::fs::write(&scene, source).unwrap();
        Self {
            program: environment().python().with_file_name("manim"),
            directory,
            scene,
        }
    }

    pub(crate) fn render(&self, quality: Quality, sampled: bool) -> Ran {
        let before = process::cpu_of_the_dead(std::process::id());
        let mut child = self.start(quality);
        let sampler = sampled.then(|| Sampler::start(child.id()));
        let status = child.wait().unwrap();
        assert!(
            status.success(),
            "manim: {}",
            std::fs::read_to_string(self.log()).unwrap_or_default()
        );
        Ran {
            film: self.film(),
            cpu_s: process::cpu_of_the_dead(std::process::id()) - before,
            peak_bytes: sampler.map_or(0, Sampler::finish),
        }
    }

    fn start(&self, quality: Quality) -> Child {
        let letter = &quality.to_string()[..1];
        Command::new(&self.program)
            .args([
                "render",
                "--silent",
                "--disable_caching",
                "-v",
                "ERROR",
                "--progress_bar",
                "none",
            ])
            .args(["-q", letter, "--media_dir"])
            .arg(self.directory.path().join("media"))
            .arg(&self.scene)
            .arg("MainScene")
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(self.log()).unwrap())
            .spawn()
            .unwrap()
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// The newest, since each quality has its own directory.
    fn film(&self) -> PathBuf {
        let mut films = Vec::new();
        find_films(&self.directory.path().join("media/videos"), &mut films);
        films.sort_by_key(|path| std::fs::metadata(path).and_then(|about| about.modified()).ok());
        films.pop().expect("manim leaves a film")
    }
}

fn find_films(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("partial_movie_files") {
            find_films(&path, found);
        } else if path.file_name().is_some_and(|name| name == "MainScene.mp4") {
            found.push(path);
        }
    }
}

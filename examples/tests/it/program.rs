//! Starts a program of ours in a directory of its own, and says what it left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A scratch directory with room for files (`work`), and one that programs take for the
/// machine's temporary directory (`tmp`).
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a program said and how it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("work")).unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// The program, in this directory, with the environment of this checkout and a cache of
    /// its own.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path("."))
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("XDG_CACHE_HOME", self.folder.path().join("cache"))
            .env("RUST_LOG", "off");
        if std::env::var_os("MANIM_ENV").is_none() {
            command.env("MANIM_ENV", checkout().join(".venv"));
        }
        command
    }

    pub(crate) fn run(&self, program: &str, args: &[&str]) -> Ended {
        self.command(program).args(args).output().unwrap().into()
    }

    /// The one video in the cache of films.
    pub(crate) fn cached_video(&self) -> PathBuf {
        let folder = self.folder.path().join("cache/manim-engine/films/renders");
        let videos = entries(&folder).into_iter().filter(|name| name.ends_with(".mp4"));
        let [video] = videos.collect::<Vec<_>>().try_into().unwrap();
        folder.join(video)
    }

    /// Names of all that is in the working and the temporary directory.
    pub(crate) fn left(&self) -> Vec<String> {
        let mut names = entries(&self.path("."));
        names.extend(
            entries(&self.folder.path().join("tmp"))
                .into_iter()
                .map(|name| format!("tmp/{name}")),
        );
        names.sort();
        names
    }
}

pub(crate) fn checkout() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Standard output as JSON, one object a line.
    #[track_caller]
    pub(crate) fn json(&self) -> Vec<Value> {
        let lines = self.out.lines().map(serde_json::from_str);
        lines
            .collect::<Result<_, _>>()
            .unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// What ffprobe says of the first video stream, and the container's tags.
pub(crate) fn probe(video: &Path) -> Value {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-count_frames",
            "-show_streams",
            "-show_format",
            "-of",
            "json",
        ])
        .arg(video)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

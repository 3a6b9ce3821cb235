//! Makes a Python environment from the lock files in this crate. Decides nothing about
//! where it is or when it is used.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use manim_core::RenderError;

use crate::environment::{find, interpreter, missing, output};

/// The hash-locked list of everything that the environment holds.
const REQUIREMENTS: &str = include_str!("../python/requirements.txt");
/// What builds those packages that come as source, locked as well.
const BUILD_REQUIREMENTS: &str = include_str!("../python/build-requirements.txt");

/// Makes the environment `place`, in one step as far as others can see.
pub(crate) fn build(place: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), RenderError> {
    let parent = place.parent().unwrap_or(place);
    let disk = |e: io::Error| missing(format!("{} cannot be written", parent.display())).with_source(e);
    fs::create_dir_all(parent).map_err(disk)?;
    let draft = tempfile::Builder::new()
        .prefix(".draft-")
        .tempdir_in(parent)
        .map_err(disk)?;
    let venv = draft.path().join("venv");
    progress("making a Python environment");
    run(
        Command::new(base_python()?).args(["-m", "venv"]).arg(&venv),
        "python3 cannot make a virtual environment",
    )?;
    let tools = draft.path().join("tools");
    progress("fetching build tools");
    let lock = locked(draft.path(), "build-requirements.txt", BUILD_REQUIREMENTS).map_err(disk)?;
    let mut fetch = pip(&venv);
    fetch
        .args(["--only-binary", ":all:", "--target"])
        .arg(&tools)
        .arg("-r")
        .arg(lock);
    run(&mut fetch, "pip cannot install the locked build tools")?;
    progress("installing Manim and what it needs (some minutes)");
    let lock = locked(draft.path(), "requirements.txt", REQUIREMENTS).map_err(disk)?;
    let mut install = pip(&venv);
    // Isolated builds would fetch tools that no hash is known of.
    install
        .args(["--no-build-isolation", "--use-pep517", "-r"])
        .arg(lock);
    install
        .env("PYTHONPATH", &tools)
        .env("PATH", path_with(&tools.join("bin")));
    run(&mut install, "pip cannot install the locked packages")?;
    // Scripts in `bin` name the draft; nothing of ours uses them, the interpreter moves well.
    match fs::rename(&venv, place) {
        Err(_) if interpreter(place).is_file() => Ok(()),
        done => done.map_err(disk),
    }
}

fn locked(directory: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    let path = directory.join(name);
    fs::write(&path, text)?;
    Ok(path)
}

fn pip(venv: &Path) -> Command {
    let mut pip = Command::new(interpreter(venv));
    pip.args([
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--require-hashes",
    ]);
    pip.env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .env_remove("PIP_TARGET");
    pip
}

fn path_with(first: &Path) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(first.to_owned()).chain(std::env::split_paths(&path));
    std::env::join_paths(all).unwrap_or(path)
}

/// The newest interpreter that the locked packages are made for.
fn base_python() -> Result<PathBuf, RenderError> {
    let names = ["python3.14", "python3.13", "python3.12", "python3.11", "python3"];
    let none = Path::new("");
    let found = names
        .into_iter()
        .filter_map(|name| find(name, none))
        .find(|python| {
            let check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
            output(Command::new(python).args(["-I", "-c", check])).is_ok_and(|output| output.status.success())
        });
    found.ok_or_else(|| {
        missing("no Python 3.11 or newer with its venv module is on PATH (Debian, Ubuntu: apt-get install python3 python3-venv)".into())
    })
}

fn run(command: &mut Command, what: &str) -> Result<(), RenderError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|e| missing(what.to_owned()).with_source(e))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let subject = match missing_library(&said) {
        Some(sentence) => sentence.to_owned(),
        None => format!("{what}: {}", last_line(&said)),
    };
    Err(missing(subject).with_source(io::Error::other(said)))
}

/// One sentence for what a build is known to ask for.
fn missing_library(said: &str) -> Option<&'static str> {
    let table = [
        (
            "pangocairo",
            "the Pango library's headers are missing (Debian, Ubuntu: apt-get install libpango1.0-dev pkg-config; macOS: brew install pango pkg-config)",
        ),
        (
            "Dependency \"cairo\" not found",
            "the Cairo library's headers are missing (Debian, Ubuntu: apt-get install libcairo2-dev pkg-config; macOS: brew install cairo pkg-config)",
        ),
        (
            "pkg-config",
            "the program pkg-config is missing (Debian, Ubuntu: apt-get install pkg-config; macOS: brew install pkg-config)",
        ),
        (
            "Python.h",
            "the headers of Python are missing (Debian, Ubuntu: apt-get install python3-dev)",
        ),
        (
            "Unknown compiler",
            "a C compiler is missing (Debian, Ubuntu: apt-get install build-essential; macOS: xcode-select --install)",
        ),
        (
            "ensurepip is not available",
            "Python's venv module is missing (Debian, Ubuntu: apt-get install python3-venv)",
        ),
    ];
    table
        .into_iter()
        .find(|(sign, _)| said.contains(sign))
        .map(|(_, sentence)| sentence)
}

fn last_line(said: &str) -> &str {
    said.lines()
        .rev()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_build_failure_becomes_one_sentence() {
        let said = "../cairo/meson.build:31:12: ERROR: Dependency \"cairo\" not found, tried pkgconfig";
        assert!(missing_library(said).unwrap().contains("libcairo2-dev"));
        assert_eq!(missing_library("no space left"), None);
    }
}

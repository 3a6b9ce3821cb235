//! Where Python, Manim, ffmpeg and LaTeX are. Proves what it finds, installs only when asked.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use manim_core::{RenderError, RenderErrorKind};

use crate::provision;

/// What a renderer needs from the machine: a Python with the pinned Manim, `ffmpeg`,
/// and LaTeX for scenes with formulas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    python: PathBuf,
    python_version: String,
    ffmpeg: PathBuf,
    ffmpeg_version: String,
    tex: Option<TexPrograms>,
    tex_cache: Option<PathBuf>,
}

/// The programs that turn a formula into a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TexPrograms {
    latex: PathBuf,
    dvisvgm: PathBuf,
}

/// What to do about a missing environment.
const NEXT_STEP: &str =
    "run `make setup`, call Environment::provision, or set MANIM_ENV to a virtual environment that has it";
/// Always searched, after what `PATH` says.
const USUAL_PLACES: [&str; 4] = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin"];
/// Prints the versions without importing Manim.
const PROBE: &str =
    "import platform, importlib.metadata as m\nprint(platform.python_version())\nprint(m.version('manim'))";
impl Environment {
    /// The version of Manim Community that this crate is made for.
    pub const MANIM_VERSION: &'static str = "0.22.0";
    /// Names a virtual environment; looked at first.
    pub const VARIABLE: &'static str = "MANIM_ENV";

    /// Finds and proves an environment: the one that `MANIM_ENV` names, else `.venv` in
    /// the current directory or one above it, else the one that [`provision`](Self::provision)
    /// made for this user. Blocks for about 0.1 s.
    ///
    /// # Errors
    /// [`RenderErrorKind::Environment`], whose subject says what is missing and what to
    /// do about it.
    pub fn locate() -> Result<Self, RenderError> {
        if let Some(named) = std::env::var_os(Self::VARIABLE).filter(|named| !named.is_empty()) {
            return Self::at(PathBuf::from(named));
        }
        let here = std::env::current_dir().unwrap_or_default();
        let above = here.ancestors().map(|directory| directory.join(".venv"));
        match above
            .chain(Self::provisioned())
            .find(|venv| interpreter(venv).is_file())
        {
            Some(venv) => Self::at(venv),
            None => Err(missing(format!(
                "there is no Python environment with Manim {}; {NEXT_STEP}",
                Self::MANIM_VERSION
            ))),
        }
    }

    /// Proves the virtual environment in directory `venv`, and finds the programs.
    ///
    /// # Errors
    /// As [`locate`](Self::locate).
    pub fn at(venv: impl AsRef<Path>) -> Result<Self, RenderError> {
        let python = interpreter(venv.as_ref());
        let python_version = prove_manim(&python)?;
        let ffmpeg = find("ffmpeg", venv.as_ref()).ok_or_else(|| {
            missing("the program ffmpeg is not on PATH; install it (Debian, Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg)".into())
        })?;
        let ffmpeg_version = prove_ffmpeg(&ffmpeg)?;
        let tex = TexPrograms::find(venv.as_ref());
        let tex_cache =
            user_directory("XDG_CACHE_HOME", ".cache").map(|cache| cache.join("manim-engine/tex"));
        Ok(Self {
            python,
            python_version,
            ffmpeg,
            ffmpeg_version,
            tex,
            tex_cache,
        })
    }

    /// Makes this user's environment and proves it: a virtual environment with exactly
    /// the packages of the lock file in this crate, each checked by its hash. `progress`
    /// is told each step in a sentence. Blocks for minutes; needs a package index and
    /// about 700 MB. An unfinished one is never left under the final name.
    ///
    /// # Errors
    /// [`RenderErrorKind::Environment`], naming a missing system library in one sentence.
    pub fn provision(mut progress: impl FnMut(&str)) -> Result<Self, RenderError> {
        let Some(place) = Self::provisioned() else {
            return Err(missing(
                "neither XDG_DATA_HOME nor HOME is set, so there is no place for an environment".into(),
            ));
        };
        if !interpreter(&place).is_file() {
            provision::build(&place, &mut progress)?;
        }
        progress("checking the environment");
        Self::at(place)
    }

    /// Another `ffmpeg` program.
    ///
    /// # Errors
    /// [`RenderErrorKind::Environment`] if it is none.
    pub fn with_ffmpeg(mut self, program: impl Into<PathBuf>) -> Result<Self, RenderError> {
        self.ffmpeg = program.into();
        self.ffmpeg_version = prove_ffmpeg(&self.ffmpeg)?;
        Ok(self)
    }

    /// An environment whose scenes cannot set formulas that are not cached.
    #[must_use]
    pub fn without_latex(mut self) -> Self {
        self.tex = None;
        self
    }

    /// Keeps the pictures of formulas in `directory`, which is made when it is missing.
    /// The default is the user's cache directory.
    #[must_use]
    pub fn with_tex_cache(mut self, directory: impl Into<PathBuf>) -> Self {
        self.tex_cache = Some(directory.into());
        self
    }

    /// The interpreter.
    pub fn python(&self) -> &Path {
        &self.python
    }

    /// The `ffmpeg` program.
    pub fn ffmpeg(&self) -> &Path {
        &self.ffmpeg
    }

    /// Whether formulas can be set.
    pub fn has_latex(&self) -> bool {
        self.tex.is_some()
    }

    /// Names everything of the machine that determines a film.
    pub(crate) fn versions(&self) -> String {
        format!(
            "manim {} python {} ffmpeg {}",
            Self::MANIM_VERSION,
            self.python_version,
            self.ffmpeg_version
        )
    }

    pub(crate) fn tex_cache(&self) -> Option<&Path> {
        self.tex_cache.as_deref()
    }

    /// Where the programs of LaTeX are, and what they were installed with.
    pub(crate) fn tex_places(&self) -> Vec<PathBuf> {
        let programs = self.tex.iter().flat_map(|tex| [&tex.latex, &tex.dvisvgm]);
        let real = programs
            .clone()
            .filter_map(|program| fs::canonicalize(program).ok());
        // A tree of its own is `ROOT/bin/PLATFORM/PROGRAM`.
        let roots = real
            .clone()
            .filter_map(|program| Some(program.ancestors().nth(3)?.to_owned()));
        let above = real.filter_map(|program| Some(program.parent()?.to_owned()));
        let named = programs.filter_map(|program| Some(program.parent()?.to_owned()));
        let trees = roots.filter(|root| root.join("texmf-dist").is_dir());
        trees.chain(above).chain(named).collect()
    }

    /// Names everything besides its source that determines the picture of a formula.
    pub(crate) fn tex_versions(&self) -> String {
        let said = |program: &Path| {
            let output = output(Command::new(program).arg("--version")).ok()?;
            Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_owned())
        };
        let programs = self.tex.iter().flat_map(|tex| [&tex.latex, &tex.dvisvgm]);
        programs
            .filter_map(|program| said(program))
            .collect::<Vec<_>>()
            .join("; ")
    }

    /// All variables of a worker.
    pub(crate) fn variables(&self, home: &Path) -> Vec<(&'static str, OsString)> {
        vec![
            ("PATH", self.program_path()),
            ("HOME", home.into()),
            ("TMPDIR", home.into()),
            ("LANG", "C.UTF-8".into()),
            ("LC_ALL", "C.UTF-8".into()),
            // Threads of a linear algebra library do not survive a fork.
            ("OPENBLAS_NUM_THREADS", "1".into()),
            ("OMP_NUM_THREADS", "1".into()),
            ("MPLBACKEND", "Agg".into()),
            // TeX reads and writes nothing but its own trees and its own directory.
            ("openin_any", "p".into()),
            ("openout_any", "p".into()),
        ]
    }

    fn program_path(&self) -> OsString {
        let tex = self
            .tex
            .iter()
            .flat_map(|tex| [tex.latex.parent(), tex.dvisvgm.parent()])
            .flatten();
        let usual = USUAL_PLACES.iter().map(Path::new);
        std::env::join_paths(tex.chain(usual)).unwrap_or_else(|_| "/usr/bin:/bin".into())
    }

    fn provisioned() -> Option<PathBuf> {
        let data = user_directory("XDG_DATA_HOME", ".local/share")?;
        Some(data.join("manim-engine").join(Self::MANIM_VERSION))
    }
}

impl TexPrograms {
    fn find(venv: &Path) -> Option<Self> {
        Some(Self {
            latex: find("latex", venv)?,
            dvisvgm: find("dvisvgm", venv)?,
        })
    }
}

fn prove_manim(python: &Path) -> Result<String, RenderError> {
    let output = output(Command::new(python).args(["-I", "-B", "-c", PROBE]))
        .map_err(|e| missing(format!("{} does not run; {NEXT_STEP}", python.display())).with_source(e))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut lines = said.lines();
    match (lines.next(), lines.next()) {
        (Some(python), Some(Environment::MANIM_VERSION)) => Ok(python.to_owned()),
        (_, Some(other)) => Err(missing(format!(
            "{} has Manim {other}, and this crate needs exactly {}; {NEXT_STEP}",
            python.display(),
            Environment::MANIM_VERSION
        ))),
        _ => Err(missing(format!("{} has no Manim; {NEXT_STEP}", python.display()))),
    }
}

fn prove_ffmpeg(ffmpeg: &Path) -> Result<String, RenderError> {
    let broken = || missing(format!("{} is not a working ffmpeg", ffmpeg.display()));
    let output = output(Command::new(ffmpeg).arg("-version")).map_err(|e| broken().with_source(e))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let version = said
        .strip_prefix("ffmpeg version ")
        .and_then(|rest| rest.split_whitespace().next());
    version.map(str::to_owned).ok_or_else(broken)
}

pub(crate) fn output(command: &mut Command) -> io::Result<Output> {
    command
        .env_clear()
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
}

pub(crate) fn interpreter(venv: &Path) -> PathBuf {
    venv.join("bin/python")
}

/// A program in the environment, on `PATH`, or in a usual place.
pub(crate) fn find(program: &str, venv: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&path).filter(|directory| directory.is_absolute());
    let usual = USUAL_PLACES.iter().map(PathBuf::from);
    std::iter::once(venv.join("bin"))
        .chain(named)
        .chain(usual)
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_absolute() && is_executable(candidate))
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

fn user_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |value: OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    std::env::var_os(variable).and_then(absolute).or_else(|| {
        std::env::var_os("HOME")
            .and_then(absolute)
            .map(|home| home.join(below_home))
    })
}

pub(crate) fn missing(subject: String) -> RenderError {
    RenderError::new(RenderErrorKind::Environment, "find the environment:", subject)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_without_python_names_itself_and_the_next_step() {
        let empty = tempfile::tempdir().unwrap();
        let error = Environment::at(empty.path()).unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::Environment);
        assert!(
            error.subject().contains("make setup") && error.subject().contains("bin/python"),
            "{error}"
        );
    }
}

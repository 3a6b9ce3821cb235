//! Sets formulas for jobs, which may start no program: looks in the cache, else has a
//! second jail run LaTeX. Believes nothing of either side; only this side writes the cache.

mod ahead;
mod together;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use manim_core::{RenderError, Stage};
use sha2::{Digest, Sha256};

use crate::diagnose::LATEX_MISSING;
use crate::driver::{Ending, Order, Work, drive};
use crate::environment::Environment;
use crate::film::NotesWork;
use crate::jail::Jail;
use crate::limits::Limits;
use crate::protocol::{FromJob, Picture, Task};
use crate::scratch::Scratch;
use crate::svg;
use crate::wait::{Interrupt, Stop};
use crate::zygote::Zygote;
use ahead::Pages;
pub(crate) use ahead::{Ahead, Foresight};
use together::Together;

/// A document of Manim's template has 400 bytes; a preamble with packages a few thousand.
const MAX_SOURCE_BYTES: usize = 64 * 1024;
const COMPILERS: &[&str] = &["latex", "pdflatex", "luatex", "lualatex", "xelatex"];
const FORMATS: &[&str] = &[".dvi", ".xdv", ".pdf"];
/// More than one scene says; a job that asks on and on is not one.
const MAX_REQUESTS: u32 = 10_000;
/// Formulas per zygote of LaTeX, as for that of scenes.
const FORMULAS_PER_WORKER: u32 = 300;
/// Changes when the meaning of a cached picture does.
const CACHE_FORMAT: &str = "1";
/// Read of a cached picture at most; what is larger was not written by us.
const MAX_CACHED_BYTES: u64 = 4 * 1024 * 1024;

/// One TeX document that a job wants as a picture.
#[derive(Debug)]
pub(crate) struct Formula {
    pub(crate) source: String,
    pub(crate) compilers: Vec<String>,
    pub(crate) format: String,
}

impl Formula {
    fn check(&self) -> Result<(), Picture> {
        let known = !self.compilers.is_empty()
            && self.compilers.len() <= 4
            && self
                .compilers
                .iter()
                .all(|name| COMPILERS.contains(&name.as_str()))
            && FORMATS.contains(&self.format.as_str());
        if !known {
            return Err(refused(
                "latex-compiler",
                "This TeX compiler is not available; use the default template's.",
            ));
        }
        if self.source.len() > MAX_SOURCE_BYTES {
            let text = format!(
                "The formula has more than {} KiB, which is the limit.",
                MAX_SOURCE_BYTES / 1024
            );
            return Err(refused("latex-limit", text));
        }
        Ok(())
    }
}

/// How many formulas a job has asked for.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    asked: u32,
    set: u32,
}

/// Sets formulas. One for all jobs of a renderer.
#[derive(Debug)]
pub(crate) struct Broker {
    environment: Environment,
    scratch: Arc<Scratch>,
    limits: Limits,
    jail: Arc<Jail>,
    versions: String,
    worker: Mutex<Option<Arc<Zygote>>>,
}

impl Broker {
    pub(crate) fn new(
        environment: &Environment,
        scratch: &Arc<Scratch>,
        limits: &Limits,
        jail: Jail,
    ) -> Self {
        if let Some(cache) = environment.tex_cache()
            && let Err(e) = private_directory(cache)
        {
            tracing::warn!(path = %cache.display(), error = %e, "formulas are not cached");
        }
        Self {
            versions: environment.tex_versions(),
            environment: environment.clone(),
            scratch: Arc::clone(scratch),
            limits: limits.clone(),
            jail: Arc::new(jail),
            worker: Mutex::new(None),
        }
    }

    /// Makes ready for the first formula. What hinders that, the first formula will tell.
    pub(crate) fn warm(&self) {
        if self.environment.has_latex()
            && let Err(e) = self.worker()
        {
            tracing::debug!(error = %e, "no worker for formulas yet");
        }
    }

    /// The picture of a formula, or why there is none.
    pub(crate) fn set(
        &self,
        formula: &Formula,
        tally: &mut Tally,
        ahead: Option<&Ahead>,
        interrupt: &Interrupt,
    ) -> Result<Picture, Stop> {
        if let Err(refused) = formula.check() {
            return Ok(refused);
        }
        tally.asked += 1;
        if tally.asked > MAX_REQUESTS {
            return Err(over(format!(
                "The scene asks for more than {MAX_REQUESTS} formulas."
            )));
        }
        if let Some(svg) = self.cached_as(formula).as_deref().and_then(read_cached) {
            return Ok(Picture::Drawn { svg });
        }
        if !self.environment.has_latex() {
            return Ok(refused(
                LATEX_MISSING,
                "The scene sets a formula, and LaTeX or dvisvgm is not installed.",
            ));
        }
        tally.set += 1;
        if tally.set > self.limits.formulas {
            let limit = self.limits.formulas;
            return Err(over(format!(
                "The scene has more than {limit} new formulas, which is the limit."
            )));
        }
        let found = match ahead {
            Some(ahead) => ahead.find(formula, interrupt)?,
            None => None,
        };
        let picture = match found {
            Some(svg) => Picture::Drawn { svg },
            None => self.draw(formula, interrupt)?,
        };
        if let Picture::Drawn { svg } = &picture {
            self.keep(formula, svg);
        }
        Ok(picture)
    }

    fn keep(&self, formula: &Formula, svg: &str) {
        if let Some(cached) = self.cached_as(formula)
            && let Err(e) = write_cached(&cached, svg)
        {
            tracing::debug!(path = %cached.display(), error = %e, "a formula is not cached");
        }
    }

    /// Pictures, by source, of those formulas that can share a document. All of them or none.
    /// They are kept when the scene asks for them, so that each counts as a new one.
    fn set_together(
        &self,
        mut formulas: Vec<Formula>,
        interrupt: &Interrupt,
    ) -> Result<HashMap<String, String>, Stop> {
        formulas.retain(|formula| {
            let cached = self.cached_as(formula);
            formula.check().is_ok() && cached.as_deref().and_then(read_cached).is_none()
        });
        formulas.truncate(self.limits.formulas as usize);
        let Some(together) = Together::of(formulas) else {
            return Ok(HashMap::new());
        };
        let mut pages = Pages::default();
        let task = Task::Formulas {
            source: &together.source,
            pages: together.pages.len(),
        };
        self.drive(task, interrupt, &mut pages)?;
        let whole =
            pages.svgs.len() == together.pages.len() && pages.svgs.iter().all(|svg| svg::check(svg).is_ok());
        if !whole {
            return Ok(HashMap::new());
        }
        let drawn = together.pages.into_iter().zip(pages.svgs);
        Ok(drawn.map(|(formula, svg)| (formula.source, svg)).collect())
    }

    fn draw(&self, formula: &Formula, interrupt: &Interrupt) -> Result<Picture, Stop> {
        let task = Task::Formula {
            source: &formula.source,
            compilers: &formula.compilers,
            format: &formula.format,
        };
        let mut work = NotesWork {
            stage: Stage::Render,
            notes: Vec::new(),
        };
        match self.drive(task, interrupt, &mut work) {
            Ok(ending) => Ok(picture(ending)),
            Err(Stop::TimeUp) if !interrupt.is_over() => {
                let seconds = self.limits.formula_wall.as_secs_f64();
                let text = format!("LaTeX took more than {seconds} s over it.");
                Ok(refused("latex-timeout", text))
            }
            Err(Stop::OverLimit(_, text)) => Ok(refused("latex-limit", text)),
            Err(stop) => Err(stop),
        }
    }

    fn drive(&self, task: Task<'_>, interrupt: &Interrupt, work: &mut dyn Work) -> Result<Ending, Stop> {
        let order = Order {
            task,
            ring: None,
            wall: self.limits.formula_wall,
            imports: &[],
            broker: None,
            ahead: None,
            limits: &self.limits,
        };
        let zygote = self.worker()?;
        drive(&zygote, &self.scratch, order, interrupt.cancelled()?, work)
    }

    fn worker(&self) -> Result<Arc<Zygote>, RenderError> {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zygote) = &*worker
            && zygote.forked() < FORMULAS_PER_WORKER
            && zygote.is_alive()
        {
            return Ok(Arc::clone(zygote));
        }
        let zygote = Arc::new(Zygote::start(&self.environment, &self.scratch, &self.jail)?);
        *worker = Some(Arc::clone(&zygote));
        Ok(zygote)
    }

    /// Named by everything that determines the picture.
    fn cached_as(&self, formula: &Formula) -> Option<PathBuf> {
        let compilers = formula.compilers.join(",");
        let parts = [
            CACHE_FORMAT,
            &self.versions,
            &compilers,
            &formula.format,
            &formula.source,
        ];
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part);
        }
        let name: String = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(self.environment.tex_cache()?.join(format!("{name}.svg")))
    }
}

/// What a job of the second jail says is a claim like any other.
fn picture(ending: Ending) -> Picture {
    match ending.last {
        Some(FromJob::Answer {
            value: serde_json::Value::String(svg),
        }) => match svg::check(&svg) {
            Ok(()) => Picture::Drawn { svg },
            Err(fault) => refused("latex-error", format!("Its picture is refused: {fault}.")),
        },
        Some(FromJob::Failed(failed)) if failed.code == LATEX_MISSING => {
            refused(LATEX_MISSING, failed.message)
        }
        Some(FromJob::Failed(failed)) => refused("latex-error", crate::log::printable(&failed.message)),
        _ => refused(
            "latex-error",
            "LaTeX ended early: the formula needs more memory or time than it may have.",
        ),
    }
}

fn refused(code: &str, message: impl Into<String>) -> Picture {
    Picture::NotDrawn {
        code: code.into(),
        message: message.into(),
    }
}

fn over(text: String) -> Stop {
    Stop::OverLimit("formula-limit", text)
}

fn read_cached(path: &Path) -> Option<String> {
    let about = fs::symlink_metadata(path).ok()?;
    if !about.is_file() || about.len() > MAX_CACHED_BYTES {
        return None;
    }
    let svg = fs::read_to_string(path).ok()?;
    svg::check(&svg).is_ok().then_some(svg)
}

/// In one step, so that nobody reads half of it.
fn write_cached(path: &Path, svg: &str) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut draft = tempfile::Builder::new().suffix(".draft").tempfile_in(directory)?;
    draft.write_all(svg.as_bytes())?;
    draft.persist(path)?;
    Ok(())
}

/// Made for this user alone.
fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;

    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

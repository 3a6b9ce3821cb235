//! A warm Python process, locked in before it imports anything, and the way to fork a job
//! off it.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use manim_core::{RenderError, RenderErrorKind};
use rustix::event::{PollFd, PollFlags, poll};

use crate::environment::Environment;
use crate::group::Group;
use crate::jail::{Design, Jail, JobTerms, PROOF_USER, Purpose, SCRATCH, User, name_of_exit, refusal};
use crate::limits::Limits;
use crate::memory;
use crate::protocol::{Fork, FromZygote, Inbox, Line, Start, send, send_with};
use crate::scratch::{Scratch, ScratchDir};
use crate::wait::timespec;

/// An import takes 0.7 s; on a machine so loaded that it takes this long, nothing works.
const START_LIMIT: Duration = Duration::from_secs(60);
/// After its control socket has ended, the zygote kills its jobs and leaves.
const LEAVE_LIMIT: Duration = Duration::from_secs(2);
/// What is shown of an interpreter that did not start.
const SHOWN_BYTES: usize = 2000;

const LOADER: &str = include_str!("../python/manim_worker/loader.py");

/// The worker's modules that need nothing but Python, each after those it imports.
const MODULES: &[(&str, &str)] = &[
    ("wire", include_str!("../python/manim_worker/wire.py")),
    ("process", include_str!("../python/manim_worker/process.py")),
    ("report", include_str!("../python/manim_worker/report.py")),
    ("jail", include_str!("../python/manim_worker/jail.py")),
    ("job", include_str!("../python/manim_worker/job.py")),
    ("zygote", include_str!("../python/manim_worker/zygote.py")),
];

/// Those that import Manim.
const WARM_MODULES: &[(&str, &str)] = &[
    ("tex", include_str!("../python/manim_worker/tex.py")),
    ("hearing", include_str!("../python/manim_worker/hearing.py")),
    ("fast", include_str!("../python/manim_worker/fast.py")),
    ("space", include_str!("../python/manim_worker/space.py")),
    ("outlines", include_str!("../python/manim_worker/outlines.py")),
    ("writer", include_str!("../python/manim_worker/writer.py")),
    ("dry", include_str!("../python/manim_worker/dry.py")),
    ("names", include_str!("../python/manim_worker/names.py")),
    ("points", include_str!("../python/manim_worker/points.py")),
    ("stand_ins", include_str!("../python/manim_worker/stand_ins.py")),
    ("audit", include_str!("../python/manim_worker/audit.py")),
    ("scene_host", include_str!("../python/manim_worker/scene_host.py")),
    (
        "script_host",
        include_str!("../python/manim_worker/script_host.py"),
    ),
];

/// What sets formulas, without Manim.
const FORMULA_MODULES: &[(&str, &str)] = &[("tex_host", include_str!("../python/manim_worker/tex_host.py"))];

/// A started zygote. Dropping it ends the process and every job forked off it.
#[derive(Debug)]
pub(crate) struct Zygote {
    control: Mutex<Option<UnixStream>>,
    process: Mutex<Child>,
    forked: AtomicU32,
    jail: Arc<Jail>,
    design: Option<Design>,
    pub(crate) pid: u32,
}

/// A user, a plan and a control group for one job. The user is the job's until this is dropped.
#[derive(Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) user: User<'a>,
    pub(crate) plan: Option<String>,
    pub(crate) group: Option<Group>,
}

impl Zygote {
    /// Starts the interpreter, has it locked in, and waits until it has imported what its
    /// jobs need. Blocks.
    pub(crate) fn start(
        environment: &Environment,
        scratch: &Scratch,
        jail: &Arc<Jail>,
    ) -> Result<Self, RenderError> {
        let (ours, theirs) = UnixStream::pair().map_err(|e| failed("no socket").with_source(e))?;
        let home = scratch.path();
        let last_words = tempfile::tempfile_in(home).map_err(|e| failed("no scratch").with_source(e))?;
        let process = spawn(environment, home, jail, theirs.into(), &last_words)?;
        let pid = process.id();
        let mut zygote = Self {
            control: Mutex::new(None),
            process: Mutex::new(process),
            forked: AtomicU32::new(0),
            jail: Arc::clone(jail),
            design: None,
            pid,
        };
        match zygote.warm(environment, scratch, &ours) {
            Ok(()) => zygote.control = Mutex::new(Some(ours)),
            Err(Cold::Known(error)) => return Err(error),
            Err(Cold::Silent(why)) => return Err(zygote.last_words(environment, &why, last_words)),
        }
        Ok(zygote)
    }

    fn warm(
        &mut self,
        environment: &Environment,
        scratch: &Scratch,
        control: &UnixStream,
    ) -> Result<(), Cold> {
        let mut inbox = Inbox::default();
        let FromZygote::Here { paths } = next_word(control, &mut inbox).map_err(Cold::Silent)? else {
            return Err(Cold::Silent("it does not say where it is".into()));
        };
        self.design = self.jail.design(&paths, environment.tex_places());
        let proof = scratch
            .directory()
            .map_err(|e| Cold::Known(failed("no scratch").with_source(e)))?;
        if self.design.is_some() {
            proof
                .give_to(self.jail.owner(PROOF_USER))
                .map_err(|e| Cold::Known(no_user().with_source(e)))?;
        }
        let enter = self
            .design
            .as_ref()
            .map(|design| design.enter(&proof.path().to_string_lossy()));
        let warm = if self.jail.purpose == Purpose::Scenes {
            WARM_MODULES
        } else {
            FORMULA_MODULES
        };
        let start = Start {
            modules: MODULES,
            jail: enter.as_ref(),
            warm,
        };
        send(control, &start).map_err(|e| Cold::Silent(e.to_string()))?;
        match next_word(control, &mut inbox).map_err(Cold::Silent)? {
            FromZygote::Ready {
                manim,
                python,
                threads,
                import_ms,
            } => {
                tracing::info!(pid = self.pid, manim, python, import_ms, purpose = ?self.jail.purpose, "worker is warm");
                self.pid = memory::zygote_here(self.pid, self.has_root()).unwrap_or(self.pid);
                one_thread(threads).map_err(Cold::Known)
            }
            FromZygote::Failed { message } => Err(Cold::Known(cannot_import(environment, &message))),
            FromZygote::Here { .. } => Err(Cold::Silent("it says twice where it is".into())),
        }
    }

    /// What a process that ended had to say, and whether a step of its jail ended it.
    fn last_words(&self, environment: &Environment, why: &str, mut words: File) -> RenderError {
        let code = self.exit_code();
        let mut said = Vec::new();
        let _ = words
            .rewind()
            .and_then(|()| words.read_to_end(&mut said).map(drop));
        let said = String::from_utf8_lossy(&said[said.len().saturating_sub(SHOWN_BYTES)..])
            .trim()
            .to_owned();
        if code.and_then(name_of_exit).is_some() {
            let reason = refusal(self.jail.level, code, &said);
            return RenderError::new(RenderErrorKind::Isolation, "isolate scenes:", reason);
        }
        let python = environment.python().display();
        failed(format!("{python}: {why}")).with_source(io::Error::other(said))
    }

    /// Of a process that has let go of its control socket and is about to end.
    fn exit_code(&self) -> Option<i32> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = Instant::now();
        while asked.elapsed() < LEAVE_LIMIT {
            match process.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                Ok(Some(status)) => return status.code(),
                Err(_) => return None,
            }
        }
        None
    }

    /// Prepares a job in `scratch`. `None` if as many run as there are users for.
    pub(crate) fn cell(
        &self,
        scratch: &ScratchDir,
        limits: &Limits,
        wall: Duration,
    ) -> io::Result<Option<Cell<'_>>> {
        let Some(user) = self.jail.user() else {
            return Ok(None);
        };
        scratch.give_to(self.jail.owner(user.number()))?;
        let path = scratch.path().to_string_lossy();
        let plan = self.design.as_ref().map(|design| {
            design
                .job(&JobTerms::new(
                    &path,
                    limits,
                    wall,
                    user.number(),
                    self.jail.failing_step(),
                ))
                .hex()
        });
        let group = self.jail.group(limits)?;
        Ok(Some(Cell { user, plan, group }))
    }

    /// Whether its jobs have a root of their own.
    pub(crate) fn has_root(&self) -> bool {
        self.design.as_ref().is_some_and(Design::has_root)
    }

    /// Forks a job. Descriptors: leash, job socket, log, and the ring if `fork.ring`.
    pub(crate) fn fork(&self, fork: &Fork<'_>, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let control = control.as_ref().ok_or(io::ErrorKind::NotConnected)?;
        self.forked.fetch_add(1, Ordering::Relaxed);
        send_with(control, fork, descriptors)
    }

    /// Jobs forked so far.
    pub(crate) fn forked(&self) -> u32 {
        self.forked.load(Ordering::Relaxed)
    }

    /// Whether it still runs and listens. Its parent outside of its namespaces may end
    /// a little later than it does.
    pub(crate) fn is_alive(&self) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(process.try_wait(), Ok(None)) && self.listens()
    }

    fn listens(&self) -> bool {
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(control) = control.as_ref() else {
            return false;
        };
        let mut watched = [PollFd::from_borrowed_fd(control.as_fd(), PollFlags::IN)];
        let polled = poll(&mut watched, Some(&timespec(Duration::ZERO)));
        polled.is_ok() && !watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

impl Drop for Zygote {
    fn drop(&mut self) {
        if let Ok(mut control) = self.control.lock() {
            *control = None;
        }
        let process = self.process.get_mut().unwrap_or_else(PoisonError::into_inner);
        let asked = Instant::now();
        while asked.elapsed() < LEAVE_LIMIT {
            match process.try_wait() {
                Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                _ => return,
            }
        }
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// Why a zygote did not become warm.
enum Cold {
    Known(RenderError),
    Silent(String),
}

fn spawn(
    environment: &Environment,
    home: &Path,
    jail: &Jail,
    control: OwnedFd,
    last_words: &File,
) -> Result<Child, RenderError> {
    let stderr = last_words
        .try_clone()
        .map_err(|e| failed("no scratch").with_source(e))?;
    // Inside a root of its own, only there.
    let seen_home = if jail.has_root() { Path::new(SCRATCH) } else { home };
    Command::new(environment.python())
        // Isolated, no bytecode written, unbuffered.
        .args(["-I", "-B", "-u", "-c", LOADER])
        .env_clear()
        .envs(environment.variables(seen_home))
        .current_dir(home)
        // A group of its own: an interrupt at the terminal is ours to act on.
        .process_group(0)
        .stdin(Stdio::from(control))
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(|e| failed(environment.python().display().to_string()).with_source(e))
}

/// Waits for the next message of a zygote.
fn next_word(control: &UnixStream, inbox: &mut Inbox) -> Result<FromZygote, String> {
    let deadline = Instant::now() + START_LIMIT;
    loop {
        match inbox.next() {
            Ok(Some(word)) => return Ok(word),
            Ok(None) => {}
            Err(violation) => return Err(violation.0),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let mut watched = [PollFd::from_borrowed_fd(control.as_fd(), PollFlags::IN)];
        match poll(&mut watched, Some(&timespec(left))) {
            Ok(0) => return Err(format!("it was not ready after {} s", START_LIMIT.as_secs())),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(e) => return Err(e.to_string()),
        }
        match inbox.fill(control) {
            Ok(Line::Open) => {}
            Ok(Line::Ended) => return Err("it ended before it was ready".into()),
            Err(e) => return Err(e.to_string()),
        }
    }
}

/// A fork copies one thread only: whatever another one held stays held for ever.
fn one_thread(threads: u32) -> Result<(), RenderError> {
    if threads == 1 {
        return Ok(());
    }
    Err(failed(format!(
        "it has {threads} threads after its imports; forks need exactly one"
    )))
}

fn failed(subject: impl Into<String>) -> RenderError {
    RenderError::new(RenderErrorKind::Worker, "start a worker:", subject)
}

fn no_user() -> RenderError {
    let subject =
        "the users that jobs should run as do not exist here: choose others with Options::with_first_user";
    RenderError::new(RenderErrorKind::Isolation, "isolate scenes:", subject)
}

fn cannot_import(environment: &Environment, message: &str) -> RenderError {
    let python = environment.python().display();
    let subject =
        format!("{python} cannot import Manim ({message}); run `make setup` or Environment::provision again");
    RenderError::new(RenderErrorKind::Environment, "start a worker:", subject)
}

//! One warm Python process that has imported Manim, and the way to fork a job off it.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use manim_core::{RenderError, RenderErrorKind};
use rustix::event::{PollFd, PollFlags, poll};

use crate::environment::Environment;
use crate::protocol::{Fork, FromZygote, Inbox, Line, Start, send, send_with};
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
    ("job", include_str!("../python/manim_worker/job.py")),
    ("zygote", include_str!("../python/manim_worker/zygote.py")),
];

/// Those that import Manim.
const WARM_MODULES: &[(&str, &str)] = &[
    ("tex", include_str!("../python/manim_worker/tex.py")),
    ("writer", include_str!("../python/manim_worker/writer.py")),
    ("dry", include_str!("../python/manim_worker/dry.py")),
    ("scene_host", include_str!("../python/manim_worker/scene_host.py")),
    (
        "script_host",
        include_str!("../python/manim_worker/script_host.py"),
    ),
];

/// A started zygote. Dropping it ends the process and every job forked off it.
#[derive(Debug)]
pub(crate) struct Zygote {
    control: Mutex<Option<UnixStream>>,
    process: Mutex<Child>,
    forked: AtomicU32,
    pub(crate) pid: u32,
}

impl Zygote {
    /// Starts the interpreter and waits until it has imported Manim. Blocks.
    pub(crate) fn start(environment: &Environment, home: &Path) -> Result<Self, RenderError> {
        let (ours, theirs) = UnixStream::pair().map_err(|e| failed("no socket").with_source(e))?;
        let mut last_words = tempfile::tempfile_in(home).map_err(|e| failed("no scratch").with_source(e))?;
        let process = spawn(environment, home, theirs.into(), &last_words)?;
        let mut zygote = Self {
            control: Mutex::new(None),
            process: Mutex::new(process),
            forked: AtomicU32::new(0),
            pid: 0,
        };
        send(
            &ours,
            &Start {
                modules: MODULES,
                warm: WARM_MODULES,
            },
        )
        .map_err(|e| failed("it ended at once").with_source(e))?;
        zygote.pid = match first_word(&ours) {
            Ok(FromZygote::Ready {
                pid,
                manim,
                python,
                threads,
                import_ms,
            }) => {
                tracing::info!(pid, manim, python, import_ms, "worker is warm");
                one_thread(threads)?;
                pid
            }
            Ok(FromZygote::Failed { message }) => return Err(cannot_import(environment, &message)),
            Err(why) => return Err(died(environment, &why, &mut last_words)),
        };
        zygote.control = Mutex::new(Some(ours));
        Ok(zygote)
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

    /// Whether the process still runs.
    pub(crate) fn is_alive(&self) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        matches!(process.try_wait(), Ok(None))
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

fn spawn(
    environment: &Environment,
    home: &Path,
    control: OwnedFd,
    last_words: &File,
) -> Result<Child, RenderError> {
    let stderr = last_words
        .try_clone()
        .map_err(|e| failed("no scratch").with_source(e))?;
    Command::new(environment.python())
        // Isolated, no bytecode written, unbuffered.
        .args(["-I", "-B", "-u", "-c", LOADER])
        .env_clear()
        .envs(environment.variables(home))
        .current_dir(home)
        // A group of its own: an interrupt at the terminal is ours to act on.
        .process_group(0)
        .stdin(Stdio::from(control))
        .stdout(Stdio::null())
        .stderr(stderr)
        .spawn()
        .map_err(|e| failed(environment.python().display().to_string()).with_source(e))
}

/// Waits for the one message that a zygote sends.
fn first_word(control: &UnixStream) -> Result<FromZygote, String> {
    let deadline = Instant::now() + START_LIMIT;
    let mut inbox = Inbox::default();
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

fn cannot_import(environment: &Environment, message: &str) -> RenderError {
    let python = environment.python().display();
    let subject =
        format!("{python} cannot import Manim ({message}); run `make setup` or Environment::provision again");
    RenderError::new(RenderErrorKind::Environment, "start a worker:", subject)
}

fn died(environment: &Environment, why: &str, last_words: &mut File) -> RenderError {
    let mut said = Vec::new();
    let _ = last_words
        .rewind()
        .and_then(|()| last_words.read_to_end(&mut said).map(drop));
    let said = String::from_utf8_lossy(&said[said.len().saturating_sub(SHOWN_BYTES)..])
        .trim()
        .to_owned();
    let python = environment.python().display();
    failed(format!("{python}: {why}")).with_source(io::Error::other(said))
}

//! A control group (cgroup v2) for each job, where the machine lets us make groups: then the
//! kernel bounds the memory of all of a job's processes together, what they share and what
//! they keep in a scratch of memory included. Elsewhere the watchdog is alone.

mod place;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::Duration;

use rustix::io::Errno;

use crate::limits::Limits;

/// Names of ours go on with the number of the process that made them.
const PREFIX: &str = "manim-";
/// Where we go ourselves: a group whose groups are limited may hold no process.
const HOME: &str = "home";
/// A group is empty a moment after its last process has ended.
const EMPTY_WITHIN: u32 = 200;
const TRY_EVERY: Duration = Duration::from_millis(1);
/// Of the group that shows that groups can be limited.
const PROOF_BYTES: u64 = 64 * 1024 * 1024;

/// Who bounds the memory of a job's processes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MemoryGuard {
    /// The kernel, by a control group for each job.
    ControlGroup,
    /// The supervisor, which looks twenty times a second.
    Watchdog,
}

impl std::fmt::Display for MemoryGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::ControlGroup => "control group",
            Self::Watchdog => "watchdog",
        })
    }
}

/// Why there are no groups for us.
#[derive(Debug)]
pub(crate) struct NoGroups {
    lacking: &'static str,
    source: io::Error,
}

impl std::fmt::Display for NoGroups {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.lacking, self.source)
    }
}

fn lacking<E: Into<io::Error>>(lacking: &'static str) -> impl FnOnce(E) -> NoGroups {
    move |source| NoGroups {
        lacking,
        source: source.into(),
    }
}

/// The place where our groups are made.
#[derive(Debug)]
pub(crate) struct Groups(PathBuf);

/// One job's group. Dropping it kills whoever is still in it.
#[derive(Debug)]
pub(crate) struct Group(PathBuf);

impl Groups {
    /// Below the group that we are in, if that was given to us; proven by making one.
    pub(crate) fn find() -> Result<Self, NoGroups> {
        let own = place::own().ok_or_else(|| lacking("a mounted cgroup v2 with us in it")(Errno::NOENT))?;
        if !place::is_ours(&own) {
            return Err(lacking("delegation of our control group (systemd: Delegate=yes)")(Errno::PERM));
        }
        Self::below(own)
    }

    fn below(parent: PathBuf) -> Result<Self, NoGroups> {
        if !has_word(&parent.join("cgroup.controllers"), "memory") {
            return Err(lacking("the memory controller of cgroup v2")(Errno::NODEV));
        }
        // Whoever is moved between groups is moved by their common ancestor's leave.
        fs::OpenOptions::new()
            .write(true)
            .open(parent.join("cgroup.procs"))
            .map_err(lacking("leave to move processes between groups"))?;
        sweep(&parent);
        pass_on(&parent).map_err(lacking(
            "leave to limit groups below ours, or a group with nobody else in it",
        ))?;
        let groups = Self(parent);
        groups
            .group(PROOF_BYTES)
            .and_then(|proof| proof.has_limit(PROOF_BYTES))
            .map_err(lacking("a group with a limit of memory"))?;
        Ok(groups)
    }

    /// An empty group whose processes hold at most so many bytes.
    pub(crate) fn group(&self, memory: u64) -> io::Result<Group> {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = self.0.join(format!("{PREFIX}{}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        let group = Group(path);
        group.set("memory.max", &memory.to_string())?;
        // Not everywhere: without swap, before Linux 4.19, without the controller.
        let _ = group.set("memory.swap.max", "0");
        let _ = group.set("memory.oom.group", "1");
        let _ = group.set("pids.max", &Limits::PROCESSES.to_string());
        Ok(group)
    }
}

impl Group {
    /// Takes a process in, which from then on is counted here.
    pub(crate) fn take(&self, pid: u32) -> io::Result<()> {
        self.set("cgroup.procs", &pid.to_string())
    }

    /// Whether somebody was killed for want of memory.
    pub(crate) fn was_full(&self) -> bool {
        let events = fs::read_to_string(self.0.join("memory.events")).unwrap_or_default();
        let kills = events.lines().find_map(|line| line.strip_prefix("oom_kill "));
        kills.is_some_and(|count| count.trim() != "0")
    }

    fn has_limit(&self, bytes: u64) -> io::Result<()> {
        let set = fs::read_to_string(self.0.join("memory.max"))?;
        if set.trim() == bytes.to_string() {
            Ok(())
        } else {
            Err(Errno::INVAL.into())
        }
    }

    fn set(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.0.join(file), value)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Since Linux 5.14; before, the zygote's burial is what there is.
        let _ = self.set("cgroup.kill", "1");
        for _ in 0..EMPTY_WITHIN {
            match fs::remove_dir(&self.0) {
                Err(e) if Errno::from_io_error(&e) == Some(Errno::BUSY) => sleep(TRY_EVERY),
                _ => return,
            }
        }
        tracing::warn!(group = %self.0.display(), "a job's control group is left; the next start removes it");
    }
}

/// Has groups below `parent` limited. We leave it for a group below, if nobody else is there.
fn pass_on(parent: &Path) -> io::Result<()> {
    let passed = parent.join("cgroup.subtree_control");
    if has_word(&passed, "memory") {
        return Ok(());
    }
    match fs::write(&passed, "+memory") {
        Err(e) if Errno::from_io_error(&e) == Some(Errno::BUSY) => {
            step_aside(parent)?;
            fs::write(&passed, "+memory")?;
        }
        other => other?,
    }
    // One more limit, where it can be had.
    let _ = fs::write(&passed, "+pids");
    Ok(())
}

fn step_aside(parent: &Path) -> io::Result<()> {
    let us = std::process::id().to_string();
    let there = fs::read_to_string(parent.join("cgroup.procs"))?;
    if there.lines().any(|pid| pid != us) {
        return Err(Errno::BUSY.into());
    }
    let home = parent.join(format!("{PREFIX}{us}-{HOME}"));
    fs::create_dir_all(&home)?;
    fs::write(home.join("cgroup.procs"), us)
}

/// Removes what dead supervisors left.
fn sweep(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|name| name.strip_prefix(PREFIX)?.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = fs::write(entry.path().join("cgroup.kill"), "1");
            let _ = fs::remove_dir(entry.path());
        }
    }
}

fn has_word(file: &Path, word: &str) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.split_whitespace().any(|one| one == word)
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests;

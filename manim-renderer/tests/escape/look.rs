//! What the kernel says of a job's process, seen from outside. A job that wants to be looked
//! at takes a name for it; nothing it says otherwise is asked for.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use manim_core::Isolation;

/// What a job may hold open, by the beginning of what the kernel calls it.
const HARMLESS: [&str; 7] = [
    "/manim-scratch",
    "pipe:",
    "socket:",
    "/dev/null",
    "/memfd:manim-frames",
    "anon_inode:[eventpoll]",
    "anon_inode:[eventfd]",
];
/// Its control socket.
const SOCKETS: usize = 1;
/// `Limits` says so.
const MOST_FILES: usize = 256;
const MOST_THREADS: u64 = 64;
const NAMESPACES: [&str; 7] = ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"];

/// Processes with this name.
pub(crate) fn named(name: &str) -> Vec<u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| text(*pid, "comm").trim() == name && !is_dead(*pid))
        .collect()
}

fn is_dead(pid: u32) -> bool {
    matches!(state(pid), None | Some('Z' | 'X'))
}

/// The letter that the kernel has for what a process does.
pub(crate) fn state(pid: u32) -> Option<char> {
    let about = text(pid, "stat");
    about[about.rfind(')')? + 2..].chars().next()
}

pub(crate) fn field(pid: u32, name: &str) -> Option<String> {
    let status = text(pid, "status");
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().to_owned())
}

fn text(pid: u32, file: &str) -> String {
    let bytes = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a locked-in process should not have, be, or be able to.
pub(crate) fn faults(pid: u32, level: Isolation, scratch: &Path) -> Vec<String> {
    let mut faults = privileges(pid);
    faults.extend(limits(pid, level));
    faults.extend(descriptors(pid, scratch));
    if level == Isolation::L3 {
        faults.extend(shared_namespaces(pid));
    }
    let children = text(pid, &format!("task/{pid}/children"));
    if !children.trim().is_empty() {
        faults.push(format!("it has started processes: {children}"));
    }
    faults
}

fn privileges(pid: u32) -> Vec<String> {
    let mut faults = Vec::new();
    for set in ["CapInh:", "CapPrm:", "CapEff:", "CapAmb:"] {
        let held = field(pid, set).unwrap_or_default();
        if held.chars().any(|digit| digit != '0') {
            faults.push(format!("it holds capabilities ({set} {held})"));
        }
    }
    for (name, expected) in [("NoNewPrivs:", "1"), ("Seccomp:", "2"), ("TracerPid:", "0")] {
        let found = field(pid, name).unwrap_or_default();
        if found != expected {
            faults.push(format!("{name} is {found}"));
        }
    }
    // The kernel gives the files of who must not be looked at to root.
    let user = field(pid, "Uid:").unwrap_or_default();
    let user = user.split_whitespace().next().and_then(|uid| uid.parse().ok());
    let owner = fs::metadata(format!("/proc/{pid}/environ")).map(|about| about.uid());
    if user != Some(0) && owner.ok() == user {
        faults.push("it can be looked at by its equals (dumpable)".into());
    }
    faults
}

fn limits(pid: u32, level: Isolation) -> Vec<String> {
    let limits = text(pid, "limits");
    let hard = |name: &str| -> Option<u64> {
        let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let mut names = vec![("Max core file size", 0), ("Max open files", MOST_FILES as u64)];
    if level == Isolation::L3 {
        names.push(("Max processes", MOST_THREADS));
    }
    let mut faults: Vec<String> = names
        .into_iter()
        .filter(|(name, most)| hard(name).is_none_or(|limit| limit > *most))
        .map(|(name, _)| format!("without limit: {name}"))
        .collect();
    let threads: u64 = field(pid, "Threads:")
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    if threads > MOST_THREADS {
        faults.push(format!("it runs {threads} threads"));
    }
    faults
}

/// Where the kernel does not let us look, it lets nobody of this user look.
fn descriptors(pid: u32, scratch: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return Vec::new();
    };
    let links: Vec<_> = entries
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .collect();
    let mut faults = Vec::new();
    let strange: BTreeSet<_> = links.iter().filter(|link| !is_harmless(link, scratch)).collect();
    if !strange.is_empty() {
        faults.push(format!("it holds {strange:?}"));
    }
    let hidden = links
        .iter()
        .filter(|link| link.to_string_lossy().ends_with(" (deleted)"));
    let hidden = hidden.filter(|link| is_scratch(link, scratch)).count();
    if hidden > 0 {
        faults.push(format!("it holds {hidden} files that no watcher sees"));
    }
    let sockets = links
        .iter()
        .filter(|link| link.starts_with_text("socket:"))
        .count();
    if sockets != SOCKETS {
        faults.push(format!("it holds {sockets} sockets"));
    }
    if links.len() > MOST_FILES {
        faults.push(format!("it holds {} files", links.len()));
    }
    faults
}

fn is_harmless(link: &Path, scratch: &Path) -> bool {
    HARMLESS.iter().any(|start| link.starts_with_text(start)) || is_scratch(link, scratch)
}

/// In a directory of the machine. What lies in a jail's own file system is counted there.
fn is_scratch(link: &Path, scratch: &Path) -> bool {
    link.starts_with(scratch)
}

trait StartsWithText {
    fn starts_with_text(&self, start: &str) -> bool;
}

impl StartsWithText for Path {
    fn starts_with_text(&self, start: &str) -> bool {
        self.to_string_lossy().starts_with(start)
    }
}

fn shared_namespaces(pid: u32) -> Vec<String> {
    let of = |who: &str, kind: &str| fs::read_link(format!("/proc/{who}/ns/{kind}")).ok();
    let shared = NAMESPACES.iter().filter(|kind| {
        let theirs = of(&pid.to_string(), kind);
        theirs.is_some() && theirs == of("self", kind)
    });
    shared
        .map(|kind| format!("it shares our {kind} namespace"))
        .collect()
}

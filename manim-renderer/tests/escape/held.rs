//! What a supervisor holds, as the kernel counts it, and whether that grows.

use std::fs;
use std::path::Path;

/// More descriptors at the end than at the beginning: the ends of a zygote that is new.
const MORE_DESCRIPTORS: u64 = 4;
const MORE_KIB: u64 = 24 * 1024;

/// At one moment, between jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    processes: u64,
    threads: u64,
    descriptors: u64,
    supervisor_kib: u64,
    zygotes_kib: u64,
    scratch_files: u64,
    cgroups: u64,
}

impl Held {
    pub(crate) fn now(place: &Path) -> Self {
        let ours = std::process::id();
        let others = descendants(ours);
        Self {
            processes: others.len() as u64,
            threads: entries(Path::new("/proc/self/task")),
            descriptors: entries(Path::new("/proc/self/fd")),
            supervisor_kib: kib(ours, "status", "VmRSS:"),
            zygotes_kib: others.iter().map(|pid| kib(*pid, "smaps_rollup", "Pss:")).sum(),
            scratch_files: scratch(place),
            cgroups: groups(Path::new("/sys/fs/cgroup")),
        }
    }

    /// What the last quarter has more of than the first, and should not.
    pub(crate) fn growth(samples: &[Self]) -> Vec<String> {
        let quarter = (samples.len() / 4).max(1);
        let (first, last) = (&samples[..quarter], &samples[samples.len() - quarter..]);
        let rules: [(&str, Count, u64); 7] = [
            ("processes", |held| held.processes, 0),
            ("threads", |held| held.threads, 0),
            ("descriptors", |held| held.descriptors, MORE_DESCRIPTORS),
            ("KiB of the supervisor", |held| held.supervisor_kib, MORE_KIB),
            ("KiB of the zygotes", |held| held.zygotes_kib, MORE_KIB),
            ("files in scratch", |held| held.scratch_files, 0),
            ("control groups", |held| held.cgroups, 0),
        ];
        let grown = rules.into_iter().filter_map(|(name, of, more)| {
            let (was, is) = (median(first, of), median(last, of));
            (is > was + more).then(|| format!("{was} {name} became {is}"))
        });
        grown.collect()
    }
}

type Count = fn(&Held) -> u64;

fn median(samples: &[Held], of: Count) -> u64 {
    let mut values: Vec<u64> = samples.iter().map(of).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

fn entries(directory: &Path) -> u64 {
    fs::read_dir(directory).map_or(0, |entries| entries.count() as u64)
}

/// Renderers keep theirs below here; the victims' own things do not count.
fn scratch(place: &Path) -> u64 {
    let inside = |path: &Path| fs::read_dir(path).into_iter().flatten().flatten();
    let renderers =
        inside(place).filter(|entry| entry.file_name().to_string_lossy().starts_with("manim-engine-"));
    renderers.map(|renderer| everything_below(&renderer.path())).sum()
}

fn everything_below(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            let below = entry.file_type().is_ok_and(|kind| kind.is_dir());
            1 + if below { everything_below(&entry.path()) } else { 0 }
        })
        .sum()
}

/// Ours have a name that begins like our scratch.
fn groups(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| {
            u64::from(entry.file_name().to_string_lossy().starts_with("manim-")) + groups(&entry.path())
        })
        .sum()
}

fn kib(pid: u32, file: &str, field: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Living and dead: a process that nobody waited for is one that leaks.
fn descendants(root: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let parents: Vec<(u32, u32)> = processes
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let about = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            let parent = about[about.rfind(')')? + 2..].split(' ').nth(1)?.parse().ok()?;
            Some((pid, parent))
        })
        .collect();
    let mut found = vec![root];
    let mut next = 0;
    while next < found.len() {
        let up = found[next];
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| *parent == up)
                .map(|(pid, _)| *pid),
        );
        next += 1;
    }
    found.split_off(1)
}

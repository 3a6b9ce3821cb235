//! What no scene may change: planted files, Manim's own files, and what the whole machine shares.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// At one moment.
#[derive(Debug, PartialEq, Eq, Clone, Default)]
pub(crate) struct State {
    planted: BTreeMap<PathBuf, String>,
    library: BTreeMap<PathBuf, String>,
    machine: Vec<(&'static str, String)>,
}

impl State {
    pub(crate) fn of(home: &Path, library: &Path) -> Self {
        let mut state = Self::default();
        describe(home, true, &mut state.planted);
        describe(library, false, &mut state.library);
        let read = |file| (file, fs::read_to_string(file).unwrap_or_default());
        state.machine = ["/proc/self/mountinfo", "/proc/sys/kernel/hostname"]
            .map(read)
            .to_vec();
        state.machine.push(("shared memory", shared_memory()));
        state
    }

    pub(crate) fn differences(&self, now: &Self) -> Vec<String> {
        let mut faults = Vec::new();
        for (what, was, is) in [
            ("a planted file", &self.planted, &now.planted),
            ("a library's file", &self.library, &now.library),
        ] {
            let changed: Vec<_> = was
                .iter()
                .filter(|(path, about)| is.get(*path) != Some(about))
                .collect();
            let added: Vec<_> = is.keys().filter(|path| !was.contains_key(*path)).collect();
            if !(changed.is_empty() && added.is_empty()) {
                faults.push(format!("{what} was touched: {changed:?} {added:?}"));
            }
        }
        let machine = self.machine.iter().zip(&now.machine);
        let changed = machine.filter(|(was, is)| was != is);
        faults.extend(changed.map(|(was, _)| format!("{} changed", was.0)));
        faults
    }
}

/// Segments made by us or by a user without a name, as the users of jobs are. What the machine's
/// other services share among themselves comes and goes.
fn shared_memory() -> String {
    const CREATOR: usize = 9;
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ours = fs::metadata("/proc/self").map_or(0, |about| about.uid());
    let mut others: BTreeSet<u32> = accounts
        .lines()
        .filter_map(|line| line.split(':').nth(2)?.parse().ok())
        .collect();
    others.remove(&ours);
    let segments = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    let of_another = |line: &&str| {
        let creator = line.split_whitespace().nth(CREATOR);
        creator
            .and_then(|creator| creator.parse().ok())
            .is_some_and(|creator| others.contains(&creator))
    };
    let kept: Vec<&str> = segments
        .lines()
        .skip(1)
        .filter(|line| !of_another(line))
        .collect();
    kept.join("\n")
}

fn describe(directory: &Path, content: bool, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let about = fs::symlink_metadata(&path).unwrap();
        let text = if content && about.is_file() {
            fs::read(&path).unwrap_or_default()
        } else {
            Vec::new()
        };
        let told = (
            about.mode(),
            about.uid(),
            about.nlink(),
            about.len(),
            about.mtime(),
            about.mtime_nsec(),
        );
        found.insert(
            path.clone(),
            format!("{told:?} {}", String::from_utf8_lossy(&text)),
        );
        if about.is_dir() {
            describe(&path, content, found);
        }
    }
}

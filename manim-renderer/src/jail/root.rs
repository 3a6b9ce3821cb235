//! The steps that give a process a root of its own: chosen paths read-only, a few
//! devices, a fresh /proc, an empty scratch.

use std::collections::BTreeSet;
use std::path::Path;

use super::plan::SCRATCH;
use super::shown::DEVICES;
use super::step::Step;

/// Any directory that exists everywhere serves: it is covered, then gone.
const BUILT_AT: &str = "/tmp";

const MS_RDONLY: u64 = 1;
const MS_NOSUID: u64 = 2;
const MS_NODEV: u64 = 4;
const MS_NOEXEC: u64 = 8;
const MS_REC: u64 = 16384;
const MS_PRIVATE: u64 = 1 << 18;

const ATTR_RDONLY: u64 = 1;
const ATTR_NOSUID: u64 = 2;
const ATTR_NODEV: u64 = 4;
const ATTR_NOEXEC: u64 = 8;

/// Holds what will be shown, while the old root's permissions still apply.
pub(crate) fn open(shown: &[String]) -> Vec<Step> {
    let paths = shown.iter().map(String::as_str).chain(DEVICES.iter().copied());
    paths
        .enumerate()
        .map(|(slot, path)| Step::Open {
            slot,
            path: path.into(),
        })
        .collect()
}

/// Builds the root from the slots of [`open`] and enters it.
pub(crate) fn build(shown: &[String]) -> Vec<Step> {
    let mut steps = vec![
        Step::Mount {
            kind: "none",
            target: "/".into(),
            flags: MS_REC | MS_PRIVATE,
            data: String::new(),
        },
        tmpfs(BUILT_AT, 0, "size=1m,nr_inodes=4k,mode=0755"),
    ];
    steps.extend(places(shown));
    for (slot, path) in shown.iter().enumerate() {
        // Not noexec: shared libraries are mapped from here. Landlock and the filter
        // refuse to execute a program.
        steps.extend(bind(slot, path, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV));
    }
    for (slot, path) in DEVICES.iter().enumerate() {
        steps.extend(bind(
            shown.len() + slot,
            path,
            ATTR_RDONLY | ATTR_NOSUID | ATTR_NOEXEC,
        ));
    }
    steps.extend([
        Step::Mount {
            kind: "proc",
            target: below("/proc"),
            flags: MS_NOSUID | MS_NODEV | MS_NOEXEC,
            data: String::new(),
        },
        Step::Pivot {
            path: BUILT_AT.into(),
        },
        Step::CloseSlots,
        Step::RestrictMount {
            target: "/".into(),
            attributes: ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC,
            recursive: false,
        },
        Step::HostName("manim"),
    ]);
    steps
}

/// A job's own /proc and scratch, over the empty places of its root.
pub(crate) fn job_mounts(bytes: u64, inodes: u64) -> [Step; 2] {
    [
        Step::Mount {
            kind: "proc",
            target: "/proc".into(),
            flags: MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
            data: "subset=pid,hidepid=2".into(),
        },
        tmpfs(
            SCRATCH,
            MS_NOEXEC,
            &format!("size={bytes},nr_inodes={inodes},mode=0700"),
        ),
    ]
}

fn tmpfs(target: &str, more: u64, data: &str) -> Step {
    Step::Mount {
        kind: "tmpfs",
        target: target.into(),
        flags: MS_NOSUID | MS_NODEV | more,
        data: data.into(),
    }
}

fn bind(slot: usize, path: &str, attributes: u64) -> [Step; 2] {
    [
        Step::Bind {
            slot,
            target: below(path),
        },
        Step::RestrictMount {
            target: below(path),
            attributes,
            recursive: true,
        },
    ]
}

/// An empty directory or file for everything that will be mounted.
fn places(shown: &[String]) -> Vec<Step> {
    let mut directories = BTreeSet::from(["/proc".to_owned(), SCRATCH.to_owned()]);
    let mut files = Vec::new();
    for path in shown.iter().map(String::as_str).chain(DEVICES.iter().copied()) {
        let is_directory = Path::new(path).is_dir();
        let above = Path::new(path).ancestors().skip(usize::from(!is_directory));
        directories.extend(
            above
                .filter_map(Path::to_str)
                .filter(|path| *path != "/")
                .map(str::to_owned),
        );
        if !is_directory {
            files.push(Step::MakeFile { path: below(path) });
        }
    }
    let directories = directories.iter().map(|path| Step::MakeDir {
        path: below(path),
        mode: 0o755,
    });
    directories.chain(files).collect()
}

fn below(path: &str) -> String {
    format!("{BUILT_AT}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_made_before_what_lies_in_it() {
        let made: Vec<String> = places(&["/usr/lib".into()])
            .into_iter()
            .filter_map(|step| match step {
                Step::MakeDir { path, .. } | Step::MakeFile { path } => Some(path),
                _ => None,
            })
            .collect();
        let place = |path: &str| made.iter().position(|made| *made == below(path)).unwrap();
        assert!(place("/usr") < place("/usr/lib") && place("/dev") < place("/dev/null"));
    }

    #[test]
    fn everything_shown_is_read_only() {
        let shown = ["/usr/lib".to_owned(), "/etc/fonts".to_owned()];
        let steps = build(&shown);
        let binds = steps
            .iter()
            .filter(|step| matches!(step, Step::Bind { .. }))
            .count();
        let restricted = steps.iter().filter(|step| {
            matches!(step, Step::RestrictMount { attributes, .. } if attributes & (ATTR_RDONLY | ATTR_NOSUID) == (ATTR_RDONLY | ATTR_NOSUID))
        });
        assert_eq!(
            (binds, restricted.count()),
            (2 + DEVICES.len(), 2 + DEVICES.len() + 1)
        );
    }
}

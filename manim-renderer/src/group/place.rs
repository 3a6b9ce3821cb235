//! Finds the control group that this process is in, and whether it was given to us.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Its directory, where cgroup v2 is mounted.
pub(super) fn own() -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    directory(&groups, &mounts).filter(|path| path.is_dir())
}

/// From what proc_pid_cgroup(5) and proc_pid_mountinfo(5) describe.
fn directory(groups: &str, mounts: &str) -> Option<PathBuf> {
    let group = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, mounted) = (place.next()?, place.next()?);
        let inside = Path::new(group).strip_prefix(root).ok()?;
        kind.starts_with("cgroup2 ")
            .then(|| Path::new(mounted).join(inside))
    })
}

/// An ordinary user's if the directory is; root's if systemd, where it runs, says so, because
/// root may write to everybody's.
pub(super) fn is_ours(group: &Path) -> bool {
    let us = rustix::process::geteuid();
    if !us.is_root() {
        return fs::metadata(group).is_ok_and(|about| about.uid() == us.as_raw());
    }
    !Path::new("/run/systemd/system").exists() || is_delegated(group)
}

#[cfg(target_os = "linux")]
fn is_delegated(group: &Path) -> bool {
    let mut value = [0u8; 8];
    ["user.delegate", "trusted.delegate"].iter().any(|name| {
        let length = rustix::fs::getxattr(group, *name, &mut value[..]);
        length.is_ok_and(|length| value[..length] == *b"1")
    })
}

#[cfg(not(target_os = "linux"))]
fn is_delegated(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(groups: &str, mounts: &str, expected: Option<&str>) {
        assert_eq!(directory(groups, mounts), expected.map(PathBuf::from));
    }

    #[test]
    fn a_group_is_found_below_its_mount() {
        let mount = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
        check(
            "0::/system.slice/bot.service\n",
            mount,
            Some("/sys/fs/cgroup/system.slice/bot.service"),
        );
        check("0::/\n", mount, Some("/sys/fs/cgroup/"));
    }

    #[test]
    fn a_mount_of_a_part_shows_only_that_part() {
        let mount = "35 24 0:30 /user.slice /mnt rw - cgroup2 none rw";
        check("0::/user.slice/a\n", mount, Some("/mnt/a"));
        check("0::/system.slice/a\n", mount, None);
    }

    #[test]
    fn the_first_version_has_none() {
        let mount = "33 24 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";
        check("4:memory:/a\n0::/a\n", mount, None);
        check("4:memory:/a\n", mount, None);
    }
}

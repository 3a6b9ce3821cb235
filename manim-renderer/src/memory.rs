//! How much memory a job's processes hold, as the kernel tells everybody. Limits of the
//! kernel bound one process; this bounds them all.

use std::fs;

/// Deeper than LaTeX starts programs.
const MAX_PROCESSES: usize = 64;

/// The zygote, given the process that we started: its parent, where it has namespaces.
pub(crate) fn zygote_here(started: u32, namespaces: bool) -> Option<u32> {
    if namespaces {
        children(started).into_iter().next()
    } else {
        Some(started)
    }
}

/// A job's process by its number here, given its number where the zygote lives.
pub(crate) fn process_here(zygote: u32, number: u32, namespaces: bool) -> Option<u32> {
    if !namespaces {
        return Some(number);
    }
    children(zygote)
        .into_iter()
        .find(|job| numbers(*job).is_some_and(|numbers| numbers.contains(&number)))
}

/// Bytes of memory that nothing else would hold: private pages and shared memory, in the
/// process and its descendants. Pages that a fork shares with its parent count too.
pub(crate) fn held(root: u32) -> u64 {
    tree(root).into_iter().filter_map(held_by).sum()
}

/// Threads of the process and its descendants.
pub(crate) fn threads(root: u32) -> u64 {
    let status = |pid| fs::read_to_string(format!("/proc/{pid}/status")).ok();
    let all = tree(root).into_iter().filter_map(status);
    all.filter_map(|status| number(&status, "Threads:")).sum()
}

fn tree(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut looked_at = 0;
    while looked_at < all.len() && all.len() < MAX_PROCESSES {
        all.extend(children(all[looked_at]));
        looked_at += 1;
    }
    all
}

fn held_by(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    Some(
        1024 * ["RssAnon:", "RssShmem:"]
            .iter()
            .filter_map(|name| number(&status, name))
            .sum::<u64>(),
    )
}

fn number(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Its numbers in the namespaces that it is in, but for the one here.
fn numbers(pid: u32) -> Option<Vec<u32>> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    Some(
        line.split_whitespace()
            .skip(1)
            .filter_map(|number| number.parse().ok())
            .collect(),
    )
}

fn children(pid: u32) -> Vec<u32> {
    let list = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|child| child.parse().ok())
        .collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_holds_what_it_touched() {
        let own = std::process::id();
        let before = held(own);
        let block = vec![1u8; 64 << 20];
        let after = held(own);
        assert!(after >= before + (48 << 20), "{before} {after} {}", block.len());
    }

    #[test]
    fn threads_are_counted() {
        let before = threads(std::process::id());
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let one = std::thread::spawn(move || wait.recv());
        // Other tests' threads come and go.
        assert!(before >= 1 && threads(std::process::id()) >= 2);
        drop(go);
        let _ = one.join();
    }

    #[test]
    fn a_process_that_is_gone_holds_nothing() {
        assert_eq!(held(u32::MAX), 0);
    }
}

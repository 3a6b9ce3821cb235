//! Ctrl-C cancels, and nothing is left behind.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::program::{Desk, Ended};

const RENDER: &str = env!("CARGO_BIN_EXE_render");

const ENDLESS: &str = "from manim import *\nclass A(Scene):\n    def construct(self):\n        while True:\n            self.play(Rotate(Square()), run_time=1)\n";

#[test]
fn an_interrupt_cancels_and_leaves_nothing() {
    let desk = Desk::new();
    desk.write("a.py", ENDLESS);
    let mut child = desk
        .command(RENDER)
        .args(["a.py", "--quality", "low"])
        .env("RUST_LOG", "manim_renderer=debug")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let family = wait_for_family(&child);
    interrupt(&child);
    let mut err = String::new();
    while log.read_line(&mut err).unwrap() > 0 {}
    let mut ended = Ended::from(child.wait_with_output().unwrap());
    ended.err = err;

    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("cancelled"), "{ended:?}");
    assert_eq!(desk.left(), ["a.py"]);
    let alive: Vec<_> = family.into_iter().filter(|pid| is_alive(*pid)).collect();
    assert!(alive.is_empty(), "{alive:?} are still running");
}

/// Waits until the program has a worker, the worker a job, and the program an encoder.
fn wait_for_family(child: &Child) -> Vec<u32> {
    let begun = Instant::now();
    loop {
        let family = descendants(child.id());
        if family.len() >= 3 {
            return family;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "only {family:?} were started"
        );
        std::thread::yield_now();
    }
}

fn descendants(pid: u32) -> Vec<u32> {
    let pairs: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, parent(pid)?)))
        .collect();
    let mut family = vec![pid];
    let mut next = 0;
    while next < family.len() {
        let parent = family[next];
        family.extend(
            pairs
                .iter()
                .filter(|(_, of)| *of == parent)
                .map(|(child, _)| *child),
        );
        next += 1;
    }
    family.split_off(1)
}

/// The fourth field of `stat`; the second one, a name in parentheses, may hold anything.
fn parent(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(") ").next()?.split(' ').nth(1)?.parse().ok()
}

fn interrupt(child: &Child) {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).unwrap();
    kill_process(pid, Signal::INT).unwrap();
}

fn is_alive(pid: u32) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !state.is_empty() && !state.contains(") Z")
}

//! On the real thing where it is: these tests say so when they cannot. Give them a group of
//! their own with the memory controller to see them run.

use std::process::{Command, Stdio};

use super::*;

#[allow(
    clippy::print_stderr,
    reason = "whoever reads the log must know what was not tested"
)]
fn groups() -> Option<Groups> {
    match Groups::find() {
        Ok(groups) => Some(groups),
        Err(why) => {
            eprintln!("not tested, there are no control groups here: {why}");
            None
        }
    }
}

/// Fills so many MiB, then waits for its input to end.
fn eater(mebibytes: u32) -> std::process::Child {
    let script = "import sys\nsys.stdin.readline()\nx = bytearray(b'1') * (int(sys.argv[1]) << 20)\nprint(len(x), flush=True)\nsys.stdin.readline()";
    Command::new("/usr/bin/python3")
        .args(["-c", script, &mebibytes.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn who_takes_more_than_the_group_may_is_killed_and_the_group_says_so() {
    let Some(groups) = groups() else { return };
    let group = groups.group(64 << 20).unwrap();
    let mut child = eater(256);
    group.take(child.id()).unwrap();
    use std::io::Write;
    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&ended.status),
        Some(9)
    );
    assert!(group.was_full());
}

#[test]
fn who_takes_less_lives_until_the_group_goes() {
    let Some(groups) = groups() else { return };
    let group = groups.group(256 << 20).unwrap();
    let mut child = eater(32);
    group.take(child.id()).unwrap();
    use std::io::{Read, Write};
    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    let mut said = [0; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(&said, b"33554432");
    assert!(!group.was_full());
    let path = group.0.clone();
    drop(group);
    assert!(!path.exists());
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&child.wait().unwrap()),
        Some(9)
    );
}

#[test]
fn what_is_no_control_group_is_no_place() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Groups::below(directory.path().to_owned()).is_err());
}

#[test]
fn a_reason_is_always_told() {
    if let Err(why) = Groups::find() {
        assert!(why.to_string().len() > 20, "{why}");
    }
}

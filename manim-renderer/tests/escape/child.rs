//! Supervisors of their own: the tests start themselves again, with a secret in the
//! environment, as another user if need be.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use manim_renderer::Environment;
use serde_json::Value;
use tempfile::TempDir;

use crate::victims::{SECRET_VARIABLE, random_hex};
use crate::{layers, levels, lockdown, soak, suite};

const ERRAND: &str = "ESCAPE_ERRAND";
const PLACE: &str = "ESCAPE_PLACE";
/// Starts a line that is for us.
const MARK: &str = "TOLD ";
/// Nobody in particular; of no group that has anything.
const ORDINARY: u32 = 65_534;

/// As whom a supervisor runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    /// Whoever runs the tests.
    Us,
    /// A user without any privilege.
    Ordinary,
}

/// Not a test: what a supervisor of its own does.
#[test]
#[ignore = "started by the others"]
fn supervisor() {
    let Ok(errand) = std::env::var(ERRAND) else { return };
    let place = PathBuf::from(std::env::var_os(PLACE).unwrap());
    few_descriptors();
    let environment = Environment::locate().expect("`make setup` makes the environment that the tests need");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (kind, argument) = errand.split_once(' ').unwrap_or((&errand, ""));
    match kind {
        "suite" => runtime.block_on(suite::perform(argument, &environment, &place)),
        "layer" => runtime.block_on(layers::perform(&environment, &place)),
        "lockdown" => runtime.block_on(lockdown::perform(argument, &environment, &place)),
        "soak" => runtime.block_on(soak::perform(&environment, &place)),
        "level" => runtime.block_on(levels::perform(&environment, &place)),
        other => panic!("what is {other}?"),
    }
}

/// As most systems have it.
fn few_descriptors() {
    use rustix::process::{Resource, getrlimit, setrlimit};

    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(1024);
    setrlimit(Resource::Nofile, limit).unwrap();
}

/// Says something to whoever started us.
#[allow(clippy::print_stdout, reason = "this is how the tests' processes talk")]
pub(crate) fn tell(value: &Value) {
    println!("{MARK}{value}");
}

/// Starts a supervisor and returns what it told. It must end well.
#[track_caller]
pub(crate) fn supervise(errand: &str, who: As) -> Vec<Value> {
    supervise_showing(errand, who, Stdio::piped())
}

/// The same, with what it says on its other output going somewhere.
#[track_caller]
pub(crate) fn supervise_showing(errand: &str, who: As, errors: Stdio) -> Vec<Value> {
    let place = room(who);
    let mut command = command(errand, who, place.path());
    let output = command.stderr(errors).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{errand} as {who:?}: {:?}\n{said}\n{errors}",
        output.status
    );
    // The harness writes the name of the test before what the test writes.
    let told = said.lines().filter_map(|line| line.split_once(MARK));
    told.map(|(_, value)| serde_json::from_str(value).unwrap())
        .collect()
}

/// A directory that a supervisor may do with as it likes.
fn room(who: As) -> TempDir {
    let room = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    std::fs::set_permissions(room.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    if who == As::Ordinary {
        chown(room.path(), Some(ORDINARY), Some(ORDINARY)).unwrap();
    }
    room
}

fn command(errand: &str, who: As, place: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["child::supervisor", "--exact", "--ignored", "--nocapture"])
        .env(ERRAND, errand)
        .env(PLACE, place)
        .env(SECRET_VARIABLE, format!("planted-secret-{}", random_hex(16)))
        .stdin(Stdio::null());
    if who == As::Ordinary {
        command
            .env("MANIM_ENV", environment_for_all(place))
            .env("HOME", place);
        command.uid(ORDINARY).gid(ORDINARY).current_dir(place);
    }
    command
}

/// Whether the tests can become somebody else, and somebody else can run Python.
pub(crate) fn can_be_ordinary() -> bool {
    rustix::process::geteuid().is_root() && Path::new(SYSTEM_PYTHON).exists()
}

const SYSTEM_PYTHON: &str = "/usr/bin/python3";

/// The same packages under the system's interpreter, which everybody may run: ours may be
/// in a home that nobody else may enter.
pub(crate) fn environment_for_all(place: &Path) -> PathBuf {
    let ours = Environment::locate().unwrap();
    let ours = ours.python().parent().unwrap().parent().unwrap();
    let venv = place.join("venv");
    std::fs::create_dir_all(venv.join("bin")).unwrap();
    symlink(SYSTEM_PYTHON, venv.join("bin/python")).unwrap();
    symlink(SYSTEM_PYTHON, venv.join("bin/python3")).unwrap();
    symlink(ours.join("lib"), venv.join("lib")).unwrap();
    std::fs::write(
        venv.join("pyvenv.cfg"),
        "home = /usr/bin\ninclude-system-site-packages = false\n",
    )
    .unwrap();
    venv
}

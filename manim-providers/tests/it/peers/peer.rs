//! A real program beside the tests: it takes a free port, says which, and ends with them.
//! Other crates' tests use this file too.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Loading a model takes seconds on an idle machine and minutes on a busy one.
const READY_WITHIN: Duration = Duration::from_secs(300);

/// A running program. It ends when its standard input does: at the latest with this
/// process, however this process ends.
#[derive(Debug)]
pub(crate) struct Peer {
    address: String,
    child: Mutex<Child>,
    _stdin: Option<ChildStdin>,
}

impl Peer {
    /// Starts `command`, and waits until it prints the address that it listens on.
    pub(crate) fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
        let stdin = child.stdin.take();
        let address = addresses(&mut child).recv_timeout(READY_WITHIN);
        let address = address.unwrap_or_else(|error| panic!("{command:?} told no address: {error}"));
        Self {
            address,
            child: Mutex::new(child),
            _stdin: stdin,
        }
    }

    /// A path of the program's server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Ends the program at once, as a crash would.
    pub(crate) fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// The addresses among the lines that the program prints. All of them are read, so that it
/// never waits for a reader.
fn addresses(child: &mut Child) -> Receiver<String> {
    let (told, addresses) = channel();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if let Some(at) = line.find("http://") {
                // Only the first one is waited for.
                let _ = told.send(line[at..].trim().to_owned());
            }
        }
    });
    addresses
}

/// Runs a program until standard input ends, then ends the program by its id.
const UNTIL_STDIN_ENDS: &str = r#""$@" </dev/null & child=$!; read -r line; kill "$child""#;

/// An independent mock of the vendors' services, which asks for `key` and answers as `fixtures` say.
pub(crate) fn aimock(fixtures: &Path, key: &str) -> Peer {
    let mut command = Command::new("sh");
    command
        .args(["-c", UNTIL_STDIN_ENDS, "sh"])
        .arg(installed("bin/node"))
        .arg(installed("node_modules/.bin/llmock"))
        .args([
            "-h",
            "127.0.0.1",
            "-p",
            "0",
            "--strict",
            "--validate-on-load",
            "-f",
        ])
        .arg(fixtures)
        .env("AIMOCK_API_KEYS", key);
    Peer::start(command)
}

/// A real model server (llama.cpp) with a real, very small model, which asks for `key`.
pub(crate) fn llama(key: &str) -> Peer {
    let mut command = Command::new(installed("venv/bin/python"));
    let script = checkout().join("manim-providers/tests/it/peers/llama_server.py");
    command.arg(script).arg(key);
    Peer::start(command)
}

/// A file of the peers, or the sentence that says how to get it.
pub(crate) fn installed(path: &str) -> PathBuf {
    let file = checkout().join(".peers").join(path);
    assert!(
        file.exists(),
        "this test talks to a real program that is not installed; run scripts/test-peers.sh once ({path} is missing)"
    );
    file
}

fn checkout() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

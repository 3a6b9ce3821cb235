//! Real programs to talk to, started on free loopback ports and stopped with the tests.

mod aimock;
#[cfg(feature = "openai-compatible")]
mod llama;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

/// Loading a model takes seconds on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// A running program. It ends when its standard input does: at the latest with this
/// process, however this process ends.
#[derive(Debug)]
struct Peer {
    port: u16,
    child: Child,
    _stdin: Option<ChildStdin>,
}

impl Peer {
    /// Starts what `command` makes of a free port, and waits until it answers.
    async fn start(name: &str, health: &str, command: impl FnOnce(u16) -> Command) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut command = command(port);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name} did not start: {error}"));
        let stdin = child.stdin.take();
        let mut peer = Self {
            port,
            child,
            _stdin: stdin,
        };
        let ready = tokio::time::timeout(READY_WITHIN, peer.answers(health)).await;
        ready.unwrap_or_else(|_| panic!("{name} did not answer on port {port} within {READY_WITHIN:?}"));
        peer
    }

    async fn answers(&mut self, health: &str) {
        let url = self.url(health);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the peer ended at its start: {status}");
            }
            if reqwest::get(&url)
                .await
                .is_ok_and(|reply| reply.status().is_success())
            {
                return;
            }
            // Another process is starting: there is nothing to await but time.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// A file of the peers, or the sentence that says how to get it.
fn installed(path: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../.peers")
        .join(path);
    assert!(
        file.exists(),
        "this test talks to a real program that is not installed; run scripts/test-peers.sh once ({path} is missing)"
    );
    file
}

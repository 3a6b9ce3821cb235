//! A PostgreSQL of our own: a cluster in a temporary directory, on a free loopback port, run by
//! a user without rights, stopped by its own process id whatever becomes of this process.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Longer than any start on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs the server until our end of the pipe is closed: also when we are killed. Removes the
/// directory then, unless it is to be started again.
const KEEPER: &str = r#"
    ulimit -f "$BLOCKS"
    "$0" "$@" </dev/null >>"$HOME_DIR/log" 2>&1 &
    server=$!
    cat >/dev/null
    kill -INT "$server"
    wait "$server"
    [ -e "$HOME_DIR/keep" ] || rm -rf "$HOME_DIR"
"#;

/// `guarded` needs a password; nobody else does.
const WHO_MAY: &str = "
host all guarded 127.0.0.1/32 scram-sha-256
host all all     127.0.0.1/32 trust
local all all trust
";

#[derive(Debug)]
pub(crate) struct Server {
    home: PathBuf,
    port: u16,
    settings: Vec<String>,
    /// How long a file may become, in blocks of 512 bytes: the size of the disk, to a server.
    blocks: &'static str,
    keeper: Option<Child>,
}

/// The server that all laws share, each with a schema of its own.
pub(crate) fn shared() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// With `settings` instead of what a test needs.
    pub(crate) fn start_with(settings: &[&str]) -> Self {
        Self::start_as(settings, "unlimited")
    }

    /// Whose files cannot grow beyond 20 MB: enough for its journal, which comes in 16 MiB.
    pub(crate) fn start_on_a_small_disk() -> Self {
        Self::start_as(&[], "40000")
    }

    /// From the next start on.
    pub(crate) fn enlarge_the_disk(&mut self) {
        self.blocks = "unlimited";
    }

    fn start_as(settings: &[&str], blocks: &'static str) -> Self {
        let home = home();
        let data = home.join("data");
        let made = as_nobody_special("initdb")
            .args([
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        fs::write(data.join("pg_hba.conf"), WHO_MAY).unwrap();
        let port = free_port();
        let mut server = Self {
            home,
            port,
            settings: settings.iter().copied().map(str::to_owned).collect(),
            blocks,
            keeper: None,
        };
        server.resume();
        server
    }

    /// Stops the server as an operator does: connections are cut, data stays.
    pub(crate) fn stop(&mut self) {
        fs::write(self.home.join("keep"), "").unwrap();
        self.let_go();
    }

    /// Starts a stopped server again.
    pub(crate) fn resume(&mut self) {
        let _ = fs::remove_file(self.home.join("keep"));
        self.keeper = Some(self.keeper());
        let deadline = Instant::now() + PATIENCE;
        while !self.is_ready() {
            assert!(Instant::now() < deadline, "not ready: {}", self.log());
            sleep(Duration::from_millis(20));
        }
    }

    /// The URL of the database that every cluster has.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable",
            self.port
        )
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a new, empty schema.
    pub(crate) fn fresh_schema(&self) -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("law_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.psql(&format!("CREATE SCHEMA {name}"));
        format!("{}&options[search_path]={name}", self.url())
    }

    /// Runs SQL as the database's owner; returns what it prints.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.psql_in("", sql)
    }

    /// The same in a schema of [`Server::fresh_schema`], given by its URL.
    pub(crate) fn psql_in(&self, url: &str, sql: &str) -> String {
        let schema = url
            .rsplit_once("search_path]=")
            .map_or("public", |(_, name)| name);
        let out = Command::new(program("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
                "-p",
            ])
            .arg(self.port.to_string())
            .args(["-d", "postgres", "-c", sql])
            .env("PGOPTIONS", format!("-c search_path={schema}"))
            .output()
            .unwrap();
        assert!(
            out.status.success(),
            "{sql}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    fn keeper(&self) -> Child {
        let settings = [
            "listen_addresses=127.0.0.1",
            "max_connections=300",
            "shared_buffers=64MB",
            "fsync=off",
        ];
        let mut command = as_nobody_special_in("sh");
        command
            .args(["-c", KEEPER])
            .arg(program("postgres"))
            .arg("-D")
            .arg(self.home.join("data"));
        command
            .arg("-k")
            .arg(&self.home)
            .arg("-p")
            .arg(self.port.to_string());
        for setting in settings
            .into_iter()
            .chain(self.settings.iter().map(String::as_str))
        {
            command.args(["-c", setting]);
        }
        command.env("HOME_DIR", &self.home).env("BLOCKS", self.blocks);
        let command = command.stdin(Stdio::piped());
        command.spawn().unwrap()
    }

    fn is_ready(&self) -> bool {
        let asked = Command::new(program("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p"])
            .arg(self.port.to_string())
            .status();
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
            && asked.is_ok_and(|status| status.success())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.home.join("log")).unwrap_or_default()
    }

    fn let_go(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.let_go();
    }
}

/// A directory that the server's user owns.
fn home() -> PathBuf {
    let home = tempfile::Builder::new()
        .prefix("manim-pg")
        .tempdir()
        .unwrap()
        .keep();
    if let Some((user, group)) = server_user() {
        std::os::unix::fs::chown(&home, Some(user), Some(group)).unwrap();
    }
    home
}

fn free_port() -> u16 {
    let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    probe.local_addr().unwrap().port()
}

fn as_nobody_special(name: &str) -> Command {
    as_nobody_special_in(program(name))
}

/// PostgreSQL refuses to run as root.
fn as_nobody_special_in(program: impl Into<OsString>) -> Command {
    let mut command = match server_user() {
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"));
            command.arg("--clear-groups").arg(program.into());
            command
        }
        None => Command::new(program.into()),
    };
    command.current_dir("/");
    command
}

/// The user to become: only root needs one.
fn server_user() -> Option<(u32, u32)> {
    if id(&["-u"])? != 0 {
        return None;
    }
    let user = ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
    assert!(
        user.is_some(),
        "root needs a user 'postgres' or 'nobody' to run PostgreSQL as"
    );
    user
}

fn id(arguments: &[&str]) -> Option<u32> {
    let out = Command::new("id")
        .args(arguments)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(out.stdout).ok()?.trim().parse().ok()
}

/// Where Debian keeps the server's programs, or wherever `PATH` leads.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql");
    let mut packaged: Vec<_> = versions
        .into_iter()
        .flatten()
        .filter_map(|entry: io::Result<fs::DirEntry>| Some(entry.ok()?.path().join("bin").join(name)))
        .filter(|path| path.exists())
        .collect();
    packaged.sort();
    let found = packaged.pop().or_else(|| on_path(name));
    found.unwrap_or_else(|| panic!("{name} is missing: run scripts/test-peers.sh"))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir: PathBuf| Path::new(&dir).join(name))
        .find(|path| path.exists())
}

//! What is planted for attackers, and whether it came to harm.

use std::fmt::Write as _;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use manim_renderer::{Environment, LocalRenderer};

use crate::look;
use crate::state::State;

/// Of a supervisor; it holds a secret.
pub(crate) const SECRET_VARIABLE: &str = "ESCAPE_SECRET";
/// Attackers know how secrets begin, so that they can look for them.
const SECRET: &str = "planted-secret-";
/// Whatever an attacker says, this much of it gets out.
const MOST_SAID: usize = 8000;
/// Processes that were killed, and listeners of the kernel, are gone by then.
const SOON: Duration = Duration::from_secs(60);

/// Everything that attackers are after.
pub(crate) struct Victims {
    place: PathBuf,
    /// In a file, another file, a picture's file name, our memory, another job's memory.
    secrets: Vec<String>,
    pub(crate) colour: [u8; 3],
    pub(crate) neighbour: String,
    tag: String,
    tcp: TcpListener,
    udp: UdpSocket,
    path_socket: UnixListener,
    name_socket: UnixListener,
    process: Child,
    pub(crate) tex_cache: PathBuf,
    library: PathBuf,
    unharmed: State,
}

impl Victims {
    /// Plants all of them below `place`.
    pub(crate) fn plant(place: &Path, environment: &Environment) -> Self {
        let mut secrets: Vec<String> = (0..5).map(|_| format!("{SECRET}{}", random_hex(16))).collect();
        secrets.extend(std::env::var(SECRET_VARIABLE));
        let home = place.join("home");
        fs::create_dir(&home).unwrap();
        fs::create_dir(home.join("open")).unwrap();
        let colour = [random_byte(), random_byte() | 1, random_byte()];
        for (name, text, mode) in [
            ("secret", &*secrets[0], 0o644),
            ("private", &*secrets[1], 0o600),
            ("precious", "precious", 0o666),
        ] {
            write(&home.join(name), text.as_bytes(), mode);
        }
        write(&home.join("picture.png"), &picture(colour), 0o644);
        write(&home.join("picture.svg"), drawing(colour).as_bytes(), 0o644);
        fs::set_permissions(home.join("open"), Permissions::from_mode(0o777)).unwrap();
        let tag = random_hex(4);
        let name = SocketAddr::from_abstract_name(format!("escape-{tag}")).unwrap();
        let victims = Self {
            tcp: TcpListener::bind("127.0.0.1:0").unwrap(),
            udp: UdpSocket::bind("127.0.0.1:0").unwrap(),
            path_socket: UnixListener::bind(place.join("socket")).unwrap(),
            name_socket: UnixListener::bind_addr(&name).unwrap(),
            process: victim_process(&secrets[2]),
            colour,
            neighbour: secrets[4].clone(),
            tex_cache: place.join("tex"),
            library: library(environment),
            unharmed: State::default(),
            place: place.to_owned(),
            secrets,
            tag,
        };
        fs::set_permissions(place.join("socket"), Permissions::from_mode(0o777)).unwrap();
        victims.tcp.set_nonblocking(true).unwrap();
        victims.udp.set_nonblocking(true).unwrap();
        victims.path_socket.set_nonblocking(true).unwrap();
        victims.name_socket.set_nonblocking(true).unwrap();
        victims
    }

    /// From here on nothing may change.
    pub(crate) fn remember(&mut self) {
        self.unharmed = self.state();
    }

    /// The name of whoever wants to be looked at.
    pub(crate) fn wants_a_look(&self) -> String {
        format!("look-{}", self.tag)
    }

    fn stray(&self) -> String {
        format!("stray-{}", self.tag)
    }

    /// What attackers are told, as Python.
    pub(crate) fn aim(&self) -> String {
        let mut aim = String::new();
        let home = self.place.join("home");
        let texts = [
            ("HOME", home.clone()),
            ("SECRET", home.join("secret")),
            ("PRIVATE", home.join("private")),
            ("PICTURE", home.join("picture.png")),
            ("DRAWING", home.join("picture.svg")),
            ("PRECIOUS", home.join("precious")),
            ("OPEN", home.join("open")),
            ("SOCKET", self.place.join("socket")),
            ("TEX_CACHE", self.tex_cache.clone()),
            ("RENDERERS", self.place.clone()),
            ("LIBRARY", self.library.clone()),
            ("ABSTRACT", format!("escape-{}", self.tag).into()),
            ("LOOK", self.wants_a_look().into()),
            ("STRAY", self.stray().into()),
            ("KIND_OF_SECRET", format!("{SECRET}[0-9a-f]{{32}}").into()),
        ];
        for (name, text) in texts {
            writeln!(aim, "{name} = {:?}", text.display().to_string()).unwrap();
        }
        let numbers = [
            ("SUPERVISOR", std::process::id()),
            ("VICTIM", self.process.id()),
            ("TCP", self.tcp.local_addr().unwrap().port().into()),
            ("UDP", self.udp.local_addr().unwrap().port().into()),
        ];
        for (name, number) in numbers {
            writeln!(aim, "{name} = {number}").unwrap();
        }
        aim
    }

    /// What is wrong with what came out of a jail: a secret in it, or what fools a reader.
    pub(crate) fn faults_in(&self, said: &str) -> Vec<String> {
        let mut faults = Vec::new();
        if self.secrets.iter().any(|secret| said.contains(secret)) {
            faults.push("a secret came out".to_owned());
        }
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        if said.contains(&format!("this machine is {}", host.trim())) {
            faults.push("the name of the machine came out".to_owned());
        }
        let fools = |c: char| c.is_control() && !"\n\t".contains(c) || "\u{202e}\u{2066}\u{200f}".contains(c);
        if said.contains(fools) {
            faults.push("control characters came out".to_owned());
        }
        if said.len() > MOST_SAID {
            faults.push(format!("{} bytes of text came out", said.len()));
        }
        faults
    }

    /// What happened to them since they were planted or looked after.
    pub(crate) async fn harm(&self, renderer: &LocalRenderer) -> Vec<String> {
        let mut harm = self.visitors();
        harm.extend(self.differences());
        harm.extend(self.processes_harmed());
        harm.extend(zygote_harmed(renderer).await);
        harm.extend(self.left_over().await);
        harm
    }

    /// Who came by at a listener.
    pub(crate) fn visitors(&self) -> Vec<String> {
        let mut datagram = [0; 16];
        let came = [
            ("TCP", self.tcp.accept().is_ok()),
            ("UDP", self.udp.recv(&mut datagram).is_ok()),
            ("unix", self.path_socket.accept().is_ok()),
            ("abstract unix", self.name_socket.accept().is_ok()),
        ];
        let came = came.iter().filter(|(_, came)| *came);
        came.map(|(kind, _)| format!("the {kind} listener was reached"))
            .collect()
    }

    /// What changed of that which may not, the cache of formulas, and keys of the kernel.
    pub(crate) fn differences(&self) -> Vec<String> {
        let mut faults = self.unharmed.differences(&self.state());
        faults.extend(cache_faults(&self.tex_cache));
        if fs::read_to_string("/proc/keys")
            .unwrap_or_default()
            .contains(&self.tag)
        {
            faults.push("a key is left in the kernel".into());
        }
        faults
    }

    fn state(&self) -> State {
        State::of(&self.place.join("home"), &self.library)
    }

    fn processes_harmed(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, pid) in [
            ("the victim", self.process.id()),
            ("the supervisor", std::process::id()),
        ] {
            if !matches!(look::state(pid), Some('S' | 'R' | 'D')) {
                faults.push(format!("{name} is {:?}", look::state(pid)));
            }
            if look::field(pid, "TracerPid:").as_deref() != Some("0") {
                faults.push(format!("{name} is traced"));
            }
        }
        faults
    }

    /// Processes and scratch of jobs that are over.
    async fn left_over(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let none = || look::named(&self.stray()).is_empty() && look::named(&self.wants_a_look()).is_empty();
        if !soon(none).await {
            faults.push("a process of the job lives on".into());
        }
        if !soon(|| self.job_directories().is_empty()).await {
            faults.push(format!("scratch is left: {:?}", self.job_directories()));
        }
        faults
    }

    fn job_directories(&self) -> Vec<PathBuf> {
        let inside = |path: &Path| {
            fs::read_dir(path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
        };
        let renderers = inside(&self.place).filter(|path| path.to_string_lossy().contains("manim-engine-"));
        let all = renderers.flat_map(|path| inside(&path).collect::<Vec<_>>());
        // The first of a renderer is that of the proof, which lasts as long as the start.
        all.filter(|path| {
            path.file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("job-"))
        })
        .collect()
    }
}

impl Drop for Victims {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn zygote_harmed(renderer: &LocalRenderer) -> Vec<String> {
    let mut faults = Vec::new();
    if renderer.workers_lost().await > 0 {
        faults.push("the zygote died".to_owned());
    }
    let pid = renderer.worker_pid().await.unwrap_or_default();
    if !matches!(look::state(pid), Some('S' | 'R' | 'D')) {
        faults.push(format!("the zygote is {:?}", look::state(pid)));
    }
    if look::field(pid, "TracerPid:").as_deref() != Some("0") {
        faults.push("the zygote is traced".into());
    }
    faults
}

/// Awaits a condition that must come true.
pub(crate) async fn soon(mut holds: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < SOON {
        if holds() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

/// Nothing but plain pictures under the names of hashes.
fn cache_faults(cache: &Path) -> Vec<String> {
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    let faulty = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let named = name.strip_suffix(".svg").is_some_and(|hash| hash.len() == 64);
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let bad = [
            "<script",
            "<image",
            "<foreignObject",
            "<!ENTITY",
            "file:",
            "javascript:",
        ];
        !named || !text.contains("<svg") || bad.iter().any(|bad| text.contains(bad))
    });
    faulty
        .map(|entry| format!("the cache of formulas holds {:?}", entry.file_name()))
        .collect()
}

/// Where Manim itself is.
fn library(environment: &Environment) -> PathBuf {
    let lib = environment
        .python()
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("lib");
    let versions = fs::read_dir(lib).unwrap().flatten();
    let mut places = versions.map(|entry| entry.path().join("site-packages/manim"));
    places.find(|place| place.is_dir()).unwrap()
}

/// Somebody of the same user, with something in its environment.
fn victim_process(secret: &str) -> Child {
    Command::new("cat")
        .env("VICTIMS_SECRET", secret)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn write(path: &Path, bytes: &[u8], mode: u32) {
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn picture(colour: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 64, 64);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&colour.repeat(64 * 64)).unwrap();
    writer.finish().unwrap();
    bytes
}

fn drawing([red, green, blue]: [u8; 3]) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><rect width=\"9\" height=\"9\" fill=\"#{red:02x}{green:02x}{blue:02x}\"/></svg>"
    )
}

pub(crate) fn random_hex(bytes: usize) -> String {
    (0..bytes).map(|_| format!("{:02x}", random_byte())).collect()
}

fn random_byte() -> u8 {
    let mut byte = [0];
    File::open("/dev/urandom").unwrap().read_exact(&mut byte).unwrap();
    byte[0]
}

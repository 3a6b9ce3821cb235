//! The `ffmpeg` program and what it is locked in with: it sees hostile pixels, so that a
//! hole in it must not cost the machine.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use manim_core::{Format, RenderError, RenderErrorKind};

use super::{Encoder, Shape, failed};
use crate::jail::{STARTER, encoder_plan};
use crate::wait::{Interrupt, Stop};

/// A film of one small frame takes a tenth of a second.
const PROOF_LIMIT: Duration = Duration::from_secs(30);
/// The smallest that every codec takes.
const PROOF: Shape = Shape {
    width: 64,
    height: 64,
    frame_rate: 15,
    format: Format::Mp4,
};

/// How films are encoded here.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    cage: Option<Cage>,
}

/// What makes a process lock itself in before it becomes the program.
#[derive(Debug)]
struct Cage {
    /// In memory: no file of ours can be replaced.
    starter: File,
    /// With its length, as the starter reads it.
    plan: Vec<u8>,
}

impl Program {
    /// As it is: where scenes have no boundary either.
    pub(crate) fn free(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            cage: None,
        }
    }

    /// Locked in, which is proven by a film of one frame in `place`. `forbidden` is a file
    /// that it must not be able to open.
    pub(crate) fn locked_in(path: &Path, place: &Path, forbidden: &Path) -> Result<Self, RenderError> {
        let cage = Cage::new(path, forbidden)
            .map_err(|e| not_locked_in(path, "it cannot be prepared").with_source(e))?;
        let program = Self {
            path: path.to_owned(),
            cage: Some(cage),
        };
        match program.prove(place) {
            Ok(()) => Ok(program),
            Err(Stop::Fault(error)) => Err(not_locked_in(path, "it makes no film").with_source(error)),
            Err(_) => Err(not_locked_in(path, "it does not end")),
        }
    }

    fn prove(&self, place: &Path) -> Result<(), Stop> {
        let (_held, never) = UnixStream::pair().map_err(|e| failed("no socket").with_source(e))?;
        let interrupt = Interrupt::new(never, PROOF_LIMIT);
        let mut encoder = Encoder::start(self, place, PROOF)?;
        let frame = vec![255; PROOF.width as usize * PROOF.height as usize * 4];
        encoder.write_new(&frame, 1, &interrupt)?;
        encoder.finish(&interrupt).map(drop)
    }

    /// Starts it with these arguments, descriptors and nothing else.
    pub(super) fn start(&self, arguments: &[String], film: &Path, output: File) -> io::Result<Child> {
        let mut command = self.command();
        command
            .args(arguments)
            .arg(film)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(Stdio::piped());
        // A group of its own: what interrupts us at a terminal must not cut the film.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        self.lock(&mut child)?;
        Ok(child)
    }

    fn command(&self) -> Command {
        let Some(cage) = &self.cage else {
            return Command::new(&self.path);
        };
        // In the child this is our descriptor, until it has become the starter.
        let mut command = Command::new(format!("/proc/self/fd/{}", cage.starter.as_raw_fd()));
        command.arg(&self.path);
        command
    }

    fn lock(&self, child: &mut Child) -> io::Result<()> {
        match (&self.cage, child.stdin.as_mut()) {
            // An empty pipe holds all of it.
            (Some(cage), Some(stdin)) => stdin.write_all(&cage.plan),
            _ => {
                #[cfg(target_os = "linux")]
                limit(child);
                Ok(())
            }
        }
    }
}

impl Cage {
    fn new(program: &Path, forbidden: &Path) -> io::Result<Self> {
        let plan = encoder_plan(program, forbidden).encode();
        let length = u32::try_from(plan.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        Ok(Self {
            starter: in_memory(STARTER)?,
            plan: [&length.to_le_bytes()[..], &plan].concat(),
        })
    }
}

#[cfg(target_os = "linux")]
fn in_memory(program: &[u8]) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut memory = File::from(memfd_create("manim-start", flags)?);
    memory.write_all(program)?;
    let all = SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL;
    fcntl_add_seals(&memory, all)?;
    Ok(memory)
}

#[cfg(not(target_os = "linux"))]
fn in_memory(_: &[u8]) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// What the program may use where it is not locked in.
#[cfg(target_os = "linux")]
fn limit(program: &Child) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    const LIMITS: [(Resource, u64); 3] = [
        (Resource::Core, 0),
        (Resource::Nofile, 64),
        (Resource::As, 16 * 1024 * 1024 * 1024),
    ];
    for (resource, value) in LIMITS {
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        // Refused only when it has ended already.
        let _ = prlimit(Some(Pid::from_child(program)), resource, limit);
    }
}

fn not_locked_in(path: &Path, why: &str) -> RenderError {
    let subject = format!(
        "{} cannot run locked in: {why}. Put the program itself on PATH, not a script that starts it, or name it with Environment::with_ffmpeg",
        path.display()
    );
    RenderError::new(RenderErrorKind::Isolation, "isolate the encoder:", subject)
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, reason = "these are tests")]
mod tests {
    use std::io::{Read, Seek};
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// Starts a line of what the program found out.
    const MARK: &str = "attempt ";
    const FORBIDDEN: [&str; 7] = ["tcp", "listen", "udp", "unix", "read", "write", "start"];

    /// Not a test: what a hole in ffmpeg would be used for.
    #[test]
    #[ignore = "started by the next ones in the place of ffmpeg"]
    #[allow(clippy::print_stdout, reason = "this is how it tells")]
    fn attempts() {
        let here = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let into = std::env::temp_dir().join(format!("manim-cage-{}", std::process::id()));
        let tries: [(&str, io::Result<()>); 7] = [
            ("tcp", TcpStream::connect("127.0.0.1:9").map(drop)),
            ("listen", TcpListener::bind("127.0.0.1:0").map(drop)),
            ("udp", UdpSocket::bind("127.0.0.1:0").map(drop)),
            (
                "unix",
                UnixListener::bind(into.with_extension("socket")).map(drop),
            ),
            ("read", std::fs::read(here).map(drop)),
            ("write", std::fs::write(&into, "harm")),
            ("start", Command::new("/bin/true").status().map(drop)),
        ];
        for (name, outcome) in tries {
            let refused = outcome.is_err_and(|e| e.kind() == io::ErrorKind::PermissionDenied);
            println!("{MARK}{name} {}", if refused { "refused" } else { "allowed" });
        }
        let _ = std::fs::remove_file(&into);
        let _ = std::fs::remove_file(into.with_extension("socket"));
    }

    /// Names of what was refused.
    fn refused(program: &Program) -> Vec<String> {
        let arguments = [
            "encode::program::tests::attempts",
            "--exact",
            "--ignored",
            "--nocapture",
        ];
        let mut output = tempfile::tempfile().unwrap();
        let film = Path::new(crate::jail::FILM);
        let child = program
            .start(&arguments.map(str::to_owned), film, output.try_clone().unwrap())
            .unwrap();
        let ended = child.wait_with_output().unwrap();
        let mut said = String::new();
        output.rewind().unwrap();
        output.read_to_string(&mut said).unwrap();
        let errors = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{:?} {said} {errors}", ended.status);
        let told: Vec<&str> = said.split(MARK).skip(1).collect();
        assert_eq!(told.len(), FORBIDDEN.len(), "{said}");
        let refused = told.iter().filter(|line| line.contains(" refused"));
        refused
            .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
            .collect()
    }

    fn caged(path: &Path) -> Program {
        let forbidden = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        Program {
            path: path.to_owned(),
            cage: Some(Cage::new(path, &forbidden).unwrap()),
        }
    }

    #[test]
    fn locked_in_it_opens_no_socket_and_no_file_and_starts_no_program() {
        let this = std::env::current_exe().unwrap();
        assert_eq!(refused(&caged(&this)), FORBIDDEN);
    }

    #[test]
    fn without_the_cage_the_same_attempts_are_refused_by_nobody() {
        let this = std::env::current_exe().unwrap();
        assert_eq!(refused(&Program::free(&this)), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_it_could_open_keeps_it_from_starting() {
        let this = std::env::current_exe().unwrap();
        let program = Program {
            cage: Some(Cage::new(&this, Path::new("/etc/ld.so.cache")).unwrap()),
            path: this,
        };
        let output = tempfile::tempfile().unwrap();
        let child = program.start(&[], Path::new(crate::jail::FILM), output).unwrap();
        let ended = child.wait_with_output().unwrap();
        let step = ended.status.code().and_then(crate::jail::name_of_exit);
        assert_eq!(step, Some("the proof that a forbidden file cannot be opened"));
    }

    #[test]
    fn a_script_in_the_place_of_the_program_is_refused_with_the_remedy() {
        let place = tempfile::tempdir().unwrap();
        let script = place.path().join("ffmpeg");
        std::fs::write(&script, "#!/bin/sh\nexec ffmpeg \"$@\"\n").unwrap();
        std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let canary = place.path().join("canary");
        std::fs::write(&canary, "not for it").unwrap();
        let error = Program::locked_in(&script, place.path(), &canary).unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::Isolation);
        assert!(error.subject().contains("with_ffmpeg"), "{error}");
    }
}

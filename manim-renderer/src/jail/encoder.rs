//! The plan of the encoder: one program that reads pixels and writes one file. It may
//! start nothing but itself and open nothing but the libraries that it is made of.

use std::path::{Path, PathBuf};

use super::plan::{CAP_NONE, access, must_not_open, refused};
use super::shown::{DEVICES, LIBRARIES};
use super::step::{Plan, Step};
use super::{interpreter, seccomp};

/// The film, as the encoder and its plan name it: it has no other name.
pub(crate) const FILM: &str = "/proc/self/fd/1";

/// Two passes over pictures of any size that there is; threads' stacks are address space.
const ADDRESS_BYTES: u64 = 16 * 1024 * 1024 * 1024;
const FILES: u64 = 64;

/// What `program` does before it runs, given a file that it must not be able to open.
pub(crate) fn plan(program: &Path, forbidden: &Path) -> Plan {
    let limits = [
        (libc::RLIMIT_CORE, 0),
        (libc::RLIMIT_NOFILE, FILES),
        (libc::RLIMIT_AS, ADDRESS_BYTES),
    ];
    #[allow(clippy::unnecessary_cast, reason = "they are signed with other C libraries")]
    let limits = limits.map(|(which, value)| Step::ResourceLimit {
        which: which as u32,
        soft: value,
        hard: value,
    });
    let mut steps = Vec::from(limits);
    steps.extend([
        Step::Capabilities {
            keep: CAP_NONE,
            // Others have none to drop, and may not.
            bounding: rustix::process::geteuid().is_root(),
        },
        Step::DieWithParent,
        Step::NoNewPrivileges,
    ]);
    steps.extend(rules(program));
    steps.push(Step::Filter(seccomp::encoder()));
    steps.extend(proofs(forbidden));
    Plan {
        steps,
        ..Plan::default()
    }
}

fn rules(program: &Path) -> Vec<Step> {
    let rule = |path: &Path, access| Step::Rule {
        path: path.to_string_lossy().into_owned(),
        access,
        optional: true,
    };
    let mut steps = vec![Step::RuleSet {
        files: access::ALL,
        network: access::NETWORK,
        scope: access::SCOPE,
    }];
    let libraries = LIBRARIES.iter().map(PathBuf::from).chain(beside(program));
    for path in libraries.filter(|path| path.exists()) {
        let of_kind = if path.is_dir() {
            access::ALL
        } else {
            access::OF_A_FILE
        };
        steps.push(rule(&path, (access::READ_FILE | access::READ_DIR) & of_kind));
    }
    for path in [Some(program.to_owned()), interpreter::of(program)]
        .into_iter()
        .flatten()
    {
        steps.push(rule(&path, access::READ_FILE | access::EXECUTE));
    }
    for device in DEVICES {
        steps.push(rule(Path::new(device), access::READ_FILE));
    }
    let film = access::READ_FILE | access::WRITE_FILE | access::TRUNCATE;
    steps.push(Step::Rule {
        path: FILM.into(),
        access: film,
        optional: false,
    });
    steps.push(Step::EnforceRules);
    steps
}

/// Where programs that do not come from the system have their libraries.
fn beside(program: &Path) -> Option<PathBuf> {
    let real = program.canonicalize().ok()?;
    Some(real.parent()?.parent()?.join("lib"))
}

fn proofs(forbidden: &Path) -> Vec<Step> {
    let unix = [libc::AF_UNIX as u64, libc::SOCK_STREAM as u64, 0, 0, 0, 0];
    let internet = [libc::AF_INET as u64, libc::SOCK_STREAM as u64, 0, 0, 0, 0];
    vec![
        must_not_open(&forbidden.to_string_lossy()),
        refused(libc::SYS_socket, internet),
        refused(libc::SYS_socket, unix),
        refused(libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0]),
        refused(libc::SYS_ptrace, [0; 6]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_program_and_its_interpreter_may_be_started() {
        let program = std::env::current_exe().unwrap();
        let startable: Vec<String> = rules(&program)
            .into_iter()
            .filter_map(|step| match step {
                Step::Rule { path, access, .. } if access & access::EXECUTE != 0 => Some(path),
                _ => None,
            })
            .collect();
        assert!(
            startable.len() <= 2 && startable[0] == program.to_string_lossy(),
            "{startable:?}"
        );
    }

    #[test]
    fn nothing_but_the_film_may_be_written() {
        let program = std::env::current_exe().unwrap();
        let written = rules(&program).into_iter().filter_map(|step| match step {
            Step::Rule { path, access, .. } if access & access::WRITE_FILE != 0 => Some(path),
            _ => None,
        });
        assert_eq!(written.collect::<Vec<_>>(), [FILM]);
    }
}

//! Composes the plans: of a zygote, and of each job that it forks.

use std::time::Duration;

use manim_core::Isolation;

use super::layer::{Layer, Layers};
use super::step::{Plan, Step};
use super::{root, seccomp};
use crate::limits::Limits;

/// `CLONE_NEW` user, mount, PID, network, IPC, host name and cgroup. Not time: a jail hides
/// nothing behind an offset of the clock.
const NAMESPACES: &[(Layer, i32)] = &[
    (Layer::Users, libc::CLONE_NEWUSER),
    (Layer::Users, libc::CLONE_NEWNS),
    (Layer::Processes, libc::CLONE_NEWPID),
    (Layer::Network, libc::CLONE_NEWNET),
    (Layer::Ipc, libc::CLONE_NEWIPC),
    (Layer::Users, libc::CLONE_NEWUTS),
    (Layer::Users, libc::CLONE_NEWCGROUP),
];

pub(super) const CAP_NONE: u64 = 0;
const CAP_KILL: u64 = 1 << 5;
const CAP_SETGID: u64 = 1 << 6;
const CAP_SETUID: u64 = 1 << 7;

/// What the one user of a namespace is called inside. Not 0: to map a user that is 0
/// outside, even as another, takes a capability.
const USER: u32 = 1000;
/// Where a job's scratch is in a root of its own.
///
/// Not /tmp: an environment may be there, and would be covered.
pub(crate) const SCRATCH: &str = "/manim-scratch";

const EPERM: u32 = libc::EPERM as u32;
const EACCES: u32 = libc::EACCES as u32;
const ENOENT: u32 = libc::ENOENT as u32;

/// Landlock's names for what can be done with files, by bit.
pub(super) mod access {
    pub(crate) const READ_FILE: u64 = 1 << 2;
    pub(crate) const WRITE_FILE: u64 = 1 << 1;
    pub(crate) const READ_DIR: u64 = 1 << 3;
    pub(crate) const EXECUTE: u64 = 1;
    /// All that version 5 knows: to version 7 nothing was added for files.
    pub(crate) const ALL: u64 = (1 << 16) - 1;
    /// EXECUTE, MAKE_CHAR, MAKE_SOCK, MAKE_FIFO, MAKE_BLOCK, IOCTL_DEV.
    pub(crate) const NEVER: u64 = EXECUTE | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 15;
    pub(crate) const TRUNCATE: u64 = 1 << 14;
    pub(crate) const OF_A_FILE: u64 = EXECUTE | READ_FILE | WRITE_FILE | TRUNCATE;
    /// TCP to bind and to connect.
    pub(crate) const NETWORK: u64 = 3;
    /// Abstract sockets and signals.
    pub(crate) const SCOPE: u64 = 3;
}

/// What a jail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Scenes,
    Formulas,
}

/// The unprivileged users that jobs run as where the supervisor is root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pool {
    pub(crate) first: u32,
    pub(crate) count: u32,
}

impl Pool {
    /// The zygote is 0, its jobs count from 1.
    fn map(self) -> String {
        format!("0 {} {}", self.first, self.count)
    }
}

/// What a kind of jail is made of.
#[derive(Debug, Clone)]
pub(crate) struct Design {
    pub(crate) level: Isolation,
    pub(crate) purpose: Purpose,
    pub(crate) shown: Vec<String>,
    pub(crate) pool: Option<Pool>,
    pub(crate) canary: String,
    pub(crate) layers: Layers,
}

/// What differs from job to job.
#[derive(Debug, Clone)]
pub(crate) struct JobTerms<'a> {
    /// Its directory, at levels without a root of its own.
    pub(crate) scratch: &'a str,
    pub(crate) scratch_bytes: u64,
    pub(crate) scratch_inodes: u64,
    /// `RLIMIT_*` with their values.
    pub(crate) limits: Vec<(u32, u64)>,
    /// Which user of the pool; from 1.
    pub(crate) user: u32,
    pub(crate) fail_at: Option<u32>,
}

impl<'a> JobTerms<'a> {
    pub(crate) fn new(
        scratch: &'a str,
        limits: &Limits,
        wall: Duration,
        user: u32,
        fail_at: Option<u32>,
    ) -> Self {
        let kernel = limits.kernel(wall).into_iter();
        Self {
            scratch,
            scratch_bytes: limits.scratch_bytes,
            scratch_inodes: Limits::SCRATCH_INODES,
            limits: kernel
                .filter_map(|(name, value)| Some((resource(name)?, value)))
                .collect(),
            user,
            fail_at,
        }
    }
}

/// `RLIMIT_*` by its lower-case name.
#[allow(clippy::unnecessary_cast, reason = "they are signed with other C libraries")]
fn resource(name: &str) -> Option<u32> {
    Some(match name {
        "core" => libc::RLIMIT_CORE,
        "cpu" => libc::RLIMIT_CPU,
        "fsize" => libc::RLIMIT_FSIZE,
        "nofile" => libc::RLIMIT_NOFILE,
        "as" => libc::RLIMIT_AS,
        "nproc" => libc::RLIMIT_NPROC,
        "msgqueue" => libc::RLIMIT_MSGQUEUE,
        "memlock" => libc::RLIMIT_MEMLOCK,
        _ => return None,
    } as u32)
}

impl Design {
    pub(crate) fn has_root(&self) -> bool {
        self.level >= Isolation::L3 && self.layers.has(Layer::Users)
    }

    fn namespaces(&self) -> u32 {
        let on = NAMESPACES
            .iter()
            .filter(|(layer, _)| self.has_root() && self.layers.has(*layer));
        on.fold(0, |flags, (_, flag)| flags | *flag as u32)
    }

    /// What the zygote does before it imports anything.
    pub(crate) fn zygote(&self) -> Plan {
        if self.has_root() {
            self.zygote_with_root()
        } else {
            self.zygote_without_root()
        }
    }

    fn zygote_with_root(&self) -> Plan {
        let mut steps = root::open(&self.shown);
        // Root of the machine maps its pool; other users map themselves.
        let (uids, gids, keep) = match self.pool {
            Some(pool) => (pool.map(), pool.map(), CAP_SETUID | CAP_SETGID),
            None => {
                let (uid, gid) = (
                    rustix::process::geteuid().as_raw(),
                    rustix::process::getegid().as_raw(),
                );
                (format!("{USER} {uid} 1"), format!("{USER} {gid} 1"), 0)
            }
        };
        if self.pool.is_some() {
            steps.push(Step::SetIds {
                id: 0,
                drop_groups: true,
            });
        }
        steps.extend(root::build(&self.shown));
        steps.extend([
            Step::Capabilities { keep, bounding: true },
            Step::NoNewPrivileges,
            // Whoever maps the users of a child opens files of that child.
            Step::Dumpable(true),
            Step::DieWithParent,
        ]);
        Plan {
            namespaces: self.namespaces(),
            uids,
            gids,
            deny_groups: self.pool.is_none(),
            steps,
            fail_at: None,
        }
    }

    fn zygote_without_root(&self) -> Plan {
        let mut steps = Vec::new();
        if rustix::process::geteuid().is_root() {
            steps.push(Step::Capabilities {
                keep: CAP_SETUID | CAP_SETGID | CAP_KILL,
                bounding: true,
            });
        }
        steps.extend([Step::NoNewPrivileges, Step::Dumpable(false)]);
        Plan {
            steps,
            ..Plan::default()
        }
    }

    /// What a job does before it is given anything of the user's.
    pub(crate) fn job(&self, terms: &JobTerms<'_>) -> Plan {
        let mut steps = self.place(terms);
        if self.layers.has(Layer::Limits) {
            let limits = terms.limits.iter().filter(|(which, _)| self.applies(*which));
            steps.extend(limits.map(|(which, value)| Step::ResourceLimit {
                which: *which,
                soft: *value,
                hard: *value,
            }));
        }
        steps.extend(self.restrictions(terms));
        if self.layers.all() {
            steps.extend(self.proofs());
        }
        let outside = if self.pool.is_some() { terms.user } else { USER };
        let ids = format!("{USER} {outside} 1");
        let namespaces = self.namespaces();
        Plan {
            namespaces,
            uids: ids.clone(),
            gids: ids,
            deny_groups: true,
            steps,
            fail_at: terms.fail_at,
        }
    }

    /// Processes are counted by user, and a user without namespaces has others.
    fn applies(&self, which: u32) -> bool {
        Some(which) != resource("nproc") || self.has_root() || self.pool.is_some()
    }

    /// Who the job is and where.
    fn place(&self, terms: &JobTerms<'_>) -> Vec<Step> {
        if self.has_root() {
            let mut steps = vec![Step::SetIds {
                id: USER,
                drop_groups: false,
            }];
            steps.extend(root::job_mounts(terms.scratch_bytes, terms.scratch_inodes));
            steps.push(Step::ChangeDir { path: SCRATCH.into() });
            return steps;
        }
        let user = self.pool.map(|pool| Step::SetIds {
            id: pool.first + terms.user,
            drop_groups: true,
        });
        user.into_iter()
            .chain([Step::ChangeDir {
                path: terms.scratch.into(),
            }])
            .collect()
    }

    fn restrictions(&self, terms: &JobTerms<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.layers.has(Layer::Capabilities) {
            steps.push(Step::Capabilities {
                keep: CAP_NONE,
                bounding: self.has_root(),
            });
        }
        if self.layers.has(Layer::Dumpable) {
            steps.push(Step::Dumpable(false));
        }
        steps.extend([Step::DieWithParent, Step::NoNewPrivileges]);
        if self.layers.has(Layer::Landlock) {
            steps.extend(self.rules(terms));
        }
        if self.layers.has(Layer::Calls) {
            steps.push(Step::Filter(match self.purpose {
                Purpose::Scenes => seccomp::scene(self.has_root()),
                Purpose::Formulas => seccomp::tex(self.has_root()),
            }));
        }
        steps
    }

    fn rules(&self, terms: &JobTerms<'_>) -> Vec<Step> {
        let execute = if self.purpose == Purpose::Formulas {
            access::EXECUTE
        } else {
            0
        };
        let rule = |path: &str, access, optional| Step::Rule {
            path: path.into(),
            access,
            optional,
        };
        let mut steps = vec![Step::RuleSet {
            files: access::ALL,
            network: access::NETWORK,
            scope: access::SCOPE,
        }];
        for path in &self.shown {
            let of_kind = if std::path::Path::new(path).is_dir() {
                access::ALL
            } else {
                access::OF_A_FILE
            };
            steps.push(rule(
                path,
                (access::READ_FILE | access::READ_DIR | execute) & of_kind,
                false,
            ));
        }
        for device in super::shown::DEVICES {
            steps.push(rule(device, access::READ_FILE | access::WRITE_FILE, true));
        }
        let scratch = if self.has_root() { SCRATCH } else { terms.scratch };
        steps.push(rule(scratch, access::ALL & !access::NEVER, false));
        if self.has_root() {
            steps.push(rule("/proc", access::READ_FILE | access::READ_DIR, false));
        }
        steps.push(Step::EnforceRules);
        steps
    }

    /// What must not work any more, tried before the user's source is there.
    fn proofs(&self) -> Vec<Step> {
        let unix = [libc::AF_UNIX as u64, libc::SOCK_STREAM as u64, 0, 0, 0, 0];
        let internet = [libc::AF_INET as u64, libc::SOCK_DGRAM as u64, 0, 0, 0, 0];
        let user = [libc::CLONE_NEWUSER as u64, 0, 0, 0, 0, 0];
        let mut steps = vec![
            must_not_open(&self.canary),
            must_not_open("/proc/1/mem"),
            refused(libc::SYS_socket, internet),
            refused(libc::SYS_socket, unix),
            refused(libc::SYS_unshare, user),
            refused(libc::SYS_ptrace, [0; 6]),
            refused(libc::SYS_memfd_create, [0; 6]),
        ];
        if self.purpose == Purpose::Scenes {
            steps.push(refused(libc::SYS_execve, [0; 6]));
            steps.push(refused(libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0]));
        }
        steps
    }
}

/// A call that must fail as a filter makes it fail.
pub(super) fn refused(number: libc::c_long, arguments: [u64; 6]) -> Step {
    Step::MustNotCall {
        number: number as u32,
        arguments,
        errno: EPERM,
    }
}

/// A file that must not be there, or must not be ours to open.
pub(super) fn must_not_open(path: &str) -> Step {
    Step::MustNotOpen {
        path: path.into(),
        errnos: [ENOENT, EACCES],
    }
}

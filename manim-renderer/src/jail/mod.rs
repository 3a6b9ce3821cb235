//! The jail that scenes run in: what it is made of, how strong it can be here, and what
//! to do when it cannot be strong enough.
//!
//! Everything is decided here, before a job is forked, in safe code; the lockdown library
//! performs it in the child. Nothing here starts a process.

mod advice;
mod bpf;
mod layer;
mod plan;
mod root;
mod seccomp;
mod shown;
mod step;
#[cfg(all(test, target_os = "linux"))]
mod trial;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use manim_core::Isolation;
use serde::Serialize;

pub(crate) use advice::refusal;
pub use layer::Layer;
pub(crate) use layer::Layers;
pub(crate) use plan::{Design, JobTerms, Pool, Purpose, SCRATCH};
pub(crate) use step::{Plan, name_of_exit};

/// The library that performs plans. Empty where there is none for this machine.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lockdown.so"));

/// The first of the users that jobs run as when the supervisor is root. Far above those
/// of people and of packages, below those that systemd and container engines hand out.
pub(crate) const FIRST_USER: u32 = 0x7000_0000;
/// The same where few users are mapped, as in a container of an ordinary user.
const FIRST_USER_OF_FEW: u32 = 64_600;

/// What the zygote is told about its jail.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Enter {
    library: String,
    zygote: String,
    proof: String,
    /// Whether the zygote is a child, in namespaces of its own.
    forks: bool,
}

/// How strongly jobs are jailed, and as whom they run.
#[derive(Debug)]
pub(crate) struct Jail {
    pub(crate) level: Isolation,
    layers: Layers,
    canary: String,
    pool: Option<Pool>,
    busy: Mutex<Vec<bool>>,
}

/// A user of the pool that no other job has; given back when dropped.
#[derive(Debug)]
pub(crate) struct User<'a> {
    jail: &'a Jail,
    index: usize,
}

impl User<'_> {
    /// From 1; 0 is the zygote.
    pub(crate) fn number(&self) -> u32 {
        self.index as u32 + 1
    }
}

impl Drop for User<'_> {
    fn drop(&mut self) {
        let mut busy = self.jail.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy[self.index] = false;
    }
}

impl Jail {
    /// Whether anything above L1 exists for this machine.
    pub(crate) fn exists() -> bool {
        !LIBRARY.is_empty()
    }

    /// A jail at `level`. `canary` is a file that no job may open.
    pub(crate) fn new(level: Isolation, layers: Layers, canary: &Path, first_user: Option<u32>, jobs: usize) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let pool = is_root.then(|| Pool { first: first_user.unwrap_or_else(default_first_user), count: jobs as u32 + 1 });
        Self { level, layers, canary: canary.to_string_lossy().into_owned(), pool, busy: Mutex::new(vec![false; jobs]) }
    }

    /// A user for one more job, unless all are busy.
    pub(crate) fn user(&self) -> Option<User<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let index = busy.iter().position(|busy| !busy)?;
        busy[index] = true;
        Some(User { jail: self, index })
    }

    /// Outside of namespaces of its own, the user that a job runs as.
    pub(crate) fn owner(&self, user: &User<'_>) -> Option<u32> {
        let pool = self.pool.filter(|_| self.level == Isolation::L2)?;
        Some(pool.first + user.number())
    }

    /// The jail of a zygote whose Python looks for modules in `modules`.
    pub(crate) fn design(&self, purpose: Purpose, modules: &[String], programs: &[PathBuf]) -> Option<Design> {
        (self.level > Isolation::L1).then(|| Design {
            level: self.level,
            purpose,
            shown: match purpose {
                Purpose::Scenes => shown::for_scenes(modules),
                Purpose::Formulas => shown::for_formulas(modules, programs),
            },
            pool: self.pool,
            canary: self.canary.clone(),
            layers: self.layers.clone(),
        })
    }
}

impl Design {
    /// What a fresh zygote does. `proof` is the scratch directory of a job that only
    /// shows that jobs can be locked in.
    pub(crate) fn enter(&self, proof: &str) -> Enter {
        let zygote = self.zygote();
        let terms = JobTerms {
            scratch: proof,
            scratch_bytes: 1 << 20,
            scratch_inodes: 64,
            limits: Vec::new(),
            user: 1,
            fail_at: None,
        };
        Enter {
            library: step::hex(LIBRARY),
            forks: zygote.namespaces != 0,
            zygote: zygote.hex(),
            proof: self.job(&terms).hex(),
        }
    }
}

/// Among the users that exist here.
fn default_first_user() -> u32 {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    if covers(&map, FIRST_USER) { FIRST_USER } else { FIRST_USER_OF_FEW }
}

fn covers(map: &str, user: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers[..], [inside, _, count] if (inside..inside + count).contains(&user.into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_jobs_never_have_the_same_user() {
        let jail = Jail::new(Isolation::L3, Layers::default(), Path::new("/canary"), None, 2);
        let (first, second) = (jail.user().unwrap(), jail.user().unwrap());
        assert_ne!(first.number(), second.number());
        assert!(jail.user().is_none());
        drop(first);
        assert!(jail.user().is_some());
    }

    #[test]
    fn a_user_is_looked_for_in_the_map() {
        assert!(covers("         0          0 4294967295\n", FIRST_USER));
        assert!(!covers("0 1000 1\n1 100000 65536\n", FIRST_USER));
        assert!(covers("0 1000 1\n1 100000 65536\n", FIRST_USER_OF_FEW));
    }
}

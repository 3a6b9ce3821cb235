//! The jail that scenes run in: what it is made of, how strong it can be here, and what
//! to do when it cannot be strong enough.
//!
//! Everything is decided here, before a job is forked, in safe code; the lockdown library
//! performs it in the child. Nothing here starts a process.

mod advice;
mod bpf;
mod encoder;
mod interpreter;
mod layer;
mod plan;
mod root;
mod seccomp;
mod shown;
mod step;
#[cfg(all(test, target_os = "linux"))]
mod trial;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use manim_core::Isolation;
use serde::Serialize;

use crate::group::{Group, Groups, MemoryGuard};
use crate::limits::Limits;

pub(crate) use advice::refusal;
pub(crate) use encoder::{FILM, plan as encoder_plan};
pub use layer::Layer;
use layer::Layers;
use plan::Pool;
pub(crate) use plan::{Design, JobTerms, Purpose, SCRATCH};
pub(crate) use step::name_of_exit;

/// The library that performs plans. Empty where there is none for this machine.
const LIBRARY: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lockdown.so"));

/// The program that performs a plan on itself and then becomes another. Empty likewise.
pub(crate) const STARTER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/lockdown-start"));

/// The first of the users that jobs run as when the supervisor is root. Far above those
/// of people and of packages, below those that systemd and container engines hand out.
pub(crate) const FIRST_USER: u32 = 0x7000_0000;
/// The same where few users are mapped, as in a container of an ordinary user.
const FIRST_USER_OF_FEW: u32 = 64_600;

/// Whom the job runs as that shows, before any other, that jobs can be locked in.
pub(crate) const PROOF_USER: u32 = 1;

/// What a renderer's options say about its jails.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// The first user of the pool, if it is not ours to choose.
    pub(crate) first_user: Option<u32>,
    pub(crate) layers_off: Vec<Layer>,
    pub(crate) fail_at: Option<u32>,
}

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
    pub(crate) purpose: Purpose,
    fail_at: Mutex<Option<u32>>,
    layers: Layers,
    canary: String,
    pool: Option<Pool>,
    busy: Mutex<Vec<bool>>,
    groups: Option<Arc<Groups>>,
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

    /// A jail for `jobs` at a time, `pooled` if each is a user of its own where the
    /// supervisor is root.
    pub(crate) fn new(
        level: Isolation,
        purpose: Purpose,
        terms: &Terms,
        pooled: bool,
        canary: &Path,
        jobs: usize,
    ) -> Self {
        let is_root = rustix::process::geteuid().is_root();
        let count = jobs as u32 + 1;
        let first = terms.first_user.or_else(|| default_first_user(count));
        let own = |first: u32| {
            if purpose == Purpose::Scenes {
                first
            } else {
                first.saturating_add(count)
            }
        };
        let pool = first.map(|first| Pool {
            first: own(first),
            count,
        });
        Self {
            level,
            purpose,
            fail_at: Mutex::new(terms.fail_at),
            layers: Layers::without(&terms.layers_off),
            canary: canary.to_string_lossy().into_owned(),
            pool: pool.filter(|_| is_root && pooled),
            busy: Mutex::new(vec![false; jobs]),
            groups: None,
        }
    }

    /// The same with a control group for each job.
    pub(crate) fn with_groups(mut self, groups: Option<Arc<Groups>>) -> Self {
        self.groups = groups;
        self
    }

    /// One more job's, where there are any.
    pub(crate) fn group(&self, limits: &Limits) -> std::io::Result<Option<Group>> {
        let groups = self.groups.as_ref();
        groups.map(|groups| groups.group(limits.memory_bytes)).transpose()
    }

    /// Who bounds the memory of its jobs.
    pub(crate) fn memory_guard(&self) -> MemoryGuard {
        if self.groups.is_some() {
            MemoryGuard::ControlGroup
        } else {
            MemoryGuard::Watchdog
        }
    }

    /// Whether its jobs have a root of their own.
    pub(crate) fn has_root(&self) -> bool {
        self.level >= Isolation::L3 && self.layers.has(Layer::Users)
    }

    /// Makes this step of every job's plan fail from now on, in a test.
    pub(crate) fn fail_at(&self, step: Option<u32>) {
        *self.fail_at.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }

    pub(crate) fn failing_step(&self) -> Option<u32> {
        *self.fail_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A user for one more job, unless all are busy.
    pub(crate) fn user(&self) -> Option<User<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        let index = busy.iter().position(|busy| !busy)?;
        busy[index] = true;
        Some(User { jail: self, index })
    }

    /// Outside of namespaces of its own, the user that a job runs as.
    pub(crate) fn owner(&self, user: u32) -> Option<u32> {
        let pool = self
            .pool
            .filter(|_| self.level > Isolation::L1 && !self.has_root())?;
        Some(pool.first + user)
    }

    /// The jail of a zygote whose Python looks for modules in `modules` and whose
    /// programs are in `programs`.
    pub(crate) fn design(&self, modules: &[String], programs: Vec<PathBuf>) -> Option<Design> {
        (self.level > Isolation::L1).then(|| Design {
            level: self.level,
            purpose: self.purpose,
            shown: match self.purpose {
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
        let terms = JobTerms::new(proof, &Limits::default(), Limits::SCRIPT_WALL, PROOF_USER, None);
        Enter {
            library: step::hex(LIBRARY),
            forks: zygote.namespaces != 0,
            zygote: zygote.hex(),
            proof: self.job(&terms).hex(),
        }
    }
}

/// Among the users that exist here, if enough do.
fn default_first_user(count: u32) -> Option<u32> {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let exists = |first: &u32| covers(&map, *first) && covers(&map, first.saturating_add(2 * count));
    [FIRST_USER, FIRST_USER_OF_FEW].into_iter().find(exists)
}

fn covers(map: &str, user: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line
            .split_whitespace()
            .filter_map(|number| number.parse().ok())
            .collect();
        matches!(numbers[..], [inside, _, count] if (inside..inside + count).contains(&user.into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_jobs_never_have_the_same_user() {
        let jail = Jail::new(
            Isolation::L3,
            Purpose::Scenes,
            &Terms::default(),
            true,
            Path::new("/canary"),
            2,
        );
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

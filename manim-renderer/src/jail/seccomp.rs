//! Which system calls a job may make. Everything else is refused.

mod calls;
#[cfg(test)]
mod tests;

use libc::c_long;

use super::bpf::{Argument, Rule, Verdict, filter};
use super::step::OWN_PID;
use calls::{
    ABSENT, ATTRIBUTES, EVERYWHERE, NAMES, OLD, OLD_ATTRIBUTES, OLD_NAMES, OLD_PROGRAMS, OLD_RENAMES,
    PROGRAMS, RENAMES, STARTING, UNSUPPORTED,
};

const EPERM: u32 = libc::EPERM as u32;

const THREAD: u64 = libc::CLONE_THREAD as u64;
const NAMESPACES: u64 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u64;
const SET_ID_BITS: u64 = 0o6000;
/// Names of threads, names of memory, and questions about oneself.
const PRCTL: &[u64] = &[
    libc::PR_SET_NAME as u64,
    libc::PR_GET_NAME as u64,
    libc::PR_GET_DUMPABLE as u64,
    libc::PR_GET_NO_NEW_PRIVS as u64,
    libc::PR_CAPBSET_READ as u64,
    0x5356_4d41,
];
/// Terminal or not, bytes waiting, close on execution, blocking or not.
const IOCTL: &[u64] = &[0x5401, 0x5413, 0x541b, 0x5421, 0x5450, 0x5451];

/// Duplicates, flags and locks. Not owners: whoever owns a descriptor is sent signals.
const FCNTL: &[u64] = &[0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034];

/// The filter of scenes and of our own programs; `rooted` in a root of their own.
pub(crate) fn scene(rooted: bool) -> Vec<u8> {
    let mut rules = common(rooted);
    rules.push(when(libc::SYS_clone, threads()));
    filter(&rules, Verdict::Fail(EPERM))
}

/// The filter of the jail that sets formulas: it may start programs.
pub(crate) fn tex(rooted: bool) -> Vec<u8> {
    let mut rules = common(rooted);
    rules.extend(
        PROGRAMS
            .iter()
            .chain(OLD_PROGRAMS)
            .map(|number| always(*number, Verdict::Allow)),
    );
    rules.push(when(libc::SYS_clone, vec![vec![bits(0, NAMESPACES, 0)]]));
    rules.push(when(libc::SYS_kill, vec![vec![]]));
    filter(&rules, Verdict::Fail(EPERM))
}

/// The filter of the encoder, among the machine's files: it starts threads, and is itself
/// started under the filter. Landlock says what may be started.
pub(crate) fn encoder() -> Vec<u8> {
    let mut rules = common(false);
    rules.extend(STARTING.iter().map(|number| always(*number, Verdict::Allow)));
    rules.push(when(libc::SYS_clone, threads()));
    filter(&rules, Verdict::Fail(EPERM))
}

/// A new thread in the namespaces of the old one.
fn threads() -> Vec<Vec<Argument>> {
    vec![vec![bits(0, THREAD | NAMESPACES, THREAD)]]
}

fn common(rooted: bool) -> Vec<Rule> {
    let unrooted = if rooted { Vec::new() } else { without_root() };
    let simple = EVERYWHERE
        .iter()
        .chain(OLD)
        .map(|number| always(*number, Verdict::Allow));
    let absent = ABSENT
        .iter()
        .map(|number| always(*number, Verdict::Fail(libc::ENOSYS as u32)));
    let unsupported = UNSUPPORTED
        .iter()
        .map(|number| always(*number, Verdict::Fail(libc::ENOTSUP as u32)));
    // The first rule of a call counts.
    unrooted
        .into_iter()
        .chain(simple)
        .chain(absent)
        .chain(unsupported)
        .chain(by_argument())
        .collect()
}

/// Where a job's files lie among the machine's.
fn without_root() -> Vec<Rule> {
    let attributes = ATTRIBUTES.iter().chain(OLD_ATTRIBUTES);
    let pretended = attributes.chain(NAMES).chain(OLD_NAMES);
    let pretended = pretended.map(|number| always(*number, Verdict::Fail(0)));
    let renames = RENAMES.iter().chain(OLD_RENAMES);
    let refused = renames.map(|number| always(*number, Verdict::Fail(EPERM)));
    // All the disk at once, before anybody looks.
    let taking = always(libc::SYS_fallocate, Verdict::Fail(libc::EOPNOTSUPP as u32));
    let mut rules: Vec<Rule> = pretended.chain(refused).chain([taking]).collect();
    rules.push(when(libc::SYS_openat, opening_by_name(2, 3)));
    #[cfg(target_arch = "x86_64")]
    rules.push(when(libc::SYS_open, opening_by_name(1, 2)));
    rules
}

fn by_argument() -> Vec<Rule> {
    let one_of = |values: &[u64]| values.iter().map(|value| vec![low(0, *value)]).collect();
    let mut rules = vec![
        // A program that aborts signals itself, and nobody else.
        when(libc::SYS_tgkill, vec![vec![low(0, OWN_PID.into())]]),
        // On a connected socket, without an address.
        when(libc::SYS_sendto, vec![vec![is(4, 0)]]),
        when(libc::SYS_prctl, one_of(PRCTL)),
        when(
            libc::SYS_ioctl,
            IOCTL.iter().map(|value| vec![low(1, *value)]).collect(),
        ),
        // Limits are read, one's own only.
        when(
            libc::SYS_prlimit64,
            vec![vec![low(0, 0), is(2, 0)], vec![low(0, OWN_PID.into()), is(2, 0)]],
        ),
        always(libc::SYS_utimensat, Verdict::Allow),
        when(
            libc::SYS_fcntl,
            FCNTL.iter().map(|value| vec![low(1, *value)]).collect(),
        ),
        when(libc::SYS_fchmod, vec![vec![bits(1, SET_ID_BITS, 0)]]),
        when(libc::SYS_fchmodat, vec![vec![bits(2, SET_ID_BITS, 0)]]),
        when(libc::SYS_openat, opening(2, 3)),
    ];
    #[cfg(target_arch = "x86_64")]
    rules.extend([
        always(libc::SYS_utime, Verdict::Allow),
        always(libc::SYS_utimes, Verdict::Allow),
        always(libc::SYS_futimesat, Verdict::Allow),
        when(libc::SYS_chmod, vec![vec![bits(1, SET_ID_BITS, 0)]]),
        when(libc::SYS_creat, vec![vec![bits(1, SET_ID_BITS, 0)]]),
        when(libc::SYS_open, opening(1, 2)),
    ]);
    rules
}

/// A file that is made has no set-id bits; otherwise the mode is not looked at.
fn opening(flags: u32, mode: u32) -> Vec<Vec<Argument>> {
    // Of O_TMPFILE only the bit that O_DIRECTORY has not.
    let making = (libc::O_CREAT | (libc::O_TMPFILE & !libc::O_DIRECTORY)) as u64;
    vec![vec![bits(flags, making, 0)], vec![bits(mode, SET_ID_BITS, 0)]]
}

/// The same, and no file is made that never has a name.
fn opening_by_name(flags: u32, mode: u32) -> Vec<Vec<Argument>> {
    let nameless = bits(flags, (libc::O_TMPFILE & !libc::O_DIRECTORY) as u64, 0);
    let mut cases = opening(flags, mode);
    cases.iter_mut().for_each(|case| case.push(nameless));
    cases
}

fn always(number: c_long, verdict: Verdict) -> Rule {
    Rule {
        number: number as u32,
        cases: Vec::new(),
        verdict,
    }
}

fn when(number: c_long, cases: Vec<Vec<Argument>>) -> Rule {
    Rule {
        number: number as u32,
        cases,
        verdict: Verdict::Allow,
    }
}

fn is(index: u32, value: u64) -> Argument {
    Argument {
        index,
        mask: !0,
        value,
    }
}

/// For arguments that the kernel takes as 32 bits.
fn low(index: u32, value: u64) -> Argument {
    Argument {
        index,
        mask: 0xffff_ffff,
        value,
    }
}

fn bits(index: u32, mask: u64, value: u64) -> Argument {
    Argument { index, mask, value }
}

//! Which system calls a job may make. Everything else is refused.

use libc::c_long;

use super::bpf::{Argument, Rule, Verdict, filter};
use super::step::OWN_PID;

/// What a scene needs: files, memory, time, threads, its sockets. Nothing that makes a
/// process, a socket, a mount or a key, and nothing that looks at another process.
const EVERYWHERE: &[c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_flock,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_sendfile,
    libc::SYS_copy_file_range,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_symlinkat,
    libc::SYS_umask,
    libc::SYS_pipe2,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_mmap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_msync,
    libc::SYS_membarrier,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_getitimer,
    libc::SYS_setitimer,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getpriority,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_getrusage,
    libc::SYS_times,
    libc::SYS_sysinfo,
    libc::SYS_uname,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_recvfrom,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_shutdown,
    libc::SYS_capget,
];

/// The older names of the same calls.
#[cfg(target_arch = "x86_64")]
const OLD: &[c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_getdents,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_symlink,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_dup2,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_time,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[c_long] = &[];

/// What LaTeX and dvisvgm need besides: to start each other and to wait.
const PROGRAMS: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_setpgid,
    libc::SYS_setsid,
    libc::SYS_linkat,
    libc::SYS_get_robust_list,
];
#[cfg(target_arch = "x86_64")]
const OLD_PROGRAMS: &[c_long] = &[
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_arch_prctl,
    libc::SYS_link,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_PROGRAMS: &[c_long] = &[];

/// Refused in a way that callers know to answer: they use something older instead.
const ABSENT: &[c_long] = &[
    libc::SYS_clone3,
    libc::SYS_openat2,
    libc::SYS_fchmodat2,
    libc::SYS_io_uring_setup,
];
/// A copy of a file goes on without its attributes.
const UNSUPPORTED: &[c_long] = &[
    libc::SYS_listxattr,
    libc::SYS_llistxattr,
    libc::SYS_flistxattr,
    libc::SYS_getxattr,
    libc::SYS_lgetxattr,
    libc::SYS_fgetxattr,
];

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

/// What changes a file by its name or by any open descriptor. Landlock does not watch
/// these, so that without a root of its own a job could change all its user's files. It is
/// told that they succeed: a copy of a file goes on without its mode and times.
const ATTRIBUTES: &[c_long] = &[libc::SYS_utimensat, libc::SYS_fchmod, libc::SYS_fchmodat];
#[cfg(target_arch = "x86_64")]
const OLD_ATTRIBUTES: &[c_long] = &[
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_chmod,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_ATTRIBUTES: &[c_long] = &[];

/// What takes names from files. A file without a name is not seen by who watches how much
/// a job keeps, so that without a file system with a size a job keeps its names: it is told
/// that they are gone.
const NAMES: &[c_long] = &[libc::SYS_unlinkat];
#[cfg(target_arch = "x86_64")]
const OLD_NAMES: &[c_long] = &[libc::SYS_unlink, libc::SYS_rmdir];
#[cfg(not(target_arch = "x86_64"))]
const OLD_NAMES: &[c_long] = &[];
/// For the same reason no file takes another's name.
const RENAMES: &[c_long] = &[libc::SYS_renameat, libc::SYS_renameat2];
#[cfg(target_arch = "x86_64")]
const OLD_RENAMES: &[c_long] = &[libc::SYS_rename];
#[cfg(not(target_arch = "x86_64"))]
const OLD_RENAMES: &[c_long] = &[];

/// Duplicates, flags and locks. Not owners: whoever owns a descriptor is sent signals.
const FCNTL: &[u64] = &[0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032, 1034];

/// The filter of scenes and of our own programs; `rooted` in a root of their own.
pub(crate) fn scene(rooted: bool) -> Vec<u8> {
    let threads = vec![vec![bits(0, THREAD | NAMESPACES, THREAD)]];
    let mut rules = common(rooted);
    rules.push(when(libc::SYS_clone, threads));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jail::bpf::tests::run;

    const ALLOW: u32 = 0x7fff_0000;
    #[cfg(target_arch = "aarch64")]
    const ARCHITECTURE: u32 = 0xc000_00b7;
    #[cfg(not(target_arch = "aarch64"))]
    const ARCHITECTURE: u32 = 0xc000_003e;

    fn seen(filter: &[u8], number: c_long, arguments: [u64; 6]) -> u32 {
        run(filter, ARCHITECTURE, number as u32, arguments)
    }

    #[test]
    fn a_scene_starts_no_process_and_opens_no_socket() {
        let scene = scene(true);
        for number in [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_socket,
            libc::SYS_socketpair,
            libc::SYS_connect,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_kill,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_mount,
            libc::SYS_memfd_create,
            libc::SYS_bpf,
            libc::SYS_keyctl,
            libc::SYS_userfaultfd,
            libc::SYS_perf_event_open,
            libc::SYS_io_uring_enter,
            libc::SYS_sendmsg,
            libc::SYS_recvmsg,
            libc::SYS_shmget,
            libc::SYS_linkat,
            libc::SYS_mknodat,
            libc::SYS_pidfd_open,
            libc::SYS_landlock_restrict_self,
        ] {
            assert_eq!(seen(&scene, number, [0; 6]), 0x0005_0000 | EPERM, "call {number}");
        }
    }

    #[test]
    fn a_scene_makes_threads_but_no_forks() {
        let scene = scene(true);
        let pthread = (libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_THREAD | libc::CLONE_SIGHAND) as u64;
        assert_eq!(seen(&scene, libc::SYS_clone, [pthread, 0, 0, 0, 0, 0]), ALLOW);
        assert_ne!(
            seen(&scene, libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0]),
            ALLOW
        );
        assert_ne!(
            seen(
                &scene,
                libc::SYS_clone,
                [pthread | libc::CLONE_NEWUSER as u64, 0, 0, 0, 0, 0]
            ),
            ALLOW
        );
        assert_eq!(
            seen(&scene, libc::SYS_clone3, [0; 6]),
            0x0005_0000 | libc::ENOSYS as u32
        );
    }

    #[test]
    fn no_file_gets_set_id_bits() {
        let scene = scene(true);
        let create = (libc::O_CREAT | libc::O_WRONLY) as u64;
        assert_eq!(seen(&scene, libc::SYS_openat, [0, 0, create, 0o644, 0, 0]), ALLOW);
        assert_ne!(
            seen(&scene, libc::SYS_openat, [0, 0, create, 0o4755, 0, 0]),
            ALLOW
        );
        assert_ne!(
            seen(
                &scene,
                libc::SYS_openat,
                [0, 0, libc::O_TMPFILE as u64, 0o4755, 0, 0]
            ),
            ALLOW
        );
        assert_eq!(seen(&scene, libc::SYS_openat, [0, 0, 0, 0o4755, 0, 0]), ALLOW);
        assert_ne!(seen(&scene, libc::SYS_fchmodat, [0, 0, 0o2755, 0, 0, 0]), ALLOW);
    }

    #[test]
    fn without_a_root_of_its_own_a_scene_changes_no_files_mode_or_times() {
        let scene = scene(false);
        for number in ATTRIBUTES.iter().chain(OLD_ATTRIBUTES) {
            assert_eq!(seen(&scene, *number, [0; 6]), 0x0005_0000, "call {number}");
        }
        assert_ne!(seen(&scene, libc::SYS_truncate, [0; 6]), ALLOW);
    }

    #[test]
    fn without_a_root_of_its_own_a_scenes_files_keep_their_names() {
        let (scene, rooted) = (scene(false), scene(true));
        for number in NAMES.iter().chain(OLD_NAMES) {
            assert_eq!(seen(&scene, *number, [0; 6]), 0x0005_0000, "call {number}");
            assert_eq!(seen(&rooted, *number, [0; 6]), ALLOW, "call {number}");
        }
        for number in RENAMES.iter().chain(OLD_RENAMES) {
            assert_eq!(
                seen(&scene, *number, [0; 6]),
                0x0005_0000 | EPERM,
                "call {number}"
            );
        }
        let nameless = (libc::O_TMPFILE | libc::O_RDWR) as u64;
        assert_ne!(
            seen(&scene, libc::SYS_openat, [0, 0, nameless, 0o600, 0, 0]),
            ALLOW
        );
        assert_eq!(
            seen(&rooted, libc::SYS_openat, [0, 0, nameless, 0o600, 0, 0]),
            ALLOW
        );
        let create = (libc::O_CREAT | libc::O_WRONLY) as u64;
        assert_eq!(seen(&scene, libc::SYS_openat, [0, 0, create, 0o644, 0, 0]), ALLOW);
        assert_ne!(
            seen(&scene, libc::SYS_openat, [0, 0, create, 0o4755, 0, 0]),
            ALLOW
        );
    }

    #[test]
    fn a_scene_makes_nobody_the_owner_of_a_descriptor() {
        let scene = scene(true);
        assert_eq!(
            seen(&scene, libc::SYS_fcntl, [3, libc::F_SETFL as u64, 0, 0, 0, 0]),
            ALLOW
        );
        assert_ne!(
            seen(&scene, libc::SYS_fcntl, [3, libc::F_SETOWN as u64, 1, 0, 0, 0]),
            ALLOW
        );
        assert_ne!(seen(&scene, libc::SYS_fcntl, [3, 10, 9, 0, 0, 0]), ALLOW);
    }

    #[test]
    fn the_jail_of_formulas_starts_programs_but_opens_no_socket() {
        let tex = tex(true);
        assert_eq!(seen(&tex, libc::SYS_execve, [0; 6]), ALLOW);
        assert_eq!(
            seen(&tex, libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0]),
            ALLOW
        );
        assert_ne!(
            seen(&tex, libc::SYS_clone, [libc::CLONE_NEWUSER as u64, 0, 0, 0, 0, 0]),
            ALLOW
        );
        assert_ne!(seen(&tex, libc::SYS_socket, [0; 6]), ALLOW);
        assert_ne!(seen(&tex, libc::SYS_ptrace, [0; 6]), ALLOW);
    }
}

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

//! System calls. The only unsafe code of the project: each block says why it is sound.

use core::arch::asm;
use core::ffi::CStr;

/// A negated return value of the kernel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub u32);

pub type Done<T> = Result<T, Errno>;

#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
pub mod nr {
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const CLOSE: usize = 3;
    pub const GETPID: usize = 39;
    pub const CLONE: usize = 56;
    pub const EXECVE: usize = 59;
    pub const WAIT4: usize = 61;
    pub const KILL: usize = 62;
    pub const CHDIR: usize = 80;
    pub const SETGROUPS: usize = 116;
    pub const SETRESUID: usize = 117;
    pub const SETRESGID: usize = 119;
    pub const CAPSET: usize = 126;
    pub const PIVOT_ROOT: usize = 155;
    pub const PRCTL: usize = 157;
    pub const MOUNT: usize = 165;
    pub const UMOUNT2: usize = 166;
    pub const SETHOSTNAME: usize = 170;
    pub const EXIT_GROUP: usize = 231;
    pub const OPENAT: usize = 257;
    pub const MKDIRAT: usize = 258;
    pub const PIPE2: usize = 293;
    pub const PRLIMIT64: usize = 302;
}

#[cfg(target_arch = "aarch64")]
#[rustfmt::skip]
pub mod nr {
    pub const MKDIRAT: usize = 34;
    pub const UMOUNT2: usize = 39;
    pub const MOUNT: usize = 40;
    pub const PIVOT_ROOT: usize = 41;
    pub const CHDIR: usize = 49;
    pub const OPENAT: usize = 56;
    pub const CLOSE: usize = 57;
    pub const PIPE2: usize = 59;
    pub const READ: usize = 63;
    pub const WRITE: usize = 64;
    pub const CAPSET: usize = 91;
    pub const EXIT_GROUP: usize = 94;
    pub const KILL: usize = 129;
    pub const SETRESUID: usize = 147;
    pub const SETRESGID: usize = 149;
    pub const SETGROUPS: usize = 159;
    pub const SETHOSTNAME: usize = 161;
    pub const PRCTL: usize = 167;
    pub const GETPID: usize = 172;
    pub const CLONE: usize = 220;
    pub const EXECVE: usize = 221;
    pub const WAIT4: usize = 260;
    pub const PRLIMIT64: usize = 261;
}

// These have the same number everywhere.
pub const SECCOMP: usize = if cfg!(target_arch = "x86_64") { 317 } else { 277 };
pub const CLOSE_RANGE: usize = 436;
pub const MOUNT_SETATTR: usize = 442;
pub const LANDLOCK_CREATE_RULESET: usize = 444;
pub const LANDLOCK_ADD_RULE: usize = 445;
pub const LANDLOCK_RESTRICT_SELF: usize = 446;

pub const AT_FDCWD: usize = -100_isize as usize;
const AT_EMPTY_PATH: usize = 0x1000;
const AT_RECURSIVE: usize = 0x8000;
pub const O_RDONLY: usize = 0;
pub const O_WRONLY: usize = 1;
pub const O_CREAT: usize = 0o100;
pub const O_CLOEXEC: usize = 0o2_000_000;
pub const O_PATH: usize = 0o10_000_000;
const SIGKILL: usize = 9;

/// # Safety
/// Arguments that the kernel takes as addresses must be valid for what the call reads
/// and writes.
pub unsafe fn call(number: usize, a: [usize; 6]) -> Done<usize> {
    let result: isize;
    // SAFETY: the registers are those of the kernel's calling convention, and all that it
    // overwrites are named. The caller answers for the addresses.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result,
            in("rdi") a[0], in("rsi") a[1], in("rdx") a[2], in("r10") a[3], in("r8") a[4], in("r9") a[5],
            lateout("rcx") _, lateout("r11") _, options(nostack));
    }
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("svc 0", in("x8") number, inlateout("x0") a[0] as isize => result,
            in("x1") a[1], in("x2") a[2], in("x3") a[3], in("x4") a[4], in("x5") a[5], options(nostack));
    }
    if (-4095..0).contains(&result) {
        Err(Errno(-result as u32))
    } else {
        Ok(result as usize)
    }
}

fn address(text: &CStr) -> usize {
    text.as_ptr() as usize
}

/// A call whose arguments are all numbers: it reads and writes no memory of ours.
pub fn plain(number: usize, a: [usize; 6]) -> Done<usize> {
    // SAFETY: used for calls without addresses, and with address 0, which faults cleanly.
    unsafe { call(number, a) }
}

pub fn open(at: usize, path: &CStr, flags: usize, mode: usize) -> Done<usize> {
    // SAFETY: `path` is a terminated string that outlives the call.
    unsafe { call(nr::OPENAT, [at, address(path), flags | O_CLOEXEC, mode, 0, 0]) }
}

pub fn close(descriptor: usize) {
    // An error means that it was closed already.
    let _ = plain(nr::CLOSE, [descriptor, 0, 0, 0, 0, 0]);
}

pub fn close_all() {
    let _ = plain(CLOSE_RANGE, [0, u32::MAX as usize, 0, 0, 0, 0]);
}

pub fn write(descriptor: usize, bytes: &[u8]) -> Done<usize> {
    // SAFETY: the address and the length are of one slice.
    unsafe {
        call(
            nr::WRITE,
            [descriptor, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0],
        )
    }
}

/// Reads one byte; `Ok(0)` at the end.
pub fn read_one(descriptor: usize) -> Done<usize> {
    let mut byte = [0u8; 1];
    // SAFETY: the kernel writes at most the one byte that the buffer has.
    unsafe { call(nr::READ, [descriptor, byte.as_mut_ptr() as usize, 1, 0, 0, 0]) }
}

/// Fills the buffer, or fails: an end before that is an error too.
pub fn read_exactly(descriptor: usize, buffer: &mut [u8]) -> Done<()> {
    const INTERRUPTED: Errno = Errno(4);
    const ENDED: Errno = Errno(5);
    let mut rest = buffer;
    while !rest.is_empty() {
        // SAFETY: the address and the length are of one slice, which is ours alone.
        let read = unsafe {
            call(
                nr::READ,
                [descriptor, rest.as_mut_ptr() as usize, rest.len(), 0, 0, 0],
            )
        };
        match read {
            Ok(0) => return Err(ENDED),
            Ok(count) => rest = rest.get_mut(count..).unwrap_or_default(),
            Err(INTERRUPTED) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Becomes the program that the first argument names. Returns only if it cannot.
///
/// # Safety
/// Both must be arrays of terminated strings that end with a null.
pub unsafe fn become_program(arguments: *const *const u8, environment: *const *const u8) -> Errno {
    // SAFETY: the caller's promise: there is a first element, at least the null.
    let name = unsafe { *arguments } as usize;
    let a = [name, arguments as usize, environment as usize, 0, 0, 0];
    // SAFETY: the caller's promise; the kernel copies all of it.
    match unsafe { call(nr::EXECVE, a) } {
        Err(errno) => errno,
        Ok(_) => Errno(0),
    }
}

pub fn pipe() -> Done<[usize; 2]> {
    let mut ends = [0i32; 2];
    // SAFETY: the kernel writes two descriptors, and there is room for two.
    unsafe { call(nr::PIPE2, [ends.as_mut_ptr() as usize, O_CLOEXEC, 0, 0, 0, 0])? };
    Ok([ends[0] as usize, ends[1] as usize])
}

/// Forks: the child has a copy of all memory and stack. Returns 0 in the child.
pub fn clone(flags: usize) -> Done<usize> {
    // SAFETY: with neither CLONE_VM nor a stack of its own this is fork; flags that share
    // memory are refused before.
    unsafe { call(nr::CLONE, [flags, 0, 0, 0, 0, 0]) }
}

pub fn kill(pid: usize) {
    let _ = plain(nr::KILL, [pid, SIGKILL, 0, 0, 0, 0]);
}

/// Waits for a child; its raw status.
pub fn wait(pid: usize) -> Done<u32> {
    let mut status = 0u32;
    // SAFETY: the kernel writes one int, and the usage is not asked for.
    unsafe { call(nr::WAIT4, [pid, &raw mut status as usize, 0, 0, 0, 0])? };
    Ok(status)
}

pub fn exit(code: u32) -> ! {
    loop {
        let _ = plain(nr::EXIT_GROUP, [code as usize, 0, 0, 0, 0, 0]);
    }
}

pub fn own_pid() -> u32 {
    plain(nr::GETPID, [0; 6]).unwrap_or(0) as u32
}

pub fn make_dir(path: &CStr, mode: usize) -> Done<usize> {
    // SAFETY: a terminated string that outlives the call.
    unsafe { call(nr::MKDIRAT, [AT_FDCWD, address(path), mode, 0, 0, 0]) }
}

pub fn change_dir(path: &CStr) -> Done<usize> {
    // SAFETY: a terminated string that outlives the call.
    unsafe { call(nr::CHDIR, [address(path), 0, 0, 0, 0, 0]) }
}

pub fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: usize, data: &CStr) -> Done<usize> {
    let a = [
        address(source),
        address(target),
        address(kind),
        flags,
        address(data),
        0,
    ];
    // SAFETY: terminated strings that outlive the call.
    unsafe { call(nr::MOUNT, a) }
}

/// Adds restrictions to a mount and, if asked, to all below it.
pub fn restrict_mount(target: &CStr, set: u64, recursive: bool) -> Done<usize> {
    let attributes = [set, 0, 0, 0];
    let flags = if recursive { AT_RECURSIVE } else { 0 } | AT_EMPTY_PATH;
    let size = size_of_val(&attributes);
    let a = [
        AT_FDCWD,
        address(target),
        flags,
        attributes.as_ptr() as usize,
        size,
        0,
    ];
    // SAFETY: `struct mount_attr` is four u64; the size says so.
    unsafe { call(MOUNT_SETATTR, a) }
}

/// Makes `.` the root and lets go of what was.
pub fn pivot_here() -> Done<usize> {
    let here = address(c".");
    // SAFETY: constant terminated strings.
    unsafe {
        call(nr::PIVOT_ROOT, [here, here, 0, 0, 0, 0])?;
        call(nr::UMOUNT2, [here, 2, 0, 0, 0, 0])
    }
}

pub fn set_host_name(name: &[u8]) -> Done<usize> {
    // SAFETY: the address and the length are of one slice.
    unsafe { call(nr::SETHOSTNAME, [name.as_ptr() as usize, name.len(), 0, 0, 0, 0]) }
}

pub fn set_limit(which: usize, soft: u64, hard: u64) -> Done<usize> {
    let limit = [soft, hard];
    // SAFETY: `struct rlimit64` is two u64; the old one is not asked for.
    unsafe { call(nr::PRLIMIT64, [0, which, limit.as_ptr() as usize, 0, 0, 0]) }
}

/// The present hard limit.
pub fn hard_limit(which: usize) -> Done<u64> {
    let mut limit = [0u64; 2];
    // SAFETY: the kernel writes one `struct rlimit64`, which is two u64.
    unsafe { call(nr::PRLIMIT64, [0, which, 0, limit.as_mut_ptr() as usize, 0, 0])? };
    Ok(limit[1])
}

pub fn process_control(option: usize, a: usize) -> Done<usize> {
    plain(nr::PRCTL, [option, a, 0, 0, 0, 0])
}

/// Keeps exactly these capabilities, none of them across an execution.
pub fn set_capabilities(keep: u64) -> Done<usize> {
    const VERSION_3: u32 = 0x2008_0522;
    let header = [VERSION_3, 0];
    let (low, high) = (keep as u32, (keep >> 32) as u32);
    // Effective, permitted, inheritable; once for each half.
    let data = [low, low, 0, high, high, 0];
    // SAFETY: version 3 reads a header of two u32 and two structures of three u32.
    unsafe {
        call(
            nr::CAPSET,
            [header.as_ptr() as usize, data.as_ptr() as usize, 0, 0, 0, 0],
        )
    }
}

/// The version of Landlock.
pub fn landlock_version() -> Done<usize> {
    plain(LANDLOCK_CREATE_RULESET, [0, 0, 1, 0, 0, 0])
}

pub fn create_rules(handled: &[u64]) -> Done<usize> {
    let a = [handled.as_ptr() as usize, size_of_val(handled), 0, 0, 0, 0];
    // SAFETY: `struct landlock_ruleset_attr` is as many u64 as the version has, and its
    // size travels along.
    unsafe { call(LANDLOCK_CREATE_RULESET, a) }
}

pub fn add_rule(rules: usize, access: u64, below: usize) -> Done<usize> {
    const PATH_BENEATH: usize = 1;
    // Packed in the kernel's header: a u64, then an i32 at once.
    let mut attribute = [0u8; 12];
    attribute[..8].copy_from_slice(&access.to_ne_bytes());
    attribute[8..].copy_from_slice(&(below as i32).to_ne_bytes());
    // SAFETY: twelve bytes are what a rule of this kind has.
    unsafe {
        call(
            LANDLOCK_ADD_RULE,
            [rules, PATH_BENEATH, attribute.as_ptr() as usize, 0, 0, 0],
        )
    }
}

/// Installs a filter of 8-byte instructions.
pub fn install_filter(instructions: &[u8]) -> Done<usize> {
    #[repr(C)]
    struct Program {
        length: u16,
        instructions: *const u8,
    }
    let length = u16::try_from(instructions.len() / 8).map_err(|_| Errno(22))?;
    let program = Program {
        length,
        instructions: instructions.as_ptr(),
    };
    const SET_MODE_FILTER: usize = 1;
    // SAFETY: the kernel copies `length` instructions of 8 bytes, which the slice has; it
    // asks for no alignment.
    unsafe {
        call(
            SECCOMP,
            [SET_MODE_FILTER, 0, &raw const program as usize, 0, 0, 0],
        )
    }
}

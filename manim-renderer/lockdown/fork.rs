//! Makes a child in namespaces of its own and maps its users.

use core::ffi::CStr;

use crate::kind;
use crate::plan::{Failure, Plan};
use crate::system::{self as sys, Done, Errno};

const SIGCHLD: usize = 17;
/// CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND, CLONE_VFORK, CLONE_PARENT, CLONE_THREAD:
/// a child that shares anything of ours is no fork.
const SHARING: usize = 0x100 | 0x200 | 0x400 | 0x800 | 0x4000 | 0x8000 | 0x1_0000;
const NEW_USER: usize = 0x1000_0000;

/// The child's number, or 0 in the child once its users are mapped.
pub fn fork(plan: &Plan<'_>) -> Result<usize, Failure> {
    let failed = |kind| {
        move |errno| Failure {
            kind,
            index: 0,
            errno,
        }
    };
    if plan.clone_flags & SHARING != 0 {
        return Err(failed(kind::PLAN)(Errno(22)));
    }
    if plan.fail_at == kind::AT_FORK {
        return Err(failed(kind::CLONE)(Errno(0)));
    }
    let [told, tells] = sys::pipe().map_err(failed(kind::CLONE))?;
    let forked = sys::clone(plan.clone_flags | SIGCHLD);
    if forked == Ok(0) {
        sys::close(tells);
        wait_for_maps(told);
        return Ok(0);
    }
    sys::close(told);
    let mapped = forked.map_err(failed(kind::CLONE)).and_then(|child| {
        map_users(child, plan)
            .inspect_err(|_| sys::kill(child))
            .map_err(failed(kind::ID_MAPS))?;
        let _ = sys::write(tells, b"!");
        Ok(child)
    });
    sys::close(tells);
    mapped
}

/// Without maps this process could be anybody: it ends.
fn wait_for_maps(told: usize) {
    if sys::read_one(told) != Ok(1) {
        sys::exit(kind::EXIT_BASE + kind::ID_MAPS);
    }
    sys::close(told);
}

fn map_users(child: usize, plan: &Plan<'_>) -> Done<()> {
    if plan.fail_at == kind::AT_MAPS {
        return Err(Errno(0));
    }
    if plan.clone_flags & NEW_USER == 0 {
        return Ok(());
    }
    let mut buffer = [0u8; 48];
    if plan.deny_groups {
        write_file(process_path(child, b"/setgroups", &mut buffer)?, b"deny")?;
    }
    write_file(process_path(child, b"/gid_map", &mut buffer)?, plan.gid_map)?;
    write_file(process_path(child, b"/uid_map", &mut buffer)?, plan.uid_map)
}

fn process_path<'a>(pid: usize, file: &[u8], buffer: &'a mut [u8; 48]) -> Done<&'a CStr> {
    buffer.fill(0);
    let digits = crate::report::digits(pid as u64);
    let all = b"/proc/".iter().chain(digits.as_slice()).chain(file);
    for (place, byte) in buffer.iter_mut().zip(all) {
        *place = *byte;
    }
    CStr::from_bytes_until_nul(buffer).map_err(|_| Errno(22))
}

fn write_file(path: &CStr, content: &[u8]) -> Done<()> {
    let file = sys::open(sys::AT_FDCWD, path, sys::O_WRONLY, 0)?;
    let written = sys::write(file, content);
    sys::close(file);
    if written? == content.len() {
        Ok(())
    } else {
        Err(Errno(5))
    }
}

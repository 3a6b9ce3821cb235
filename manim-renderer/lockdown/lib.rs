//! Locks a process down by a plan that was made before it was forked.
//!
//! Loaded by the worker, called between a fork and the first byte that is not ours. Takes
//! no memory, starts no thread, links nothing: it makes system calls and decides nothing.
//! What is to be done is in the plan; the supervisor wrote it in safe Rust.

#![no_std]
#![warn(unsafe_op_in_unsafe_fn)]

mod fork;
mod kind;
mod plan;
mod report;
mod step;
mod system;

use plan::{Failure, Plan};

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    system::exit(kind::EXIT_BASE)
}

/// Named by code in `core` that was compiled to unwind. Nothing here unwinds, so nobody
/// calls it, but a loader wants to find it.
// SAFETY: the name is taken from the runtime on purpose, which is not linked.
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() {}

/// Forks by the header of a plan. Returns the child's number, 0 in the child, or the
/// negated exit code of a failed step.
///
/// # Safety
/// `bytes` must be valid for reads and writes of `length` bytes, and nobody else's.
// SAFETY: the name is not one of libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn manim_lockdown_fork(bytes: *mut u8, length: usize) -> i64 {
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts_mut(bytes, length) };
    let plan = Plan::read(bytes).map_err(unreadable);
    match plan.and_then(|plan| fork::fork(&plan)) {
        Ok(child) => child as i64,
        Err(failure) => -i64::from(kind::EXIT_BASE + failure.kind),
    }
}

/// Performs all steps of a plan. Returns only if each one succeeded; otherwise says which
/// one did not and ends the process.
///
/// # Safety
/// As [`manim_lockdown_fork`].
// SAFETY: the name is not one of libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn manim_lockdown_run(bytes: *mut u8, length: usize) -> i64 {
    // SAFETY: the caller's promise.
    let bytes = unsafe { core::slice::from_raw_parts_mut(bytes, length) };
    let mut state = step::State::new();
    let plan = Plan::read(bytes).map_err(unreadable);
    match plan.and_then(|plan| plan.each(|kind, fields| state.perform(kind, fields))) {
        Ok(()) => 0,
        Err(failure) => report::end(&failure),
    }
}

/// Lets go of everything, waits for a child, and ends as it did.
// SAFETY: the name is not one of libc's.
#[unsafe(no_mangle)]
pub extern "C" fn manim_lockdown_wait(child: i64) -> ! {
    const INTERRUPTED: system::Errno = system::Errno(4);
    system::close_all();
    loop {
        match system::wait(child as usize) {
            Err(INTERRUPTED) => {}
            Ok(status) if status & 0x7f == 0 => system::exit(status >> 8 & 0xff),
            Ok(status) => system::exit(EXIT_SIGNALLED + (status & 0x7f)),
            Err(_) => system::exit(kind::EXIT_BASE),
        }
    }
}

/// As shells have it, and out of the way of steps.
const EXIT_SIGNALLED: u32 = 192;

fn unreadable(errno: system::Errno) -> Failure {
    Failure {
        kind: kind::PLAN,
        index: 0,
        errno,
    }
}

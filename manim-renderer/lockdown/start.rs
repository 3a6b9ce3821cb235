//! Starts a program that is locked down: performs a plan on itself, then becomes the
//! program. The plan comes on descriptor 0, before anything that the program will read
//! there; program and arguments are this program's own.

#![no_std]
#![no_main]
#![warn(unsafe_op_in_unsafe_fn)]

#[allow(dead_code, reason = "the library uses all of it")]
mod kind;
#[allow(dead_code, reason = "the library uses all of it")]
mod plan;
mod report;
mod step;
#[allow(dead_code, reason = "the library uses all of it")]
mod system;

use plan::{Failure, Plan};
use system::{Done, Errno};

/// A plan of the supervisor for such a program has a tenth of it.
const MOST_BYTES: usize = 64 * 1024;
const INVALID: Errno = Errno(22);

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    system::exit(kind::EXIT_BASE)
}

/// Named by code in `core` that was compiled to unwind. Nothing here unwinds.
// SAFETY: the name is taken from the runtime on purpose, which is not linked.
#[unsafe(no_mangle)]
pub extern "C" fn rust_eh_personality() {}

/// # Safety
/// Called once by the C runtime, with what the kernel gave it.
// SAFETY: the name is the one that the C runtime calls.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(_count: i32, arguments: *const *const u8, environment: *const *const u8) -> i32 {
    let mut bytes = [0u8; MOST_BYTES];
    let mut state = step::State::new();
    let locked = receive(&mut bytes)
        .and_then(Plan::read)
        .map_err(|errno| Failure { kind: kind::PLAN, index: 0, errno })
        .and_then(|plan| plan.each(|kind, fields| state.perform(kind, fields)));
    if let Err(failure) = locked {
        report::end(&failure);
    }
    // SAFETY: the C runtime's arrays end with a null, and behind our own name come the
    // program's.
    let errno = unsafe { system::become_program(arguments.add(1), environment) };
    report::end(&Failure { kind: kind::EXECUTE, index: 0, errno })
}

/// Four bytes of length, then as many of the plan; not one byte more.
fn receive(buffer: &mut [u8; MOST_BYTES]) -> Done<&mut [u8]> {
    let mut length = [0u8; 4];
    system::read_exactly(0, &mut length)?;
    let plan = buffer.get_mut(..u32::from_le_bytes(length) as usize).ok_or(INVALID)?;
    system::read_exactly(0, plan)?;
    Ok(plan)
}

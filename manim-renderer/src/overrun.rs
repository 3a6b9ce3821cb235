//! Which limits a job is over, in words that name the limit and its value.

use crate::driver::Order;
use crate::limits::Limits;
use crate::memory;
use crate::protocol::{Exit, FromJob};
use crate::scratch::ScratchDir;
use crate::wait::Stop;

/// What limits of the kernel do not bound: memory of several processes, threads of a user
/// who has other processes, and files outside of a file system with a size (`counted`).
pub(crate) fn look(pid: u32, counted: Option<&ScratchDir>, limits: &Limits) -> Result<(), Stop> {
    if memory::held(pid) > limits.memory_bytes {
        return Err(memory_limit(limits));
    }
    if memory::threads(pid) > Limits::PROCESSES {
        let limit = Limits::PROCESSES;
        let text = format!("The scene started more than {limit} threads, which is the limit.");
        return Err(Stop::OverLimit("thread-limit", text));
    }
    match counted {
        Some(scratch) if scratch.is_over(limits.scratch_bytes, Limits::SCRATCH_INODES) => {
            Err(Stop::OverLimit("scratch-limit", scratch_limit(limits)))
        }
        _ => Ok(()),
    }
}

/// Of what a job printed so far.
pub(crate) fn printed(bytes: u64) -> Result<(), Stop> {
    if bytes <= Limits::LOG_BYTES {
        return Ok(());
    }
    let limit = Limits::LOG_BYTES / (1024 * 1024);
    let text = format!("The scene printed more than {limit} MiB, which is the limit.");
    Err(Stop::OverLimit("log-flood", text))
}

/// Limits that the kernel enforced; `filled` is what the job's control group says.
pub(crate) fn by_the_kernel(
    last: &Option<FromJob>,
    exit: Exit,
    filled: bool,
    order: &Order<'_>,
) -> Result<(), Stop> {
    const SIGKILL: i32 = 9;
    /// The kernel looks at its ticks, of ten milliseconds at most.
    const TICK_MS: u64 = 20;
    if exit.signal == Some(SIGKILL) && filled {
        return Err(memory_limit(order.limits));
    }
    let cpu = Limits::cpu_seconds(order.wall);
    if exit.signal == Some(SIGKILL) && exit.cpu_ms + TICK_MS >= cpu * 1000 {
        let text = format!("The scene used up its {cpu} s of processor time, which is the limit.");
        return Err(Stop::OverLimit("cpu-limit", text));
    }
    match last {
        Some(FromJob::Failed(failed)) if failed.code == "no-space" => {
            Err(Stop::OverLimit("scratch-limit", scratch_limit(order.limits)))
        }
        _ => Ok(()),
    }
}

fn memory_limit(limits: &Limits) -> Stop {
    let limit = limits.memory_bytes / (1024 * 1024);
    let text = format!("The scene used more than {limit} MiB of memory, which is the limit.");
    Stop::OverLimit("memory-limit", text)
}

fn scratch_limit(limits: &Limits) -> String {
    let (size, count) = (limits.scratch_bytes / (1024 * 1024), Limits::SCRATCH_INODES);
    format!("The scene filled its scratch space of {size} MiB or {count} files, which is the limit.")
}

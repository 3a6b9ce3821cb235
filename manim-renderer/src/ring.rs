//! Shared memory that a job writes frames into. The supervisor copies each frame out
//! by reading, never by mapping: what it looks at cannot change under it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::FileExt;

/// Frames in flight: one being drawn, one being read, one waiting.
pub(crate) const SLOTS: u32 = 3;
/// Red, green, blue, alpha.
pub(crate) const BYTES_PER_PIXEL: usize = 4;

/// A few frames of shared memory.
#[derive(Debug)]
pub(crate) struct Ring {
    memory: File,
    frame_bytes: usize,
}

impl Ring {
    /// Room for [`SLOTS`] frames of this size.
    pub(crate) fn new(width: u32, height: u32) -> io::Result<Self> {
        let frame_bytes = width as usize * height as usize * BYTES_PER_PIXEL;
        let memory = shared_memory(frame_bytes as u64 * u64::from(SLOTS))?;
        Ok(Self { memory, frame_bytes })
    }

    /// The descriptor for the job.
    pub(crate) fn as_fd(&self) -> BorrowedFd<'_> {
        self.memory.as_fd()
    }

    /// Bytes of one frame.
    pub(crate) fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// Copies slot `slot` out. `None` if the ring has no such slot.
    pub(crate) fn read(&self, slot: u32, into: &mut [u8]) -> Option<io::Result<()>> {
        let inside = slot < SLOTS && into.len() == self.frame_bytes;
        inside.then(|| {
            self.memory
                .read_exact_at(into, u64::from(slot) * self.frame_bytes as u64)
        })
    }
}

/// Memory whose size nobody can change any more.
#[cfg(target_os = "linux")]
fn shared_memory(bytes: u64) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

    let memory = File::from(memfd_create(
        "manim-frames",
        MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING,
    )?);
    memory.set_len(bytes)?;
    fcntl_add_seals(&memory, SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)?;
    Ok(memory)
}

/// An unnamed file: a short read is an error, never a fault, because nothing maps it here.
#[cfg(not(target_os = "linux"))]
fn shared_memory(bytes: u64) -> io::Result<File> {
    let memory = tempfile::tempfile()?;
    memory.set_len(bytes)?;
    Ok(memory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_outside_the_ring_is_refused() {
        let ring = Ring::new(4, 2).unwrap();
        let mut frame = vec![1; ring.frame_bytes()];
        assert!(ring.read(SLOTS - 1, &mut frame).unwrap().is_ok());
        assert!(frame.iter().all(|byte| *byte == 0));
        assert!(ring.read(SLOTS, &mut frame).is_none());
        assert!(ring.read(u32::MAX, &mut frame).is_none());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn its_size_is_sealed() {
        let ring = Ring::new(4, 2).unwrap();
        assert!(ring.memory.set_len(1).is_err());
        assert!(ring.memory.set_len(1 << 20).is_err());
    }
}

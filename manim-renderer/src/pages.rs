//! Memory for whole pictures, given back to the system when it is let go of.
//!
//! The heap would keep it: jobs run on many threads, each with a part of the heap, and each part
//! holds on to the largest pictures that it ever had. An hour of jobs made a supervisor of 8 MB
//! one of 65 MB so.

use std::io;
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// So many bytes, zero at first.
#[derive(Debug)]
pub(crate) struct Pages(MmapMut);

impl Pages {
    pub(crate) fn new(bytes: usize) -> io::Result<Self> {
        MmapMut::map_anon(bytes).map(Self)
    }
}

impl Deref for Pages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

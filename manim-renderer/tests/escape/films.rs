//! Raw frames of jobs that run at the same time, told apart by their threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::{ThreadId, current};

use sha2::{Digest, Sha256};

/// What the frames of one film add up to.
pub(crate) type Sum = String;

/// Sees every frame of a renderer.
#[derive(Default)]
pub(crate) struct Frames {
    running: Mutex<HashMap<ThreadId, (Sha256, u32)>>,
    /// A colour that nobody should ever see, and whether it was seen.
    forbidden: Mutex<(Option<[u8; 3]>, bool)>,
}

impl Frames {
    pub(crate) fn watching_for(colour: [u8; 3]) -> Arc<Self> {
        let frames = Self::default();
        frames.forbidden.lock().unwrap().0 = Some(colour);
        Arc::new(frames)
    }

    /// Takes one frame of the job of this thread.
    pub(crate) fn see(&self, rgba: &[u8], repeat: u64) {
        let mut running = self.running.lock().unwrap();
        let (sum, count) = running.entry(current().id()).or_default();
        sum.update(rgba);
        sum.update(repeat.to_le_bytes());
        *count += 1;
        let mut forbidden = self.forbidden.lock().unwrap();
        if let Some(colour) = forbidden.0 {
            // A picture of it, not an accident of anti-aliasing.
            let alike = rgba.chunks_exact(4).filter(|pixel| pixel[..3] == colour).count();
            forbidden.1 |= alike > 500;
        }
    }

    /// How many films have begun since the last [`take`](Self::take).
    pub(crate) fn begun(&self) -> usize {
        self.running.lock().unwrap().len()
    }

    /// The sums of all films since the last time.
    pub(crate) fn take(&self) -> Vec<Sum> {
        let films = std::mem::take(&mut *self.running.lock().unwrap());
        let hex = |sum: Sha256| sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        films.into_values().map(|(sum, _)| hex(sum)).collect()
    }

    pub(crate) fn forbidden_was_seen(&self) -> bool {
        self.forbidden.lock().unwrap().1
    }
}

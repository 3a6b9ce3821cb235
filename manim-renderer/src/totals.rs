//! Frame counts remembered from dry runs, so that a render can tell how far it is.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

const REMEMBERED: usize = 256;

/// Frames of films by their content address; the oldest are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Totals(Mutex<VecDeque<(String, u64)>>);

impl Totals {
    pub(crate) fn remember(&self, address: String, frames: u64) {
        let mut known = self.known();
        known.retain(|(other, _)| *other != address);
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back((address, frames));
    }

    pub(crate) fn get(&self, address: &str) -> Option<u64> {
        let known = self.known();
        known
            .iter()
            .find(|(other, _)| other == address)
            .map(|(_, frames)| *frames)
    }

    fn known(&self) -> MutexGuard<'_, VecDeque<(String, u64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Programs that came over the wire, kept for the life of the process.
//!
//! [`Program`] holds text that lives forever, because ours ships inside the crates. A client may
//! be of another version and have other programs, so theirs are kept once each, up to a bound.
//! They run where scenes run; whoever may send a scene may send these.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use manim_core::Program;
use sha2::{Digest, Sha256};

/// There are a handful in all our crates; each version of a client may bring others.
const MOST: usize = 64;
/// Our largest is a tenth of it.
const MAX_BYTES: usize = 1 << 20;
const MAX_MODULES: usize = 64;

#[derive(Debug, Default)]
pub(crate) struct Programs(Mutex<HashMap<[u8; 32], Program>>);

impl Programs {
    /// The program of these modules. `None`: it is too large, or there are too many.
    pub(crate) fn keep(&self, name: &str, modules: &[(String, String)]) -> Option<Program> {
        let size: usize = modules
            .iter()
            .map(|(name, source)| name.len() + source.len())
            .sum();
        if modules.is_empty() || modules.len() > MAX_MODULES || size + name.len() > MAX_BYTES {
            return None;
        }
        let digest = digest(name, modules);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = kept.get(&digest) {
            return Some(*program);
        }
        if kept.len() >= MOST {
            return None;
        }
        let program = leak(name, modules);
        kept.insert(digest, program);
        Some(program)
    }
}

fn leak(name: &str, modules: &[(String, String)]) -> Program {
    let forever = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let modules: Vec<_> = modules
        .iter()
        .map(|(name, source)| (forever(name), forever(source)))
        .collect();
    Program {
        name: forever(name),
        modules: Box::leak(modules.into_boxed_slice()),
    }
}

fn digest(name: &str, modules: &[(String, String)]) -> [u8; 32] {
    let parts = modules.iter().flat_map(|(name, source)| [name.as_str(), source]);
    let hash = std::iter::once(name)
        .chain(parts)
        .fold(Sha256::new(), |hash, part| {
            hash.chain_update((part.len() as u64).to_le_bytes())
                .chain_update(part)
        });
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(source: &str) -> Vec<(String, String)> {
        vec![("main".to_owned(), source.to_owned())]
    }

    #[test]
    fn a_program_is_kept_once() {
        let programs = Programs::default();
        let first = programs.keep("echo", &modules("x")).unwrap();
        let again = programs.keep("echo", &modules("x")).unwrap();
        assert_eq!(first, again);
        assert!(std::ptr::eq(first.modules, again.modules));
    }

    #[test]
    fn there_is_an_end_to_it() {
        let programs = Programs::default();
        assert!(programs.keep("big", &modules(&"x".repeat(MAX_BYTES))).is_none());
        let kept = (0..2 * MOST).filter(|n| programs.keep("p", &modules(&n.to_string())).is_some());
        assert_eq!(kept.count(), MOST);
        assert!(
            programs.keep("p", &modules("0")).is_some(),
            "a known one still runs"
        );
    }
}

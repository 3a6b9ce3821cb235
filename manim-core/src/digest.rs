//! One name for a list of texts.

use sha2::{Digest, Sha256};

/// The SHA-256 of all `parts`, in lower-case hex. Lengths are part of it, so that no two
/// lists run together.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

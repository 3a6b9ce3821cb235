//! Which program the kernel starts to load another one: the interpreter that its ELF
//! headers name (elf(5), `PT_INTERP`).

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const MAGIC: &[u8] = b"\x7fELF\x02\x01";
const PT_INTERP: u32 = 3;
/// Where a 64-bit header says where its table is, how large an entry is, and how many.
const TABLE: usize = 32;
const ENTRY_BYTES: usize = 54;
const ENTRIES: usize = 56;
/// In an entry: where what it describes is, and how long.
const OFFSET: usize = 8;
const LENGTH: usize = 32;
const LONGEST_NAME: u64 = 4096;

/// `None` for what is loaded without one, or is no such program.
pub(super) fn of(program: &Path) -> Option<PathBuf> {
    let file = File::open(program).ok()?;
    let header = piece(&file, 0, 64)?;
    if !header.starts_with(MAGIC) {
        return None;
    }
    let (table, size) = (long(&header, TABLE)?, u64::from(short(&header, ENTRY_BYTES)?));
    (0..u64::from(short(&header, ENTRIES)?)).find_map(|index| {
        let entry = piece(
            &file,
            table.checked_add(index * size)?,
            usize::try_from(size).ok()?,
        )?;
        let kind = u32::from_le_bytes(entry.get(..4)?.try_into().ok()?);
        (kind == PT_INTERP).then(|| name(&file, &entry)).flatten()
    })
}

fn name(file: &File, entry: &[u8]) -> Option<PathBuf> {
    let length = long(entry, LENGTH)?.min(LONGEST_NAME);
    let text = piece(file, long(entry, OFFSET)?, length as usize)?;
    let text = text.strip_suffix(b"\0")?;
    Some(PathBuf::from(std::str::from_utf8(text).ok()?))
}

fn piece(file: &File, at: u64, length: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn that_of_a_dynamic_program_exists() {
        let found = of(&std::env::current_exe().unwrap()).unwrap();
        assert!(found.is_absolute() && found.exists(), "{found:?}");
    }

    #[test]
    fn a_script_and_what_is_too_short_have_none() {
        let directory = tempfile::tempdir().unwrap();
        for text in ["#!/bin/sh\nexit\n", "\x7fELF\x02\x01"] {
            let path = directory.path().join("program");
            std::fs::write(&path, text).unwrap();
            assert_eq!(of(&path), None);
        }
    }
}

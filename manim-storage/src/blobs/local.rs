//! A directory as an object store.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::Path;
use std::time::Duration;

use manim_core::{StoreError, StoreErrorKind};
use object_store::local::LocalFileSystem;

use super::classify::failed;
use super::upload::STAGING;
use crate::system::classify_io;

/// No upload lasts so long; what is older was left by a process that was killed.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) fn open(dir: &Path) -> Result<LocalFileSystem, StoreError> {
    prepare(dir).map_err(|cause| refused(dir, cause))?;
    let store =
        LocalFileSystem::new_with_prefix(dir).map_err(|cause| failed("open", dir.display(), cause))?;
    Ok(store.with_fsync(true))
}

fn refused(dir: &Path, cause: io::Error) -> StoreError {
    let (kind, subject) = match dir
        .ancestors()
        .find(|path| path.exists())
        .filter(|path| !path.is_dir())
    {
        Some(file) => (
            StoreErrorKind::Misconfigured,
            format!("{} ({} is not a directory)", dir.display(), file.display()),
        ),
        None => (classify_io(&cause), dir.display().to_string()),
    };
    StoreError::new(kind, "open", subject).with_source(cause)
}

/// Makes the directories, and so proves early that they can be written.
fn prepare(dir: &Path) -> io::Result<()> {
    let staging = dir.join(STAGING);
    private().recursive(true).create(&staging)?;
    for entry in fs::read_dir(&staging)? {
        let entry = entry?;
        if is_abandoned(&entry) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn private() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;

    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

#[cfg(not(unix))]
fn private() -> DirBuilder {
    DirBuilder::new()
}

/// A file that vanishes meanwhile, or dates from the future, is in somebody's hands.
fn is_abandoned(entry: &fs::DirEntry) -> bool {
    let age = entry
        .metadata()
        .and_then(|meta| meta.modified())
        .ok()
        .and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > ABANDONED_AFTER)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

//! A directory as an object store.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use manim_core::{StoreError, StoreErrorKind};
use object_store::local::LocalFileSystem;

use super::classify::failed;
use super::upload::STAGING;
use crate::system::classify_io;

/// No upload lasts so long; what is older was left by a process that was killed.
const ABANDONED_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes what is missing and sweeps what is abandoned.
pub(super) fn open(dir: &Path) -> Result<LocalFileSystem, StoreError> {
    prepare(dir).map_err(|cause| refused(dir, cause))?;
    at(dir)
}

/// Makes nothing, and sweeps nothing.
pub(super) fn find(dir: &Path) -> Result<LocalFileSystem, StoreError> {
    match dir.is_dir() {
        true => at(dir),
        false => {
            let subject = format!("{} (there is no such directory)", dir.display());
            Err(StoreError::new(StoreErrorKind::NotFound, "open", subject))
        }
    }
}

fn at(dir: &Path) -> Result<LocalFileSystem, StoreError> {
    let store =
        LocalFileSystem::new_with_prefix(dir).map_err(|cause| failed("open", dir.display(), cause))?;
    Ok(store.with_fsync(true))
}

/// An upload that was broken off.
pub(super) struct Abandoned {
    /// Among the uploads of its directory.
    pub(super) name: String,
    pub(super) written: SystemTime,
    pub(super) bytes: u64,
}

impl Abandoned {
    /// One whose name is no text is nobody's upload.
    fn of(entry: &fs::DirEntry) -> Option<Self> {
        let about = entry.metadata().ok()?;
        let written = given_up(&about)?;
        Some(Self {
            name: entry.file_name().into_string().ok()?,
            written,
            bytes: about.len(),
        })
    }
}

/// When the last came of what comes no more. A file that dates from the future is in somebody's
/// hands.
fn given_up(about: &fs::Metadata) -> Option<SystemTime> {
    let written = about.modified().ok()?;
    let is_old = written.elapsed().is_ok_and(|age| age > ABANDONED_AFTER);
    (about.is_file() && is_old).then_some(written)
}

/// The uploads below `dir` that were broken off. A directory without uploads has none.
pub(super) fn abandoned(dir: &Path) -> io::Result<Vec<Abandoned>> {
    let entries = match fs::read_dir(dir.join(STAGING)) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(cause) => return Err(cause),
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(Abandoned::of(&entry?));
    }
    Ok(found)
}

/// Removes the upload `name` if it is abandoned still; whether it is not there then.
pub(super) fn remove_abandoned(dir: &Path, name: &str) -> io::Result<bool> {
    let path = dir.join(STAGING).join(name);
    match fs::symlink_metadata(&path) {
        Ok(about) if given_up(&about).is_some() => remove(&path).map(|()| true),
        Ok(_) => Ok(false),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(cause),
    }
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
    for upload in abandoned(dir)? {
        remove(&staging.join(upload.name))?;
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

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

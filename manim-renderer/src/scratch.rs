//! A private directory for everything short-lived, gone with its owner. What dead
//! owners left is swept at the next start.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

const PREFIX: &str = "manim-engine-";
const LOCK: &str = "lock";
/// A directory without a lock is being made right now, unless it is older than this.
const BEING_MADE: Duration = Duration::from_secs(60);

/// A directory of mode 0700, held by a lock that the kernel drops with its owner.
#[derive(Debug)]
pub(crate) struct Scratch {
    path: PathBuf,
    made: AtomicU64,
    _lock: File,
}

impl Scratch {
    /// Makes one below `parent` and sweeps those whose owner is gone.
    pub(crate) fn new(parent: &Path) -> io::Result<Self> {
        sweep(parent);
        let made = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let lock = hold_lock(made.path())?;
        Ok(Self {
            path: made.keep(),
            made: AtomicU64::new(0),
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A fresh directory in it.
    pub(crate) fn directory(&self) -> io::Result<ScratchDir> {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let path = self.path.join(format!("job-{number}"));
        fs::create_dir(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        Ok(ScratchDir(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// A directory that is removed with its owner.
#[derive(Debug)]
pub(crate) struct ScratchDir(PathBuf);

impl ScratchDir {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether it holds more bytes or files than that. Looks at names and sizes only, and
    /// at no more of them than may be there.
    pub(crate) fn is_over(&self, bytes: u64, files: u64) -> bool {
        let (mut held, mut seen) = (0, 0);
        let mut directories = vec![self.0.clone()];
        while let Some(directory) = directories.pop() {
            let entries = match fs::read_dir(directory) {
                Ok(entries) => entries,
                // Cleared away by the job.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                // It may not be listed, or lies deeper than a path reaches: hidden from us.
                Err(_) => return true,
            };
            for entry in entries.flatten() {
                let Ok(about) = entry.metadata() else { continue };
                seen += 1;
                held += about.blocks() * 512;
                if seen > files || held > bytes {
                    return true;
                }
                if about.is_dir() {
                    directories.push(entry.path());
                }
            }
        }
        false
    }

    /// Makes it another user's, whose way to it is open.
    pub(crate) fn give_to(&self, owner: Option<u32>) -> io::Result<()> {
        let Some(owner) = owner else { return Ok(()) };
        std::os::unix::fs::chown(&self.0, Some(owner), Some(owner))?;
        match self.0.parent() {
            Some(parent) => fs::set_permissions(parent, fs::Permissions::from_mode(0o711)),
            None => Ok(()),
        }
    }
}

impl Drop for ScratchDir {
    fn drop(&mut self) {
        remove(&self.0);
    }
}

/// The lock gets its name only once it is held, so that no sweeper finds it free.
fn hold_lock(directory: &Path) -> io::Result<File> {
    let draft = directory.join("lock.draft");
    let lock = File::create_new(&draft)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    fs::rename(&draft, directory.join(LOCK))?;
    Ok(lock)
}

fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if ours && is_abandoned(&entry) {
            tracing::debug!(path = %entry.path().display(), "removing the scratch of a dead renderer");
            remove(&entry.path());
        }
    }
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    let Ok(about) = entry.metadata() else { return false };
    if !about.is_dir() || about.uid() != rustix::process::geteuid().as_raw() {
        return false;
    }
    match File::open(entry.path().join(LOCK)) {
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(_) => about
            .modified()
            .ok()
            .and_then(|then| then.elapsed().ok())
            .is_some_and(|age| age > BEING_MADE),
    }
}

/// Removes a tree, also one whose directories were made unreadable.
fn remove(path: &Path) {
    if fs::remove_dir_all(path).is_ok() || !path.exists() {
        return;
    }
    if let Err(e) = flatten(path) {
        tracing::debug!(path = %path.display(), error = %e, "scratch is not flattened");
    }
    if let Err(e) = fs::remove_dir_all(path) {
        tracing::warn!(path = %path.display(), error = %e, "scratch could not be removed");
    }
}

/// Makes every directory of a tree readable and brings those that lie deep to its top,
/// where a path reaches them: it takes neither stack nor descriptors for each level.
fn flatten(top: &Path) -> io::Result<()> {
    let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o700));
    open(top)?;
    let mut left: Vec<PathBuf> = directories_in(top).collect();
    let shelf = tempfile::tempdir_in(top)?.keep();
    let mut moved = 0;
    while let Some(directory) = left.pop() {
        open(&directory)?;
        for inner in directories_in(&directory) {
            // To move a directory takes the right to write to it.
            open(&inner)?;
            let place = shelf.join(moved.to_string());
            fs::rename(&inner, &place)?;
            left.push(place);
            moved += 1;
        }
    }
    Ok(())
}

/// Not through links.
fn directories_in(path: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().collect();
    let directories = entries
        .into_iter()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    directories.map(|entry| entry.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_private_and_gone_with_its_owner() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(parent.path()).unwrap();
        let mode = fs::metadata(scratch.path()).unwrap().mode() & 0o777;
        let path = scratch.path().to_owned();
        drop(scratch);
        assert_eq!((mode, path.exists()), (0o700, false));
    }

    #[test]
    fn the_scratch_of_a_dead_owner_is_swept_and_that_of_a_living_one_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let dead = parent.path().join("manim-engine-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let living = Scratch::new(parent.path()).unwrap();
        assert!(!dead.exists());
        let _other = Scratch::new(parent.path()).unwrap();
        assert!(living.path().exists());
    }

    #[test]
    fn directories_deeper_than_a_path_reaches_are_seen_as_too_much_and_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(parent.path()).unwrap();
        let directory = scratch.directory().unwrap();
        let path = directory.path().to_owned();
        // From the inside out: a path to the innermost would be too long to make it.
        for level in 0..3000 {
            let outer = path.join(format!("outer-{level}"));
            fs::create_dir(&outer).unwrap();
            let inner = path.join("d");
            if inner.exists() {
                fs::rename(&inner, outer.join("d")).unwrap();
            }
            fs::rename(&outer, &inner).unwrap();
        }
        assert!(directory.is_over(u64::MAX, u64::MAX));
        flatten(&path).unwrap();
        assert_eq!(directories_in(&path).count(), 2);
        drop(directory);
        assert!(!path.exists());
    }

    #[test]
    fn a_directory_made_unreadable_is_removed_all_the_same() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(parent.path()).unwrap();
        let directory = scratch.directory().unwrap();
        let path = directory.path().to_owned();
        let closed = path.join("closed");
        fs::create_dir(&closed).unwrap();
        fs::write(closed.join("file"), "x").unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        drop(directory);
        assert!(!path.exists());
    }
}

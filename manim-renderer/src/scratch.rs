//! A private directory for everything short-lived, gone with its owner. What dead
//! owners left is swept at the next start, or by whoever looks for it.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

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
        let walked = walk(&self.0, |about| {
            seen += 1;
            held += about.blocks() * 512;
            seen <= files && held <= bytes
        });
        !matches!(walked, Ok(true))
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

/// A renderer's scratch directory whose owner is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrphanedScratch {
    path: PathBuf,
    modified: SystemTime,
}

impl OrphanedScratch {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// When something in it last came or went, without what is below its own directories.
    pub fn modified(&self) -> SystemTime {
        self.modified
    }

    /// What it takes of the disk, in bytes, as far as it can be looked into. Reads the whole tree's
    /// names.
    pub fn bytes(&self) -> u64 {
        let mut held = 0;
        // What cannot be read is not counted, and removed all the same.
        let _ = walk(&self.path, |about| {
            held += about.blocks() * 512;
            true
        });
        held
    }

    /// Removes it with all that is in it. One that has gone meanwhile is removed.
    ///
    /// # Errors
    /// Something of it is left.
    pub fn remove(&self) -> io::Result<()> {
        tracing::debug!(path = %self.path.display(), "removing the scratch of a dead renderer");
        try_to_remove(&self.path)
    }
}

/// The scratch directories below `parent` that renderers of this user left when they were killed:
/// what a [`LocalRenderer`](crate::LocalRenderer) with this [`scratch`](crate::Options::with_scratch)
/// removes when it starts. Those of living processes are held by a lock, and are not among them.
pub fn orphaned_scratch(parent: impl AsRef<Path>) -> Vec<OrphanedScratch> {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX));
    ours.filter_map(|entry| abandoned(&entry)).collect()
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
    for orphan in orphaned_scratch(parent) {
        // Told where it failed; the next start tries again.
        let _ = orphan.remove();
    }
}

fn abandoned(entry: &fs::DirEntry) -> Option<OrphanedScratch> {
    let about = entry.metadata().ok()?;
    if !about.is_dir() || about.uid() != rustix::process::geteuid().as_raw() {
        return None;
    }
    let modified = about.modified().ok()?;
    let is_free = match File::open(entry.path().join(LOCK)) {
        Ok(lock) => flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok(),
        Err(_) => modified.elapsed().is_ok_and(|age| age > BEING_MADE),
    };
    is_free.then(|| OrphanedScratch {
        path: entry.path(),
        modified,
    })
}

/// Looks at all that is below `top`, not through links, until `look` has seen enough; whether
/// all was seen. What vanishes meanwhile was cleared away; a directory that may not be listed,
/// or lies deeper than a path reaches, is an error.
fn walk(top: &Path, mut look: impl FnMut(&fs::Metadata) -> bool) -> io::Result<bool> {
    let mut directories = vec![top.to_owned()];
    while let Some(directory) = directories.pop() {
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        };
        for entry in entries.flatten() {
            let Ok(about) = entry.metadata() else { continue };
            if !look(&about) {
                return Ok(false);
            }
            if about.is_dir() {
                directories.push(entry.path());
            }
        }
    }
    Ok(true)
}

/// Removes a tree; what is left is told in the log.
fn remove(path: &Path) {
    // There is nothing else to do about it.
    let _ = try_to_remove(path);
}

/// Removes a tree, also one whose directories were made unreadable.
fn try_to_remove(path: &Path) -> io::Result<()> {
    if fs::remove_dir_all(path).is_ok() || !path.exists() {
        return Ok(());
    }
    if let Err(e) = flatten(path) {
        tracing::debug!(path = %path.display(), error = %e, "scratch is not flattened");
    }
    fs::remove_dir_all(path)
        .inspect_err(|e| tracing::warn!(path = %path.display(), error = %e, "scratch could not be removed"))
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
    fn orphans_are_told_with_their_size_and_stay_until_they_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let _living = Scratch::new(parent.path()).unwrap();
        for name in ["manim-engine-dead", "manim-engine-young", "somebody-elses"] {
            fs::create_dir(parent.path().join(name)).unwrap();
        }
        let dead = parent.path().join("manim-engine-dead");
        fs::write(dead.join(LOCK), "").unwrap();
        fs::create_dir(dead.join("job-0")).unwrap();
        fs::write(dead.join("job-0/film.mp4"), vec![7; 1 << 20]).unwrap();
        let [orphan] = orphaned_scratch(parent.path()).try_into().unwrap();
        assert_eq!(orphan.path(), dead);
        assert!(orphan.bytes() >= 1 << 20, "{}", orphan.bytes());
        assert!(dead.exists());
        orphan.remove().unwrap();
        orphan.remove().unwrap();
        assert_eq!(orphaned_scratch(parent.path()), []);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 3);
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

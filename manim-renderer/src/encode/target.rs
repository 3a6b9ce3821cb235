//! Where the film grows until it is whole.

use std::fs::File;
use std::io;
use std::path::Path;

/// Where ffmpeg writes: a file that has no name, so that nothing is left of it whoever
/// is killed.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(super) struct Target {
    pub(super) file: File,
}

#[cfg(target_os = "linux")]
impl Target {
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        Ok(Self {
            file: tempfile::tempfile_in(directory)?,
        })
    }

    /// Opening descriptor 1 by this name opens the file anew, so that ffmpeg can seek in
    /// it and read it back to move the index to the front.
    pub(super) fn name(&self) -> &Path {
        Path::new(crate::jail::FILM)
    }
}

/// Elsewhere a descriptor cannot be opened anew: the file has a name as long as it grows.
#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
pub(super) struct Target {
    pub(super) file: File,
    path: tempfile::TempPath,
}

#[cfg(not(target_os = "linux"))]
impl Target {
    pub(super) fn new(directory: &Path) -> io::Result<Self> {
        let (file, path) = tempfile::NamedTempFile::new_in(directory)?.into_parts();
        Ok(Self { file, path })
    }

    pub(super) fn name(&self) -> &Path {
        &self.path
    }
}

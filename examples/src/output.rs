//! Files in and out. A file appears under its final name whole, or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use futures::TryStreamExt;
use manim_core::{Content, Scene, SceneCode};
use tempfile::NamedTempFile;

/// Reads a scene's source.
///
/// # Errors
/// The file cannot be read, is not UTF-8, or is larger than a scene may be.
pub fn read_scene(path: &Path) -> anyhow::Result<Scene> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let Ok(source) = String::from_utf8(bytes) else {
        bail!("{} is not UTF-8 text", path.display());
    };
    let code = SceneCode::new(source).with_context(|| format!("cannot take {}", path.display()))?;
    Ok(Scene::new(code))
}

/// A file to be written, claimed before the work for it begins: an unwritable directory is
/// found at once, and nothing is left when the work is abandoned.
#[derive(Debug)]
pub struct Destination {
    path: PathBuf,
    file: NamedTempFile,
}

impl Destination {
    /// Claims `path`. Its directory is made when it is missing.
    ///
    /// # Errors
    /// The directory cannot be made or written, or `path` is a directory.
    pub fn claim(path: impl Into<PathBuf>) -> anyhow::Result<Self> {
        let path = path.into();
        if path.is_dir() {
            bail!("cannot write {}: it is a directory", path.display());
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = parent.unwrap_or(Path::new("."));
        let refused = || {
            format!(
                "cannot write into {}: choose a directory you may write to",
                folder.display()
            )
        };
        std::fs::create_dir_all(folder).with_context(refused)?;
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(".manim-").suffix(".part");
        #[cfg(unix)]
        let builder = {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o644))
        };
        let file = builder.tempfile_in(folder).with_context(refused)?;
        Ok(Self { path, file })
    }

    /// Writes all of `content`, makes it durable, and gives it its name.
    ///
    /// # Errors
    /// Reading the content, writing, or renaming failed; nothing is left.
    pub async fn write(mut self, content: &Content) -> anyhow::Result<PathBuf> {
        let failed = format!("cannot write {}", self.path.display());
        let mut pieces = content.stream();
        while let Some(piece) = pieces.try_next().await.with_context(|| failed.clone())? {
            self.file.write_all(&piece).with_context(|| failed.clone())?;
        }
        self.file.as_file().sync_all().with_context(|| failed.clone())?;
        self.file.persist(&self.path).with_context(|| failed)?;
        Ok(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[tokio::test]
    async fn a_file_appears_whole_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::claim(folder.path().join("deep/er/film.mp4")).unwrap();
        let path = destination.write(&b"film".to_vec().into()).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"film");
        assert_eq!(names(path.parent().unwrap()), ["film.mp4"]);
    }

    #[test]
    fn an_abandoned_claim_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        drop(Destination::claim(folder.path().join("film.mp4")).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_directory_cannot_be_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let error = Destination::claim(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("it is a directory"), "{error}");
    }

    #[test]
    fn source_that_is_not_text_is_refused() {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"\xff\xfe").unwrap();
        assert!(
            read_scene(file.path())
                .unwrap_err()
                .to_string()
                .contains("not UTF-8")
        );
    }
}

//! Manim as anybody would run it: no check, no mend, no jail.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use manim_renderer::Environment;
use tokio::process::Command;

/// As long as a render here may take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Plain {
    python: PathBuf,
}

impl Plain {
    pub(crate) fn new(environment: &Environment) -> Self {
        Self {
            python: environment.python().to_owned(),
        }
    }

    /// Whether Manim makes a film of the last scene of the file.
    pub(crate) async fn renders(&self, scene: &Path) -> anyhow::Result<bool> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(&self.python)
            .args(["-m", "manim", "render", "-ql", "--write_all", "--disable_caching"])
            .args(["--progress_bar", "none", "--media_dir", "media"])
            .arg(std::path::absolute(scene)?)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let ended = tokio::time::timeout(PATIENCE, child.wait()).await;
        Ok(matches!(ended, Ok(Ok(status)) if status.success()))
    }
}

//! [`Leftovers`] of a directory: uploads that a killed process broke off. In a bucket they are the
//! bucket's own affair (its lifecycle rule ends them), and memory has none.

use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use manim_core::{StoreError, StoreErrorKind};

use super::ObjectBlobStore;
use super::local::{Abandoned, abandoned, remove_abandoned};
use crate::leftovers::{Leftover, LeftoverKind, LeftoverName, Leftovers, Name};
use crate::system::classify_io;

#[async_trait]
impl Leftovers for ObjectBlobStore {
    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let Some(dir) = self.dir.clone() else {
            return Ok(Vec::new());
        };
        let found = on_disk(dir, "list the uploads below", |dir| abandoned(&dir)).await?;
        Ok(found.into_iter().map(Leftover::from).collect())
    }

    async fn forget(&self, leftover: &Leftover) -> Result<bool, StoreError> {
        match (self.dir.clone(), &leftover.name.0) {
            (Some(dir), Name::File(name)) => {
                let name = name.clone();
                on_disk(dir, "remove an upload below", move |dir| {
                    remove_abandoned(&dir, &name)
                })
                .await
            }
            // Another store's.
            _ => Ok(true),
        }
    }
}

impl From<Abandoned> for Leftover {
    fn from(upload: Abandoned) -> Self {
        Self {
            kind: LeftoverKind::Upload,
            name: LeftoverName(Name::File(upload.name)),
            since: upload.written.into(),
            bytes: upload.bytes,
        }
    }
}

/// Works on a thread that may block.
async fn on_disk<T: Send + 'static>(
    dir: PathBuf,
    operation: &'static str,
    work: impl FnOnce(PathBuf) -> io::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    let subject = dir.display().to_string();
    let failed = |kind| StoreError::new(kind, operation, subject);
    match tokio::task::spawn_blocking(move || work(dir)).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(cause)) => Err(failed(classify_io(&cause)).with_source(cause)),
        Err(cause) => Err(failed(StoreErrorKind::Unavailable).with_source(cause)),
    }
}

//! One upload to a store that can rename: parts under a name of its own, then the key.

use std::sync::Arc;

use bytes::Bytes;
use manim_core::{BlobKey, Content, StoreError, StoreErrorKind};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::classify::{classify, failed};
use super::parts::{Parts, invalid};
use super::place;

/// Where uploads under way lie. No key can have a `+`.
pub(super) const STAGING: &str = "+uploads";

/// An upload under way. Dropping it removes what was uploaded.
pub(super) struct Upload {
    store: Arc<dyn ObjectStore>,
    key: BlobKey,
    staged: Path,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    pub(super) async fn begin(store: Arc<dyn ObjectStore>, key: BlobKey) -> Result<Self, StoreError> {
        let staged = Path::from(STAGING).join(Uuid::now_v7().to_string());
        let parts = store
            .put_multipart(&staged)
            .await
            .map_err(|error| refused(&key, error))?;
        Ok(Self {
            store,
            key,
            staged,
            parts: Some(parts),
        })
    }

    /// Uploads all of `content`, holding one part at a time.
    pub(super) async fn feed(&mut self, content: &Content) -> Result<(), StoreError> {
        let key = self.key.clone();
        let mut cut = Parts::of(&key, content);
        while let Some(part) = cut.next().await? {
            self.part(part).await?;
        }
        Ok(())
    }

    async fn part(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        match &mut self.parts {
            Some(parts) => parts
                .put_part(bytes.into())
                .await
                .map_err(|error| refused(&self.key, error)),
            None => Ok(()),
        }
    }

    /// Gives the upload its key. Goes on when the caller is dropped: half way through, there
    /// is nothing to go back to.
    pub(super) async fn finish(mut self) -> Result<(), StoreError> {
        let key = self.key.clone();
        let finishing = tokio::spawn(async move { self.commit().await });
        finishing.await.unwrap_or_else(|cause| {
            Err(StoreError::new(StoreErrorKind::Unavailable, "put", key.as_str()).with_source(cause))
        })
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        let Some(mut parts) = self.parts.take() else {
            return Ok(());
        };
        if let Err(error) = parts.complete().await {
            self.parts = Some(parts);
            return Err(refused(&self.key, error));
        }
        let renamed = self
            .store
            .rename_if_not_exists(&self.staged, &place(&self.key))
            .await;
        if let Err(error) = renamed {
            // The rival that won keeps the key. What is left here is swept with the abandoned.
            let _ = self.store.delete(&self.staged).await;
            return Err(refused(&self.key, error));
        }
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let (Some(mut parts), Ok(runtime)) = (self.parts.take(), Handle::try_current()) {
            runtime.spawn(async move { parts.abort().await });
        }
    }
}

/// A put that finds nothing has a blob in the place of one of its directories.
fn refused(key: &BlobKey, cause: object_store::Error) -> StoreError {
    match classify(&cause) {
        StoreErrorKind::NotFound => invalid(format!("{key} (below another key)")).with_source(cause),
        _ => failed("put", key, cause),
    }
}

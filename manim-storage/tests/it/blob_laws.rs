//! The laws of `BlobStore` on every kind of object store.

use std::sync::Arc;

use manim_core::BlobStore;
use manim_core::conformance::Fixture;
use manim_storage::ObjectBlobStore;

mod on_a_directory {
    use super::*;

    async fn make() -> Fixture<dyn BlobStore> {
        let dir = tempfile::tempdir().unwrap();
        let open = || Arc::new(ObjectBlobStore::local(dir.path().join("blobs")).unwrap());
        let (store, other) = (open(), open());
        Fixture::<dyn BlobStore>::new(store)
            .with_other_handle(other)
            .keeping(dir)
    }

    manim_core::blob_store_conformance!(make);
}

mod in_memory {
    use super::*;

    async fn make() -> Fixture<dyn BlobStore> {
        Fixture::new(Arc::new(ObjectBlobStore::memory()))
    }

    manim_core::blob_store_conformance!(make);
}

#[cfg(feature = "s3")]
mod in_r2 {
    use manim_storage::open_blobs;

    use super::*;
    use crate::peers::{fresh_folder, settings};

    async fn make() -> Fixture<dyn BlobStore> {
        let (settings, url) = (settings().await, fresh_folder());
        let store = open_blobs(&url, &settings).await.unwrap();
        let other = open_blobs(&url, &settings).await.unwrap();
        Fixture::<dyn BlobStore>::new(store).with_other_handle(other)
    }

    manim_core::blob_store_conformance!(make);
}

mod on_a_directory_with_links {
    use manim_storage::SignedLinks;

    use super::*;

    async fn make() -> Fixture<dyn BlobStore> {
        let dir = tempfile::tempdir().unwrap();
        let links = SignedLinks::new("https://films.example/blobs", "k".repeat(32)).unwrap();
        let store = ObjectBlobStore::local(dir.path()).unwrap().with_links(links);
        Fixture::<dyn BlobStore>::new(Arc::new(store)).keeping(dir)
    }

    manim_core::blob_store_conformance!(make);
}

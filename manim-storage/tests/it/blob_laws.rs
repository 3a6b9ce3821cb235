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

//! What a directory does that other stores do not.

use std::fs;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use manim_core::{BlobKey, BlobMeta, BlobStore, Content, ContentSource, StoreErrorKind};
use manim_storage::{Leftovers, ObjectBlobStore};
use tempfile::TempDir;

fn home() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("a/blobs");
    (home, dir)
}

fn key(text: &str) -> BlobKey {
    BlobKey::parse(text).unwrap()
}

async fn put(store: &ObjectBlobStore, name: &str, bytes: &[u8]) -> Result<(), StoreErrorKind> {
    let key = key(name);
    let end = store
        .put(&key, Content::from(bytes.to_vec()), BlobMeta::of(&key))
        .await;
    end.map_err(|error| error.kind())
}

/// Every file below `dir`, relative to it.
fn files(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(
                files(&entry.path())
                    .into_iter()
                    .map(|below| format!("{name}/{below}")),
            );
        } else {
            found.push(name);
        }
    }
    found.sort_unstable();
    found
}

/// The clean-up after a drop runs beside us: it ends, or the test does not.
async fn becomes(dir: &Path, expected: &[&str]) {
    let seen = tokio::time::timeout(Duration::from_secs(20), async {
        while files(dir) != expected {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(seen.await.is_ok(), "{:?} is left", files(dir));
}

#[tokio::test]
async fn a_blob_is_a_file_under_its_key() {
    let (_home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    put(&store, "films/0a.mp4", b"film").await.unwrap();
    assert_eq!(fs::read(dir.join("films/0a.mp4")).unwrap(), b"film");
    assert_eq!(files(&dir), ["films/0a.mp4"]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_directory_is_made_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let (_home, dir) = home();
    ObjectBlobStore::local(&dir).unwrap();
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn blobs_survive_a_reopening() {
    let (_home, dir) = home();
    put(&ObjectBlobStore::local(&dir).unwrap(), "films/0a.mp4", b"film")
        .await
        .unwrap();
    let store = ObjectBlobStore::local(&dir).unwrap();
    let blob = store.get(&key("films/0a.mp4"), None).await.unwrap();
    assert_eq!(blob.info.meta.media_type, "video/mp4");
    assert_eq!(blob.bytes().await.unwrap(), "film");
    assert_eq!(
        put(&store, "films/0a.mp4", b"other").await,
        Err(StoreErrorKind::AlreadyExists)
    );
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_directory_that_cannot_be_written_is_refused_at_once() {
    // Nobody can make a directory there, not even root.
    let error = ObjectBlobStore::local("/sys/kernel").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unauthorized);
    assert_eq!(error.subject(), "/sys/kernel");
}

#[tokio::test]
async fn a_file_in_the_directorys_place_is_named() {
    let (home, _) = home();
    let file = home.path().join("taken");
    fs::write(&file, "text").unwrap();
    for dir in [file.clone(), file.join("blobs")] {
        let error = ObjectBlobStore::local(&dir).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
        assert!(error.subject().contains("taken is not a directory"), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"text");
}

#[tokio::test]
async fn no_key_leads_out_of_the_directory() {
    let (home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    for name in [
        "...",
        "..a/b..",
        "-",
        "a.b.c/...",
        "%2e%2e".replace('%', "-").as_str(),
        ".hidden",
    ] {
        put(&store, name, b"x").await.unwrap();
    }
    let outside = files(home.path())
        .into_iter()
        .filter(|file| !file.starts_with("a/blobs/"));
    assert_eq!(outside.count(), 0);
    assert_eq!(files(&dir).len(), 6);
}

#[tokio::test]
async fn a_key_below_another_is_refused_and_leaves_nothing() {
    let (_home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    put(&store, "films/a.mp4", b"film").await.unwrap();
    assert_eq!(
        put(&store, "films/a.mp4/b.png", b"x").await,
        Err(StoreErrorKind::Invalid)
    );
    assert_eq!(
        put(&store, "films", b"x").await,
        Err(StoreErrorKind::AlreadyExists)
    );
    assert_eq!(files(&dir), ["films/a.mp4"]);
}

#[tokio::test]
async fn a_refused_put_leaves_no_file() {
    let (_home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    put(&store, "a.mp4", b"first").await.unwrap();
    put(&store, "a.mp4", b"second").await.unwrap_err();
    assert_eq!(files(&dir), ["a.mp4"]);
}

/// Yields some bytes, then fails or never goes on.
#[derive(Debug)]
struct Stuck {
    fails: bool,
}

impl ContentSource for Stuck {
    fn len(&self) -> u64 {
        64 << 20
    }

    fn read(&self, _: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        let start = stream::iter((0..200).map(|_| Ok(Bytes::from_static(&[1; 65536]))));
        if self.fails {
            start.chain(stream::iter([Err(io::Error::other("gone"))])).boxed()
        } else {
            start.chain(stream::pending()).boxed()
        }
    }
}

#[tokio::test]
async fn a_failed_put_leaves_no_file() {
    let (_home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    let key = key("a.mp4");
    store
        .put(&key, Content::new(Stuck { fails: true }), BlobMeta::of(&key))
        .await
        .unwrap_err();
    becomes(&dir, &[]).await;
}

#[tokio::test]
async fn a_dropped_put_leaves_no_file() {
    let (_home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    let key = key("a.mp4");
    let put = store.put(&key, Content::new(Stuck { fails: false }), BlobMeta::of(&key));
    let begun = async {
        while files(&dir).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = put => panic!("the put ended without its content"),
        () = begun => {}
    }
    becomes(&dir, &[]).await;
}

#[tokio::test]
async fn files_of_others_are_not_listed() {
    let (_home, dir) = home();
    let store = ObjectBlobStore::local(&dir).unwrap();
    put(&store, "a.mp4", b"film").await.unwrap();
    fs::write(dir.join("holiday photo.png"), "x").unwrap();
    fs::write(dir.join("+uploads/0190"), "x").unwrap();
    let listed = store.list(None).await.unwrap();
    assert_eq!(
        listed.into_iter().map(|info| info.key).collect::<Vec<_>>(),
        [key("a.mp4")]
    );
}

fn written_hours_ago(path: &Path, hours: u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600))
        .unwrap();
}

#[tokio::test]
async fn an_upload_left_by_a_killed_process_is_swept_after_a_day() {
    let (_home, dir) = home();
    ObjectBlobStore::local(&dir).unwrap();
    let (old, young) = (dir.join("+uploads/old#1"), dir.join("+uploads/young#1"));
    for (path, hours) in [(&old, 25), (&young, 23)] {
        fs::write(path, "").unwrap();
        written_hours_ago(path, hours);
    }
    ObjectBlobStore::local(&dir).unwrap();
    assert_eq!((old.exists(), young.exists()), (false, true));
}

#[tokio::test]
async fn a_directory_that_is_found_is_neither_made_nor_swept() {
    let (_home, dir) = home();
    let missing = ObjectBlobStore::found(&dir).unwrap_err();
    assert_eq!(missing.kind(), StoreErrorKind::NotFound);
    assert!(!dir.exists());
    fs::create_dir_all(&dir).unwrap();
    let store = ObjectBlobStore::found(&dir).unwrap();
    assert!(store.leftovers().await.unwrap().is_empty());

    let (old, young) = (dir.join("+uploads/old#1"), dir.join("+uploads/young#1"));
    fs::create_dir(dir.join("+uploads")).unwrap();
    for (path, hours) in [(&old, 25), (&young, 23)] {
        fs::write(path, "half").unwrap();
        written_hours_ago(path, hours);
    }
    let found = ObjectBlobStore::found(&dir).unwrap().leftovers().await.unwrap();
    let [upload] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((upload.name.to_string().as_str(), upload.bytes), ("old#1", 4));
    assert!(old.exists());
    // Somebody goes on with it.
    fs::write(&old, "half and").unwrap();
    assert!(!store.forget(upload).await.unwrap() && old.exists());
    written_hours_ago(&old, 25);
    for _ in 0..2 {
        assert!(store.forget(upload).await.unwrap());
    }
    assert_eq!(files(&dir), ["+uploads/young#1"]);
}

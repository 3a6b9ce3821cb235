//! Laws of [`BlobStore`].

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::join_all;
use tokio::time::timeout;

use super::content::{Breaking, Gated, Misleading};
use super::sample::key;
use super::{Fixture, RIVALS, SOON};
use crate::blob::{BlobMeta, BlobStore, SignedMethod};
use crate::film::Content;
use crate::id::BlobKey;
use crate::session::{StoreError, StoreErrorKind};

/// Runs every law of [`BlobStore`] on what the function makes: an async function without
/// arguments that returns a [`Fixture`] of an empty store.
#[macro_export]
macro_rules! blob_store_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(blob_store, $($make)*, [
            what_was_put_is_read_back,
            every_handle_reads_what_was_put,
            a_reader_never_sees_a_part,
            content_that_breaks_leaves_nothing,
            content_of_another_length_leaves_nothing,
            a_second_put_is_refused_and_changes_nothing,
            of_rival_puts_of_one_key_exactly_one_wins,
            a_range_yields_exactly_its_bytes,
            a_range_past_the_end_is_invalid,
            head_tells_size_type_and_time,
            a_type_that_the_extension_does_not_say_is_invalid,
            a_deleted_blob_is_gone_and_its_key_is_free,
            deleting_a_missing_key_succeeds,
            a_missing_key_is_not_found,
            list_yields_every_blob_below_the_prefix,
            list_tells_what_head_tells,
            the_longest_key_is_kept,
            sign_does_what_the_capabilities_say,
            a_put_dropped_before_its_end_leaves_nothing,
        ]);
    };
}

type Blobs = Fixture<dyn BlobStore>;

async fn put(store: &Blobs, key: &BlobKey, bytes: impl Into<Bytes>) {
    let end = store
        .put(key, Content::from(bytes.into()), BlobMeta::of(key))
        .await;
    end.expect("the put succeeds");
}

async fn read(store: &dyn BlobStore, key: &BlobKey, range: Option<Range<u64>>) -> Result<Bytes, StoreError> {
    store.get(key, range).await?.bytes().await
}

#[track_caller]
fn assert_kind<T>(end: Result<T, StoreError>, kind: StoreErrorKind) {
    match end {
        Ok(_) => panic!("succeeded; expected: {kind}"),
        Err(error) => assert_eq!(error.kind(), kind, "{error:?}"),
    }
}

async fn assert_nothing_under(store: &Blobs, key: &BlobKey) {
    assert_eq!(store.head(key).await.expect("the head succeeds"), None);
    assert_kind(store.get(key, None).await, StoreErrorKind::NotFound);
    assert_eq!(listed(store, None).await, Vec::<String>::new());
}

async fn listed(store: &Blobs, prefix: Option<&str>) -> Vec<String> {
    let prefix = prefix.map(key);
    let blobs = store.list(prefix.as_ref()).await.expect("the listing succeeds");
    let mut keys: Vec<_> = blobs.into_iter().map(|info| info.key.to_string()).collect();
    keys.sort_unstable();
    keys
}

/// Bytes that differ from their neighbours, so that a piece out of place shows.
fn pattern(len: usize) -> Bytes {
    (0..len).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

/// Promise 1.
pub async fn what_was_put_is_read_back(store: Blobs) {
    for len in [0, 1, 65_537, 11 * 1024 * 1024 + 3] {
        let key = key(&format!("films/{len}.mp4"));
        put(&store, &key, pattern(len)).await;
        let seen = read(&*store, &key, None).await.expect("the get succeeds");
        assert!(
            seen == pattern(len),
            "{len} bytes came back as {} others",
            seen.len()
        );
    }
}

/// Promise 1.
pub async fn every_handle_reads_what_was_put(store: Blobs) {
    let key = key("a.png");
    put(&store, &key, "picture").await;
    let seen = read(store.other(), &key, None).await.expect("the get succeeds");
    assert_eq!(seen, "picture");
}

/// Promise 1.
pub async fn a_reader_never_sees_a_part(store: Blobs) {
    let (key, gate) = (key("films/a.mp4"), Gated::default());
    let (writer, content, name) = (store.handle(), gate.content(), key.clone());
    let put = tokio::spawn(async move { writer.put(&name, content, BlobMeta::of(&name)).await });
    gate.reached().await;
    assert_nothing_under(&store, &key).await;
    gate.open();
    put.await
        .expect("the put does not panic")
        .expect("the put succeeds");
    let info = store.head(&key).await.expect("the head succeeds");
    assert_eq!(info.map(|info| info.bytes), Some(gate.content().len()));
}

/// Promise 1.
pub async fn content_that_breaks_leaves_nothing(store: Blobs) {
    let key = key("films/a.mp4");
    let end = store.put(&key, Content::new(Breaking), BlobMeta::of(&key)).await;
    assert_kind(end, StoreErrorKind::Invalid);
    assert_nothing_under(&store, &key).await;
    put(&store, &key, "film").await;
}

/// Promise 1.
pub async fn content_of_another_length_leaves_nothing(store: Blobs) {
    let key = key("films/a.mp4");
    for said in [0, 3, 5] {
        let bytes = Bytes::from_static(b"film");
        let end = store
            .put(&key, Content::new(Misleading { said, bytes }), BlobMeta::of(&key))
            .await;
        assert_kind(end, StoreErrorKind::Invalid);
        assert_nothing_under(&store, &key).await;
    }
}

/// Promise 2.
pub async fn a_second_put_is_refused_and_changes_nothing(store: Blobs) {
    let key = key("films/a.mp4");
    put(&store, &key, "first").await;
    for other in ["first", "other", ""] {
        let end = store
            .put(
                &key,
                Bytes::from_static(other.as_bytes()).into(),
                BlobMeta::of(&key),
            )
            .await;
        assert_kind(end, StoreErrorKind::AlreadyExists);
    }
    assert_eq!(
        read(&*store, &key, None).await.expect("the get succeeds"),
        "first"
    );
    assert_eq!(listed(&store, None).await, ["films/a.mp4"]);
}

/// Promise 2.
pub async fn of_rival_puts_of_one_key_exactly_one_wins(store: Blobs) {
    let key = key("films/a.mp4");
    let puts = (0..RIVALS).map(|number| {
        let (store, key) = (store.rival(number), key.clone());
        let bytes = Bytes::from(vec![number as u8; 100_000 + number as usize]);
        let content = Content::from(bytes.clone());
        tokio::spawn(async move { store.put(&key, content, BlobMeta::of(&key)).await.map(|()| bytes) })
    });
    let ends = join_all(puts.collect::<Vec<_>>()).await;
    let (won, lost): (Vec<_>, Vec<_>) = ends
        .into_iter()
        .map(|end| end.expect("no put panics"))
        .partition(Result::is_ok);
    for end in lost {
        assert_kind(end, StoreErrorKind::AlreadyExists);
    }
    assert_eq!(won.len(), 1, "{} puts of one key succeeded", won.len());
    let kept = read(&*store, &key, None).await.expect("the get succeeds");
    assert!(
        won.into_iter().all(|won| won.is_ok_and(|bytes| bytes == kept)),
        "another rival's bytes are kept"
    );
}

/// Promise 3.
pub async fn a_range_yields_exactly_its_bytes(store: Blobs) {
    let (key, bytes) = (key("films/a.mp4"), pattern(200_000));
    put(&store, &key, bytes.clone()).await;
    for range in [
        0..200_000,
        0..1,
        199_999..200_000,
        65_535..131_073,
        0..0,
        100..100,
        200_000..200_000,
    ] {
        let blob = store
            .get(&key, Some(range.clone()))
            .await
            .expect("the get succeeds");
        assert_eq!(blob.info.bytes, 200_000, "info tells of the whole blob");
        let seen = blob.bytes().await.expect("the stream ends well");
        assert!(
            seen == bytes[range.start as usize..range.end as usize],
            "{range:?} yields other bytes"
        );
    }
}

/// Promise 3.
#[expect(clippy::reversed_empty_ranges, reason = "a caller may hand in such a range")]
pub async fn a_range_past_the_end_is_invalid(store: Blobs) {
    let key = key("films/a.mp4");
    put(&store, &key, "0123456789").await;
    for range in [0..11, 10..11, 11..11, 11..12, 5..3, 0..u64::MAX] {
        assert_kind(store.get(&key, Some(range)).await, StoreErrorKind::Invalid);
    }
}

/// Promise 4.
pub async fn head_tells_size_type_and_time(store: Blobs) {
    for (name, media_type) in [
        ("films/a.mp4", "video/mp4"),
        ("films/a.webm", "video/webm"),
        ("films/a.png", "image/png"),
        ("films/a.d/b", "application/octet-stream"),
    ] {
        let key = key(name);
        put(&store, &key, name).await;
        let info = store
            .head(&key)
            .await
            .expect("the head succeeds")
            .expect("the blob is there");
        assert_eq!(
            (info.bytes, info.meta.media_type.as_str()),
            (name.len() as u64, media_type)
        );
        let got = store.get(&key, None).await.expect("the get succeeds");
        assert_eq!(got.info, info);
    }
}

/// Promise 4.
pub async fn a_type_that_the_extension_does_not_say_is_invalid(store: Blobs) {
    let key = key("films/a.mp4");
    let end = store
        .put(&key, Bytes::from_static(b"x").into(), BlobMeta::new("text/html"))
        .await;
    assert_kind(end, StoreErrorKind::Invalid);
    assert_nothing_under(&store, &key).await;
}

/// Promise 5.
pub async fn a_deleted_blob_is_gone_and_its_key_is_free(store: Blobs) {
    let key = key("films/a.mp4");
    put(&store, &key, "first").await;
    store.delete(&key).await.expect("the delete succeeds");
    assert_nothing_under(&store, &key).await;
    put(&store, &key, "second").await;
    assert_eq!(
        read(&*store, &key, None).await.expect("the get succeeds"),
        "second"
    );
}

/// Promise 5.
pub async fn deleting_a_missing_key_succeeds(store: Blobs) {
    for name in ["films/a.mp4", "a"] {
        store.delete(&key(name)).await.expect("the wish is fulfilled");
    }
}

/// Promise 6.
pub async fn a_missing_key_is_not_found(store: Blobs) {
    put(&store, &key("films/a.mp4"), "film").await;
    for name in ["films/b.mp4", "films/a", "a.mp4", "films"] {
        let key = key(name);
        assert_eq!(store.head(&key).await.expect("the head succeeds"), None);
        assert_kind(store.get(&key, None).await, StoreErrorKind::NotFound);
        assert_kind(store.get(&key, Some(0..1)).await, StoreErrorKind::NotFound);
    }
}

/// Promise 7.
pub async fn list_yields_every_blob_below_the_prefix(store: Blobs) {
    let names = [
        "b/1.png",
        "films.mp4",
        "films/a.mp4",
        "films/x/b.mp4",
        "films2/c.mp4",
    ];
    for name in names {
        put(&store, &key(name), name).await;
    }
    assert_eq!(listed(&store, None).await, names);
    assert_eq!(
        listed(&store, Some("films")).await,
        ["films/a.mp4", "films/x/b.mp4"]
    );
    assert_eq!(listed(&store, Some("films/x")).await, ["films/x/b.mp4"]);
    for nothing in ["film", "films/a.mp4", "c"] {
        assert!(listed(&store, Some(nothing)).await.is_empty(), "{nothing}");
    }
}

/// Promises 4 and 7.
pub async fn list_tells_what_head_tells(store: Blobs) {
    let key = key("films/a.png");
    put(&store, &key, "picture").await;
    let head = store.head(&key).await.expect("the head succeeds");
    let list = store.list(None).await.expect("the listing succeeds");
    assert_eq!(list, head.into_iter().collect::<Vec<_>>());
}

/// Every key that [`BlobKey`] accepts can be kept.
pub async fn the_longest_key_is_kept(store: Blobs) {
    for name in ["k".repeat(255), format!("{}.mp4", "a/".repeat(125) + "b")] {
        let key = key(&name);
        put(&store, &key, "film").await;
        assert_eq!(read(&*store, &key, None).await.expect("the get succeeds"), "film");
    }
}

/// Promise 8, as far as it shows without the network.
pub async fn sign_does_what_the_capabilities_say(store: Blobs) {
    let (one, other, ttl) = (key("films/a.mp4"), key("films/b.mp4"), Duration::from_secs(60));
    put(&store, &one, "film").await;
    let can = store.capabilities();
    for (method, able) in [
        (SignedMethod::Get, can.signed_get),
        (SignedMethod::Put, can.signed_put),
    ] {
        let signed = store.sign(&one, method, ttl).await;
        if able {
            let address = signed.expect("the backend says that it can");
            let elsewhere = store
                .sign(&other, method, ttl)
                .await
                .expect("the backend says that it can");
            assert_ne!(address, elsewhere);
        } else {
            assert_kind(signed, StoreErrorKind::Unsupported);
        }
    }
}

/// Cancellation.
pub async fn a_put_dropped_before_its_end_leaves_nothing(store: Blobs) {
    let (key, gate) = (key("films/a.mp4"), Gated::default());
    let mut dropped = store.put(&key, gate.content(), BlobMeta::of(&key));
    tokio::select! {
        _ = &mut dropped => panic!("the put ended before its content"),
        () = gate.reached() => drop(dropped),
    }
    gate.open();
    assert_nothing_under(&store, &key).await;
    put(&store, &key, "film").await;
    let pieces = store
        .get(&key, None)
        .await
        .expect("the get succeeds")
        .stream
        .count();
    assert!(timeout(SOON, pieces).await.expect("the stream ends") > 0);
}

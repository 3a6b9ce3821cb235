//! Stores by URL, and what is said of URLs and settings that cannot work.

use manim_core::{JobId, SessionId, StoreErrorKind};
use manim_storage::{
    Settings, Stores, find_blobs, find_records, open_blobs, open_records, record_capabilities,
};

#[track_caller]
fn says(error: manim_core::StoreError, kind: StoreErrorKind, parts: &[&str]) {
    let text = manim_core::chain(&error);
    assert_eq!(error.kind(), kind, "{text}");
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
}

#[cfg(feature = "redb")]
#[tokio::test]
async fn one_file_and_one_directory_keep_what_was_given_them() {
    let home = tempfile::tempdir().unwrap();
    let records = format!("redb://{}/jobs.redb", home.path().display());
    let blobs = format!("file://{}/blobs", home.path().display());
    let (session, job) = (SessionId::new(), JobId::new());
    let stores = Stores::open(&records, &blobs, &Settings::new()).await.unwrap();
    stores.records.sessions.touch(session).await.unwrap();
    stores.records.queue.enqueue(job).await.unwrap();
    drop(stores);
    let stores = Stores::open(&records, &blobs, &Settings::new()).await.unwrap();
    assert!(stores.records.sessions.session(session).await.unwrap().is_some());
    assert_eq!(stores.records.queue.len().await.unwrap(), 1);
}

#[cfg(feature = "redb")]
#[tokio::test]
async fn what_is_looked_for_is_not_made() {
    let home = tempfile::tempdir().unwrap();
    let records = format!("redb://{}/jobs.redb", home.path().display());
    let blobs = format!("file://{}/blobs", home.path().display());
    let error = find_records(&records).await.unwrap_err();
    says(error, StoreErrorKind::NotFound, &["there is no such file"]);
    let error = find_blobs(&blobs, &Settings::new()).await.unwrap_err();
    says(error, StoreErrorKind::NotFound, &["there is no such directory"]);
    let error = find_records("memory://").await.unwrap_err();
    says(
        error,
        StoreErrorKind::Unsupported,
        &["only the one that keeps it"],
    );
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    drop(Stores::open(&records, &blobs, &Settings::new()).await.unwrap());
    let (_, leftovers) = find_records(&records).await.unwrap();
    assert!(leftovers.leftovers().await.unwrap().is_empty());
    find_blobs(&blobs, &Settings::new()).await.unwrap();
}

#[tokio::test]
async fn kv_is_refused_for_jobs_and_says_so_in_its_capabilities() {
    let error = open_records("kv://account/namespace", &Settings::new())
        .await
        .unwrap_err();
    says(
        error,
        StoreErrorKind::Unsupported,
        &["compare-and-set", "redb:///FILE", "postgres://"],
    );
    assert!(!record_capabilities("kv://account/namespace").unwrap().queue);
    assert!(record_capabilities("redb:///jobs.redb").unwrap().compare_and_set);
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_database_that_is_away_is_named_without_its_password() {
    let error = open_records("postgres://ann:s3cret@127.0.0.1:1/films", &Settings::new())
        .await
        .unwrap_err();
    says(
        error,
        StoreErrorKind::Unavailable,
        &["PostgreSQL URL", "127.0.0.1:1/films"],
    );
}

#[cfg(feature = "s3")]
#[tokio::test]
async fn a_missing_or_broken_setting_is_named() {
    let key = Settings::new().with("R2_ACCESS_KEY_ID", "k");
    let bad = key
        .clone()
        .with("R2_SECRET_ACCESS_KEY", "s3cret")
        .with("R2_ENDPOINT", "http://u:s3cret@host");
    for (url, settings, part) in [
        (
            "r2://account/films",
            Settings::new(),
            "R2_ACCESS_KEY_ID is not set",
        ),
        ("r2://account/films", key, "R2_SECRET_ACCESS_KEY is not set"),
        ("r2://account/films", bad, "R2_ENDPOINT"),
        ("s3://films", Settings::new(), "AWS_ACCESS_KEY_ID is not set"),
    ] {
        let error = open_blobs(url, &settings).await.unwrap_err();
        says(error, StoreErrorKind::Misconfigured, &[part]);
    }
}

#[cfg(feature = "s3")]
mod against_servers {
    use super::*;
    use crate::peers::{bucket::serve, settings};

    #[tokio::test]
    async fn a_missing_bucket_and_wrong_keys_are_told_at_once() {
        let right = settings().await;
        let error = open_blobs("r2://account/no-such-bucket", &right)
            .await
            .unwrap_err();
        says(error, StoreErrorKind::NotFound, &["no-such-bucket", "create it"]);
        for name in ["R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY"] {
            let wrong = right.clone().with(name, "s3cret");
            let error = open_blobs("r2://account/films", &wrong).await.unwrap_err();
            says(
                error,
                StoreErrorKind::Unauthorized,
                &["R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY"],
            );
        }
    }

    #[tokio::test]
    async fn a_wrong_clock_is_told_as_that() {
        let address = serve(|_| (403, "", "<Error><Code>RequestTimeTooSkewed</Code></Error>".into()));
        let settings = Settings::new()
            .with("AWS_ENDPOINT_URL_S3", address)
            .with("AWS_ACCESS_KEY_ID", "k")
            .with("AWS_SECRET_ACCESS_KEY", "s3cret");
        let error = open_blobs("s3://films", &settings).await.unwrap_err();
        says(error, StoreErrorKind::Unauthorized, &["clock", "NTP"]);
    }
}

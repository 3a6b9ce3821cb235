//! What a bucket does that a directory does not: signed addresses, metadata, rules of its own.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use manim_core::{BlobKey, BlobMeta, BlobStore, Content, JobId, SignedMethod, StoreErrorKind};
use manim_storage::{ObjectBlobStore, PageOrigin, Settings, open_object_store};
use sha2::{Digest, Sha256};

use crate::peers::bucket::{CORS, LIFECYCLE, with_rules};
use crate::peers::{fresh_folder, settings};

const MINUTE: Duration = Duration::from_secs(60);

/// A store in an empty folder, and a film in it.
async fn film() -> (ObjectBlobStore, BlobKey) {
    let store = open_object_store(&fresh_folder(), &settings().await)
        .await
        .unwrap();
    let key = BlobKey::parse(format!("films/{}/0a.mp4", JobId::new())).unwrap();
    store
        .put(&key, Content::from(vec![7; 6 << 20]), BlobMeta::of(&key))
        .await
        .unwrap();
    (store, key)
}

async fn status(address: &str) -> u16 {
    reqwest::get(address).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_film_tells_browsers_and_people_what_it_is() {
    let (store, key) = film().await;
    let address = store.sign(&key, SignedMethod::Get, MINUTE).await.unwrap();
    let reply = reqwest::get(&address).await.unwrap();
    let header = |name: &str| reply.headers().get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "video/mp4");
    assert_eq!(header("content-disposition"), "inline; filename=\"0a.mp4\"");
    assert!(key.as_str().contains(&header("x-amz-meta-manim-job")));
    assert!(header("x-amz-meta-manim-expires").ends_with('Z'));
    assert_eq!(reply.bytes().await.unwrap().len(), 6 << 20);
}

#[tokio::test]
async fn a_signed_address_reads_a_part() {
    let (store, key) = film().await;
    let address = store.sign(&key, SignedMethod::Get, MINUTE).await.unwrap();
    let reply = reqwest::Client::new()
        .get(address)
        .header("range", "bytes=1-3")
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status().as_u16(), 206);
    assert_eq!(reply.bytes().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_signed_address_writes_its_key_and_no_other() {
    let (store, _) = film().await;
    let key = BlobKey::parse("films/by-address.png").unwrap();
    let address = store.sign(&key, SignedMethod::Put, MINUTE).await.unwrap();
    let put = |address: String| reqwest::Client::new().put(address).body("picture").send();
    assert_eq!(
        put(address.replace("by-address", "elsewhere"))
            .await
            .unwrap()
            .status()
            .as_u16(),
        403
    );
    assert_eq!(put(address).await.unwrap().status().as_u16(), 200);
    assert_eq!(
        store.get(&key, None).await.unwrap().bytes().await.unwrap(),
        "picture"
    );
}

#[tokio::test]
async fn a_changed_address_is_refused() {
    let (store, key) = film().await;
    let address = store.sign(&key, SignedMethod::Get, MINUTE).await.unwrap();
    let longer = address.replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    assert_ne!(longer, address);
    for changed in [address.replace("0a.mp4", "0b.mp4"), longer] {
        assert_eq!(status(&changed).await, 403);
    }
    let written = reqwest::Client::new()
        .put(&address)
        .body("other")
        .send()
        .await
        .unwrap();
    assert_eq!(written.status().as_u16(), 403);
}

#[tokio::test]
async fn an_address_is_bound_to_the_time_it_says() {
    let (store, key) = film().await;
    let address = store.sign(&key, SignedMethod::Get, MINUTE).await.unwrap();
    let path = address.split('?').next().unwrap();
    // Our own signer first, at the right time: what fails below fails because of the time.
    assert_eq!(status(&signed(path, Duration::ZERO, 60)).await, 200);
    let past = Duration::from_secs(3600);
    assert_eq!(status(&signed(path, past, 60)).await, 403);
}

/// Signs a GET as a machine would whose clock is behind by `late`.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
fn signed(address: &str, late: Duration, seconds: u32) -> String {
    let at = SystemTime::now() - late;
    let at = manim_core::Timestamp::UNIX_EPOCH + at.duration_since(UNIX_EPOCH).unwrap();
    let (day, time) = (
        at.format("%Y%m%d").to_string(),
        at.format("%Y%m%dT%H%M%SZ").to_string(),
    );
    let rest = address.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let scope = format!("{day}/auto/s3/aws4_request");
    let query = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=testkey%2F{}&X-Amz-Date={time}\
         &X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host",
        scope.replace('/', "%2F")
    );
    let request = format!("GET\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD");
    let text = format!(
        "AWS4-HMAC-SHA256\n{time}\n{scope}\n{}",
        hex(&Sha256::digest(request))
    );
    let key = [day.as_str(), "auto", "s3", "aws4_request"]
        .iter()
        .fold(b"AWS4testsecret".to_vec(), |key, word| mac(&key, word));
    format!("{address}?{query}&X-Amz-Signature={}", hex(&mac(&key, &text)))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn bucket_at(address: String) -> ObjectBlobStore {
    let settings = Settings::new()
        .with("AWS_ENDPOINT_URL_S3", address)
        .with("AWS_ACCESS_KEY_ID", "testkey")
        .with("AWS_SECRET_ACCESS_KEY", "testsecret");
    open_object_store("s3://films", &settings).await.unwrap()
}

#[tokio::test]
async fn the_lifecycle_rule_is_set_beside_others() {
    let other = "<Rule><ID>logs</ID><Status>Enabled</Status></Rule>";
    let before = format!("<LifecycleConfiguration>{other}</LifecycleConfiguration>");
    for first in [None, Some(before.as_str())] {
        let store = bucket_at(with_rules(LIFECYCLE, first)).await;
        let rule = store.lifecycle_rule().unwrap();
        let once = store.apply_lifecycle().await.unwrap();
        assert!(once.contains(&rule) && rule.contains("<Days>1</Days>"), "{once}");
        assert_eq!(once.contains(other), first.is_some());
        assert_eq!(store.apply_lifecycle().await.unwrap(), once);
    }
}

#[tokio::test]
async fn a_service_without_lifecycle_rules_says_so() {
    let (store, _) = film().await;
    let error = store.apply_lifecycle().await.unwrap_err();
    assert_eq!(
        error.kind(),
        StoreErrorKind::Unsupported,
        "{}",
        manim_core::chain(&error)
    );
    assert!(error.to_string().contains("has no lifecycle rules"), "{error}");
    let error = ObjectBlobStore::memory().apply_lifecycle().await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
}

fn origins(texts: &[&str]) -> Vec<PageOrigin> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[tokio::test]
async fn the_rule_for_pages_of_other_origins_is_set_beside_others() {
    let other = "<CORSRule><ID>shop</ID><AllowedMethod>PUT</AllowedMethod>\
        <AllowedOrigin>https://shop.test</AllowedOrigin></CORSRule>";
    let before = format!("<?xml?>\n<CORSConfiguration>{other}</CORSConfiguration>");
    let pages = origins(&["https://a.test", "https://b.test:8443"]);
    for first in [None, Some(before.as_str())] {
        let store = bucket_at(with_rules(CORS, first)).await;
        let rule = store.cors_rule(&pages).unwrap();
        let once = store.apply_cors(&pages).await.unwrap();
        assert!(once.contains(&rule), "{once}");
        assert_eq!(once.contains(other), first.is_some());
        assert_eq!(store.apply_cors(&pages).await.unwrap(), once);
        let fewer = store.apply_cors(&pages[..1]).await.unwrap();
        assert!(
            fewer.contains("https://a.test") && !fewer.contains("https://b.test"),
            "{fewer}"
        );
        assert_eq!(fewer.contains(other), first.is_some());
    }
}

#[tokio::test]
async fn rules_that_cannot_be_read_are_not_replaced() {
    let torn = "<CORSConfiguration><CORSRule><ID>shop</ID>";
    let store = bucket_at(with_rules(CORS, Some(torn))).await;
    for _ in 0..2 {
        let error = store.apply_cors(&origins(&["*"])).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
    }
}

#[tokio::test]
async fn a_service_without_rules_for_pages_says_so() {
    let pages = origins(&["https://a.test"]);
    let (simulator, _) = film().await;
    for store in [simulator, bucket_at(with_rules(LIFECYCLE, None)).await] {
        let error = store.apply_cors(&pages).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error}");
        assert!(error.to_string().contains("has no CORS rules"), "{error}");
    }
    let memory = ObjectBlobStore::memory();
    assert_eq!(memory.cors_rule(&pages), None);
    let error = memory.apply_cors(&pages).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
}

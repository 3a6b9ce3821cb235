//! Sessions in KV, on Cloudflare's own simulator: the laws that a store without compare-and-set
//! can hold, what it cannot hold, and its refusals.

use std::sync::Arc;
use std::time::Duration;

use manim_core::conformance::Fixture;
use manim_core::testing::ManualClock;
use manim_core::{Quality, RenderSettings, Retry, SessionId, SessionStore, StoreErrorKind};
use manim_storage::{KvSessions, open_sessions};

use crate::peers::settings;

const NAMESPACE: &str = "0123456789abcdef0123456789abcdef";

/// A store of its own: each account of the simulator has its own names.
async fn store(account: &str) -> (KvSessions, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let store = KvSessions::open(account, NAMESPACE, &settings().await)
        .await
        .unwrap();
    (store.with_clock(clock.clone()), clock)
}

async fn make() -> Fixture<dyn SessionStore> {
    let account = SessionId::new().to_string();
    let (one, clock) = store(&account).await;
    let (other, _) = store(&account).await;
    let other = other.with_clock(clock.clone());
    Fixture::<dyn SessionStore>::new(Arc::new(one))
        .with_other_handle(Arc::new(other))
        .with_clock(clock)
}

manim_core::session_store_conformance_without_rivals!(make);

#[test]
fn what_it_cannot_do_is_said() {
    let can = KvSessions::CAPABILITIES;
    assert!(!can.compare_and_set && !can.consistent && !can.queue);
    assert_eq!(manim_storage::record_capabilities("kv://a/b").unwrap(), can);
}

/// This account of the simulator is read as it was one write ago.
#[tokio::test]
async fn a_touch_that_reads_late_loses_no_preference() {
    let (store, _) = store("stale").await;
    let (id, high) = (
        SessionId::new(),
        RenderSettings::default().with_quality(Quality::High),
    );
    store.touch(id).await.unwrap();
    store
        .prefer(id, RenderSettings::default().with_quality(Quality::Low))
        .await
        .unwrap();
    assert_eq!(store.prefer(id, high).await.unwrap().settings, high);
    // Reads the preference before, and must not write it back.
    store.touch(id).await.unwrap();
    let (fresh, _) = self::store("fresh").await;
    let seen = fresh.session(id).await.unwrap().unwrap();
    assert_eq!(seen.settings, high);
}

#[tokio::test]
async fn refusals_name_what_to_change() {
    use StoreErrorKind as Kind;

    let right = settings().await;
    let wrong = right.clone().with("CLOUDFLARE_API_TOKEN", "s3cret");
    let pause = Retry::After(Duration::from_secs(7));
    let good = format!("kv://a/{NAMESPACE}");
    for (url, settings, kind, retry, part) in [
        (
            good.as_str(),
            &wrong,
            Kind::Unauthorized,
            Retry::Never,
            "CLOUDFLARE_API_TOKEN",
        ),
        (
            "kv://a/none",
            &right,
            Kind::NotFound,
            Retry::Never,
            "no such namespace",
        ),
        (
            &good.replace("/a/", "/limited/"),
            &right,
            Kind::Unavailable,
            pause,
            "limit",
        ),
        (
            &good.replace("/a/", "/broken/"),
            &right,
            Kind::Unavailable,
            Retry::Now,
            "cannot answer now",
        ),
        (
            &good.replace("/a/", "/garbled/"),
            &right,
            Kind::Unavailable,
            Retry::Now,
            "CLOUDFLARE_KV_BASE_URL",
        ),
    ] {
        let error = open_sessions(url, settings).await.unwrap_err();
        let text = manim_core::chain(&error);
        assert_eq!((error.kind(), error.retry()), (kind, retry), "{text}");
        assert!(text.contains(part) && !text.contains("s3cret"), "{text}");
    }
}

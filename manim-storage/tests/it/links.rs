//! Signed links of our own.

use std::time::Duration;

use manim_core::{BlobKey, BlobStore, SignedMethod, StoreErrorKind, Timestamp};
use manim_storage::{LinkError, ObjectBlobStore, Settings, SignedLinks};

const BASE: &str = "https://films.example/blobs";
const OLD: &str = "old-old-old-old-old-old-old-old-";
const NEW: &str = "new-new-new-new-new-new-new-new-";

fn links(key: &str) -> SignedLinks {
    SignedLinks::new(BASE, key).unwrap()
}

fn at(second: u64) -> Timestamp {
    Timestamp::UNIX_EPOCH + Duration::from_secs(second)
}

/// A link for reading until second 100, as the path and the query that a route sees.
fn link(links: &SignedLinks) -> (String, String) {
    let key = BlobKey::parse("films/0a.mp4").unwrap();
    let link = links.sign(SignedMethod::Get, &key, at(100));
    let rest = link.strip_prefix(BASE).unwrap().strip_prefix('/').unwrap();
    let (path, query) = rest.split_once('?').unwrap();
    (path.to_owned(), query.to_owned())
}

#[track_caller]
fn refused(links: &SignedLinks, path: &str, query: &str, why: LinkError) {
    assert_eq!(
        links.verify(SignedMethod::Get, path, query, at(99)),
        Err(why),
        "{path}?{query}"
    );
}

#[test]
fn a_link_grants_its_key_until_its_end() {
    let links = links(NEW);
    let (path, query) = link(&links);
    let granted = links.verify(SignedMethod::Get, &path, &query, at(99)).unwrap();
    assert_eq!(granted.as_str(), "films/0a.mp4");
    assert_eq!(
        links.verify(SignedMethod::Get, &path, &query, at(100)),
        Err(LinkError::Expired)
    );
}

#[test]
fn a_link_for_reading_does_not_write() {
    let links = links(NEW);
    let (path, query) = link(&links);
    let put = query.replace("method=get", "method=put");
    for query in [&query, &put] {
        assert_eq!(
            links.verify(SignedMethod::Put, &path, query, at(1)),
            Err(LinkError::Forged)
        );
    }
}

#[test]
fn every_changed_character_of_a_signature_is_forged() {
    let links = links(NEW);
    let (path, query) = link(&links);
    let start = query.len() - 64;
    for place in start..query.len() {
        let mut changed = query.clone().into_bytes();
        changed[place] = if changed[place] == b'0' { b'1' } else { b'0' };
        refused(
            &links,
            &path,
            std::str::from_utf8(&changed).unwrap(),
            LinkError::Forged,
        );
    }
}

#[test]
fn another_key_and_another_end_are_forged() {
    let links = links(NEW);
    let (path, query) = link(&links);
    refused(&links, "films/0b.mp4", &query, LinkError::Forged);
    refused(
        &links,
        &path,
        &query.replace("until=100", "until=1000"),
        LinkError::Forged,
    );
}

#[test]
fn what_is_no_link_is_malformed() {
    let links = links(NEW);
    let (path, query) = link(&links);
    refused(&links, "../etc/passwd", &query, LinkError::Malformed);
    refused(&links, &path, "", LinkError::Malformed);
    refused(
        &links,
        &path,
        &query.replace("until=", "unto="),
        LinkError::Malformed,
    );
    refused(
        &links,
        &path,
        &query.replace("until=100", "until=99999999999999999999"),
        LinkError::Malformed,
    );
    refused(
        &links,
        &path,
        &format!("{query}&until=1000"),
        LinkError::Malformed,
    );
    refused(&links, &path, &query[..query.len() - 1], LinkError::Malformed);
}

#[test]
fn parameters_that_messengers_add_change_nothing() {
    let links = links(NEW);
    let (path, query) = link(&links);
    let query = format!("{query}&utm_source=chat");
    assert!(links.verify(SignedMethod::Get, &path, &query, at(1)).is_ok());
}

#[test]
fn after_a_rotation_old_links_are_good_and_new_ones_are_the_new_keys() {
    let (old, new) = (links(OLD), links(NEW));
    let both = links(NEW).with_older(OLD).unwrap();
    let (path, of_old) = link(&old);
    assert!(both.verify(SignedMethod::Get, &path, &of_old, at(1)).is_ok());
    let (_, of_both) = link(&both);
    assert!(new.verify(SignedMethod::Get, &path, &of_both, at(1)).is_ok());
    refused(&new, &path, &of_old, LinkError::Forged);
}

#[test]
fn settings_make_links_or_say_what_is_missing() {
    let both = Settings::new()
        .with("MANIM_LINK_BASE", BASE)
        .with("MANIM_LINK_KEYS", format!("{NEW}, {OLD}"));
    let made = SignedLinks::from_settings(&both).unwrap().unwrap();
    let (path, query) = link(&links(OLD));
    assert!(made.verify(SignedMethod::Get, &path, &query, at(1)).is_ok());
    assert!(!format!("{made:?} {both:?}").contains("new-"));
    assert!(SignedLinks::from_settings(&Settings::new()).unwrap().is_none());
    for (name, value, part) in [
        ("MANIM_LINK_BASE", BASE, "MANIM_LINK_KEYS is not"),
        ("MANIM_LINK_KEYS", NEW, "MANIM_LINK_BASE is not"),
    ] {
        let error = SignedLinks::from_settings(&Settings::new().with(name, value)).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    let error = SignedLinks::new(BASE, "short").unwrap_err().to_string();
    assert!(
        error.contains("MANIM_LINK_KEYS") && error.contains("openssl") && !error.contains("short"),
        "{error}"
    );
    assert!(SignedLinks::new("films.example", NEW).is_err());
}

#[tokio::test]
async fn a_link_lives_for_a_second_at_least_and_a_week_at_most() {
    let store = ObjectBlobStore::memory().with_links(links(NEW));
    let key = BlobKey::parse("a.png").unwrap();
    for seconds in [0, 7 * 86400 + 1] {
        let signed = store
            .sign(&key, SignedMethod::Get, Duration::from_secs(seconds))
            .await;
        assert_eq!(signed.unwrap_err().kind(), StoreErrorKind::Invalid);
    }
}

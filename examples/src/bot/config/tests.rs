use super::*;

const WORKING: [(&str, &str); 3] = [
    ("TELEGRAM_BOT_TOKEN", "42:token"),
    ("RECORDS_URL", "redb:///tmp/a"),
    ("BLOBS_URL", "file:///tmp/b"),
];

fn read(more: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let known: Vec<_> = more.iter().chain(&WORKING).collect();
    let lookup = |name: &str| {
        let found = known.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    Config::read(lookup, None)
}

#[track_caller]
fn check(more: &[(&str, &str)], complaint: &str) {
    let mistakes = read(more).map(drop).unwrap_err().0;
    assert!(
        mistakes.len() == 1 && mistakes[0].contains(complaint),
        "{more:?}: {mistakes:?}"
    );
}

#[test]
fn a_token_and_two_places_are_enough() {
    let config = read(&[]).unwrap();
    assert_eq!((config.role, config.quota, config.claims), (Role::All, 10, true));
    assert_eq!(config.telegram.unwrap().updates, Updates::Polling);
    assert!(config.http.is_none());
}

const KEY: (&str, &str) = ("HTTP_SIGNING_KEY", "0123456789abcdef0123456789abcdef");
const LISTEN: (&str, &str) = ("HTTP_LISTEN", "127.0.0.1:1");
const PUBLIC: (&str, &str) = ("PUBLIC_URL", "https://a.example");
const WEBHOOK: (&str, &str) = ("TELEGRAM_UPDATES", "webhook");
const HOOK_SECRET: (&str, &str) = ("TELEGRAM_WEBHOOK_SECRET", "0123456789abcdef");
const SERVERS: (&str, &str) = ("RENDER_SERVERS", "http://10.0.0.7:9000");
const RENDER_SECRET: (&str, &str) = ("RENDER_SECRET", "0123456789abcdef");
const SHARED: (&str, &str) = ("RECORDS_URL", "postgres://u:hush@h/d");
const LINKS: (&str, &str) = ("MANIM_LINK_BASE", "https://a.example/blobs/");

#[test]
fn a_value_that_cannot_be_meant_has_one_sentence() {
    check(&[("TELEGRAM_BOT_TOKEN", " ")], "nobody can reach");
    check(&[("RECORDS_URL", "")], "RECORDS_URL is not set");
    check(&[("BOT_ROLE", "boss")], "all, frontend, worker");
    check(&[("TELEGRAM_BOT_TOKEN", "token")], "NUMBER:LETTERS");
    check(&[("PUBLIC_URL", "http://a.example")], "https://");
    check(&[("HTTP_SIGNING_KEY", "short")], "5 characters");
    check(&[("HTTP_LISTEN", "8080")], "an address and a port");
    check(&[("RENDER_ISOLATION", "L9")], "L1, L2, L3");
    check(&[("WORKERS", "many")], "whole number");
}

#[test]
fn a_webhook_without_what_it_needs_has_one_sentence() {
    check(
        &[WEBHOOK, LISTEN, KEY, PUBLIC],
        "TELEGRAM_WEBHOOK_SECRET, so that",
    );
    check(&[HOOK_SECRET], "drop the secret");
    check(&[WEBHOOK, HOOK_SECRET, LISTEN, KEY], "needs PUBLIC_URL");
    check(&[WEBHOOK, HOOK_SECRET, PUBLIC], "needs HTTP_LISTEN");
    let spaced = ("TELEGRAM_WEBHOOK_SECRET", "with a space in it");
    check(&[WEBHOOK, spaced, LISTEN, KEY, PUBLIC], "letters, digits");
}

#[test]
fn a_link_that_leads_nowhere_has_one_sentence() {
    check(&[("TELEGRAM_DELIVERY", "link"), LISTEN, KEY], "needs PUBLIC_URL");
    check(&[LISTEN, PUBLIC], "HTTP_SIGNING_KEY");
    check(&[("HTTP_SIGNING_KEY_PREVIOUS", KEY.1)], "which follows it");
    check(&[LINKS, PUBLIC], "MANIM_LINK_BASE needs HTTP_LISTEN");
    check(&[LINKS, LISTEN], "MANIM_LINK_BASE needs PUBLIC_URL");
    let bucket = ("BLOBS_URL", "r2://a/films");
    check(&[LINKS, PUBLIC, LISTEN, KEY, bucket], "signs its own links");
    for base in [
        "https://a.example",
        "https://b.example/blobs",
        "https://a.example/film/x",
        "https://a.example/{x}",
    ] {
        let links = ("MANIM_LINK_BASE", base);
        check(&[links, PUBLIC, LISTEN, KEY], "a path that nothing else has");
    }
    let sound = read(&[LINKS, PUBLIC, LISTEN, KEY]).unwrap();
    assert_eq!(sound.link_path(), Some("/blobs"));
}

#[test]
fn a_render_server_without_what_it_needs_has_one_sentence() {
    check(&[SERVERS], "needs RENDER_SECRET");
    check(
        &[("RENDER_SERVERS", "10.0.0.7:9000"), RENDER_SECRET],
        "http://HOST:PORT",
    );
    check(&[RENDER_SECRET], "RENDER_SERVERS names none");
    check(
        &[SERVERS, RENDER_SECRET, ("RENDER_UPLOAD", "bucket")],
        "r2:// or s3://",
    );
    check(&[SERVERS, RENDER_SECRET, ("RENDER_JOBS", "2")], "drop one");
    let callback = ("RENDER_CALLBACK_URL", "https://a.example/x");
    check(&[SERVERS, RENDER_SECRET, callback], "needs HTTP_LISTEN");
}

#[test]
fn a_store_that_cannot_do_its_part_has_one_sentence() {
    check(&[("RECORDS_URL", "kv://account/namespace")], "no compare-and-set");
    check(&[("BOT_ROLE", "worker")], "RECORDS_URL is redb://");
    check(
        &[("BOT_ROLE", "worker"), SHARED, ("BLOBS_URL", "memory://")],
        "BLOBS_URL is memory://",
    );
    check(
        &[("BOT_ROLE", "frontend"), SHARED, LISTEN],
        "a frontend needs HTTP_SIGNING_KEY",
    );
}

#[test]
fn all_mistakes_are_told_at_once_and_none_tells_a_secret() {
    let error = read(&[
        ("BOT_ROLE", "boss"),
        ("TELEGRAM_BOT_TOKEN", "hush-token"),
        ("TELEGRAM_WEBHOOK_SECRET", "hush"),
        ("HTTP_SIGNING_KEY", "hush"),
        ("RENDER_SERVERS", "nowhere"),
        ("LOG_FORMAT", "yaml"),
    ]);
    let mistakes = error.map(drop).unwrap_err();
    assert_eq!(mistakes.0.len(), 8, "{mistakes}");
    assert!(!mistakes.to_string().contains("hush"), "{mistakes}");
}

#[test]
fn a_configuration_shows_no_secret() {
    let config = read(&[("RECORDS_URL", "postgres://u:hush@h/d")]).unwrap();
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn the_flag_outranks_the_variable() {
    let lookup = |name: &str| match name {
        "RECORDS_URL" => Some("postgres://h/d".to_owned()),
        "BLOBS_URL" => Some("r2://a/b".to_owned()),
        "BOT_ROLE" => Some("all".to_owned()),
        _ => None,
    };
    assert_eq!(
        Config::read(lookup, Some(Role::Worker)).unwrap().role,
        Role::Worker
    );
}

#[test]
fn the_example_describes_every_variable_and_no_other() {
    let example = include_str!("../../../../.env.example");
    let described: Vec<_> = example
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name)
        .filter(|name| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
        .collect();
    for name in VARIABLES {
        assert!(described.contains(&name), "{name} is not described");
    }
}

//! What contradicts itself is told before anything is started.

use std::process::Command;

fn bot(values: &[(&str, &str)], args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bot"));
    command.env_clear().envs(values.iter().copied()).args(args);
    let ended = command.output().unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

#[test]
fn every_mistake_is_one_sentence_and_all_come_at_once() {
    let (code, said) = bot(
        &[
            ("BOT_ROLE", "worker"),
            ("RECORDS_URL", "redb:///tmp/records"),
            ("TELEGRAM_BOT_TOKEN", "hush"),
            ("TELEGRAM_UPDATES", "webhook"),
            ("RENDER_SECRET", "hush"),
        ],
        &[],
    );
    assert_eq!(code, Some(2));
    for part in [
        "NUMBER:LETTERS",
        "TELEGRAM_WEBHOOK_SECRET",
        "BLOBS_URL is not set",
        "RECORDS_URL is redb://",
        "RENDER_SECRET has 4 characters",
        "RENDER_SERVERS names none",
    ] {
        assert!(said.contains(part), "no {part:?} in:\n{said}");
    }
    assert!(!said.contains("hush"), "{said}");
    assert!(
        said.lines()
            .skip(1)
            .all(|line| line.starts_with("  - ") && line.ends_with('.')),
        "{said}"
    );
}

#[test]
fn a_sound_configuration_can_be_checked_without_a_start() {
    let values = [
        ("TELEGRAM_BOT_TOKEN", "42:token"),
        ("RECORDS_URL", "memory://"),
        ("BLOBS_URL", "memory://"),
    ];
    assert_eq!(bot(&values, &["--check"]), (Some(0), String::new()));
    assert_eq!(bot(&values, &["--check", "--role", "worker"]).0, Some(2));
}

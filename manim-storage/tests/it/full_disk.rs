//! Disks that are full, by a limit on the length of files: it strikes as a full disk does, in
//! the middle of whatever is written, and needs no right to mount one.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use manim_core::{
    Clock, Event, Job, JobId, Page, ProblemText, RenderSettings, SceneCode, SessionId, SessionStore,
    SystemClock,
};
use manim_storage::RedbStore;

/// A job of about a hundred kilobytes that no compression makes smaller.
fn large_job(session: SessionId) -> Job {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    let settings = RenderSettings::default();
    let mut job = Job::new(JobId::new(), session, problem, settings, 3, SystemClock.now());
    let noise: String = (0..2800).map(|_| JobId::new().to_string()).collect();
    let code = SceneCode::new(noise).unwrap();
    let written = Event::CodeWritten {
        code,
        claims: Vec::new(),
        attempts: Vec::new(),
    };
    for event in [Event::Started, written] {
        job.apply(event, SystemClock.now()).unwrap();
    }
    job
}

#[test]
fn a_file_that_cannot_grow_loses_nothing_and_goes_on_when_it_can() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("jobs.redb");
    let session = SessionId::new();
    let mut process = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; exec prlimit --fsize=6000000:unlimited \"$0\" \"$@\"",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["full_disk::filler", "--exact", "--ignored", "--nocapture"])
        .env("FULL_STORE", &path)
        .env("FULL_SESSION", session.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut said = said.map(|line| {
        let line = line.unwrap();
        line.strip_prefix("filler: ").unwrap_or_default().to_owned()
    });
    let mut saved = 0;
    let refusal = loop {
        match said.next().expect("the filler goes on").as_str() {
            "saved" => saved += 1,
            "" => {}
            refusal => break refusal.to_owned(),
        }
    };
    assert!(refusal.starts_with("Full"), "{refusal}");
    assert!(refusal.contains(path.to_str().unwrap()), "{refusal}");
    assert!(saved > 10);

    let pid = process.id().to_string();
    let freed = Command::new("prlimit")
        .args(["--fsize=unlimited", "--pid", &pid])
        .status();
    assert!(freed.unwrap().success());
    writeln!(process.stdin.as_mut().unwrap()).unwrap();
    while said.next().expect("the filler goes on") != "saved" {}
    assert!(process.wait().unwrap().success());

    let store = RedbStore::open(&path).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let kept = runtime.block_on(store.jobs(session, Page::first(1000))).unwrap();
    assert_eq!(kept.len(), saved + 1);
}

#[tokio::test]
#[ignore = "the process of a_file_that_cannot_grow_loses_nothing_and_goes_on_when_it_can"]
async fn filler() {
    let told = |name: &str| std::env::var(name).unwrap();
    let store = RedbStore::open(told("FULL_STORE")).unwrap();
    let session = told("FULL_SESSION").parse().unwrap();
    println!();
    let error = loop {
        match store.save_job(&large_job(session), None).await {
            Ok(_) => println!("filler: saved"),
            Err(error) => break error,
        }
    };
    assert!(
        store.jobs(session, Page::first(1)).await.is_ok(),
        "what is there is read"
    );
    println!("filler: {:?} {}", error.kind(), manim_core::chain(&error));
    std::io::stdin().read_line(&mut String::new()).unwrap();
    store.save_job(&large_job(session), None).await.unwrap();
    println!("filler: saved");
}

#[cfg(feature = "postgres")]
#[test]
fn a_database_whose_files_cannot_grow_loses_nothing_and_goes_on_when_they_can() {
    use manim_core::StoreErrorKind;

    use crate::postgres_faults::says;
    use crate::postgres_server::Server;

    let mut server = Server::start_on_a_small_disk();
    let url = server.url();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let session = SessionId::new();
    let open = async || manim_storage::PostgresStore::connect(url.as_str()).await.unwrap();
    let (saved, refusal) = runtime.block_on(async {
        let store = open().await;
        let mut saved = 0;
        loop {
            match store.save_job(&large_job(session), None).await {
                Ok(_) => saved += 1,
                Err(error) => break (saved, error),
            }
        }
    });
    assert!(saved > 10);
    // The server has no code for this limit, as it has for a full disk (53100: `Full`).
    says(&refusal, StoreErrorKind::Unavailable, &["could not extend file"]);
    server.stop();
    server.enlarge_the_disk();
    server.resume();
    let kept = runtime.block_on(async {
        let store = open().await;
        store.save_job(&large_job(session), None).await.unwrap();
        store.jobs(session, Page::first(1000)).await.unwrap()
    });
    assert_eq!(kept.len(), saved + 1);
}

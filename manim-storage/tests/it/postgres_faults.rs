//! What we say when a PostgreSQL cannot be opened, or holds what it should not.

use std::sync::Arc;
use std::time::Duration;

use manim_core::testing::ManualClock;
use manim_core::{
    Clock, Inbox, Job, JobId, JobQueue, Page, ProblemText, Quota, RateLimiter, RenderSettings, Retention,
    ScopedKey, SessionId, SessionStore, StoreError, StoreErrorKind, SystemClock, chain,
};
use manim_storage::PostgresStore;

use crate::postgres_server::shared;

const HOUR: Duration = Duration::from_secs(3600);

pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

pub(crate) async fn fresh_schema() -> String {
    blocking(|| shared().fresh_schema()).await
}

async fn psql_in(url: &str, sql: &'static str) -> String {
    let url = url.to_owned();
    blocking(move || shared().psql_in(&url, sql)).await
}

pub(crate) async fn open(url: &str) -> PostgresStore {
    PostgresStore::connect(url).await.unwrap()
}

pub(crate) fn job(session: SessionId) -> Job {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    Job::new(
        JobId::new(),
        session,
        problem,
        RenderSettings::default(),
        3,
        SystemClock.now(),
    )
}

async fn refused(url: &str) -> StoreError {
    let opened = PostgresStore::builder(url)
        .patience(Duration::from_millis(300))
        .connect()
        .await;
    opened.err().unwrap_or_else(|| panic!("{url} was opened"))
}

#[track_caller]
pub(crate) fn says(error: &StoreError, kind: StoreErrorKind, words: &[&str]) {
    let text = format!("{} {error:?}", chain(error));
    assert_eq!(error.kind(), kind, "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    assert!(!text.contains("s3cret"), "{text}");
}

#[tokio::test]
async fn a_wrong_password_is_named_and_not_repeated() {
    blocking(|| {
        shared().psql("DO $$ BEGIN CREATE ROLE guarded LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object THEN END $$")
    })
    .await;
    let url = format!("postgres://guarded:s3cret@127.0.0.1:{}/postgres", shared().port());
    let words = ["guarded", "password in the PostgreSQL URL"];
    says(&refused(&url).await, StoreErrorKind::Unauthorized, &words);
}

#[tokio::test]
async fn a_missing_database_is_named() {
    let url = format!(
        "postgres://postgres:s3cret@127.0.0.1:{}/films",
        blocking(|| shared().port()).await
    );
    let words = ["no database \"films\"", "PostgreSQL URL"];
    says(&refused(&url).await, StoreErrorKind::NotFound, &words);
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("postgres://ann:s3cret@127.0.0.1:{port}/films");
    let place = format!("postgres://ann@127.0.0.1:{port}/films");
    says(
        &refused(&url).await,
        StoreErrorKind::Unavailable,
        &[&place, "host and port"],
    );
}

#[tokio::test]
async fn tables_of_a_newer_version_are_refused() {
    let url = fresh_schema().await;
    open(&url).await.close().await;
    psql_in(
        &url,
        "INSERT INTO manim_versions (version, description, success, checksum, execution_time)
         VALUES (9999, 'later', true, '', 0)",
    )
    .await;
    says(
        &refused(&url).await,
        StoreErrorKind::Unsupported,
        &["version 9999", "update the program"],
    );
}

#[tokio::test]
async fn a_user_without_rights_is_refused_until_the_tables_are_there() {
    let url = fresh_schema().await;
    let schema = url.rsplit_once('=').unwrap().1.to_owned();
    let role = format!("clerk_{schema}");
    let sql = format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}");
    blocking(move || shared().psql(&sql)).await;
    let clerk = url.replace("postgres://postgres@", &format!("postgres://{role}@"));
    says(
        &refused(&clerk).await,
        StoreErrorKind::Unauthorized,
        &["may not make tables"],
    );

    open(&url).await.close().await;
    let sql = format!(
        "GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"
    );
    blocking(move || shared().psql(&sql)).await;
    open(&clerk).await.enqueue(JobId::new()).await.unwrap();
}

#[tokio::test]
async fn a_damaged_record_is_corrupt_and_never_empty() {
    let url = fresh_schema().await;
    let store = open(&url).await;
    let job = job(SessionId::new());
    store.save_job(&job, None).await.unwrap();
    psql_in(&url, "UPDATE manim_jobs SET record = left(record, 40)").await;
    let id = job.id().to_string();
    says(
        &store.job(job.id()).await.unwrap_err(),
        StoreErrorKind::Corrupt,
        &[&id],
    );
    let listed = store.jobs(job.session(), Page::first(10)).await;
    says(&listed.unwrap_err(), StoreErrorKind::Corrupt, &[]);
}

#[tokio::test]
async fn a_record_of_a_newer_version_is_refused_and_kept() {
    let url = fresh_schema().await;
    let store = open(&url).await;
    let job = job(SessionId::new());
    store.save_job(&job, None).await.unwrap();
    psql_in(&url, "UPDATE manim_jobs SET version = 99").await;
    let words = ["version 99", "upgrade", &job.id().to_string()];
    says(
        &store.job(job.id()).await.unwrap_err(),
        StoreErrorKind::Unsupported,
        &words,
    );
    psql_in(&url, "UPDATE manim_jobs SET version = 1").await;
    assert_eq!(store.job(job.id()).await.unwrap().unwrap().value, job);
}

#[tokio::test]
async fn tables_of_an_older_version_are_brought_up_to_date_with_what_is_in_them() {
    let url = fresh_schema().await;
    let store = open(&url).await;
    let job = job(SessionId::new());
    store.save_job(&job, None).await.unwrap();
    store.close().await;
    psql_in(
        &url,
        "ALTER TABLE manim_jobs DROP COLUMN version; DELETE FROM manim_versions WHERE version = 2",
    )
    .await;
    assert_eq!(open(&url).await.job(job.id()).await.unwrap().unwrap().value, job);
}

#[tokio::test]
async fn an_oversized_record_is_refused_and_the_one_before_stays() {
    let store = open(&fresh_schema().await).await;
    crate::oversized::check(&store).await;
}

#[tokio::test]
async fn missing_tables_are_corrupt_and_not_made_anew() {
    let url = fresh_schema().await;
    let store = open(&url).await;
    psql_in(&url, "DROP TABLE manim_queue").await;
    says(
        &store.lease(HOUR).await.unwrap_err(),
        StoreErrorKind::Corrupt,
        &["manim_queue"],
    );
    says(
        &store.enqueue(JobId::new()).await.unwrap_err(),
        StoreErrorKind::Corrupt,
        &[],
    );
}

/// A database whose clock is a year ahead of this machine's.
#[tokio::test]
async fn the_clock_of_a_machine_does_not_matter() {
    let url = format!("{},pg_catalog", fresh_schema().await);
    psql_in(
        &url,
        "CREATE FUNCTION now() RETURNS timestamptz LANGUAGE sql STABLE
         AS $$ SELECT pg_catalog.now() + interval '365 days' $$",
    )
    .await;
    let store = open(&url).await;
    store.enqueue(JobId::new()).await.unwrap();
    let lease = store.lease(HOUR).await.unwrap().unwrap();
    let session = store.touch(SessionId::new()).await.unwrap();
    for end in [lease.until, session.created_at] {
        assert!(
            (end - SystemClock.now()).num_days() > 300,
            "{end} is by this machine's clock"
        );
    }
}

#[tokio::test]
async fn a_sweep_removes_what_has_expired_and_nothing_else() {
    let url = fresh_schema().await;
    let clock = Arc::new(ManualClock::new());
    let store = PostgresStore::builder(url.as_str())
        .clock(clock.clone())
        .connect()
        .await
        .unwrap();
    let (old, message) = (job(SessionId::new()), ScopedKey::new("law", "1"));
    store.save_job(&old, None).await.unwrap();
    store.accept(&message, HOUR).await.unwrap();
    store.take(&message, Quota::default()).await.unwrap();
    clock.advance(Retention::default().active - HOUR);
    let kept = job(SessionId::new());
    store.save_job(&kept, None).await.unwrap();
    clock.advance(3 * HOUR);
    assert_eq!(
        store.sweep().await.unwrap(),
        4,
        "a job, its session, a message, a quota"
    );
    assert_eq!(store.sweep().await.unwrap(), 0);
    assert!(store.job(kept.id()).await.unwrap().is_some());
    let left = "SELECT (SELECT count(*) FROM manim_jobs), (SELECT count(*) FROM manim_sessions)";
    assert_eq!(psql_in(&url, left).await, "1|1");
}

#[tokio::test]
async fn debug_shows_no_password() {
    let url = format!("{}&password=s3cret", fresh_schema().await);
    let builder = PostgresStore::builder(url.as_str());
    let shown = format!("{builder:?}");
    let store = builder.connect().await.unwrap();
    let shown = format!("{shown} {store:?}");
    assert!(
        shown.contains("postgres://postgres@127.0.0.1") && !shown.contains("s3cret"),
        "{shown}"
    );
}

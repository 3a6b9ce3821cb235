//! What we say when a file cannot be opened, or holds what it should not; and that nothing in
//! it is lost by our trying.

use std::fs;
use std::path::{Path, PathBuf};

use manim_core::{
    Clock, Job, JobId, JobQueue, Page, ProblemText, RenderSettings, SessionId, SessionStore, StoreError,
    StoreErrorKind, SystemClock, chain,
};
use manim_storage::RedbStore;
use tempfile::TempDir;

const JOBS: usize = 40;

/// A closed store with jobs in it.
struct Kept {
    home: TempDir,
    session: SessionId,
}

impl Kept {
    async fn new() -> Self {
        let kept = Self {
            home: tempfile::tempdir().unwrap(),
            session: SessionId::new(),
        };
        let store = RedbStore::open(kept.path()).unwrap();
        for _ in 0..JOBS {
            let job = job(kept.session);
            store.save_job(&job, None).await.unwrap();
            store.enqueue(job.id()).await.unwrap();
        }
        kept
    }

    fn path(&self) -> PathBuf {
        self.home.path().join("jobs.redb")
    }

    /// Whether all jobs are read, of a store that could be opened.
    async fn is_whole(&self, store: &RedbStore) -> bool {
        let listed = store.jobs(self.session, Page::first(2 * JOBS)).await;
        let waiting = store.len().await;
        listed.is_ok_and(|jobs| jobs.len() == JOBS) && waiting.is_ok_and(|jobs| jobs == JOBS)
    }
}

fn job(session: SessionId) -> Job {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    let settings = RenderSettings::default();
    Job::new(JobId::new(), session, problem, settings, 3, SystemClock.now())
}

#[track_caller]
fn refused(path: &Path) -> StoreError {
    let error = RedbStore::open(path).expect_err("the file was opened");
    assert!(chain(&error).contains(path.to_str().unwrap()), "{error}");
    error
}

#[tokio::test]
async fn a_truncated_file_is_corrupt_and_left_as_it_is() {
    let kept = Kept::new().await;
    let whole = fs::read(kept.path()).unwrap();
    for length in [
        0,
        1,
        100,
        320,
        4096,
        10_000,
        whole.len() / 2,
        whole.len() - 4096,
        whole.len() - 1,
    ] {
        fs::write(kept.path(), &whole[..length]).unwrap();
        let error = refused(&kept.path());
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{length} bytes: {error}");
        assert!(
            chain(&error).contains("restore it from a backup"),
            "{length} bytes: {error}"
        );
        assert_eq!(fs::read(kept.path()).unwrap(), &whole[..length], "{length} bytes");
    }
    fs::write(kept.path(), &whole).unwrap();
    assert!(kept.is_whole(&RedbStore::open(kept.path()).unwrap()).await);
}

/// A byte that holds nothing may change without harm; any other is noticed.
#[tokio::test]
async fn a_damaged_byte_is_noticed_or_does_no_harm() {
    let kept = Kept::new().await;
    let whole = fs::read(kept.path()).unwrap();
    let mut noticed = 0;
    for place in (0..whole.len()).step_by(whole.len() / 97) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        fs::write(kept.path(), &damaged).unwrap();
        match RedbStore::open(kept.path()) {
            Ok(store) => assert!(kept.is_whole(&store).await, "byte {place} was not noticed"),
            Err(error) => {
                noticed += 1;
                let expected = [
                    StoreErrorKind::Corrupt,
                    StoreErrorKind::Misconfigured,
                    StoreErrorKind::Unsupported,
                ];
                assert!(expected.contains(&error.kind()), "byte {place}: {error}");
            }
        }
    }
    assert!(noticed > 0, "none of the bytes mattered");
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    let files: [(&str, Vec<u8>); 3] = [
        ("text", "my holiday notes\n".repeat(1000).into_bytes()),
        (
            "database",
            [b"SQLite format 3\0".to_vec(), vec![0; 8176]].concat(),
        ),
        ("zeros", vec![0; 65536]),
    ];
    for (name, content) in files {
        let path = home.path().join(name);
        fs::write(&path, &content).unwrap();
        let error = refused(&path);
        assert!(
            matches!(
                error.kind(),
                StoreErrorKind::Misconfigured | StoreErrorKind::Corrupt
            ),
            "{name}: {error}"
        );
        assert_eq!(fs::read(&path).unwrap(), content, "{name}");
    }
}

#[tokio::test]
async fn a_redb_file_of_another_program_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("theirs.redb");
    drop(redb::Database::create(&path).unwrap());
    assert_eq!(refused(&path).kind(), StoreErrorKind::Misconfigured);
}

#[tokio::test]
async fn a_directory_is_refused() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(refused(home.path()).kind(), StoreErrorKind::Misconfigured);
}

#[tokio::test]
async fn a_file_that_is_open_elsewhere_is_refused_with_a_way_out() {
    let kept = Kept::new().await;
    let open = RedbStore::open(kept.path()).unwrap();
    let error = refused(&kept.path());
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(chain(&error).contains("PostgreSQL serves many"), "{error}");
    assert!(kept.is_whole(&open).await);
}

#[tokio::test]
async fn an_oversized_record_is_refused_and_the_one_before_stays() {
    let home = tempfile::tempdir().unwrap();
    let store = RedbStore::open(home.path().join("jobs.redb")).unwrap();
    crate::oversized::check(&store).await;
}

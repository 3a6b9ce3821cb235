//! One SQLite file that keeps sessions, jobs and films, for as many processes as open it.

mod blobs;
mod sessions;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use manim_core::{Clock, Retention, StoreError, StoreErrorKind, SystemClock, Timestamp};
use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

/// How long a write waits for that of another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// The version of the tables below, kept in the file's header. Zero is a new file.
const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE sessions (
        id BLOB PRIMARY KEY,
        record TEXT NOT NULL,
        expires_ns INTEGER NOT NULL
    );
    CREATE TABLE jobs (
        id BLOB PRIMARY KEY,
        revision INTEGER NOT NULL,
        session BLOB NOT NULL,
        created_ns INTEGER NOT NULL,
        untold_ns INTEGER,
        expires_ns INTEGER NOT NULL,
        record TEXT NOT NULL
    );
    CREATE TABLE blobs (
        key TEXT PRIMARY KEY,
        created_ns INTEGER NOT NULL,
        content BLOB NOT NULL
    );
    CREATE INDEX sessions_by_end ON sessions (expires_ns);
    CREATE INDEX jobs_by_end ON jobs (expires_ns);
    CREATE INDEX jobs_of_a_session ON jobs (session, created_ns, id);
    CREATE INDEX jobs_to_tell ON jobs (untold_ns, id) WHERE untold_ns IS NOT NULL;";

/// A handle of the file; clones share one connection.
#[derive(Debug, Clone)]
pub(crate) struct Sqlite {
    connection: Arc<Mutex<Connection>>,
    clock: Arc<dyn Clock>,
    retention: Retention,
}

/// What went wrong inside a transaction.
enum Fault {
    /// A contract's own end.
    Kind(StoreErrorKind),
    /// What was read is not what was written.
    Record(serde_json::Error),
    /// SQLite's.
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Record(error)
    }
}

impl From<StoreErrorKind> for Fault {
    fn from(kind: StoreErrorKind) -> Self {
        Self::Kind(kind)
    }
}

impl Sqlite {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// `Misconfigured` for a place that cannot be written, `Corrupt` for a file that is no
    /// database, `Unsupported` for one of a newer program.
    pub(crate) fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        let opened = prepare(path).map_err(|fault| explain(fault, "open", path.display().to_string()))?;
        Ok(Self {
            connection: Arc::new(Mutex::new(opened)),
            clock: Arc::new(SystemClock),
            retention: Retention::default(),
        })
    }

    /// The same store on another clock.
    #[cfg(test)]
    pub(crate) fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Does `act` in one transaction, on a thread that may wait. A future that is dropped does not
    /// stop it: it happens wholly.
    async fn transact<T: Send + 'static>(
        &self,
        operation: &'static str,
        subject: String,
        act: impl FnOnce(&Transaction<'_>, Timestamp) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = store.connection.lock().unwrap_or_else(PoisonError::into_inner);
            // Immediate: what was read is still true when it is written.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let end = act(&transaction, store.clock.now())?;
            transaction.commit()?;
            Ok(end)
        });
        let end = done
            .await
            .unwrap_or_else(|_| Err(StoreErrorKind::Unavailable.into()));
        end.map_err(|fault| explain(fault, operation, subject))
    }
}

fn prepare(path: &Path) -> Result<Connection, Fault> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A save that was answered outlives a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    match transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? {
        VERSION => {}
        0 => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        _ => return Err(StoreErrorKind::Unsupported.into()),
    }
    transaction.commit()?;
    Ok(connection)
}

fn explain(fault: Fault, operation: &'static str, subject: String) -> StoreError {
    match fault {
        Fault::Kind(kind) => StoreError::new(kind, operation, subject),
        Fault::Record(cause) => {
            StoreError::new(StoreErrorKind::Corrupt, operation, subject).with_source(cause)
        }
        Fault::Engine(cause) => StoreError::new(classify(&cause), operation, subject).with_source(cause),
    }
}

fn classify(error: &rusqlite::Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreErrorKind::Unavailable,
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreErrorKind::Misconfigured
        }
        Some(ErrorCode::TooBig) => StoreErrorKind::Invalid,
        _ => StoreErrorKind::Unavailable,
    }
}

/// Whole nanoseconds since 1970; a time that none can count never comes.
fn nanoseconds(time: Timestamp) -> i64 {
    time.timestamp_nanos_opt().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_database_is_corrupt_and_left_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let letters = "x".repeat(4096);
        std::fs::write(file.path(), &letters).unwrap();
        assert_eq!(
            Sqlite::open(file.path()).unwrap_err().kind(),
            StoreErrorKind::Corrupt
        );
        assert_eq!(std::fs::read_to_string(file.path()).unwrap(), letters);
    }

    #[test]
    fn a_place_that_is_not_there_is_misconfigured() {
        let folder = tempfile::tempdir().unwrap();
        let error = Sqlite::open(folder.path().join("missing/own.sqlite")).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misconfigured);
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        drop(Sqlite::open(file.path()).unwrap());
        let newer = Connection::open(file.path()).unwrap();
        newer.pragma_update(None, "user_version", VERSION + 1).unwrap();
        let error = Sqlite::open(file.path()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    }
}

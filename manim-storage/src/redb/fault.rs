//! What went wrong below a store's method, and what that means to its caller.

use std::fmt;
use std::io;
use std::path::Path;

use manim_core::{Retry, StoreError, StoreErrorKind};
use redb::StorageError;

use crate::system::classify_io;

/// A failure on the way: ours to tell, or the engine's to classify.
#[derive(Debug)]
pub(super) enum Fault {
    Store(StoreError),
    Engine(Box<redb::Error>),
}

impl Fault {
    pub(super) fn store(kind: StoreErrorKind, operation: &'static str, subject: impl fmt::Display) -> Self {
        Self::Store(StoreError::new(kind, operation, subject.to_string()))
    }

    /// The error that a caller sees.
    pub(super) fn told(self, operation: &'static str, subject: impl fmt::Display, file: &Path) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Engine(cause) => engine_failed(&cause, operation, &subject, file).with_source(cause),
        }
    }

    /// The error that each of several callers sees.
    pub(super) fn shared(
        &self,
        operation: &'static str,
        subject: impl fmt::Display,
        file: &Path,
    ) -> StoreError {
        match self {
            Self::Store(error) => {
                StoreError::new(error.kind(), operation, subject.to_string()).with_source(error.to_string())
            }
            Self::Engine(cause) => {
                engine_failed(cause, operation, &subject, file).with_source(cause.to_string())
            }
        }
    }

    /// Whether the engine must be opened again before it can do anything.
    pub(super) fn has_stopped_the_engine(&self) -> bool {
        let Self::Engine(cause) = self else {
            return false;
        };
        matches!(
            cause.as_ref(),
            redb::Error::Io(_)
                | redb::Error::PreviousIo
                | redb::Error::Corrupted(_)
                | redb::Error::DatabaseClosed
                | redb::Error::LockPoisoned(_)
        )
    }
}

macro_rules! from_engine {
    ($($cause:ty),*) => {
        $(impl From<$cause> for Fault {
            fn from(cause: $cause) -> Self {
                Self::Engine(Box::new(cause.into()))
            }
        })*
    };
}

from_engine!(
    StorageError,
    redb::DatabaseError,
    redb::TableError,
    redb::TransactionError,
    redb::SetDurabilityError,
    redb::CommitError
);

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn engine_failed(
    cause: &redb::Error,
    operation: &'static str,
    subject: &dyn fmt::Display,
    file: &Path,
) -> StoreError {
    let file = file.display();
    let (kind, subject) = match cause {
        redb::Error::DatabaseAlreadyOpen => (
            StoreErrorKind::Unavailable,
            format!("{file} (another process has it open, and only one can; PostgreSQL serves many)"),
        ),
        redb::Error::UpgradeRequired(_) => (
            StoreErrorKind::Unsupported,
            format!("{file} (its file format is not that of this version)"),
        ),
        redb::Error::Corrupted(_) => (
            StoreErrorKind::Corrupt,
            format!("{file} ({subject}); restore it from a backup"),
        ),
        redb::Error::Io(system) => match classify_file(system) {
            StoreErrorKind::Corrupt => (
                StoreErrorKind::Corrupt,
                format!(
                    "{file} ({subject}; damaged, or no store: restore it from a backup, or name another file)"
                ),
            ),
            kind => (kind, format!("{file} ({subject})")),
        },
        redb::Error::ValueTooLarge(_) => (StoreErrorKind::Invalid, subject.to_string()),
        _ => (StoreErrorKind::Unavailable, format!("{file} ({subject})")),
    };
    let locked = matches!(cause, redb::Error::DatabaseAlreadyOpen);
    let error = StoreError::new(kind, operation, subject);
    if locked {
        error.with_retry(Retry::Never)
    } else {
        error
    }
}

/// A file that may not grow is full, whether the disk or a limit of the process says so; and
/// content that the engine does not recognise is damage.
fn classify_file(cause: &io::Error) -> StoreErrorKind {
    match cause.kind() {
        io::ErrorKind::FileTooLarge => StoreErrorKind::Full,
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => StoreErrorKind::Corrupt,
        _ => classify_io(cause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cause: redb::Error, kind: StoreErrorKind, retry: Retry) {
        let error = Fault::Engine(Box::new(cause)).told("open", "a job", Path::new("jobs.redb"));
        assert_eq!((error.kind(), error.retry()), (kind, retry));
        assert!(error.to_string().contains("jobs.redb"), "{error}");
    }

    #[test]
    fn the_words_of_the_engine() {
        use StoreErrorKind as Kind;

        let system = |kind: io::ErrorKind| redb::Error::Io(kind.into());
        check(redb::Error::DatabaseAlreadyOpen, Kind::Unavailable, Retry::Never);
        check(redb::Error::UpgradeRequired(2), Kind::Unsupported, Retry::Never);
        check(redb::Error::Corrupted("x".into()), Kind::Corrupt, Retry::Never);
        check(system(io::ErrorKind::InvalidData), Kind::Corrupt, Retry::Never);
        check(system(io::ErrorKind::StorageFull), Kind::Full, Retry::Never);
        check(system(io::ErrorKind::FileTooLarge), Kind::Full, Retry::Never);
        check(
            system(io::ErrorKind::PermissionDenied),
            Kind::Unauthorized,
            Retry::Never,
        );
        check(redb::Error::PreviousIo, Kind::Unavailable, Retry::Now);
    }
}

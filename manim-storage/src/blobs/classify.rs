//! What a store's failure means to a caller.

use std::error::Error;
use std::fmt;
use std::io;

use manim_core::{StoreError, StoreErrorKind};
use object_store::Error as Cause;

use crate::system::classify_io;

/// `cause` as our error.
pub(super) fn failed(operation: &'static str, subject: impl fmt::Display, cause: Cause) -> StoreError {
    StoreError::new(classify(&cause), operation, subject.to_string()).with_source(cause)
}

pub(super) fn classify(cause: &Cause) -> StoreErrorKind {
    match cause {
        Cause::NotFound { .. } => StoreErrorKind::NotFound,
        Cause::AlreadyExists { .. } => StoreErrorKind::AlreadyExists,
        Cause::Precondition { .. } | Cause::NotModified { .. } => StoreErrorKind::Conflict,
        Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. } => StoreErrorKind::Unauthorized,
        Cause::InvalidPath { .. } | Cause::UnknownConfigurationKey { .. } => StoreErrorKind::Invalid,
        Cause::NotSupported { .. } | Cause::NotImplemented { .. } => StoreErrorKind::Unsupported,
        other => from_system(other)
            .map(classify_io)
            .or_else(|| from_status(other))
            .unwrap_or(StoreErrorKind::Unavailable),
    }
}

/// The status of a refused listing. `object_store` tells it in the text alone, whose form a test
/// holds.
fn from_status(cause: &Cause) -> Option<StoreErrorKind> {
    let text = cause.to_string();
    let (_, status) = text.split_once("status code: ")?;
    match status.get(..3)? {
        "401" | "403" => Some(StoreErrorKind::Unauthorized),
        "404" => Some(StoreErrorKind::NotFound),
        _ => None,
    }
}

/// The system's error that `cause` was caused by, if it was.
fn from_system(cause: &Cause) -> Option<&io::Error> {
    let mut next: Option<&(dyn Error + 'static)> = Some(cause);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_says(make: fn(String, Box<dyn Error + Send + Sync>) -> Cause) -> StoreErrorKind {
        classify(&make("films/a.mp4".to_owned(), "no".into()))
    }

    fn system_says(code: i32) -> StoreErrorKind {
        classify(&Cause::Generic {
            store: "LocalFileSystem",
            source: Box::new(io::Error::from_raw_os_error(code)),
        })
    }

    #[test]
    fn the_words_of_a_store() {
        use StoreErrorKind as Kind;

        for (seen, expected) in [
            (
                store_says(|path, source| Cause::NotFound { path, source }),
                Kind::NotFound,
            ),
            (
                store_says(|path, source| Cause::AlreadyExists { path, source }),
                Kind::AlreadyExists,
            ),
            (
                store_says(|path, source| Cause::Precondition { path, source }),
                Kind::Conflict,
            ),
            (
                store_says(|path, source| Cause::PermissionDenied { path, source }),
                Kind::Unauthorized,
            ),
            (
                store_says(|path, source| Cause::Unauthenticated { path, source }),
                Kind::Unauthorized,
            ),
            (
                store_says(|_, source| Cause::NotSupported { source }),
                Kind::Unsupported,
            ),
            (
                store_says(|_, source| Cause::Generic { store: "S3", source }),
                Kind::Unavailable,
            ),
        ] {
            assert_eq!(seen, expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_numbers_of_a_system() {
        use StoreErrorKind as Kind;

        // errno(3): the same on Linux and macOS up to 34.
        let (eperm, enoent, eio, eacces, enotdir, eisdir) = (1, 2, 5, 13, 20, 21);
        let (efbig, enospc, erofs) = (27, 28, 30);
        for (code, expected) in [
            (eperm, Kind::Unauthorized),
            (eacces, Kind::Unauthorized),
            (erofs, Kind::Unauthorized),
            (enospc, Kind::Full),
            (enoent, Kind::NotFound),
            (enotdir, Kind::NotFound),
            (eisdir, Kind::NotFound),
            (efbig, Kind::Invalid),
            (eio, Kind::Unavailable),
        ] {
            assert_eq!(system_says(code), expected, "errno {code}");
        }
    }

    #[test]
    fn the_error_names_what_was_done_and_keeps_its_cause() {
        let cause = Cause::Generic {
            store: "S3",
            source: "the socket closed".into(),
        };
        let error = failed("get", "films/a.mp4", cause);
        assert_eq!(error.to_string(), "get films/a.mp4: the store is out of reach");
        assert!(manim_core::chain(&error).contains("the socket closed"));
    }
}

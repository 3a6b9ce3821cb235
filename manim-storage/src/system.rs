//! What the operating system's refusal means to a caller of a store.

use std::io;

use manim_core::StoreErrorKind;

/// What `cause` means.
pub(crate) fn classify_io(cause: &io::Error) -> StoreErrorKind {
    use io::ErrorKind;

    match cause.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreErrorKind::Unauthorized,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        // Below a file, and at a directory, there is no blob.
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory => StoreErrorKind::NotFound,
        ErrorKind::InvalidFilename | ErrorKind::FileTooLarge | ErrorKind::InvalidInput => {
            StoreErrorKind::Invalid
        }
        _ => StoreErrorKind::Unavailable,
    }
}

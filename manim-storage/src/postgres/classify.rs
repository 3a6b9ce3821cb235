//! What PostgreSQL's refusal means to a caller.

use std::fmt::Write;

use manim_core::{StoreError, StoreErrorKind};
use sqlx::Error as Cause;

use super::Did;
use super::connect::Place;

/// `cause` as our error. What the place has to do with it is said with the place.
pub(super) fn failed(did: Did<'_>, place: &Place, cause: Cause) -> StoreError {
    let kind = classify(&cause);
    let mut subject = did.subject.to_string();
    if concerns_place(kind) {
        let _ = write!(subject, " in {place}");
    }
    StoreError::new(kind, did.operation, subject).with_source(cause)
}

fn concerns_place(kind: StoreErrorKind) -> bool {
    use StoreErrorKind as Kind;

    matches!(kind, Kind::Unavailable | Kind::Unauthorized | Kind::Full)
}

pub(super) fn classify(cause: &Cause) -> StoreErrorKind {
    match cause {
        Cause::Configuration(_) => StoreErrorKind::Misconfigured,
        Cause::Database(refusal) => by_code(refusal.code().as_deref().unwrap_or_default()),
        Cause::ColumnDecode { .. } | Cause::Decode(_) | Cause::ColumnNotFound(_) => StoreErrorKind::Corrupt,
        Cause::Encode(_) => StoreErrorKind::Invalid,
        _ => StoreErrorKind::Unavailable,
    }
}

/// Codes: <https://www.postgresql.org/docs/15/errcodes-appendix.html>.
fn by_code(code: &str) -> StoreErrorKind {
    match code {
        "28P01" | "28000" | "42501" => StoreErrorKind::Unauthorized,
        "3D000" | "3F000" => StoreErrorKind::NotFound,
        "53100" => StoreErrorKind::Full,
        // A table or a column that we made is gone.
        "42P01" | "42703" | "XX001" | "XX002" => StoreErrorKind::Corrupt,
        _ => match code.get(..2).unwrap_or_default() {
            "22" | "23" | "54" => StoreErrorKind::Invalid,
            "42" => StoreErrorKind::Corrupt,
            // Connections, rivals, resources, an operator, a standby: another try may do.
            _ => StoreErrorKind::Unavailable,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_the_database() {
        use StoreErrorKind as Kind;

        for (code, expected) in [
            ("28P01", Kind::Unauthorized), // wrong password
            ("28000", Kind::Unauthorized), // no entry in pg_hba.conf
            ("42501", Kind::Unauthorized), // permission denied
            ("3D000", Kind::NotFound),     // no such database
            ("53100", Kind::Full),         // disk full
            ("53300", Kind::Unavailable),  // too many connections
            ("57P01", Kind::Unavailable),  // the operator stopped the server
            ("57P03", Kind::Unavailable),  // the server starts up
            ("57014", Kind::Unavailable),  // statement timeout
            ("08006", Kind::Unavailable),  // connection failure
            ("25006", Kind::Unavailable),  // a standby takes no writes
            ("40001", Kind::Unavailable),  // serialization failure
            ("40P01", Kind::Unavailable),  // deadlock
            ("42P01", Kind::Corrupt),      // no such table
            ("42703", Kind::Corrupt),      // no such column
            ("XX001", Kind::Corrupt),      // damaged page
            ("22021", Kind::Invalid),      // a character that cannot be kept
            ("54000", Kind::Invalid),      // too large
            ("", Kind::Unavailable),
        ] {
            assert_eq!(by_code(code), expected, "{code}");
        }
    }

    #[test]
    fn a_record_that_cannot_be_read_is_corrupt() {
        assert_eq!(classify(&Cause::Decode("no".into())), StoreErrorKind::Corrupt);
    }

    #[test]
    fn a_database_that_does_not_answer_is_unavailable_and_named() {
        let place = Place::of("postgres://ann:s3cret@db.test:5433/films").unwrap();
        let error = failed(Did::new("lease", &"a job"), &place, Cause::PoolTimedOut);
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        assert_eq!(error.subject(), "a job in postgres://ann@db.test:5433/films");
    }
}

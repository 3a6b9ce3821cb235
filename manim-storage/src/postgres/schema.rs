//! The tables, version by version. A version that was released is never edited.

use std::time::Duration;

use manim_core::{StoreError, StoreErrorKind};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::PgPool;
use sqlx::{Row, SqlSafeStr};
use tokio::time::timeout;

use super::classify::classify;
use super::connect::{Place, refused};

/// Steps of the tables, oldest first; the number is the version.
const STEPS: [(i64, &str, &str); 2] = [
    (1, "jobs", include_str!("../../migrations/0001_jobs.sql")),
    (
        2,
        "record version",
        include_str!("../../migrations/0002_record_version.sql"),
    ),
];

/// Where versions are recorded: not in the table of a program that shares the database.
const VERSIONS: &str = "manim_versions";

/// Another process may be rewriting a large table meanwhile.
const PATIENCE: Duration = Duration::from_secs(300);

/// Brings the tables to this program's version. Processes that start together take turns
/// (`pg_advisory_lock`).
pub(super) async fn prepare(pool: &PgPool, place: &Place) -> Result<(), StoreError> {
    let newest = newest(pool, place).await?;
    let ours = STEPS[STEPS.len() - 1].0;
    if newest > ours {
        return Err(too_new(place, newest, ours));
    }
    if newest == ours {
        return Ok(());
    }
    match timeout(PATIENCE, migrator().run(pool)).await {
        Ok(end) => end.map_err(|cause| failed(place, ours, cause)),
        Err(_) => Err(StoreError::new(
            StoreErrorKind::Unavailable,
            "open",
            format!("{place} (another process has been changing the tables for {PATIENCE:?})"),
        )),
    }
}

fn migrator() -> Migrator {
    let steps = STEPS.map(|(version, name, sql)| {
        Migration::new(
            version,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    let mut migrator = Migrator::with_migrations(steps.into());
    migrator.dangerous_set_table_name(VERSIONS);
    migrator
}

/// The version of the tables, 0 without tables. Asked first, so that a user who may not make
/// tables can use those that are there.
async fn newest(pool: &PgPool, place: &Place) -> Result<i64, StoreError> {
    let known = sqlx::query("SELECT to_regclass('manim_versions') IS NOT NULL")
        .fetch_one(pool)
        .await
        .map_err(|cause| refused(place, cause))?;
    if !known
        .try_get::<bool, _>(0)
        .map_err(|cause| refused(place, cause))?
    {
        return Ok(0);
    }
    let newest = sqlx::query("SELECT coalesce(max(version), 0) FROM manim_versions WHERE success")
        .fetch_one(pool)
        .await
        .and_then(|row| row.try_get(0));
    newest.map_err(|cause| failed(place, 0, cause.into()))
}

fn failed(place: &Place, ours: i64, cause: MigrateError) -> StoreError {
    let (kind, why) = match &cause {
        MigrateError::VersionMissing(theirs) => return too_new(place, *theirs, ours),
        MigrateError::VersionMismatch(version) => (
            StoreErrorKind::Corrupt,
            format!("version {version} of the tables is not the one that this program knows"),
        ),
        MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _) => {
            let kind = classify(cause);
            let why = match kind {
                StoreErrorKind::Unauthorized => "the user in the PostgreSQL URL may not make tables",
                _ => "the tables could not be made",
            };
            (kind, why.to_owned())
        }
        _ => (StoreErrorKind::Corrupt, "the tables could not be made".to_owned()),
    };
    StoreError::new(kind, "open", format!("{place} ({why})")).with_source(cause)
}

fn too_new(place: &Place, theirs: i64, ours: i64) -> StoreError {
    let subject =
        format!("{place} (its tables have version {theirs}, this program knows {ours}: update the program)");
    StoreError::new(StoreErrorKind::Unsupported, "open", subject)
}

//! Makes and opens the file: whole or not at all, proven, and in this version's format.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use manim_core::StoreErrorKind;
use redb::backends::FileBackend;
use redb::{Builder, Database, ReadableDatabase, WriteTransaction};

use super::fault::Fault;
use super::table::{META, Tables};

/// Memory for pages of the file.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Brings a file from one format to the next, within the transaction given.
type Migration = fn(&WriteTransaction) -> Result<(), Fault>;

/// The migration at place `n` makes format `n + 2` of format `n + 1`. The number of formats
/// that this version knows follows from it.
const MIGRATIONS: &[Migration] = &[];

const fn newest(migrations: &[Migration]) -> u64 {
    migrations.len() as u64 + 1
}

/// Opens the store at `path`, and makes an empty one if there is none.
pub(super) fn open_or_make(path: &Path) -> Result<Database, Fault> {
    if path.is_dir() {
        let subject = format!("{} (a directory; name a file)", path.display());
        return Err(Fault::store(StoreErrorKind::Misconfigured, "open", subject));
    }
    if !path.try_exists().map_err(redb::StorageError::from)? {
        make(path)?;
    }
    open(path)
}

/// Opens the store at `path`. Every page is checked against its checksum: damage is an error
/// here, and never a wrong answer later.
pub(super) fn open(path: &Path) -> Result<Database, Fault> {
    let length = fs::metadata(path).map_err(redb::StorageError::from)?.len();
    if length == 0 {
        // The engine would take it for a new one.
        let subject = format!(
            "{} (it is empty; restore it from a backup, or delete it)",
            path.display()
        );
        return Err(Fault::store(StoreErrorKind::Corrupt, "open", subject));
    }
    let database = builder().set_check_integrity_on_open(true).open(path)?;
    bring_up_to_date(&database, path, MIGRATIONS)?;
    Ok(database)
}

fn builder() -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Makes the file under another name, and gives it its own once it is whole. Of two processes
/// that do so at once, one wins and the other opens what that one made.
fn make(path: &Path) -> Result<(), Fault> {
    let system = |cause: io::Error| Fault::from(redb::StorageError::from(cause));
    if let Some(parent) = parent(path) {
        fs::create_dir_all(parent).map_err(system)?;
    }
    let draft = draft_of(path);
    fill(private_file(&draft).map_err(system)?)?;
    let named = fs::hard_link(&draft, path).or_else(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => Ok(()),
        // Some file systems have no links.
        _ => fs::rename(&draft, path),
    });
    drop(fs::remove_file(&draft));
    named.map_err(system)?;
    sync_parent(path).map_err(system)
}

fn fill(file: File) -> Result<(), Fault> {
    let database = builder().create_with_backend(FileBackend::new(file)?)?;
    let transaction = database.begin_write()?;
    {
        let mut tables = Tables::open(&transaction)?;
        tables.meta.insert("format", newest(MIGRATIONS))?;
    }
    transaction.commit()?;
    Ok(database.close()?)
}

/// A name of its own in the same directory.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", uuid::Uuid::now_v7()));
    path.with_file_name(name)
}

/// The store tells what people asked: it is its owner's only.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn parent(path: &Path) -> Option<&Path> {
    path.parent().filter(|parent| !parent.as_os_str().is_empty())
}

/// A name is on the disk when its directory is.
fn sync_parent(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(parent(path).unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

fn bring_up_to_date(database: &Database, path: &Path, migrations: &[Migration]) -> Result<(), Fault> {
    let (found, newest) = (format_of(database, path)?, newest(migrations));
    if found > newest {
        let subject = format!(
            "{} (a newer version wrote it, in format {found}; this one reads up to {newest}: upgrade, or open another file)",
            path.display()
        );
        return Err(Fault::store(StoreErrorKind::Unsupported, "open", subject));
    }
    if found == newest {
        return Ok(());
    }
    let transaction = database.begin_write()?;
    for migration in migrations.iter().skip(found.saturating_sub(1) as usize) {
        migration(&transaction)?;
    }
    transaction.open_table(META)?.insert("format", newest)?;
    Ok(transaction.commit()?)
}

fn format_of(database: &Database, path: &Path) -> Result<u64, Fault> {
    let foreign = || {
        let subject = format!("{} (a redb file, but none of this program's)", path.display());
        Fault::store(StoreErrorKind::Misconfigured, "open", subject)
    };
    let meta = match database.begin_read()?.open_table(META) {
        Ok(meta) => meta,
        Err(redb::TableError::Storage(cause)) => return Err(cause.into()),
        Err(_) => return Err(foreign()),
    };
    let format = meta.get("format")?.map(|format| format.value());
    format.ok_or_else(foreign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use redb::{ReadableTable, TableDefinition};

    const NOTES: TableDefinition<'_, &str, u64> = TableDefinition::new("notes");

    fn note(transaction: &WriteTransaction, name: &str) -> Result<(), Fault> {
        let mut notes = transaction.open_table(NOTES)?;
        let before = notes.get("last")?.map_or(0, |last| last.value());
        notes.insert(name, before + 1)?;
        notes.insert("last", before + 1)?;
        Ok(())
    }

    fn first(transaction: &WriteTransaction) -> Result<(), Fault> {
        note(transaction, "first")
    }

    fn second(transaction: &WriteTransaction) -> Result<(), Fault> {
        note(transaction, "second")
    }

    fn fails(transaction: &WriteTransaction) -> Result<(), Fault> {
        note(transaction, "half")?;
        Err(Fault::store(StoreErrorKind::Full, "migrate", "a store"))
    }

    fn noted(database: &Database, name: &str) -> Option<u64> {
        let view = database.begin_read().unwrap();
        let notes = view.open_table(NOTES).ok()?;
        notes.get(name).unwrap().map(|number| number.value())
    }

    fn store(path: &Path) -> Database {
        open_or_make(path).unwrap()
    }

    #[test]
    fn migrations_run_once_and_in_order() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("jobs.redb");
        let database = store(&path);
        for _ in 0..2 {
            bring_up_to_date(&database, &path, &[first, second]).unwrap();
            assert_eq!(
                (noted(&database, "first"), noted(&database, "second")),
                (Some(1), Some(2))
            );
        }
        assert_eq!(format_of(&database, &path).unwrap(), 3);
    }

    #[test]
    fn a_store_goes_on_from_the_format_it_has() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("jobs.redb");
        let database = store(&path);
        bring_up_to_date(&database, &path, &[first]).unwrap();
        bring_up_to_date(&database, &path, &[first, second]).unwrap();
        assert_eq!(
            (noted(&database, "first"), noted(&database, "second")),
            (Some(1), Some(2))
        );
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("jobs.redb");
        let database = store(&path);
        bring_up_to_date(&database, &path, &[first, fails]).unwrap_err();
        assert_eq!(noted(&database, "first"), None);
        assert_eq!(format_of(&database, &path).unwrap(), 1);
    }

    #[test]
    fn a_store_of_a_newer_version_is_refused_by_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("jobs.redb");
        let database = store(&path);
        bring_up_to_date(&database, &path, &[first, second]).unwrap();
        drop(database);
        let Err(Fault::Store(error)) = open_or_make(&path) else {
            panic!("a newer format was opened");
        };
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        assert!(error.to_string().contains("newer version"), "{error}");
        assert!(error.to_string().contains("jobs.redb"), "{error}");
    }
}

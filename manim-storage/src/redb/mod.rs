//! Everything that must not be lost, in one file on this machine.

mod doors;
mod engine;
mod expiry;
mod fault;
mod file;
mod leftovers;
mod queue;
mod sessions;
mod table;
mod writer;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use manim_core::{Clock, Retention, StoreError, StoreErrorKind, SystemClock, Timestamp};
use redb::{ReadTransaction, ReadableDatabase};

use engine::Engine;
use fault::Fault;
use table::Tables;
use writer::{Promise, Writer, Written};

/// Sessions, jobs, the queue, quotas and the inbox in one file: the default for one machine.
/// Cheap to clone; all clones are one.
///
/// What a method has done is synced to the disk when it returns, and survives a crash of the
/// process or the machine. Writes that come at the same time share one sync. One process has
/// the file open at a time; a second one is refused (`Unavailable`, naming the file).
///
/// The file is checked whole when it is opened, which takes about a second for each gigabyte.
/// A damaged one is `Corrupt`, one of a newer version `Unsupported`; neither is touched. Its
/// room is used again after records have ended, and is not given back to the disk.
///
/// A disk that is full (`Full`) or fails undoes the writes that were waiting, and those only;
/// the store goes on by itself once the disk does.
///
/// Closed when the last clone is dropped, which waits for the writes under way.
#[derive(Clone)]
pub struct RedbStore(Arc<Inner>);

struct Inner {
    engine: Arc<Engine>,
    writer: Writer,
}

/// How a [`RedbStore`] is opened.
#[derive(Debug, Clone)]
pub struct RedbOptions {
    clock: Arc<dyn Clock>,
    retention: Retention,
}

impl Default for RedbOptions {
    /// The machine's clock, and the default [`Retention`].
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            retention: Retention::default(),
        }
    }
}

impl RedbOptions {
    /// Another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Other times to keep records.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }
}

impl RedbStore {
    /// Opens the store at `path`, readable by its owner only, or makes it and the directories
    /// above it. Blocks while the file is checked.
    ///
    /// # Errors
    /// `Corrupt`, `Unsupported` (a newer version wrote it), `Unavailable` (another process has
    /// it), `Unauthorized`, `Full`, `Misconfigured` (a directory, or another program's file).
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with(path, RedbOptions::default())
    }

    /// Opens the store at `path` by `options`.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(path: impl Into<PathBuf>, options: RedbOptions) -> Result<Self, StoreError> {
        let path = path.into();
        let opened = Engine::open(path.clone(), options.clock, options.retention);
        let engine = Arc::new(opened.map_err(|fault| fault.told("open", "the store", &path))?);
        let writer = Writer::start(engine.clone()).map_err(|source| {
            StoreError::new(
                StoreErrorKind::Unavailable,
                "start the writer of",
                path.display().to_string(),
            )
            .with_source(source)
        })?;
        Ok(Self(Arc::new(Inner { engine, writer })))
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Reads on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        subject: impl fmt::Display,
        read: impl FnOnce(&ReadTransaction, Timestamp) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let engine = self.0.engine.clone();
        let now = engine.now();
        let reading = tokio::task::spawn_blocking(move || {
            engine.use_open(|database| read(&database.begin_read()?, now))
        });
        match reading.await {
            Ok(read) => read.map_err(|fault| fault.told(operation, subject, self.engine().path())),
            Err(cause) => {
                let error = StoreError::new(StoreErrorKind::Unavailable, operation, subject.to_string());
                Err(error.with_source(cause))
            }
        }
    }

    /// Writes with the next transaction.
    async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        subject: impl fmt::Display + Send,
        promise: Promise,
        write: impl FnOnce(&mut Tables<'_>, Context<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let engine = self.0.engine.clone();
        let written = self.0.writer.write(promise, move |tables| {
            let context = Context {
                now: engine.now(),
                retention: engine.retention(),
            };
            write(tables, context)
        });
        match written.await {
            Some(Written::Done(value)) => Ok(value),
            Some(Written::Refused(fault)) => Err(fault.told(operation, subject, self.engine().path())),
            Some(Written::Lost(fault)) => Err(fault.shared(operation, subject, self.engine().path())),
            None => Err(StoreError::new(
                StoreErrorKind::Unavailable,
                operation,
                format!("{subject} (the store's writer has ended)"),
            )),
        }
    }
}

/// What a write knows beside the tables.
struct Context<'a> {
    now: Timestamp,
    retention: &'a Retention,
}

impl fmt::Debug for RedbStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedbStore").field(&self.engine().path()).finish()
    }
}

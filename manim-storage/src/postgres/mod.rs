//! Everything that must not be lost, in PostgreSQL, for any number of processes.
//!
//! Every write is one statement, so it is one transaction, and a process that freezes between
//! two holds no lock. The time is the database's: machines whose clocks differ agree
//! on what has expired and whose lease has lapsed.

mod classify;
mod connect;
mod doors;
mod leftovers;
mod queue;
mod schema;
mod sessions;
mod sweep;
mod wake;

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use manim_core::{Clock, Retention, Secret, StoreError, StoreErrorKind, Timestamp};
use sqlx::postgres::types::PgInterval;
use sqlx::postgres::{PgArguments, PgPool, PgRow};
use sqlx::query::Query;

use classify::failed;
use connect::Place;
use sweep::Broom;
use wake::Bell;

/// Longer than any of our statements takes on a database that is alive. A connection that is
/// silent for so long is given up.
const ANSWER: Duration = Duration::from_secs(30);

/// No time to live is longer: PostgreSQL's calendar ends, and so do numbers.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Sessions, jobs, the queue, quotas and the inbox in PostgreSQL 14 or later: for many machines.
/// Cheap to clone; all clones share their connections. What has expired is removed in the
/// background.
///
/// When the database is away, calls wait for it as long as [`PostgresBuilder::patience`] says
/// and then fail as `Unavailable`; the next call tries again, so a restart of the database
/// needs none of ours.
///
/// ```no_run
/// # async fn open() -> Result<(), manim_core::StoreError> {
/// let store = manim_storage::PostgresStore::connect("postgres://user:password@host/films").await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct PostgresStore(Arc<Inner>);

struct Inner {
    pool: PgPool,
    place: Place,
    clock: Option<Arc<dyn Clock>>,
    retention: Retention,
    poll: Duration,
    bell: OnceLock<Bell>,
    _broom: Broom,
}

/// How a [`PostgresStore`] is opened.
#[derive(Debug)]
pub struct PostgresBuilder {
    url: Secret,
    connections: u32,
    patience: Duration,
    poll: Duration,
    retention: Retention,
    clock: Option<Arc<dyn Clock>>,
}

impl PostgresStore {
    /// Opens the database at `url` with the defaults of [`PostgresStore::builder`].
    ///
    /// # Errors
    /// See [`PostgresBuilder::connect`].
    pub async fn connect(url: impl Into<Secret>) -> Result<Self, StoreError> {
        Self::builder(url).connect().await
    }

    /// `url` is `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, with the parameters of libpq
    /// (`sslmode`, `sslrootcert`, `options`…). What it leaves out comes from `PGHOST` and its
    /// kin and from `~/.pgpass`.
    pub fn builder(url: impl Into<Secret>) -> PostgresBuilder {
        PostgresBuilder {
            url: url.into(),
            connections: 16,
            patience: Duration::from_secs(5),
            poll: Duration::from_secs(2),
            retention: Retention::default(),
            clock: None,
        }
    }

    /// Closes all connections, after the calls under way.
    pub async fn close(&self) {
        self.0.pool.close().await;
    }

    /// Performs one statement.
    async fn rows(&self, did: Did<'_>, statement: Statement) -> Result<Vec<PgRow>, StoreError> {
        let mut connection = self
            .0
            .pool
            .acquire()
            .await
            .map_err(|cause| self.failed(did, cause))?;
        match tokio::time::timeout(ANSWER, statement.fetch_all(&mut *connection)).await {
            Ok(end) => end.map_err(|cause| self.failed(did, cause)),
            Err(_) => {
                connection.close_on_drop();
                Err(self.failed(did, sqlx::Error::PoolTimedOut))
            }
        }
    }

    fn failed(&self, did: Did<'_>, cause: sqlx::Error) -> StoreError {
        failed(did, &self.0.place, cause)
    }

    /// The time given, or nothing: then a statement asks the database.
    fn now(&self) -> Option<Timestamp> {
        self.0.clock.as_ref().map(|clock| clock.now())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresStore({})", self.0.place)
    }
}

impl PostgresBuilder {
    /// At most so many connections, and one more to listen for wake-ups. Default 16.
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How long a call waits for a connection before it is `Unavailable`. Default 5 s.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How often waiting workers look for themselves: what a lost wake-up costs at most.
    /// Default 2 s.
    #[must_use]
    pub fn poll(mut self, pause: Duration) -> Self {
        self.poll = pause;
        self
    }

    /// How long records are kept.
    #[must_use]
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Asks this clock instead of the database's. For tests: processes with clocks of their
    /// own would disagree on whose lease has lapsed.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Connects, and brings the tables to this program's version; several processes may do so
    /// at the same time.
    ///
    /// # Errors
    /// `Misconfigured` for a URL that is none, `Unauthorized` for a wrong user or password or a user
    /// who may not make tables, `NotFound` for a missing database, `Unavailable` when nobody
    /// answers, `Unsupported` for tables of a newer version, `Corrupt` for altered ones.
    pub async fn connect(self) -> Result<PostgresStore, StoreError> {
        let (pool, place) = connect::open(&self.url, self.connections, self.patience)?;
        schema::prepare(&pool, &place).await?;
        Ok(PostgresStore(Arc::new(Inner {
            _broom: Broom::start(pool.clone(), self.clock.clone()),
            pool,
            place,
            clock: self.clock,
            retention: self.retention,
            poll: self.poll,
            bell: OnceLock::new(),
        })))
    }
}

type Statement = Query<'static, sqlx::Postgres, PgArguments>;

/// The operation and its subject, for errors.
#[derive(Clone, Copy)]
struct Did<'a> {
    operation: &'static str,
    subject: &'a (dyn fmt::Display + Sync),
}

impl<'a> Did<'a> {
    const fn new(operation: &'static str, subject: &'a (dyn fmt::Display + Sync)) -> Self {
        Self { operation, subject }
    }

    fn error(self, kind: StoreErrorKind) -> StoreError {
        StoreError::new(kind, self.operation, self.subject.to_string())
    }
}

fn interval(time: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(time.min(LONGEST).as_micros()).unwrap_or(i64::MAX),
    }
}

fn limit(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX)
}

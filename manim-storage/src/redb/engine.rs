//! The open file, shared by readers and the writer. A disk that failed stops the engine; it is
//! opened again by whoever needs it next, so a disk that was full for a while costs no restart.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use manim_core::{Clock, Retention, StoreErrorKind, Timestamp};
use redb::Database;
use tokio::sync::Notify;

use super::fault::Fault;
use super::file;

pub(super) struct Engine {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    retention: Retention,
    state: RwLock<State>,
    due: Notify,
}

enum State {
    Open(Database),
    /// The disk failed.
    Stopped,
    /// The last handle is gone.
    Closed,
}

impl Engine {
    pub(super) fn open(path: PathBuf, clock: Arc<dyn Clock>, retention: Retention) -> Result<Self, Fault> {
        let database = file::open_or_make(&path)?;
        Ok(Self {
            path,
            clock,
            retention,
            state: RwLock::new(State::Open(database)),
            due: Notify::new(),
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn retention(&self) -> &Retention {
        &self.retention
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Rings when a job may have become due.
    pub(super) fn due(&self) -> &Notify {
        &self.due
    }

    /// Works on the open file, which is opened again first if it has to be.
    pub(super) fn use_open<T>(&self, work: impl FnOnce(&Database) -> Result<T, Fault>) -> Result<T, Fault> {
        loop {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            match &*state {
                State::Open(database) => {
                    let end = work(database);
                    drop(state);
                    if end.as_ref().is_err_and(Fault::has_stopped_the_engine) {
                        self.stop();
                    }
                    return end;
                }
                State::Closed => {
                    let subject = self.path.display();
                    return Err(Fault::store(
                        StoreErrorKind::Unavailable,
                        "use the closed",
                        subject,
                    ));
                }
                State::Stopped => {}
            }
            drop(state);
            self.start_again()?;
        }
    }

    /// Ends all use of the file, and gives up its lock.
    pub(super) fn close(&self) {
        self.replace(State::Closed);
    }

    fn stop(&self) {
        tracing::warn!(file = %self.path.display(), "the store has failed and will be opened again");
        self.replace(State::Stopped);
    }

    fn replace(&self, next: State) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*state, State::Closed) {
            *state = next;
        }
    }

    /// A file that has vanished meanwhile is an error: an empty store would hide the loss.
    fn start_again(&self) -> Result<(), Fault> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Stopped) {
            *state = State::Open(file::open(&self.path)?);
        }
        Ok(())
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

//! One thread that writes. What waits when it begins a transaction shares that transaction and
//! its one sync to disk; each caller is answered when what it was promised is so, not before.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use redb::Durability;
use tokio::sync::{mpsc, oneshot};

use super::engine::Engine;
use super::expiry;
use super::fault::Fault;
use super::table::Tables;

/// Writes that share a transaction: bounds what a failed commit undoes and how long the first
/// of them waits.
const BATCH: usize = 256;

/// Writes that may wait; more callers wait for a place.
const WAITING: usize = 1024;

/// Transactions in a row that may be left unsynced: the engine frees no space until one is synced.
const UNSYNCED: usize = 64;

/// What is so when a write is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    /// It is on the disk.
    Durable,
    /// It is on the disk, and who waits for a job is woken.
    Wakes,
    /// Everybody sees it. A crash may undo it, unless a durable write came after it.
    Visible,
}

/// A write under way. Changes nothing if it fails, or the whole batch fails with it.
trait Write: Send {
    fn perform(&mut self, tables: &mut Tables<'_>) -> Result<(), Fault>;
    fn promise(&self) -> Promise;
    fn is_done(&self) -> bool;
    fn answer(self: Box<Self>, committed: &Result<(), Arc<Fault>>);
}

/// What the writer says to a caller.
pub(super) enum Written<T> {
    Done(T),
    /// This write was refused.
    Refused(Fault),
    /// The transaction that it shared failed.
    Lost(Arc<Fault>),
}

struct Pending<T, F> {
    write: Option<F>,
    promise: Promise,
    end: Option<Result<T, Fault>>,
    caller: oneshot::Sender<Written<T>>,
}

impl<T, F> Write for Pending<T, F>
where
    T: Send,
    F: FnOnce(&mut Tables<'_>) -> Result<T, Fault> + Send,
{
    /// A refusal is the caller's alone; what the engine says concerns all.
    fn perform(&mut self, tables: &mut Tables<'_>) -> Result<(), Fault> {
        let Some(write) = self.write.take() else {
            return Ok(());
        };
        match write(tables) {
            Err(fault @ Fault::Engine(_)) => Err(fault),
            end => {
                self.end = Some(end);
                Ok(())
            }
        }
    }

    fn promise(&self) -> Promise {
        self.promise
    }

    fn is_done(&self) -> bool {
        matches!(self.end, Some(Ok(_)))
    }

    /// Whoever does not wait any more needs no answer.
    fn answer(self: Box<Self>, committed: &Result<(), Arc<Fault>>) {
        let said = match (committed, self.end) {
            (Err(fault), _) => Written::Lost(fault.clone()),
            (Ok(()), Some(Ok(value))) => Written::Done(value),
            (Ok(()), Some(Err(fault))) => Written::Refused(fault),
            (Ok(()), None) => return,
        };
        drop(self.caller.send(said));
    }
}

/// The way to the writing thread, which ends when this is dropped.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Write>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(engine: Arc<Engine>) -> std::io::Result<Self> {
        let (queue, writes) = mpsc::channel(WAITING);
        let thread = thread::Builder::new()
            .name("manim-redb-writer".to_owned())
            .spawn(move || run(&engine, writes))?;
        Ok(Self {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Hands a write in and waits until the promise is kept. `None`: the thread is gone.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        promise: Promise,
        write: impl FnOnce(&mut Tables<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Option<Written<T>> {
        let (caller, answer) = oneshot::channel();
        let pending = Pending {
            write: Some(write),
            promise,
            end: None,
            caller,
        };
        self.queue.as_ref()?.send(Box::new(pending)).await.ok()?;
        answer.await.ok()
    }
}

impl Drop for Writer {
    /// Waits for the writes that were handed in, so that the file is free when this returns.
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the writer of the store has panicked");
        }
    }
}

fn run(engine: &Engine, mut writes: mpsc::Receiver<Box<dyn Write>>) {
    let mut unsynced = 0;
    while let Some(first) = writes.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(next) = writes.try_recv()
        {
            batch.push(next);
        }
        let synced = unsynced == UNSYNCED || batch.iter().any(|write| write.promise() != Promise::Visible);
        unsynced = if synced { 0 } else { unsynced + 1 };
        let durability = if synced {
            Durability::Immediate
        } else {
            Durability::None
        };
        let committed = engine.use_open(|database| commit(engine, database, durability, &mut batch));
        let is_work = |write: &dyn Write| write.promise() == Promise::Wakes && write.is_done();
        if committed.is_ok() && batch.iter().any(|write| is_work(write.as_ref())) {
            engine.due().notify_waiters();
        }
        let committed = committed.map_err(Arc::new);
        for write in batch {
            write.answer(&committed);
        }
    }
    engine.close();
}

fn commit(
    engine: &Engine,
    database: &redb::Database,
    durability: Durability,
    batch: &mut [Box<dyn Write>],
) -> Result<(), Fault> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(durability)?;
    {
        let mut tables = Tables::open(&transaction)?;
        expiry::sweep(&mut tables, engine.now())?;
        for write in batch {
            write.perform(&mut tables)?;
        }
    }
    Ok(transaction.commit()?)
}

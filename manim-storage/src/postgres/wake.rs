//! Wakes waiting workers of every process: LISTEN and NOTIFY. Nothing depends on it but speed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sqlx::postgres::{PgListener, PgPool};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use tokio::task::JoinHandle;

use super::connect::{Place, ear};

const CHANNEL: &str = "manim_queue";

/// The commit that carries a notification holds a lock of the whole database, so it does not
/// wait for the disk, and what is rung meanwhile is rung once.
const RING: &str = "SELECT set_config('synchronous_commit', 'off', true), pg_notify('manim_queue', '')";

/// Pauses between tries to listen again, doubling.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// How long one try to listen may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One process's end of the wire. Dropping it lets go.
pub(super) struct Bell {
    place: Place,
    woken: Arc<Notify>,
    wanted: Arc<Notify>,
    ringer: JoinHandle<()>,
    /// A process that only enqueues listens to nothing.
    listener: OnceLock<JoinHandle<()>>,
}

impl Bell {
    /// Must be called within a runtime.
    pub(super) fn hang(pool: &PgPool, place: Place) -> Self {
        let wanted = Arc::new(Notify::new());
        Self {
            place,
            woken: Arc::new(Notify::new()),
            ringer: tokio::spawn(ring(pool.clone(), wanted.clone())),
            wanted,
            listener: OnceLock::new(),
        }
    }

    /// Wakes the waiters: of this process now, of others soon.
    pub(super) fn ring(&self) {
        self.woken.notify_waiters();
        self.wanted.notify_one();
    }

    /// Ready when the bell rings.
    pub(super) fn rung(&self) -> Notified<'_> {
        let listen = || tokio::spawn(listen(self.place.clone(), self.woken.clone()));
        self.listener.get_or_init(listen);
        self.woken.notified()
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        self.ringer.abort();
        if let Some(listener) = self.listener.get() {
            listener.abort();
        }
    }
}

async fn ring(pool: PgPool, wanted: Arc<Notify>) {
    loop {
        wanted.notified().await;
        if let Err(cause) = sqlx::query(RING).execute(&pool).await {
            tracing::debug!(%cause, "nobody was woken; waiters will look by themselves");
        }
    }
}

async fn listen(place: Place, woken: Arc<Notify>) {
    let pool = ear(&place, PATIENCE);
    let mut pause = FIRST_PAUSE;
    loop {
        match hear(&pool, &woken).await {
            Ok(()) => pause = FIRST_PAUSE,
            Err(cause) => tracing::debug!(%cause, "not listening; waiters look by themselves"),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}

/// Listens until the connection breaks.
async fn hear(pool: &PgPool, woken: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await?;
    // What was rung before is not told again.
    woken.notify_waiters();
    while listener.try_recv().await?.is_some() {
        woken.notify_waiters();
    }
    Ok(())
}

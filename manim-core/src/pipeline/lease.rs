//! Keeps a job's lease while it is worked on, and lets go of the work when the lease is lost.

use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;

use super::Pipeline;
use super::events::Change;
use super::worker::Shutdown;
use crate::error::chain;
use crate::queue::{Lease, Settlement};
use crate::session::{StoreError, StoreErrorKind};
use crate::status::Status;

const CANCELLED: Change = Change::Entered {
    status: Status::Cancelled,
};

impl Pipeline {
    /// Works on a leased job until it rests, its lease is lost, or `shutdown` and the time to
    /// drain are over.
    pub(super) async fn hold(&self, lease: Lease, shutdown: Shutdown<'_>) {
        let settlement = tokio::select! {
            biased;
            settlement = self.advance(&lease) => settlement,
            lost = self.watch(&lease) => self.let_go(&lease, lost).await,
            () = self.drained(shutdown) => Some(Settlement::Again(Duration::ZERO)),
        };
        let Some(settlement) = settlement else { return };
        if let Err(error) = self.0.queue.settle(&lease, settlement).await {
            tracing::warn!(job = %lease.job, error = chain(&error), "lease not settled; it will lapse");
        }
    }

    async fn drained(&self, shutdown: Shutdown<'_>) {
        shutdown.await;
        tokio::time::sleep(self.0.options.drain).await;
    }

    /// Whether the job is still this worker's. One that was frozen for longer than its lease
    /// finds out here, before it does what cannot be undone. While the queue is out of reach
    /// nobody else can have taken the job.
    pub(super) async fn still_holds(&self, lease: &Lease) -> bool {
        let beat = self.0.queue.heartbeat(lease, self.0.options.lease).await;
        !beat.is_err_and(|error| error.kind() == StoreErrorKind::Conflict)
    }

    /// The work was dropped: removes what it may have stored after its job had ended.
    async fn let_go(&self, lease: &Lease, lost: Option<Settlement>) -> Option<Settlement> {
        if lost.is_some() {
            self.remove_film(lease.job).await;
        }
        lost
    }

    /// Keeps the lease alive. Returns when the job is no longer ours to work on: `None` when
    /// the lease was lost, `Done` when the job was ended by somebody else.
    async fn watch(&self, lease: &Lease) -> Option<Settlement> {
        let mut events = self.0.hub.listen(lease.job);
        let mut beats = tokio::time::interval(self.0.options.lease / 3);
        beats.tick().await;
        loop {
            let ended = tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => event.change == CANCELLED,
                    Err(RecvError::Lagged(_)) => false,
                    Err(RecvError::Closed) => {
                        events = self.0.hub.listen(lease.job);
                        false
                    }
                },
                _ = beats.tick() => match self.beat(lease).await {
                    Ok(ended) => ended,
                    Err(error) if error.kind() == StoreErrorKind::Conflict => return None,
                    Err(_) => false,
                },
            };
            if ended {
                return Some(Settlement::Done);
            }
        }
    }

    /// Puts the lease's end off, and tells whether the job has ended elsewhere.
    async fn beat(&self, lease: &Lease) -> Result<bool, StoreError> {
        self.0.queue.heartbeat(lease, self.0.options.lease).await?;
        let job = self.0.sessions.job(lease.job).await?;
        Ok(job.is_none_or(|job| matches!(job.value.status(), Status::Cancelled | Status::Expired)))
    }
}

//! How far a render is, told forwards only.

use futures::future::{Either, select};
use manim_core::{Progress, ProgressSink};
use tokio::sync::watch;

/// Passes positions on, each further than the one before it.
pub(crate) struct Teller<'a> {
    sink: &'a dyn ProgressSink,
    told: Option<u64>,
    total: Option<u64>,
}

impl<'a> Teller<'a> {
    pub(crate) fn new(sink: &'a dyn ProgressSink, total: Option<u64>) -> Self {
        Self {
            sink,
            told: None,
            total,
        }
    }

    /// Tells of every position until `running` is done.
    pub(crate) async fn watch<T>(
        &mut self,
        count: &mut watch::Receiver<u64>,
        running: impl Future<Output = T>,
    ) -> T {
        let mut running = std::pin::pin!(running);
        loop {
            let next = async { count.changed().await.map(|()| *count.borrow_and_update()) };
            match select(std::pin::pin!(next), &mut running).await {
                Either::Left((Ok(frames), _)) => self.tell(frames),
                Either::Left((Err(_), running)) => return running.await,
                Either::Right((done, _)) => return done,
            }
        }
    }

    /// The total, where it was not known yet.
    #[cfg(feature = "remote")]
    pub(crate) fn learn(&mut self, total: Option<u64>) {
        self.total = self.total.or(total);
    }

    pub(crate) fn tell(&mut self, frames: u64) {
        // A job that is run again starts over; its progress does not.
        if self.told.is_none_or(|told| told < frames) {
            self.told = Some(frames);
            self.sink.progress(Progress {
                frames_done: frames,
                frames_total: self.total,
            });
        }
    }
}

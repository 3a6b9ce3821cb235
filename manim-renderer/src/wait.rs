//! Waiting that always ends: for a descriptor, a deadline or a cancellation.

use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use manim_core::RenderError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// Why a job was ended before it ended itself.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Nobody waits for it any more.
    Cancelled,
    /// The wall time is over.
    TimeUp,
    /// The scene went over another limit: a stable code and a sentence.
    OverLimit(&'static str, String),
    /// We could not do our part.
    Fault(RenderError),
}

impl From<RenderError> for Stop {
    fn from(error: RenderError) -> Self {
        Self::Fault(error)
    }
}

/// What ends every wait of a job.
#[derive(Debug)]
pub(crate) struct Interrupt {
    cancelled: UnixStream,
    deadline: Instant,
}

impl Interrupt {
    /// Ends waits after `limit`, or when the other end of `cancelled` closes.
    pub(crate) fn new(cancelled: UnixStream, limit: Duration) -> Self {
        Self {
            cancelled,
            deadline: Instant::now() + limit,
        }
    }

    /// A second handle to what cancels.
    pub(crate) fn cancelled(&self) -> Result<UnixStream, RenderError> {
        self.cancelled.try_clone().map_err(|e| resources().with_source(e))
    }

    /// The time until the deadline.
    pub(crate) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Whether the deadline has passed.
    pub(crate) fn is_over(&self) -> bool {
        self.deadline <= Instant::now()
    }

    /// As [`wait`](Self::wait), but comes back with nothing ready after `tick`.
    pub(crate) fn wait_for<const N: usize>(
        &self,
        watched: &mut [(Option<BorrowedFd<'_>>, PollFlags); N],
        tick: Duration,
    ) -> Result<(), Stop> {
        match self.wait_until(watched, self.deadline.min(Instant::now() + tick)) {
            Err(Stop::TimeUp) if !self.is_over() => {
                watched
                    .iter_mut()
                    .for_each(|(_, flags)| *flags = PollFlags::empty());
                Ok(())
            }
            waited => waited,
        }
    }

    /// Waits until one of `watched` is ready and replaces each one's flags by what is.
    pub(crate) fn wait<const N: usize>(
        &self,
        watched: &mut [(Option<BorrowedFd<'_>>, PollFlags); N],
    ) -> Result<(), Stop> {
        self.wait_until(watched, self.deadline)
    }

    fn wait_until<const N: usize>(
        &self,
        watched: &mut [(Option<BorrowedFd<'_>>, PollFlags); N],
        deadline: Instant,
    ) -> Result<(), Stop> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Stop::TimeUp);
        }
        let mut all = vec![PollFd::from_borrowed_fd(self.cancelled.as_fd(), PollFlags::IN)];
        all.extend(
            watched
                .iter()
                .filter_map(|(fd, flags)| Some(PollFd::from_borrowed_fd((*fd)?, *flags))),
        );
        match poll(&mut all, Some(&timespec(left))) {
            Ok(0) => return Err(Stop::TimeUp),
            Ok(_) | Err(Errno::INTR) => {}
            Err(e) => return Err(fault(e).into()),
        }
        let mut seen = all.iter().map(PollFd::revents);
        if seen.next().is_some_and(|flags| !flags.is_empty()) {
            return Err(Stop::Cancelled);
        }
        for (fd, flags) in watched {
            *flags = if fd.is_some() {
                seen.next().unwrap_or(PollFlags::empty())
            } else {
                PollFlags::empty()
            };
        }
        Ok(())
    }
}

pub(crate) fn timespec(left: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    }
}

fn resources() -> RenderError {
    RenderError::new(manim_core::RenderErrorKind::Resources, "watch", "a job")
}

fn fault(errno: Errno) -> RenderError {
    let kind = manim_core::RenderErrorKind::Resources;
    RenderError::new(kind, "wait for", "a job").with_source(std::io::Error::from(errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_ends_a_wait() {
        let (_held, cancelled) = UnixStream::pair().unwrap();
        let (_silent, other) = UnixStream::pair().unwrap();
        let interrupt = Interrupt::new(cancelled, Duration::from_millis(1));
        let waited = interrupt.wait(&mut [(Some(other.as_fd()), PollFlags::IN)]);
        assert!(matches!(waited, Err(Stop::TimeUp)));
    }

    #[test]
    fn a_dropped_end_ends_a_wait() {
        let (held, cancelled) = UnixStream::pair().unwrap();
        let (_silent, other) = UnixStream::pair().unwrap();
        let interrupt = Interrupt::new(cancelled, Duration::from_secs(60));
        drop(held);
        let waited = interrupt.wait(&mut [(Some(other.as_fd()), PollFlags::IN)]);
        assert!(matches!(waited, Err(Stop::Cancelled)));
    }
}

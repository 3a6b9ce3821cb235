//! Sees one job through, on a thread of its own: forks it, listens, answers, watches its
//! limits, and buries it. Believes nothing that the job says; what a message means is
//! decided by the `Work` at hand.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use manim_core::{RenderError, RenderErrorKind};
use rustix::event::PollFlags;

use crate::limits::Limits;
use crate::log::Log;
use crate::protocol::{Exit, Fork, FromJob, Inbox, Line, OnLeash, Outbox, Task, Violation};
use crate::ring::Ring;
use crate::scratch::Scratch;
use crate::wait::{Interrupt, Stop};
use crate::zygote::Zygote;

/// A job that said how it ended, or was killed, is buried within milliseconds.
const BURIAL_LIMIT: Duration = Duration::from_secs(3);

/// What a job's messages mean.
pub(crate) trait Work {
    /// Takes one message that is not the last.
    fn hear(&mut self, message: FromJob, replies: &mut Outbox, interrupt: &Interrupt) -> Result<(), Stop>;
}

/// How a job ended by itself.
#[derive(Debug)]
pub(crate) struct Ending {
    /// Its last message, if it came to one.
    pub(crate) last: Option<FromJob>,
    /// How its process ended.
    pub(crate) exit: Exit,
    /// What it printed, shortened.
    pub(crate) log: String,
}

/// What a job is made of.
#[derive(Debug)]
pub(crate) struct Order<'a> {
    pub(crate) task: Task<'a>,
    pub(crate) ring: Option<&'a Ring>,
    pub(crate) wall: Duration,
    pub(crate) imports: &'a [&'static str],
}

/// Runs a job to its end. On every way out its processes and its scratch are gone.
pub(crate) fn drive(
    zygote: &Zygote,
    scratch: &Arc<Scratch>,
    order: Order<'_>,
    cancelled: UnixStream,
    work: &mut dyn Work,
) -> Result<Ending, Stop> {
    let directory = scratch
        .directory()
        .map_err(|e| resources("its scratch").with_source(e))?;
    let path = directory
        .path()
        .to_str()
        .ok_or_else(|| resources("a scratch path that is not Unicode"))?;
    let interrupt = Interrupt::new(cancelled, order.wall);
    let mut job = Job::fork(zygote, path, &order).map_err(|e| lost().with_source(e))?;
    job.outbox.push(&order.task).map_err(protocol)?;
    let ended = job.see_through(&interrupt, work);
    job.bury();
    ended
}

#[derive(Debug)]
struct Job {
    socket: UnixStream,
    leash: UnixStream,
    output: File,
    inbox: Inbox,
    outbox: Outbox,
    on_leash: Inbox,
    log: Log,
    last: Option<FromJob>,
    exit: Option<Exit>,
    talks: bool,
    prints: bool,
}

impl Job {
    fn fork(zygote: &Zygote, scratch: &str, order: &Order<'_>) -> io::Result<Self> {
        let (leash, zygotes_end) = UnixStream::pair()?;
        let (socket, jobs_end) = UnixStream::pair()?;
        let (output, printed) = io::pipe()?;
        leash.set_nonblocking(true)?;
        socket.set_nonblocking(true)?;
        let fork = Fork {
            scratch,
            limits: Limits::kernel(order.wall).into(),
            ring: order.ring.is_some(),
            imports: order.imports,
        };
        let mut descriptors = vec![zygotes_end.as_fd(), jobs_end.as_fd(), printed.as_fd()];
        descriptors.extend(order.ring.map(Ring::as_fd));
        zygote.fork(&fork, &descriptors)?;
        Ok(Self {
            socket,
            leash,
            output: unblocked(output)?,
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            on_leash: Inbox::default(),
            log: Log::default(),
            last: None,
            exit: None,
            talks: true,
            prints: true,
        })
    }

    fn see_through(&mut self, interrupt: &Interrupt, work: &mut dyn Work) -> Result<Ending, Stop> {
        loop {
            if let Some(exit) = self.exit {
                self.hear_out(interrupt, work)?;
                return Ok(Ending {
                    last: self.last.take(),
                    exit,
                    log: self.log.text(),
                });
            }
            self.turn(interrupt, work)?;
        }
    }

    fn turn(&mut self, interrupt: &Interrupt, work: &mut dyn Work) -> Result<(), Stop> {
        let wanted = if self.outbox.is_empty() {
            PollFlags::IN
        } else {
            PollFlags::IN | PollFlags::OUT
        };
        let mut watched = [
            (self.talks.then(|| self.socket.as_fd()), wanted),
            (Some(self.leash.as_fd()), PollFlags::IN),
            (self.prints.then(|| self.output.as_fd()), PollFlags::IN),
        ];
        interrupt.wait(&mut watched)?;
        let [(_, socket), (_, leash), (_, output)] = watched;
        if !output.is_empty() {
            self.read_output()?;
        }
        if socket.contains(PollFlags::OUT) {
            self.outbox
                .flush(&self.socket)
                .map_err(|e| lost().with_source(e))?;
        }
        if socket.intersects(PollFlags::IN | PollFlags::HUP | PollFlags::ERR) {
            self.listen(interrupt, work)?;
        }
        if !leash.is_empty() {
            self.read_leash()?;
        }
        Ok(())
    }

    /// What the job had said and printed before its process ended.
    fn hear_out(&mut self, interrupt: &Interrupt, work: &mut dyn Work) -> Result<(), Stop> {
        while self.talks && ready(&self.socket) {
            self.listen(interrupt, work)?;
        }
        while self.prints && ready(&self.output) {
            self.read_output()?;
        }
        Ok(())
    }

    fn listen(&mut self, interrupt: &Interrupt, work: &mut dyn Work) -> Result<(), Stop> {
        let line = self.inbox.fill(&self.socket).map_err(|e| lost().with_source(e))?;
        self.talks = line == Line::Open;
        while let Some(message) = self.inbox.next().map_err(protocol)? {
            if self.last.is_some() {
                return Err(protocol(Violation("it went on after its last message".into())).into());
            }
            match message {
                FromJob::Done { .. } | FromJob::Failed(_) | FromJob::Answer { .. } => {
                    self.last = Some(message)
                }
                other => work.hear(other, &mut self.outbox, interrupt)?,
            }
        }
        self.outbox
            .flush(&self.socket)
            .map_err(|e| lost().with_source(e))?;
        Ok(())
    }

    fn read_output(&mut self) -> Result<(), Stop> {
        let mut piece = [0; 16 * 1024];
        match self.output.read(&mut piece) {
            Ok(0) => self.prints = false,
            Ok(count) => self.log.push(&piece[..count]),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.prints = false,
        }
        if self.log.seen() > Limits::LOG_BYTES {
            let limit = Limits::LOG_BYTES / (1024 * 1024);
            return Err(Stop::OverLimit(
                "log-flood",
                format!("The scene printed more than {limit} MiB."),
            ));
        }
        Ok(())
    }

    fn read_leash(&mut self) -> Result<(), Stop> {
        let line = self
            .on_leash
            .fill(&self.leash)
            .map_err(|e| lost().with_source(e))?;
        loop {
            match self.on_leash.next().map_err(protocol)? {
                Some(OnLeash::Started { pid }) => tracing::trace!(pid, "job started"),
                Some(OnLeash::Exited(exit)) => self.exit = Some(exit),
                None => break,
            }
        }
        match (line, self.exit) {
            (Line::Ended, None) => Err(lost().into()),
            _ => Ok(()),
        }
    }

    /// Lets go of the leash and waits until the zygote has killed the job, if it lives.
    fn bury(&mut self) {
        // The other end is held until here: a burial cannot be cancelled.
        let Ok((_held, never)) = UnixStream::pair() else {
            return;
        };
        let limit = Interrupt::new(never, BURIAL_LIMIT);
        let _ = self.leash.shutdown(std::net::Shutdown::Write);
        while self.exit.is_none() {
            if limit
                .wait(&mut [(Some(self.leash.as_fd()), PollFlags::IN)])
                .is_err()
                || self.read_leash().is_err()
            {
                return;
            }
        }
    }
}

fn unblocked(output: PipeReader) -> io::Result<File> {
    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    fcntl_setfl(&output, fcntl_getfl(&output)? | OFlags::NONBLOCK)?;
    Ok(File::from(std::os::fd::OwnedFd::from(output)))
}

/// Whether reading would yield something, an end included.
fn ready(source: &impl AsFd) -> bool {
    use rustix::event::{PollFd, poll};

    let mut watched = [PollFd::new(source, PollFlags::IN)];
    let now = crate::wait::timespec(Duration::ZERO);
    poll(&mut watched, Some(&now)).is_ok_and(|count| count > 0)
}

/// The zygote is gone, and the job with it.
pub(crate) fn lost() -> RenderError {
    RenderError::new(RenderErrorKind::Worker, "run", "a job whose worker died")
}

pub(crate) fn protocol(violation: Violation) -> RenderError {
    RenderError::new(
        RenderErrorKind::Protocol,
        "listen to",
        format!("a job: {}", violation.0),
    )
}

fn resources(subject: &str) -> RenderError {
    RenderError::new(RenderErrorKind::Resources, "prepare a job with", subject)
}

//! Sees one job through, on a thread of its own: forks it, listens, answers, watches its
//! limits, and buries it. Believes nothing that the job says; what a message means is
//! decided by the `Work` at hand.

use std::fs::File;
use std::io::{self, PipeReader, Read};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use manim_core::{RenderError, RenderErrorKind};
use rustix::event::PollFlags;

use crate::group::Group;
use crate::jail::{SCRATCH, name_of_exit};
use crate::limits::Limits;
use crate::log::{Log, printable};
use crate::memory;
use crate::overrun;
use crate::protocol::{Exit, Fork, FromJob, Inbox, Line, OnLeash, Outbox, Task, Violation};
use crate::ring::Ring;
use crate::scratch::{Scratch, ScratchDir};
use crate::tex::{Ahead, Broker, Formula, Tally};
use crate::wait::{Interrupt, Stop};
use crate::zygote::{Cell, Zygote};

/// A job that said how it ended, or was killed, is buried within milliseconds.
const BURIAL_LIMIT: Duration = Duration::from_secs(3);
/// How often a job's memory and scratch are looked at. A page costs 0.2 µs to touch: a job
/// gets some hundred megabytes further in this time, and the kernel's own limit is near.
const WATCH_EVERY: Duration = Duration::from_millis(50);

/// Told of a job that breaks the protocol.
const MAX_VIOLATION_CHARS: usize = 200;

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
    /// Sets its formulas; without one it has none.
    pub(crate) broker: Option<&'a Broker>,
    /// Sets them before they are asked for.
    pub(crate) ahead: Option<&'a Ahead>,
    pub(crate) limits: &'a Limits,
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
    let interrupt = Interrupt::new(cancelled, order.wall);
    let cell = zygote
        .cell(&directory, order.limits, order.wall)
        .map_err(|e| resources("its scratch").with_source(e))?;
    let Some(Cell {
        user: _user,
        plan,
        group,
    }) = cell
    else {
        return Err(resources("a user of its own: as many jobs run as there are users").into());
    };
    let mut job =
        Job::fork(zygote, &directory, plan, group.as_ref(), &order).map_err(|e| lost().with_source(e))?;
    let ended = job.see_through(&interrupt, &order, work);
    job.bury();
    ended
}

#[derive(Debug)]
struct Job<'a> {
    zygote: &'a Zygote,
    directory: &'a ScratchDir,
    /// Where its memory is counted.
    group: Option<&'a Group>,
    /// What it waits for, until it is locked in. Its source is not even sent before.
    locked: bool,
    /// Whether it was sent its task.
    given: bool,
    formulas: Tally,
    /// Its number here, once known.
    pid: Option<u32>,
    watched: Instant,
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

impl<'a> Job<'a> {
    fn fork(
        zygote: &'a Zygote,
        directory: &'a ScratchDir,
        plan: Option<String>,
        group: Option<&'a Group>,
        order: &Order<'_>,
    ) -> io::Result<Self> {
        let (leash, zygotes_end) = UnixStream::pair()?;
        let (socket, jobs_end) = UnixStream::pair()?;
        let (output, printed) = io::pipe()?;
        leash.set_nonblocking(true)?;
        socket.set_nonblocking(true)?;
        let seen = if zygote.has_root() {
            Path::new(SCRATCH)
        } else {
            directory.path()
        };
        // Processes of a user are counted together, and without a jail it is everybody's.
        let limits = order
            .limits
            .kernel(order.wall)
            .into_iter()
            .filter(|(name, _)| *name != "nproc");
        let fork = Fork {
            scratch: seen.to_str().ok_or(io::ErrorKind::InvalidFilename)?,
            limits: limits.collect(),
            plan,
            ring: order.ring.is_some(),
            imports: order.imports,
        };
        let mut descriptors = vec![zygotes_end.as_fd(), jobs_end.as_fd(), printed.as_fd()];
        descriptors.extend(order.ring.map(Ring::as_fd));
        zygote.fork(&fork, &descriptors)?;
        Ok(Self {
            zygote,
            directory,
            group,
            locked: false,
            given: false,
            formulas: Tally::default(),
            pid: None,
            watched: Instant::now(),
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

    fn see_through(
        &mut self,
        interrupt: &Interrupt,
        order: &Order<'_>,
        work: &mut dyn Work,
    ) -> Result<Ending, Stop> {
        loop {
            if let Some(exit) = self.exit {
                self.hear_out(interrupt, order, work)?;
                if !self.locked {
                    return Err(self.not_locked(exit).into());
                }
                let last = self.last.take();
                let filled = self.group.is_some_and(Group::was_full);
                overrun::by_the_kernel(&last, exit, filled, order)?;
                return Ok(Ending {
                    last,
                    exit,
                    log: self.log.text(),
                });
            }
            self.turn(interrupt, order, work)?;
            self.watch(order.limits)?;
        }
    }

    /// The job ended before it was given anything of the user's.
    fn not_locked(&self, exit: Exit) -> RenderError {
        let Some(step) = exit.code.and_then(name_of_exit) else {
            return lost();
        };
        let error = RenderError::new(
            RenderErrorKind::Isolation,
            "isolate a scene:",
            format!("a job failed at {step}"),
        );
        error.with_source(io::Error::other(self.log.text()))
    }

    fn watch(&mut self, limits: &Limits) -> Result<(), Stop> {
        let Some(pid) = self.pid.filter(|_| self.watched.elapsed() >= WATCH_EVERY) else {
            return Ok(());
        };
        self.watched = Instant::now();
        let counted = (!self.zygote.has_root()).then_some(self.directory);
        overrun::look(pid, counted, limits)
    }

    fn turn(&mut self, interrupt: &Interrupt, order: &Order<'_>, work: &mut dyn Work) -> Result<(), Stop> {
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
        interrupt.wait_for(&mut watched, WATCH_EVERY)?;
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
            self.listen(interrupt, order, work)?;
        }
        if !leash.is_empty() {
            self.read_leash()?;
        }
        self.give(order)
    }

    /// Its task, once it is locked in and counted.
    fn give(&mut self, order: &Order<'_>) -> Result<(), Stop> {
        let counted = self.group.is_none() || self.pid.is_some();
        if self.given || !self.locked || !counted {
            return Ok(());
        }
        self.given = true;
        self.outbox.push(&order.task).map_err(protocol)?;
        self.outbox
            .flush(&self.socket)
            .map_err(|e| lost().with_source(e))?;
        Ok(())
    }

    /// What the job had said and printed before its process ended.
    fn hear_out(
        &mut self,
        interrupt: &Interrupt,
        order: &Order<'_>,
        work: &mut dyn Work,
    ) -> Result<(), Stop> {
        while self.talks && ready(&self.socket) {
            self.listen(interrupt, order, work)?;
        }
        while self.prints && ready(&self.output) {
            self.read_output()?;
        }
        Ok(())
    }

    fn listen(&mut self, interrupt: &Interrupt, order: &Order<'_>, work: &mut dyn Work) -> Result<(), Stop> {
        let line = self.inbox.fill(&self.socket).map_err(|e| lost().with_source(e))?;
        self.talks = line == Line::Open;
        while let Some(message) = self.inbox.next().map_err(protocol)? {
            if self.last.is_some() {
                return Err(protocol(Violation("it went on after its last message".into())).into());
            }
            match message {
                FromJob::Locked {} if !self.locked => self.locked = true,
                _ if !self.locked => {
                    return Err(protocol(Violation("it spoke before it was locked in".into())).into());
                }
                FromJob::Formula {
                    source,
                    compilers,
                    format,
                } => {
                    self.set(
                        &Formula {
                            source,
                            compilers,
                            format,
                        },
                        interrupt,
                        order,
                    )?;
                }
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

    /// The job waits meanwhile.
    fn set(&mut self, formula: &Formula, interrupt: &Interrupt, order: &Order<'_>) -> Result<(), Stop> {
        let Some(broker) = order.broker else {
            return Err(protocol(Violation("it asked for a formula and has none".into())).into());
        };
        let picture = broker.set(formula, &mut self.formulas, order.ahead, interrupt)?;
        self.outbox.push(&picture).map_err(protocol)?;
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
        overrun::printed(self.log.seen())
    }

    fn read_leash(&mut self) -> Result<(), Stop> {
        let line = self
            .on_leash
            .fill(&self.leash)
            .map_err(|e| lost().with_source(e))?;
        loop {
            match self.on_leash.next().map_err(protocol)? {
                Some(OnLeash::Started { pid }) => self.started(pid)?,
                Some(OnLeash::Exited(exit)) => self.exit = Some(exit),
                None => break,
            }
        }
        match (line, self.exit) {
            (Line::Ended, None) => Err(lost().into()),
            _ => Ok(()),
        }
    }

    /// It has a number, and from here on its memory is counted.
    fn started(&mut self, pid: u32) -> Result<(), Stop> {
        self.pid = memory::process_here(self.zygote.pid, pid, self.zygote.has_root());
        tracing::trace!(pid = self.pid, "job started");
        let Some(group) = self.group else { return Ok(()) };
        let taken = self
            .pid
            .map_or(Err(io::ErrorKind::NotFound.into()), |pid| group.take(pid));
        match taken {
            Ok(()) => Ok(()),
            // It ended before that; how, comes next.
            Err(e) if e.kind() == io::ErrorKind::NotFound || e.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            Err(e) => Err(resources("its control group").with_source(e).into()),
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
    // It may quote the job.
    let said: String = printable(&violation.0)
        .chars()
        .take(MAX_VIOLATION_CHARS)
        .collect();
    RenderError::new(RenderErrorKind::Protocol, "listen to", format!("a job: {said}"))
}

fn resources(subject: &str) -> RenderError {
    RenderError::new(RenderErrorKind::Resources, "prepare a job with", subject)
}

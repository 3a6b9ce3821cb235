//! Formulas of a scene set before the scene asks for them.
//!
//! A scene asks for one formula after the other and waits for each. At the first that is not
//! cached, the scene is run once more in a job of its own that plays nothing and only says which
//! formulas come; those are set as one document while the first is set alone. What comes of it
//! may be nothing: a scene never depends on it.

use std::collections::HashMap;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use manim_core::RenderError;
use rustix::event::PollFlags;

use super::{Broker, Formula};
use crate::driver::{Order, Work, drive, protocol};
use crate::limits::Limits;
use crate::protocol::{FromJob, Mode, Outbox, Task, Violation};
use crate::running::{Running, RunningGuard};
use crate::scratch::Scratch;
use crate::wait::{Interrupt, Stop};
use crate::zygote::Zygote;

/// What a scene says in this time is all that is heard; it usually takes a twentieth.
const HEARING_WALL: Duration = Duration::from_secs(5);
/// More is a scene that asks on and on.
const MAX_HEARD: usize = 256;
/// Of all pages together; a formula has some kilobytes.
const MAX_PAGES_BYTES: usize = 8 * 1024 * 1024;
/// Nothing is drawn; Manim wants a size.
const PIXELS: (u32, u32) = (854, 480);

/// Who sets a scene's formulas ahead, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Foresight {
    pub(crate) zygote: Arc<Zygote>,
    pub(crate) scratch: Arc<Scratch>,
    pub(crate) broker: Arc<Broker>,
    pub(crate) limits: Limits,
    pub(crate) running: Running,
    pub(crate) source: String,
    pub(crate) class: Option<String>,
}

/// The formulas of one job that are set ahead. Dropping it cancels that.
#[derive(Debug)]
pub(crate) struct Ahead {
    foresight: Foresight,
    stage: Mutex<Stage>,
}

#[derive(Debug)]
enum Stage {
    Waiting,
    /// `over` closes at the end; letting `_held` go cancels.
    Begun {
        over: UnixStream,
        _held: UnixStream,
        pictures: Pictures,
    },
    Impossible,
}

/// By the source of the formula.
type Pictures = Arc<Mutex<HashMap<String, String>>>;

impl Ahead {
    pub(crate) fn new(foresight: Foresight) -> Self {
        Self {
            foresight,
            stage: Mutex::new(Stage::Waiting),
        }
    }

    /// The picture of a formula that is not cached. The first call begins and finds nothing;
    /// later ones wait for the end of what was begun.
    pub(super) fn find(&self, formula: &Formula, interrupt: &Interrupt) -> Result<Option<String>, Stop> {
        let mut stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        match &*stage {
            Stage::Impossible => Ok(None),
            Stage::Waiting => {
                *stage = self.begin(interrupt).unwrap_or_else(|e| {
                    tracing::debug!(error = %e, "formulas are not set ahead");
                    Stage::Impossible
                });
                Ok(None)
            }
            Stage::Begun { over, pictures, .. } => {
                interrupt.wait(&mut [(Some(over.as_fd()), PollFlags::IN)])?;
                let pictures = pictures.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(pictures.get(&formula.source).cloned())
            }
        }
    }

    fn begin(&self, interrupt: &Interrupt) -> std::io::Result<Stage> {
        let (held, cancelled) = UnixStream::pair()?;
        let (over, end) = UnixStream::pair()?;
        let pictures = Pictures::default();
        let (foresight, found) = (self.foresight.clone(), Arc::clone(&pictures));
        let running = foresight.running.enter();
        let left = interrupt.left();
        std::thread::Builder::new()
            .name("manim-formulas".into())
            .spawn(move || foresee(foresight, running, cancelled, left, &found, end))?;
        Ok(Stage::Begun {
            over,
            _held: held,
            pictures,
        })
    }
}

/// The whole thread. `_end` closes last, when all of the renderer's is let go of.
fn foresee(
    foresight: Foresight,
    running: RunningGuard,
    cancelled: UnixStream,
    left: Duration,
    found: &Pictures,
    _end: UnixStream,
) {
    match foresight.pictures(cancelled, left) {
        Ok(pictures) => *found.lock().unwrap_or_else(PoisonError::into_inner) = pictures,
        Err(stop) => tracing::debug!(?stop, "formulas were not set ahead"),
    }
    drop(foresight);
    drop(running);
}

impl Foresight {
    fn pictures(&self, cancelled: UnixStream, left: Duration) -> Result<HashMap<String, String>, Stop> {
        let interrupt = Interrupt::new(cancelled, left);
        let heard = self.hear(&interrupt)?;
        self.broker.set_together(heard, &interrupt)
    }

    fn hear(&self, interrupt: &Interrupt) -> Result<Vec<Formula>, Stop> {
        let order = Order {
            task: Task::Scene {
                mode: Mode::Hear,
                source: &self.source,
                class: self.class.as_deref(),
                width: PIXELS.0,
                height: PIXELS.1,
                frame_rate: 15,
                slots: 0,
                most_frames: 0,
            },
            ring: None,
            wall: HEARING_WALL.min(interrupt.left()),
            imports: &[],
            broker: None,
            ahead: None,
            limits: &self.limits,
        };
        let mut heard = Heard::default();
        match drive(
            &self.zygote,
            &self.scratch,
            order,
            interrupt.cancelled()?,
            &mut heard,
        ) {
            // Whatever ended it: what was heard was said.
            Ok(_) | Err(Stop::TimeUp | Stop::OverLimit(..)) => Ok(heard.formulas),
            Err(stop) => Err(stop),
        }
    }
}

#[derive(Debug, Default)]
struct Heard {
    formulas: Vec<Formula>,
}

impl Work for Heard {
    fn hear(&mut self, message: FromJob, _: &mut Outbox, _: &Interrupt) -> Result<(), Stop> {
        match message {
            FromJob::Wanted {
                source,
                compilers,
                format,
            } => {
                if self.formulas.len() == MAX_HEARD {
                    return Err(Stop::OverLimit("formula-limit", "It asks on and on.".into()));
                }
                self.formulas.push(Formula {
                    source,
                    compilers,
                    format,
                });
                Ok(())
            }
            FromJob::Note { .. } => Ok(()),
            _ => Err(unasked().into()),
        }
    }
}

/// The pages of a document, as they come.
#[derive(Debug, Default)]
pub(super) struct Pages {
    pub(super) svgs: Vec<String>,
    bytes: usize,
}

impl Work for Pages {
    fn hear(&mut self, message: FromJob, _: &mut Outbox, _: &Interrupt) -> Result<(), Stop> {
        match message {
            FromJob::Page { svg } if self.bytes + svg.len() <= MAX_PAGES_BYTES => {
                self.bytes += svg.len();
                self.svgs.push(svg);
                Ok(())
            }
            _ => Err(unasked().into()),
        }
    }
}

fn unasked() -> RenderError {
    protocol(Violation("it sent what was not asked for".into()))
}

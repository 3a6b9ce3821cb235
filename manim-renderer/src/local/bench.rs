//! What a job's thread does: prepares the job, has it driven to its end, and says what came
//! of it. Knows nothing of workers and their replacement.

use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use manim_core::{
    Diagnostics, Estimate, Inspection, Program, RenderError, RenderErrorKind, RenderSettings, Scene, Stage,
};
use serde_json::Value;
use tokio::sync::watch;

use super::{Shared, no_memory, no_thread};
use crate::diagnose;
use crate::driver::{Ending, Order, drive};
use crate::encode::Shape;
use crate::environment::Environment;
use crate::film::{DryWork, FilmWork, Made, NotesWork};
use crate::protocol::{FromJob, Mode, Task};
use crate::ring::{Ring, SLOTS};
use crate::tex::{Ahead, Foresight};
use crate::wait::{Interrupt, Stop};
use crate::zygote::Zygote;

/// Completing a film takes far less; an encoder that hangs is given up.
const COMPLETION_LIMIT: Duration = Duration::from_secs(60);

/// Where a job's thread works.
pub(super) struct Bench<'a> {
    pub(super) zygote: &'a Arc<Zygote>,
    pub(super) shared: &'a Shared,
    pub(super) cancelled: &'a UnixStream,
    pub(super) wall: Duration,
}

impl Bench<'_> {
    fn cancelled(&self) -> Result<UnixStream, Stop> {
        Ok(self
            .cancelled
            .try_clone()
            .map_err(|e| no_thread().with_source(e))?)
    }

    fn scene_task<'a>(&'a self, scene: &'a Scene, settings: RenderSettings, mode: Mode) -> Task<'a> {
        let (width, height) = settings.quality.pixels();
        Task::Scene {
            mode,
            source: scene.code.as_str(),
            class: scene.class.as_ref().map(|class| class.as_str()),
            width,
            height,
            frame_rate: settings.quality.frame_rate(),
            slots: SLOTS,
            most_frames: self.shared.options.limits.frames(width, height),
        }
    }

    fn ahead(&self, scene: &Scene) -> Ahead {
        let shared = self.shared;
        Ahead::new(Foresight {
            zygote: Arc::clone(self.zygote),
            scratch: Arc::clone(&shared.scratch),
            broker: Arc::clone(&shared.broker),
            limits: shared.options.limits.clone(),
            running: shared.running.clone(),
            source: scene.code.as_str().to_owned(),
            class: scene.class.as_ref().map(|class| class.as_str().to_owned()),
        })
    }

    pub(super) fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: watch::Sender<u64>,
    ) -> Result<Rendered, Stop> {
        let (width, height) = settings.quality.pixels();
        let shape = Shape {
            width,
            height,
            frame_rate: settings.quality.frame_rate(),
            format: settings.format,
        };
        let ring = Ring::new(width, height).map_err(|e| no_memory().with_source(e))?;
        let options = &self.shared.options;
        let (ffmpeg, place) = (&self.shared.ffmpeg, self.shared.scratch.path());
        let mut film = FilmWork::start(
            &ring,
            ffmpeg,
            place,
            shape,
            &options.limits,
            progress,
            options.tap.clone(),
        )?;
        let ahead = self.ahead(scene);
        let order = Order {
            task: self.scene_task(scene, settings, Mode::Render),
            ring: Some(&ring),
            wall: self.wall,
            imports: &[],
            broker: Some(&self.shared.broker),
            ahead: Some(&ahead),
            limits: &self.shared.options.limits,
        };
        let ending = drive(
            self.zygote,
            &self.shared.scratch,
            order,
            self.cancelled()?,
            &mut film,
        )?;
        if let Some(rejected) = refused(Stage::Render, scene, &ending, &self.shared.environment)? {
            return Ok(Rendered::Rejected(rejected));
        }
        match film.finish(&Interrupt::new(self.cancelled()?, COMPLETION_LIMIT))? {
            Some(made) => Ok(Rendered::Made(Box::new(made))),
            None => Ok(Rendered::Rejected(
                diagnose::silent_end(Stage::Render, ending.exit).into(),
            )),
        }
    }

    pub(super) fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, Stop> {
        let limits = &self.shared.options.limits;
        let mut work = DryWork {
            scene,
            size: settings.quality.pixels(),
            limits,
            findings: Vec::new(),
        };
        let ahead = self.ahead(scene);
        let order = Order {
            task: self.scene_task(scene, settings, Mode::Inspect),
            ring: None,
            wall: self.wall,
            imports: &[],
            broker: Some(&self.shared.broker),
            ahead: Some(&ahead),
            limits,
        };
        let ending = drive(
            self.zygote,
            &self.shared.scratch,
            order,
            self.cancelled()?,
            &mut work,
        )?;
        if let Some(rejected) = refused(Stage::Inspect, scene, &ending, &self.shared.environment)? {
            return Ok(Inspection::Rejected(rejected));
        }
        let Some(FromJob::Done { plays, frames }) = ending.last else {
            return Ok(Inspection::Rejected(
                diagnose::silent_end(Stage::Inspect, ending.exit).into(),
            ));
        };
        work.count(frames)?;
        Ok(Inspection::Passed(Estimate {
            frames,
            duration: Duration::from_secs_f64(frames as f64 / f64::from(settings.quality.frame_rate())),
            plays,
            findings: work.findings.into_iter().collect(),
        }))
    }

    pub(super) fn script(&self, program: Program, input: &Value) -> Result<Ending, Stop> {
        let mut work = NotesWork {
            stage: Stage::Claims,
            notes: Vec::new(),
        };
        let task = Task::Script {
            modules: program.modules,
            input,
        };
        // SymPy costs 0.2 s and 33 MB once, in the worker, instead of 0.2 s in each job.
        let limits = &self.shared.options.limits;
        let order = Order {
            task,
            ring: None,
            wall: self.wall,
            imports: &["sympy"],
            broker: None,
            ahead: None,
            limits,
        };
        drive(
            self.zygote,
            &self.shared.scratch,
            order,
            self.cancelled()?,
            &mut work,
        )
    }
}

/// What a render's thread found.
pub(super) enum Rendered {
    Made(Box<Made>),
    Rejected(Diagnostics),
}

/// Why the scene is at fault, if it is. `Err`: the machine is.
fn refused(
    stage: Stage,
    scene: &Scene,
    ending: &Ending,
    machine: &Environment,
) -> Result<Option<Diagnostics>, RenderError> {
    tracing::debug!(cpu_ms = ending.exit.cpu_ms, peak_kib = ending.exit.peak_kib, log = %ending.log, "job ended");
    match &ending.last {
        Some(FromJob::Done { .. }) => Ok(None),
        Some(FromJob::Failed(failed)) if failed.code == diagnose::LATEX_MISSING && !machine.has_latex() => {
            Err(no_latex())
        }
        Some(FromJob::Failed(failed)) => Ok(Some(diagnose::failure(stage, scene, failed).into())),
        _ => Ok(Some(diagnose::silent_end(stage, ending.exit).into())),
    }
}

fn no_latex() -> RenderError {
    let subject = "a scene with formulas: LaTeX or dvisvgm is not installed; install them (Debian, Ubuntu: apt-get install texlive-latex-extra texlive-fonts-recommended dvisvgm; macOS: brew install --cask mactex-no-gui) or run `make setup`";
    RenderError::new(RenderErrorKind::Environment, "render", subject)
}

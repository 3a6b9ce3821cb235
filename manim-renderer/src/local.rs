//! Renders on this machine: keeps one worker warm, runs a few jobs at a time, and makes
//! what the contracts promise of what their drivers report.

mod bench;
mod script;

use std::fmt;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use manim_core::{
    Content, Diagnostics, Film, FilmInfo, Inspection, Isolation, ProgressSink, RenderError, RenderErrorKind,
    RenderOutcome, RenderSettings, Renderer, Scene, Stage,
};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::content::FileContent;
use crate::diagnose;
use crate::driver::lost;
use crate::encode::Program;
use crate::environment::Environment;
use crate::film::Made;
use crate::group::MemoryGuard;
use crate::jail::Jail;
use crate::options::Options;
use crate::progress::Teller;
use crate::running::Running;
use crate::scratch::Scratch;
use crate::settle::{Settled, settle};
use crate::tex::Broker;
use crate::totals::Totals;
use crate::wait::Stop;
use crate::zygote::Zygote;
use bench::{Bench, Rendered};

/// A fork server's children share its memory layout; it is replaced after this many.
const JOBS_PER_WORKER: u32 = 300;
/// How long the last clone of a renderer waits for jobs that were just cancelled.
const FAREWELL_LIMIT: Duration = Duration::from_secs(3);

/// A [`Renderer`] and [`ScriptRunner`](manim_core::ScriptRunner) on this machine. Cheap to clone; the worker and
/// the scratch directory go with the last clone.
#[derive(Clone)]
pub struct LocalRenderer {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    engine: String,
    jail: Arc<Jail>,
    permits: Arc<Semaphore>,
    worker: tokio::sync::Mutex<Worker>,
    totals: Totals,
}

/// What a job's thread needs. Holds no worker, so that workers end with their renderer.
#[derive(Debug)]
struct Shared {
    environment: Environment,
    options: Options,
    scratch: Arc<Scratch>,
    broker: Arc<Broker>,
    ffmpeg: Program,
    running: Running,
}

#[derive(Debug)]
struct Worker {
    zygote: Option<Arc<Zygote>>,
    started: u32,
    /// Of those started, how many died.
    lost: u32,
}

impl fmt::Debug for LocalRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalRenderer")
            .field("engine", &self.inner.engine)
            .finish_non_exhaustive()
    }
}

impl LocalRenderer {
    /// Warms a worker in the strongest jail that can be had here, found by building it:
    /// imports Manim once, for all jobs to come.
    ///
    /// # Errors
    /// [`RenderErrorKind::Environment`] or [`RenderErrorKind::Worker`] when Python does
    /// not start or cannot import Manim; [`RenderErrorKind::Resources`] without a place
    /// for short-lived files; [`RenderErrorKind::Isolation`], naming what is missing and
    /// how to get it, where the jail would be weaker than
    /// [accepted](Options::accept_isolation).
    pub async fn start(environment: Environment, options: Options) -> Result<Self, RenderError> {
        let scratch = Scratch::new(&options.scratch).map_err(|e| {
            let place = options.scratch.display().to_string();
            RenderError::new(RenderErrorKind::Resources, "make a scratch directory in", place).with_source(e)
        })?;
        let scratch = Arc::new(scratch);
        let engine = format!(
            "{}; manim-renderer {}",
            environment.versions(),
            env!("CARGO_PKG_VERSION")
        );
        let (machine, chosen, place) = (environment.clone(), options.clone(), Arc::clone(&scratch));
        let settling = tokio::task::spawn_blocking(move || settle(&machine, &chosen, &place));
        let Settled {
            zygote,
            jail,
            broker,
            ffmpeg,
        } = settling.await.map_err(|e| lost().with_source(e))??;
        let permits = Arc::new(Semaphore::new(options.concurrency));
        let (broker, running) = (Arc::new(broker), Running::default());
        let (warming, guard) = (Arc::clone(&broker), running.enter());
        tokio::task::spawn_blocking(move || {
            warming.warm();
            drop((warming, guard));
        });
        Ok(Self {
            inner: Arc::new(Inner {
                shared: Arc::new(Shared {
                    environment,
                    options,
                    scratch,
                    broker,
                    ffmpeg,
                    running,
                }),
                engine,
                jail,
                permits,
                worker: tokio::sync::Mutex::new(Worker {
                    zygote: Some(Arc::new(zygote)),
                    started: 1,
                    lost: 0,
                }),
                totals: Totals::default(),
            }),
        })
    }

    /// Who bounds the memory of a job's processes together, as was found at the start.
    pub fn memory_guard(&self) -> MemoryGuard {
        self.inner.jail.memory_guard()
    }

    /// How often Manim was imported so far: 1 as long as the first worker lives.
    #[doc(hidden)]
    pub async fn worker_generation(&self) -> u32 {
        self.inner.worker.lock().await.started
    }

    /// How many workers were found dead so far, rather than let go after their number of jobs.
    #[doc(hidden)]
    pub async fn workers_lost(&self) -> u32 {
        self.inner.worker.lock().await.lost
    }

    /// Makes this step of every job's lockdown fail from now on, for a test: steps are
    /// counted from 0, the last two numbers below the largest are the fork and the mapping
    /// of users.
    #[doc(hidden)]
    pub fn fail_lockdown_at(&self, step: Option<u32>) {
        self.inner.jail.fail_at(step);
    }

    /// The process id of the warm worker.
    #[doc(hidden)]
    pub async fn worker_pid(&self) -> Option<u32> {
        self.inner
            .worker
            .lock()
            .await
            .zygote
            .as_ref()
            .map(|zygote| zygote.pid)
    }

    /// The warm worker, replaced when it is dead or has served its number of jobs.
    async fn worker(&self) -> Result<Arc<Zygote>, RenderError> {
        let mut worker = self.inner.worker.lock().await;
        let alive = worker.zygote.as_ref().filter(|zygote| zygote.is_alive());
        if let Some(zygote) = alive
            && zygote.forked() < JOBS_PER_WORKER
        {
            return Ok(Arc::clone(zygote));
        }
        worker.lost += u32::from(alive.is_none());
        let (shared, jail) = (Arc::clone(&self.inner.shared), Arc::clone(&self.inner.jail));
        let starting =
            tokio::task::spawn_blocking(move || Zygote::start(&shared.environment, &shared.scratch, &jail));
        let zygote = Arc::new(starting.await.map_err(|e| lost().with_source(e))??);
        worker.started += 1;
        worker.zygote = Some(Arc::clone(&zygote));
        Ok(zygote)
    }

    /// Runs `job` on a thread of its own, once more if its worker died under it.
    async fn run<T: Send + 'static>(
        &self,
        wall: Duration,
        job: impl Fn(&Bench<'_>) -> Result<T, Stop> + Clone + Send + 'static,
    ) -> Result<Result<T, Stop>, RenderError> {
        let permit = Arc::clone(&self.inner.permits).acquire_owned().await;
        let _permit = permit.map_err(|e| lost().with_source(e))?;
        let mut last_try = false;
        loop {
            let zygote = self.worker().await?;
            let ended = self.run_on(Arc::clone(&zygote), wall, job.clone()).await?;
            let died = matches!(&ended, Err(Stop::Fault(e)) if e.kind() == RenderErrorKind::Worker);
            if !died || last_try {
                return Ok(ended);
            }
            tracing::warn!("a worker died; its job is run again");
            last_try = true;
        }
    }

    async fn run_on<T: Send + 'static>(
        &self,
        zygote: Arc<Zygote>,
        wall: Duration,
        job: impl FnOnce(&Bench<'_>) -> Result<T, Stop> + Send + 'static,
    ) -> Result<Result<T, Stop>, RenderError> {
        // Held by this future: dropping it is what cancels the job.
        let (_held, cancelled) = UnixStream::pair().map_err(|e| no_thread().with_source(e))?;
        let (told, ended) = oneshot::channel();
        let shared = Arc::clone(&self.inner.shared);
        let running = shared.running.enter();
        let body = move || {
            let ended = job(&Bench {
                zygote: &zygote,
                shared: &shared,
                cancelled: &cancelled,
                wall,
            });
            // What ends with the renderer must not be held by a thread that it waited for.
            drop((zygote, shared));
            drop(running);
            let _ = told.send(ended);
        };
        std::thread::Builder::new()
            .name("manim-job".into())
            .spawn(body)
            .map_err(|e| no_thread().with_source(e))?;
        ended.await.map_err(|e| lost().with_source(e))
    }

    /// Rejections are answers; the rest of what stops a job is an error.
    fn rejection(&self, stage: Stage, wall: Duration, stop: Stop) -> Result<Diagnostics, RenderError> {
        match stop {
            Stop::TimeUp => Ok(diagnose::timeout(stage, wall)),
            Stop::OverLimit(name, text) => Ok(diagnose::over_limit(stage, name, text)),
            Stop::Fault(error) => Err(error),
            Stop::Cancelled => Err(lost()),
        }
    }
}

#[async_trait]
impl Renderer for LocalRenderer {
    fn engine(&self) -> &str {
        &self.inner.engine
    }

    fn isolation(&self) -> Isolation {
        self.inner.jail.level
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        let wall = self.inner.shared.options.limits.inspect_wall;
        let of = scene.clone();
        let ended = self.run(wall, move |bench| bench.inspect(&of, settings)).await?;
        match ended {
            Ok(inspection) => {
                if let Inspection::Passed(estimate) = &inspection {
                    let address = scene.content_address(settings, self.engine());
                    self.inner.totals.remember(address, estimate.frames);
                }
                Ok(inspection)
            }
            Err(stop) => Ok(Inspection::Rejected(self.rejection(
                Stage::Inspect,
                wall,
                stop,
            )?)),
        }
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let began = Instant::now();
        let wall = self.inner.shared.options.limits.render_wall;
        let (counted, mut count) = watch::channel(0);
        let of = scene.clone();
        let running = self.run(wall, move |bench| bench.render(&of, settings, counted.clone()));
        let total = self
            .inner
            .totals
            .get(&scene.content_address(settings, self.engine()));
        let mut teller = Teller::new(progress, total);
        let ended = teller.watch(&mut count, running).await?;
        match ended {
            Ok(Rendered::Made(made)) => {
                teller.tell(made.frames);
                film(*made, settings, self.isolation(), began).map(RenderOutcome::Rendered)
            }
            Ok(Rendered::Rejected(why)) => Ok(RenderOutcome::Rejected(why)),
            Err(stop) => self
                .rejection(Stage::Render, wall, stop)
                .map(RenderOutcome::Rejected),
        }
    }
}

fn film(
    made: Made,
    settings: RenderSettings,
    isolation: Isolation,
    began: Instant,
) -> Result<Film, RenderError> {
    let (width, height) = settings.quality.pixels();
    let content = FileContent::new(made.video).map_err(|e| no_memory().with_source(e))?;
    for note in &made.notes {
        tracing::debug!(
            code = note.code,
            message = note.message,
            "note on a rendered scene"
        );
    }
    Ok(Film {
        info: FilmInfo {
            format: settings.format,
            width,
            height,
            frame_rate: settings.quality.frame_rate(),
            frames: made.frames,
            distinct_frames: made.distinct,
            plays: made.plays,
            bytes: manim_core::ContentSource::len(&content),
            wall_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            isolation,
        },
        video: Content::new(content),
        poster: made.pictures.poster.into(),
        storyboard: made.pictures.storyboard.into(),
    })
}

impl Drop for Inner {
    /// Jobs whose futures were dropped are being killed on their threads right now: the
    /// scratch directory must not outlive the last of them.
    fn drop(&mut self) {
        self.shared.running.wait_for_none(FAREWELL_LIMIT);
    }
}

fn no_thread() -> RenderError {
    RenderError::new(RenderErrorKind::Resources, "start", "a job's thread")
}

fn no_memory() -> RenderError {
    RenderError::new(RenderErrorKind::Resources, "hold", "a film")
}

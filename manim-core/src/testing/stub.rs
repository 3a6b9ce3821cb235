//! A renderer for test suites: the same small film for every scene, with no Python and no
//! ffmpeg. The film is real: H.264 or VP9, 64 × 36 pixels, two seconds at 15 frames a second.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};

use crate::diagnostic::Diagnostics;
use crate::film::{Film, FilmInfo, Isolation};
use crate::renderer::{
    Estimate, Inspection, Progress, ProgressSink, RenderError, RenderErrorKind, RenderOutcome, Renderer,
};
use crate::scene::{Format, RenderSettings, Scene};
use crate::script::{Program, ScriptError, ScriptErrorKind, ScriptRunner};

const MP4: &[u8] = include_bytes!("stub.mp4");
const WEBM: &[u8] = include_bytes!("stub.webm");
const POSTER: &[u8] = include_bytes!("stub-poster.png");
const STORYBOARD: &[u8] = include_bytes!("stub-storyboard.png");

const FRAMES: u32 = 30;
const FRAME_RATE: u32 = 15;
const DURATION: Duration = Duration::from_secs(2);
/// A square moves for a second, then it rests for another.
const PLAYS: u32 = 2;
const DISTINCT_FRAMES: u64 = 15;

/// The film that [`StubRenderer`] makes. A player can open it; [`FilmInfo`] tells the truth
/// about it. Its size is its own whatever quality was asked.
pub fn stub_film(format: Format) -> Film {
    let video = Bytes::from_static(match format {
        Format::Mp4 => MP4,
        Format::WebM => WEBM,
    });
    Film {
        info: FilmInfo {
            format,
            width: 64,
            height: 36,
            frame_rate: FRAME_RATE,
            frames: FRAMES.into(),
            distinct_frames: DISTINCT_FRAMES,
            plays: PLAYS,
            bytes: video.len() as u64,
            wall_ms: 0,
            isolation: Isolation::L3,
        },
        video: video.into(),
        poster: Bytes::from_static(POSTER),
        storyboard: Bytes::from_static(STORYBOARD),
    }
}

type Verdict = dyn Fn(&Scene) -> Option<Diagnostics> + Send + Sync;
type Delay = dyn Fn(&Scene) -> Duration + Send + Sync;

/// Makes [`stub_film`] of every scene, or fails as it is told to.
///
/// Says that it isolates at L3: nothing of a scene ever runs.
pub struct StubRenderer {
    delay: Box<Delay>,
    verdict: Box<Verdict>,
    failure: Option<RenderErrorKind>,
    first_failure: Option<RenderErrorKind>,
    isolation: Isolation,
    inspections: AtomicUsize,
    renders: AtomicUsize,
    active: AtomicUsize,
}

impl Default for StubRenderer {
    fn default() -> Self {
        Self::new()
    }
}

impl StubRenderer {
    /// Accepts every scene, and is done at once.
    pub fn new() -> Self {
        Self {
            delay: Box::new(|_| Duration::ZERO),
            verdict: Box::new(|_| None),
            failure: None,
            first_failure: None,
            isolation: Isolation::L3,
            inspections: AtomicUsize::new(0),
            renders: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
        }
    }

    /// Takes `delay` (of tokio's time, which a test can pause) for every call; a render's
    /// progress is spread over it.
    #[must_use]
    pub fn with_delay(self, delay: Duration) -> Self {
        self.delaying(move |_| delay)
    }

    /// As [`with_delay`](Self::with_delay), with a delay for each scene.
    #[must_use]
    pub fn delaying(mut self, delay: impl Fn(&Scene) -> Duration + Send + Sync + 'static) -> Self {
        self.delay = Box::new(delay);
        self
    }

    /// Rejects every scene. `findings` should hold an error, as the contract asks.
    #[must_use]
    pub fn rejecting(self, findings: Diagnostics) -> Self {
        self.rejecting_if(move |_| Some(findings.clone()))
    }

    /// Rejects the scenes for which `verdict` has findings.
    #[must_use]
    pub fn rejecting_if(
        mut self,
        verdict: impl Fn(&Scene) -> Option<Diagnostics> + Send + Sync + 'static,
    ) -> Self {
        self.verdict = Box::new(verdict);
        self
    }

    /// Fails every call.
    #[must_use]
    pub fn failing(mut self, kind: RenderErrorKind) -> Self {
        self.failure = Some(kind);
        self
    }

    /// Fails the first render, at its end, and no other call.
    #[must_use]
    pub fn failing_first(mut self, kind: RenderErrorKind) -> Self {
        self.first_failure = Some(kind);
        self
    }

    /// Says that it isolates at `level`.
    #[must_use]
    pub fn isolated(mut self, level: Isolation) -> Self {
        self.isolation = level;
        self
    }

    /// How often `inspect` was called.
    pub fn inspections(&self) -> usize {
        self.inspections.load(Ordering::SeqCst)
    }

    /// How often `render` was called.
    pub fn renders(&self) -> usize {
        self.renders.load(Ordering::SeqCst)
    }

    /// How many calls are under way: neither ended nor dropped.
    pub fn active(&self) -> usize {
        self.active.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Renderer for StubRenderer {
    fn engine(&self) -> &str {
        "stub 1"
    }

    fn isolation(&self) -> Isolation {
        self.isolation
    }

    async fn inspect(&self, scene: &Scene, _: RenderSettings) -> Result<Inspection, RenderError> {
        self.inspections.fetch_add(1, Ordering::SeqCst);
        let _active = Active::enter(&self.active);
        pause((self.delay)(scene)).await;
        fail("inspect with", self.failure)?;
        Ok(match (self.verdict)(scene) {
            Some(findings) => Inspection::Rejected(findings),
            None => Inspection::Passed(Estimate {
                frames: FRAMES.into(),
                duration: DURATION,
                plays: PLAYS,
                findings: Diagnostics::default(),
            }),
        })
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let earlier = self.renders.fetch_add(1, Ordering::SeqCst);
        let _active = Active::enter(&self.active);
        let start = Instant::now();
        fail("render with", self.failure)?;
        if let Some(findings) = (self.verdict)(scene) {
            pause((self.delay)(scene)).await;
            return Ok(RenderOutcome::Rejected(findings));
        }
        play((self.delay)(scene), progress).await;
        fail("render with", self.first_failure.filter(|_| earlier == 0))?;
        let mut film = stub_film(settings.format);
        film.info.isolation = self.isolation;
        film.info.wall_ms = start.elapsed().as_millis() as u64;
        Ok(RenderOutcome::Rendered(film))
    }
}

/// Has no Python: every program fails.
#[async_trait]
impl ScriptRunner for StubRenderer {
    async fn run(&self, program: Program, _: Value) -> Result<Value, ScriptError> {
        Err(ScriptError::new(ScriptErrorKind::Worker, "run", program.name))
    }
}

fn fail(operation: &'static str, kind: Option<RenderErrorKind>) -> Result<(), RenderError> {
    kind.map_or(Ok(()), |kind| Err(RenderError::new(kind, operation, "the stub")))
}

async fn play(delay: Duration, progress: &dyn ProgressSink) {
    let start = Instant::now();
    for done in 0..=FRAMES {
        if !delay.is_zero() {
            sleep_until(start + delay * done / FRAMES).await;
        }
        progress.progress(Progress {
            frames_done: done.into(),
            frames_total: Some(FRAMES.into()),
        });
    }
}

/// Without a delay no timer is touched, so that the stub runs on a runtime without time.
async fn pause(delay: Duration) {
    if !delay.is_zero() {
        sleep(delay).await;
    }
}

/// Counts a call as under way for as long as it lives.
struct Active<'a>(&'a AtomicUsize);

impl<'a> Active<'a> {
    fn enter(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl fmt::Debug for StubRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StubRenderer")
            .field("failure", &self.failure)
            .field("inspections", &self.inspections)
            .field("renders", &self.renders)
            .field("active", &self.active)
            .finish_non_exhaustive()
    }
}

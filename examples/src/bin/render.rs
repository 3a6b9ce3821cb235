//! Renders scenes through one warm pool.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Parser;
use futures::stream::{self, StreamExt};
use manim_core::layer::CachedRenderer;
use manim_core::{
    Diagnostics, Film, Format, Inspection, Isolation, Progress, ProgressSink, Quality, RenderOutcome,
    RenderSettings, Renderer, Scene, check_code,
};
use manim_examples::{Destination, Exit, ProgressLine, film_cache, isolation, read_scene, renderer, run};
use manim_renderer::{Limits, Options};
use serde::Serialize;

/// Renders Manim scenes to videos: exit code 0 when all are there, 1 when one was rejected.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Python files, each with a scene.
    #[arg(required = true, value_name = "scene.py")]
    scenes: Vec<PathBuf>,
    /// The video file, for one scene. Default: the scene file's name with the format's ending.
    #[arg(long, value_name = "video.mp4", conflicts_with = "out_dir")]
    out: Option<PathBuf>,
    /// The directory for the videos; each takes its scene file's name.
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// low: 854×480 at 15 frames a second, medium: 1280×720 at 30, high: 1920×1080 at 60.
    #[arg(long, default_value_t, value_name = "low|medium|high")]
    quality: Quality,
    /// mp4 (H.264) or webm (VP9).
    #[arg(long, default_value_t, value_name = "mp4|webm")]
    format: Format,
    /// Also write a contact sheet with one frame per animation, for one scene.
    #[arg(long, value_name = "out.png")]
    storyboard: Option<PathBuf>,
    /// Scenes rendered at the same time.
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
    /// Give a scene up after so many seconds.
    #[arg(long, default_value_t = 300, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=3600))]
    timeout: u16,
    /// The weakest isolation to run scenes at: L3, L2, or L1, which is no boundary at all.
    #[arg(long, default_value = "L2", value_name = "LEVEL", value_parser = isolation)]
    accept_isolation: Isolation,
    /// Render again what was rendered before; otherwise the same scene comes from the user's
    /// cache of films.
    #[arg(long)]
    no_cache: bool,
    /// Print one JSON object per scene on stdout.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(async {
        tokio::select! {
            exit = render_all(&args) => exit,
            _ = tokio::signal::ctrl_c() => bail!("cancelled"),
        }
    })
}

async fn render_all(args: &Args) -> anyhow::Result<Exit> {
    let targets = targets(args)?;
    let renderer = engine(args).await?;
    let board = Board::new(targets.len());
    let renders = targets
        .into_iter()
        .map(|target| render_one(args, target, Arc::clone(&renderer), &board));
    let mut finished = stream::iter(renders).buffer_unordered(usize::from(args.jobs));
    let mut exit = Exit::Done;
    while let Some(report) = finished.next().await {
        let report = report?;
        board.hide(|| tell(args, &report))?;
        if report.status != "rendered" {
            exit = Exit::Rejected;
        }
    }
    Ok(exit)
}

async fn engine(args: &Args) -> anyhow::Result<Arc<dyn Renderer>> {
    let limits = Limits::default().with_render_wall(Duration::from_secs(args.timeout.into()));
    let options = Options::default()
        .with_concurrency(args.jobs.into())
        .with_limits(limits)
        .accept_isolation(args.accept_isolation);
    let local = renderer(options).await?;
    Ok(match film_cache().filter(|_| !args.no_cache) {
        Some(films) => Arc::new(CachedRenderer::new(local, films)),
        None => local,
    })
}

/// A scene and the files that it becomes.
struct Target {
    path: PathBuf,
    scene: Scene,
    video: Destination,
    storyboard: Option<Destination>,
}

/// Claims every file before any work begins.
fn targets(args: &Args) -> anyhow::Result<Vec<Target>> {
    if args.scenes.len() > 1 && (args.out.is_some() || args.storyboard.is_some()) {
        bail!("--out and --storyboard take one scene; use --out-dir for several");
    }
    let mut taken = HashMap::new();
    let mut targets = Vec::new();
    for path in &args.scenes {
        let video = video_path(args, path);
        if let Some(other) = taken.insert(video.clone(), path) {
            bail!(
                "{} and {} would both become {}",
                other.display(),
                path.display(),
                video.display()
            );
        }
        targets.push(Target {
            path: path.clone(),
            scene: read_scene(path)?,
            video: Destination::claim(video)?,
            storyboard: args.storyboard.as_ref().map(Destination::claim).transpose()?,
        });
    }
    Ok(targets)
}

fn video_path(args: &Args, scene: &Path) -> PathBuf {
    if let Some(out) = &args.out {
        return out.clone();
    }
    let name = Path::new(scene.file_stem().unwrap_or_default()).with_extension(args.format.as_str());
    match &args.out_dir {
        Some(folder) => folder.join(name),
        None => name,
    }
}

async fn render_one(
    args: &Args,
    target: Target,
    renderer: Arc<dyn Renderer>,
    board: &Board,
) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let settings = RenderSettings::default()
        .with_quality(args.quality)
        .with_format(args.format);
    let report = Report::new(&target.path, renderer.isolation());
    let checked = check_code(&target.scene.code);
    let mut findings = checked.findings;
    if findings.has_errors() {
        return Ok(report.rejected(findings, begun));
    }
    let scene = Scene {
        code: checked.code,
        ..target.scene
    };
    if board.is_seen() {
        match renderer.inspect(&scene, settings).await? {
            Inspection::Passed(estimate) => {
                board.expect(estimate.frames);
                findings.extend(estimate.findings);
            }
            Inspection::Rejected(errors) => {
                findings.extend(errors);
                return Ok(report.rejected(findings, begun));
            }
        }
    }
    match renderer.render(&scene, settings, &board.row()).await? {
        RenderOutcome::Rejected(errors) => {
            findings.extend(errors);
            Ok(report.rejected(findings, begun))
        }
        RenderOutcome::Rendered(film) => {
            let video = target.video.write(&film.video).await?;
            if let Some(storyboard) = target.storyboard {
                storyboard.write(&film.storyboard.clone().into()).await?;
            }
            Ok(report.rendered(&film, video, findings, begun))
        }
    }
}

/// One line for all renders that run at the same time.
struct Board {
    line: ProgressLine,
    frames: std::sync::Mutex<(u64, u64)>,
}

/// One render's part of the board.
struct Row<'a> {
    board: &'a Board,
    done: std::sync::atomic::AtomicU64,
}

impl Board {
    fn new(scenes: usize) -> Self {
        let stage = if scenes == 1 {
            "rendering".to_owned()
        } else {
            format!("rendering {scenes} scenes")
        };
        Self {
            line: ProgressLine::new(&stage),
            frames: (0, 0).into(),
        }
    }

    /// A dry run only pays when its count of frames is shown.
    fn is_seen(&self) -> bool {
        ProgressLine::is_seen()
    }

    fn expect(&self, frames: u64) {
        self.update(|(_, total)| *total += frames);
    }

    fn row(&self) -> Row<'_> {
        Row {
            board: self,
            done: 0.into(),
        }
    }

    fn update(&self, change: impl FnOnce(&mut (u64, u64))) {
        let mut frames = self
            .frames
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut frames);
        let (frames_done, total) = *frames;
        self.line.frames(Progress {
            frames_done,
            frames_total: (total > 0).then_some(total),
        });
    }

    /// Prints while the line is out of the way.
    fn hide<T>(&self, print: impl FnOnce() -> T) -> T {
        self.line.suspend(print)
    }
}

impl ProgressSink for Row<'_> {
    fn progress(&self, progress: Progress) {
        let before = self
            .done
            .swap(progress.frames_done, std::sync::atomic::Ordering::Relaxed);
        let new = progress.frames_done.saturating_sub(before);
        self.board.update(|(done, _)| *done += new);
    }
}

#[derive(Debug, Serialize)]
struct Report {
    scene: String,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<String>,
    frames: u64,
    duration_s: f64,
    bytes: u64,
    wall_ms: u64,
    isolation: Isolation,
    diagnostics: Diagnostics,
}

impl Report {
    fn new(scene: &Path, isolation: Isolation) -> Self {
        Self {
            scene: scene.display().to_string(),
            status: "rejected",
            video: None,
            frames: 0,
            duration_s: 0.0,
            bytes: 0,
            wall_ms: 0,
            isolation,
            diagnostics: Diagnostics::default(),
        }
    }

    fn rejected(mut self, findings: Diagnostics, begun: Instant) -> Self {
        self.diagnostics = findings;
        self.wall_ms = begun.elapsed().as_millis() as u64;
        self
    }

    fn rendered(self, film: &Film, video: PathBuf, findings: Diagnostics, begun: Instant) -> Self {
        Self {
            status: "rendered",
            video: Some(video.display().to_string()),
            frames: film.info.frames,
            duration_s: film.info.duration_s(),
            bytes: film.info.bytes,
            isolation: film.info.isolation,
            ..self.rejected(findings, begun)
        }
    }
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the report is what the program is for"
)]
fn tell(args: &Args, report: &Report) -> anyhow::Result<()> {
    if args.json {
        println!("{}", serde_json::to_string(report)?);
        return Ok(());
    }
    for finding in &report.diagnostics {
        eprintln!("{}: {finding}", report.scene);
    }
    match &report.video {
        Some(video) => println!(
            "{video}: {:.1} s, {} frames, {} kB, made in {:.1} s (isolation {})",
            report.duration_s,
            report.frames,
            report.bytes.div_ceil(1000),
            report.wall_ms as f64 / 1000.0,
            report.isolation,
        ),
        None => eprintln!("{}: rejected", report.scene),
    }
    Ok(())
}

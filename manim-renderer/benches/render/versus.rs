//! The comparison: each scene in each quality, one run of theirs and one of ours in turn.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use manim_core::{Film, Quality, RenderOutcome, RenderSettings, Renderer};
use manim_renderer::LocalRenderer;

use crate::choice::Choice;
use crate::cli::{Cli, Ran};
use crate::likeness::{Likeness, Scores};
use crate::measure::{geometric_mean, median, timed};
use crate::process::{self, Sampler};
use crate::scenes::{SCENES, scene};

/// One scene in one quality.
struct Row {
    name: &'static str,
    quality: Quality,
    frames: u64,
    theirs: Side,
    ours: Side,
}

struct Side {
    wall_s: f64,
    cpu_s: f64,
    peak_bytes: u64,
    film_bytes: u64,
    ssim: f64,
}

impl Row {
    fn faster(&self) -> f64 {
        self.theirs.wall_s / self.ours.wall_s
    }

    fn larger(&self) -> f64 {
        self.ours.film_bytes as f64 / self.theirs.film_bytes as f64
    }
}

pub(crate) async fn run(choice: &Choice) -> String {
    let likeness = Likeness::new();
    let ears = std::sync::Arc::clone(&likeness);
    let options = crate::options().with_frame_tap(move |rgba, repeat| ears.take(rgba, repeat));
    let renderer = crate::start(options).await;
    let before = process::load();
    let mut rows = Vec::new();
    for (name, source) in SCENES.into_iter().filter(|(name, _)| choice.scene(name)) {
        for quality in choice.qualities() {
            let row = compare(name, source, quality, choice.runs, &renderer, &likeness).await;
            println!("{}", line(&row));
            rows.push(row);
        }
    }
    table(&rows, choice, &before)
}

async fn compare(
    name: &'static str,
    source: &str,
    quality: Quality,
    runs: usize,
    renderer: &LocalRenderer,
    likeness: &Likeness,
) -> Row {
    let cli = Cli::new(source);
    // Formulas and text are set once for each side before any clock runs.
    cli.render(Quality::Low, false);
    let warmed = cli.render(quality, true);
    likeness.listen();
    let sampler = Sampler::start(std::process::id());
    let film = render(renderer, source, quality).await;
    let our_peak = sampler.finish();
    let ours = save(&film).await;
    let Scores(their_ssim, our_ssim) = likeness.compare(quality, [&warmed.film, ours.path()]);
    let (theirs, mine) = alternate(&cli, source, quality, runs, renderer).await;
    Row {
        name,
        quality,
        frames: film.info.frames,
        theirs: theirs.side(warmed.peak_bytes, size(&warmed.film), their_ssim),
        ours: mine.side(our_peak, film.info.bytes, our_ssim),
    }
}

#[derive(Default)]
struct Times {
    wall_s: Vec<f64>,
    cpu_s: Vec<f64>,
}

impl Times {
    fn side(&self, peak_bytes: u64, film_bytes: u64, ssim: f64) -> Side {
        Side {
            wall_s: median(&self.wall_s),
            cpu_s: median(&self.cpu_s),
            peak_bytes,
            film_bytes,
            ssim,
        }
    }
}

async fn alternate(
    cli: &Cli,
    source: &str,
    quality: Quality,
    runs: usize,
    renderer: &LocalRenderer,
) -> (Times, Times) {
    let (mut theirs, mut ours) = (Times::default(), Times::default());
    for _ in 0..runs {
        let (Ran { cpu_s, .. }, wall_s) = timed(|| cli.render(quality, false));
        theirs.wall_s.push(wall_s);
        theirs.cpu_s.push(cpu_s);
        let used = process::cpu(std::process::id());
        let began = Instant::now();
        render(renderer, source, quality).await;
        ours.wall_s.push(began.elapsed().as_secs_f64());
        ours.cpu_s.push(process::cpu(std::process::id()) - used);
    }
    (theirs, ours)
}

async fn render(renderer: &LocalRenderer, source: &str, quality: Quality) -> Film {
    let settings = RenderSettings::default().with_quality(quality);
    match renderer.render(&scene(source), settings, &()).await.unwrap() {
        RenderOutcome::Rendered(film) => film,
        RenderOutcome::Rejected(why) => panic!("a scene of the benchmark is rejected: {why}"),
    }
}

async fn save(film: &Film) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new()
        .suffix(".mp4")
        .tempfile_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap();
    std::fs::write(file.path(), film.video.bytes().await.unwrap()).unwrap();
    file
}

fn size(film: &Path) -> u64 {
    std::fs::metadata(film).unwrap().len()
}

fn line(row: &Row) -> String {
    let (theirs, ours) = (&row.theirs, &row.ours);
    let megabytes = |bytes: u64| bytes / 1_000_000;
    format!(
        "| {} | {} | {} | {:.2} | {:.2} | {:.2} | {:.1} | {:.1} | {} | {} | {} | {:.2} | {:.5} | {:.5} |",
        row.name,
        row.quality,
        row.frames,
        theirs.wall_s,
        ours.wall_s,
        row.faster(),
        theirs.cpu_s,
        ours.cpu_s,
        megabytes(theirs.peak_bytes),
        megabytes(ours.peak_bytes),
        ours.film_bytes / 1000,
        row.larger(),
        theirs.ssim,
        ours.ssim,
    )
}

fn table(rows: &[Row], choice: &Choice, load: &str) -> String {
    let mut text = format!(
        "{}. Medians of {} runs in turn; load {load} before and {} after.\n\n",
        process::machine().split(';').next().unwrap_or_default(),
        choice.runs,
        process::load(),
    );
    text.push_str(&summary(rows));
    text.push_str(
        "\n| scene | quality | frames | CLI s | ours s | times faster | CLI CPU s | our CPU s | CLI MB | our MB | our film kB | size ÷ CLI's | SSIM CLI | SSIM ours |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let _ = writeln!(text, "{}", line(row));
    }
    text
}

fn summary(rows: &[Row]) -> String {
    let mut text = String::from(
        "| quality | geometric mean, times faster | slowest scene | size ÷ CLI's, mean | largest | lowest SSIM difference |\n|---|---|---|---|---|---|\n",
    );
    for quality in Quality::ALL {
        let of: Vec<&Row> = rows.iter().filter(|row| row.quality == quality).collect();
        if of.is_empty() {
            continue;
        }
        let least = |value: fn(&Row) -> f64| of.iter().map(|row| value(row)).fold(f64::INFINITY, f64::min);
        let _ = writeln!(
            text,
            "| {quality} | {:.2} | {:.2} | {:.2} | {:.2} | {:+.5} |",
            geometric_mean(of.iter().map(|row| row.faster())),
            least(Row::faster),
            geometric_mean(of.iter().map(|row| row.larger())),
            -least(|row| -row.larger()),
            least(|row| row.ours.ssim - row.theirs.ssim),
        );
    }
    text
}

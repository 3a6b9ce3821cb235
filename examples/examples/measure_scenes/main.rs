//! How many scenes of a folder become films: by Manim alone, and checked, mended and rendered here.
//!
//! No model is asked. Run it on scenes that models wrote:
//! `cargo run -p manim-examples --example measure_scenes -- FOLDER [--json]`

mod plain;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Parser;
use futures::stream::{self, StreamExt};
use manim_core::{
    Diagnostics, Inspection, RenderOutcome, RenderSettings, Renderer, SceneCode, Stage, check_code,
};
use manim_examples::{Exit, renderer, run};
use manim_renderer::{Environment, Options};
use serde::Serialize;

use plain::Plain;

#[derive(Debug, Parser)]
struct Args {
    /// The folder; every `.py` file in it holds one scene.
    folder: PathBuf,
    /// Do not ask plain Manim.
    #[arg(long)]
    ours_only: bool,
    /// Only play the scenes here, draw nothing.
    #[arg(long)]
    dry: bool,
    /// Print one JSON object per scene.
    #[arg(long)]
    json: bool,
}

/// What became of one scene.
#[derive(Debug, Serialize)]
struct Row {
    scene: String,
    plain: Option<bool>,
    ours: bool,
    mends: usize,
    findings: Diagnostics,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(measure(args))
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
async fn measure(args: Args) -> anyhow::Result<Exit> {
    let scenes = scenes(&args.folder)?;
    let renderer: Arc<dyn Renderer> = renderer(Options::default().with_concurrency(2)).await?;
    let plain = (!args.ours_only).then(|| Environment::locate().map(|found| Plain::new(&found)));
    let plain = plain.transpose()?;
    let rows = scenes
        .iter()
        .map(|path| look(path, plain.as_ref(), renderer.as_ref(), args.dry));
    let mut rows: Vec<Row> = stream::iter(rows)
        .buffer_unordered(2)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<anyhow::Result<_>>()?;
    rows.sort_by(|one, other| one.scene.cmp(&other.scene));
    if args.json {
        for row in &rows {
            println!("{}", serde_json::to_string(row)?);
        }
    } else {
        print_table(&rows);
    }
    Ok(Exit::Done)
}

fn scenes(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut scenes: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "py"))
        .collect();
    scenes.sort();
    if scenes.is_empty() {
        bail!("{} holds no .py file", folder.display());
    }
    Ok(scenes)
}

async fn look(path: &Path, plain: Option<&Plain>, renderer: &dyn Renderer, dry: bool) -> anyhow::Result<Row> {
    let source = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let plain = match plain {
        Some(plain) => Some(plain.renders(path).await?),
        None => None,
    };
    let checked = check_code(&SceneCode::new(source)?);
    let mends = checked.findings.iter().filter(|finding| finding.fixed).count();
    let passed = checked.passed();
    let mut findings = checked.findings;
    let scene = manim_core::Scene::new(checked.code);
    let settings = RenderSettings::default().with_quality(manim_core::Quality::Low);
    let mut ours = false;
    if passed {
        match renderer.inspect(&scene, settings).await? {
            Inspection::Rejected(errors) => findings.extend(errors),
            Inspection::Passed(estimate) => {
                ours = true;
                findings.extend(estimate.findings);
            }
        }
    }
    if ours && !dry {
        ours = match renderer.render(&scene, settings, &()).await? {
            RenderOutcome::Rendered(_) => true,
            RenderOutcome::Rejected(errors) => {
                findings.extend(errors);
                false
            }
        };
    }
    Ok(Row {
        scene: path.file_name().unwrap_or_default().display().to_string(),
        plain,
        ours,
        mends,
        findings,
    })
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn print_table(rows: &[Row]) {
    let all = rows.len();
    let share = |count: usize| {
        format!(
            "{count:>5} of {all}  {:>5.1} %",
            count as f64 * 100.0 / all as f64
        )
    };
    let count = |wanted: &dyn Fn(&Row) -> bool| share(rows.iter().filter(|row| wanted(row)).count());
    println!(
        "plain Manim renders         {}",
        count(&|row| row.plain == Some(true))
    );
    println!("checked, mended, rendered   {}", count(&|row| row.ours));
    println!(
        "lost of those it renders    {}",
        count(&|row| row.plain == Some(true) && !row.ours)
    );
    println!("mended before it was run    {}", count(&|row| row.mends > 0));
    println!("with a flaw of layout       {}", count(&has_flaw));
    for row in rows.iter().filter(|row| !row.ours) {
        let why = row.findings.headline().unwrap_or_default();
        let lost = if row.plain == Some(true) { "LOST " } else { "" };
        println!("{lost}{}: {}", row.scene, why.lines().next().unwrap_or_default());
    }
}

fn has_flaw(row: &Row) -> bool {
    let flaw = |finding: &manim_core::Diagnostic| {
        finding.stage == Stage::Inspect && finding.severity == manim_core::Severity::Warning
    };
    row.findings.iter().any(flaw)
}

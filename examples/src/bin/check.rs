//! Checks scenes without running them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use manim_core::{CheckReport, Diagnostic, check_code};
use manim_examples::{Destination, Exit, read_scene, run};
use serde::Serialize;

/// Checks Manim scenes without running them: exit code 0 when all can be rendered as far as
/// can be told, 1 when one cannot.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Python files, each with a scene.
    #[arg(required = true, value_name = "scene.py")]
    scenes: Vec<PathBuf>,
    /// Write safe fixes back into the files.
    #[arg(long)]
    fix: bool,
    /// Print one JSON object per scene on stdout.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    run(check(args))
}

async fn check(args: Args) -> anyhow::Result<Exit> {
    let mut exit = Exit::Done;
    for path in &args.scenes {
        let scene = read_scene(path)?;
        let report = check_code(&scene.code);
        if args.fix && report.code != scene.code {
            let fixed = report.code.as_str().as_bytes().to_vec();
            Destination::claim(path)?.write(&fixed.into()).await?;
        }
        if !report.passed() {
            exit = Exit::Rejected;
        }
        tell(&args, path, &report)?;
    }
    Ok(exit)
}

#[expect(clippy::print_stdout, reason = "the findings are what the program is for")]
fn tell(args: &Args, path: &std::path::Path, report: &CheckReport) -> anyhow::Result<()> {
    let scene = path.display().to_string();
    if args.json {
        println!("{}", serde_json::to_string(&Line::new(&scene, report))?);
        return Ok(());
    }
    for finding in &report.findings {
        println!("{scene}: {finding}");
    }
    if report.passed() {
        println!("{scene}: ok ({})", report.scenes.join(", "));
    }
    Ok(())
}

#[derive(Serialize)]
struct Line<'a> {
    scene: &'a str,
    ok: bool,
    issues: Vec<Issue<'a>>,
    code: &'a str,
}

#[derive(Serialize)]
struct Issue<'a> {
    code: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
    fixed: bool,
}

impl<'a> Line<'a> {
    fn new(scene: &'a str, report: &'a CheckReport) -> Self {
        Self {
            scene,
            ok: report.passed(),
            issues: report.findings.iter().map(Issue::new).collect(),
            code: report.code.as_str(),
        }
    }
}

impl<'a> Issue<'a> {
    fn new(finding: &'a Diagnostic) -> Self {
        Self {
            code: &finding.code,
            line: finding.line,
            column: finding.column,
            message: &finding.message,
            fixed: finding.fixed,
        }
    }
}

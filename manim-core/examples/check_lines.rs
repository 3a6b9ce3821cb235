//! Checks scenes given as JSON lines (`name`, `code`) on stdin, and adds what was found:
//! `passed`, `mended`, `findings`. What `tests/check/verify.py` measures with.

use std::io::{BufRead, Write};

use manim_core::{SceneCode, check_code};
use serde_json::Value;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let mut scene: Value = serde_json::from_str(&line?)?;
        let code = SceneCode::new(scene["code"].as_str().unwrap_or_default())?;
        let report = check_code(&code);
        scene["passed"] = report.passed().into();
        scene["findings"] = serde_json::to_value(&report.findings)?;
        scene["mended"] = report.code.as_str().into();
        writeln!(out, "{scene}")?;
    }
    Ok(())
}

//! Compiles the lockdown library, which the worker loads, with the compiler at hand.
//! Elsewhere than on Linux there is none, and jobs run without a boundary.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

const SOURCES: [&str; 7] = [
    "lib.rs",
    "fork.rs",
    "kind.rs",
    "plan.rs",
    "report.rs",
    "step.rs",
    "system.rs",
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=lockdown/{source}");
    }
    let library = PathBuf::from(variable("OUT_DIR")).join("lockdown.so");
    if has_lockdown() {
        compile(&library);
    } else {
        fs::write(&library, []).expect("OUT_DIR can be written");
    }
}

fn has_lockdown() -> bool {
    let architecture = variable("CARGO_CFG_TARGET_ARCH");
    variable("CARGO_CFG_TARGET_OS") == "linux" && ["x86_64", "aarch64"].contains(&architecture.as_str())
}

fn compile(library: &PathBuf) {
    let mut rustc = Command::new(variable("RUSTC"));
    rustc
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "cdylib",
            "--crate-name",
            "manim_lockdown",
        ])
        .args([
            "-C",
            "panic=abort",
            "-C",
            "strip=symbols",
            "-O",
            "--target",
            &variable("TARGET"),
        ])
        .arg("-o")
        .arg(library)
        .arg("lockdown/lib.rs");
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut option = std::ffi::OsString::from("linker=");
        option.push(linker);
        rustc.arg("-C").arg(option);
    }
    let status = rustc
        .status()
        .expect("the compiler that compiles this crate runs");
    assert!(status.success(), "the lockdown library does not compile");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

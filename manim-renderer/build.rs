//! Compiles what locks processes down, with the compiler at hand: the library, which the
//! worker loads, and the program that starts other programs. Elsewhere than on Linux there
//! is neither, and jobs run without a boundary.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// What is compiled, from which file, to what kind.
const PRODUCTS: [(&str, &str, &str); 2] = [
    ("lockdown.so", "lib.rs", "cdylib"),
    ("lockdown-start", "start.rs", "bin"),
];
const SOURCES: [&str; 8] = [
    "lib.rs",
    "start.rs",
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
    for (name, source, kind) in PRODUCTS {
        let product = PathBuf::from(variable("OUT_DIR")).join(name);
        if has_lockdown() {
            compile(source, kind, &product);
        } else {
            fs::write(&product, []).expect("OUT_DIR can be written");
        }
    }
}

fn has_lockdown() -> bool {
    let architecture = variable("CARGO_CFG_TARGET_ARCH");
    variable("CARGO_CFG_TARGET_OS") == "linux" && ["x86_64", "aarch64"].contains(&architecture.as_str())
}

fn compile(source: &str, kind: &str, product: &Path) {
    let mut rustc = Command::new(variable("RUSTC"));
    rustc
        .args(["--edition", "2024", "--crate-name", "manim_lockdown"])
        .args(["--crate-type", kind, "-O", "--target", &variable("TARGET")])
        .args(["-C", "panic=abort", "-C", "strip=symbols"])
        .arg("-o")
        .arg(product)
        .arg(format!("lockdown/{source}"));
    if kind == "bin" {
        // Its C runtime calls `main`.
        rustc.args(["-C", "link-arg=-lc"]);
    }
    if let Some(linker) = env::var_os("RUSTC_LINKER") {
        let mut option = std::ffi::OsString::from("linker=");
        option.push(linker);
        rustc.arg("-C").arg(option);
    }
    let status = rustc
        .status()
        .expect("the compiler that compiles this crate runs");
    assert!(status.success(), "lockdown/{source} does not compile");
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

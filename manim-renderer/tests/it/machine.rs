//! What the machine lacks is named, with what to do about it.

use std::path::Path;
use std::process::Command;

use manim_core::{RenderErrorKind, Renderer};
use manim_renderer::{Environment, LocalRenderer};

use crate::support::{construct, environment, low, options, passed};

#[test]
fn a_place_without_an_environment_is_named_with_the_next_step() {
    let error = Environment::at("/nonexistent").unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Environment);
    assert!(
        error.subject().contains("/nonexistent") && error.subject().contains("make setup"),
        "{error}"
    );
}

#[test]
fn a_missing_ffmpeg_is_named() {
    let error = environment().with_ffmpeg("/nonexistent/ffmpeg").unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Environment);
    assert!(error.subject().contains("/nonexistent/ffmpeg"), "{error}");
}

#[test]
fn a_program_that_is_not_ffmpeg_is_found_out() {
    assert!(environment().with_ffmpeg("/bin/true").is_err());
}

#[tokio::test]
async fn without_latex_a_formula_is_the_machines_fault_and_other_scenes_are_fine() {
    let empty = tempfile::tempdir().unwrap();
    let bare = environment().without_latex().with_tex_cache(empty.path());
    let renderer = LocalRenderer::start(bare, options()).await.unwrap();
    let error = renderer
        .inspect(&construct("self.add(MathTex('x'))"), low())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Environment);
    assert!(
        error.subject().contains("LaTeX") && error.subject().contains("install"),
        "{error}"
    );
    passed(
        renderer
            .inspect(&construct("self.add(Text('x'))"), low())
            .await
            .unwrap(),
    );
}

/// Not a test: prints what is located with the variables that the next one sets.
#[test]
#[ignore = "run by the tests that set its variables"]
fn located() {
    match Environment::locate() {
        Ok(found) => println!("found {}", found.python().display()),
        Err(e) => println!("error {e}"),
    }
}

fn located_with(named: Option<&str>, directory: &Path) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["machine::located", "--exact", "--ignored", "--nocapture"]);
    command
        .current_dir(directory)
        .env_remove("MANIM_ENV")
        .env("XDG_DATA_HOME", "/nonexistent");
    command.envs(named.map(|named| ("MANIM_ENV", named)));
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn the_variable_comes_first_then_a_venv_above_the_current_directory() {
    let empty = tempfile::tempdir().unwrap();
    let below = empty.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    let venv = environment()
        .python()
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned();
    assert!(located_with(None, &below).contains("make setup"));
    assert!(located_with(venv.to_str(), &below).contains("found "));
    std::os::unix::fs::symlink(&venv, empty.path().join(".venv")).unwrap();
    assert!(located_with(None, &below).contains(".venv/bin/python"));
    assert!(located_with(Some("/nonexistent"), &below).contains("/nonexistent/bin/python"));
}

/// Needs a package index and minutes: run it with `--ignored` when the lock file changes.
#[test]
#[ignore = "builds an environment: minutes"]
fn provisioning_makes_an_environment_that_is_found() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["machine::provisioned", "--exact", "--ignored", "--nocapture"]);
    let output = command
        .env("PROVISION", "1")
        .env("XDG_DATA_HOME", home.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("found "), "{said}");
    assert_eq!(
        std::fs::read_dir(home.path().join("manim-engine"))
            .unwrap()
            .count(),
        1
    );
}

/// Not a test: what the one above runs.
#[test]
#[ignore = "run by the test that sets its variables"]
fn provisioned() {
    if std::env::var_os("PROVISION").is_some() {
        let made = Environment::provision(|step| println!("{step}")).unwrap();
        println!("found {}", made.python().display());
    }
}

#[tokio::test]
async fn a_python_without_manim_is_named() {
    let venv = tempfile::tempdir().unwrap();
    std::fs::create_dir(venv.path().join("bin")).unwrap();
    // The interpreter behind the environment, without what the environment adds.
    let bare = std::fs::canonicalize(environment().python()).unwrap();
    std::os::unix::fs::symlink(bare, venv.path().join("bin/python")).unwrap();
    let error = Environment::at(venv.path()).unwrap_err();
    assert!(error.subject().contains("has no Manim"), "{error}");
}

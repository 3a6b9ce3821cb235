//! Workers, jobs and encoders come and go; nothing is left and nothing is lost.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use manim_core::{Isolation, RenderErrorKind, Renderer, Scene};
use manim_renderer::{LocalRenderer, Options};

use crate::support::{
    construct, descendants, environment, eventually, eventually_async, is_alive, job_directories, kill, low,
    name, options, passed, rendered, start,
};

/// Long enough for a loaded machine; what is waited for takes milliseconds.
const SOON: Duration = Duration::from_secs(20);
/// What a user may expect of `kill -9`.
const ONE_SECOND: Duration = Duration::from_secs(1);

fn place(name: &str) -> PathBuf {
    let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&place).unwrap();
    place
}

#[tokio::test]
async fn manim_is_imported_once_for_many_jobs() {
    let renderer = start(options()).await;
    let first = renderer.worker_pid().await;
    for _ in 0..3 {
        rendered(
            renderer
                .render(&construct("self.wait(0.1)"), low(), &())
                .await
                .unwrap(),
        );
    }
    assert_eq!(
        (renderer.worker_generation().await, renderer.worker_pid().await),
        (1, first)
    );
}

#[tokio::test]
async fn a_killed_worker_is_replaced_and_the_next_job_is_fine() {
    let renderer = start(options()).await;
    let pid = renderer.worker_pid().await.unwrap();
    kill(pid);
    eventually_async("the worker ends", SOON, || (!is_alive(pid)).then_some(())).await;
    passed(renderer.inspect(&construct("self.wait()"), low()).await.unwrap());
    assert_eq!(
        (renderer.worker_generation().await, renderer.workers_lost().await),
        (2, 1)
    );
}

#[tokio::test]
async fn a_job_whose_worker_is_killed_is_run_again() {
    let renderer = start(options()).await;
    let pid = renderer.worker_pid().await.unwrap();
    let scene = construct("import time\ntime.sleep(1)\nself.wait()");
    let job = async { rendered(renderer.render(&scene, low(), &()).await.unwrap()) };
    let killing = async {
        eventually_async("the job starts", SOON, || descendants(pid).first().copied()).await;
        kill(pid);
    };
    let (film, ()) = tokio::join!(job, killing);
    assert_eq!((film.info.frames, renderer.worker_generation().await), (15, 2));
}

#[tokio::test]
async fn a_killed_encoder_is_an_encoder_error_and_the_next_film_is_fine() {
    let encoder = Arc::new(Mutex::new(None));
    let found = Arc::clone(&encoder);
    // Kills the encoder of the first film at its tenth frame.
    let count = Mutex::new(0);
    let tapped = options()
        .with_scratch(place("encoder"))
        .with_frame_tap(move |_, _| {
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count == 10 {
                let ours = |pid: &u32| {
                    std::fs::read_link(format!("/proc/{pid}/fd/1"))
                        .is_ok_and(|film| film.starts_with(place("encoder")))
                };
                let pid = descendants(std::process::id())
                    .into_iter()
                    .find(|pid| name(*pid) == "ffmpeg" && ours(pid))
                    .unwrap();
                let about = |file| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
                *found.lock().unwrap() = Some((about("environ"), about("limits")));
                kill(pid);
            }
        });
    let renderer = LocalRenderer::start(environment(), tapped).await.unwrap();
    let scene = construct("self.play(Rotate(Square(), 3), run_time=4)");
    let error = renderer.render(&scene, low(), &()).await.unwrap_err();
    let (variables, limits) = encoder.lock().unwrap().take().unwrap();
    assert_eq!(variables, "");
    for limit in ["Max open files            64 ", "Max core file size        0 "] {
        assert!(limits.contains(limit), "{limit} is not in {limits}");
    }
    assert_eq!(error.kind(), RenderErrorKind::Encoder, "{error}");
    assert_eq!(
        rendered(renderer.render(&scene, low(), &()).await.unwrap())
            .info
            .frames,
        60
    );
}

#[tokio::test]
async fn dropping_a_render_ends_its_whole_tree_and_its_scratch() {
    let scratch = place("dropped");
    let us = std::process::id();
    for (level, scene) in unkillable() {
        let renderer = start(at(level).with_scratch(&scratch)).await;
        let worker = renderer.worker_pid().await.unwrap();
        let job = renderer.render(&scene, low(), &());
        let started = eventually_async("the job starts", SOON, || {
            busy(worker).then(|| descendants(worker))
        });
        let tree = match futures::future::select(std::pin::pin!(started), job).await {
            futures::future::Either::Left((tree, job)) => {
                drop(job);
                tree
            }
            futures::future::Either::Right(_) => panic!("the job ended"),
        };
        let gone = || tree.iter().all(|pid| !is_alive(*pid)).then_some(());
        eventually_async("the tree is gone", ONE_SECOND, gone).await;
        eventually_async("its scratch is gone", ONE_SECOND, || {
            job_directories(&scratch).is_empty().then_some(())
        })
        .await;
        let encoder = |pid: &u32| {
            name(*pid) == "ffmpeg"
                && std::fs::read_link(format!("/proc/{pid}/fd/1"))
                    .is_ok_and(|film| film.starts_with(&scratch))
        };
        eventually_async("its encoder is gone", ONE_SECOND, || {
            (!descendants(us).iter().any(encoder)).then_some(())
        })
        .await;
        passed(renderer.inspect(&construct("self.wait()"), low()).await.unwrap());
        drop(renderer);
        assert!(!is_alive(worker));
        assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0);
    }
}

/// In C without looking at signals; in a TeX loop; deaf to signals. Where a job may fork:
/// with a daemon; with a child that left the group and that nobody has orphaned yet.
fn unkillable() -> [(Isolation, Scene); 5] {
    [
        (
            Isolation::L3,
            construct("self.wait()\nopen('busy', 'w')\nprint(len(str(7 ** (10 ** 9))))"),
        ),
        (
            Isolation::L3,
            construct("open('busy', 'w')\nself.add(Tex(r'\\def\\x{\\x}\\x'))"),
        ),
        (
            Isolation::L2,
            construct(
                "import signal\nself.wait()\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen('busy', 'w')\nwhile True: pass",
            ),
        ),
        (
            Isolation::L1,
            construct(
                "import os, time\nself.wait()\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True: pass\n    os._exit(0)\nopen('busy', 'w')\nwhile True: pass",
            ),
        ),
        (
            Isolation::L1,
            construct(
                "import os, time\nself.wait()\nif os.fork() == 0:\n    os.setsid()\n    open('busy', 'w')\n    while True: time.sleep(9)\nwhile True: time.sleep(9)",
            ),
        ),
    ]
}

/// At exactly this level.
fn at(level: Isolation) -> Options {
    options().accept_isolation(level).with_isolation_at_most(level)
}

/// Whether a job below `worker` says that it is where the test wants it.
fn busy(worker: u32) -> bool {
    descendants(worker)
        .iter()
        .any(|pid| std::path::Path::new(&format!("/proc/{pid}/cwd/busy")).exists())
}

/// Not a test: what the next one kills. Renders the scene whose number it is given.
#[tokio::test]
#[ignore = "run by the test that kills it"]
async fn supervisor() {
    let Ok(number) = std::env::var("SUPERVISED_SCENE") else {
        return;
    };
    let (level, scene) = &unkillable()[number.parse::<usize>().unwrap()];
    let renderer = start(at(*level).with_scratch(place("killed"))).await;
    println!("warm {}", renderer.worker_pid().await.unwrap());
    let _ = renderer.render(scene, low(), &()).await;
}

#[test]
fn killing_the_supervisor_leaves_no_process_after_a_second() {
    for number in 0..unkillable().len() {
        let mut supervisor = Command::new(std::env::current_exe().unwrap())
            .args(["lifecycle::supervisor", "--exact", "--ignored", "--nocapture"])
            .env("SUPERVISED_SCENE", number.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let pid = supervisor.id();
        eventually("the job starts", SOON, || busy(pid).then_some(()));
        let tree = descendants(pid);
        let names: Vec<_> = tree.iter().map(|pid| name(*pid)).collect();
        assert!(
            tree.len() >= 3 && names.iter().any(|name| name == "ffmpeg"),
            "{names:?}"
        );
        supervisor.kill().unwrap();
        supervisor.wait().unwrap();
        let left = || {
            tree.iter()
                .filter(|pid| is_alive(**pid))
                .map(|pid| name(*pid))
                .collect::<Vec<_>>()
        };
        eventually("all are gone", ONE_SECOND, || left().is_empty().then_some(()));
    }
    // The next renderer sweeps what could not be removed.
    drop(
        tokio::runtime::Runtime::new()
            .unwrap()
            .block_on(start(options().with_scratch(place("killed")))),
    );
    assert_eq!(std::fs::read_dir(place("killed")).unwrap().count(), 0);
}

//! The jail around real scenes: how strong it is here, what it costs, what it refuses.

use std::time::{Duration, Instant};

use manim_core::{Inspection, Isolation, RenderErrorKind, Renderer};
use manim_renderer::{Layer, Limits, LocalRenderer, Options};

use crate::support::{construct, environment, low, options, passed, refused, rendered, scene, start};

fn at(level: Isolation) -> Options {
    options().accept_isolation(level).with_isolation_at_most(level)
}

/// A scene passes if what it asserts holds.
async fn holds(renderer: &LocalRenderer, body: &str) {
    passed(renderer.inspect(&construct(body), low()).await.unwrap());
}

#[tokio::test]
async fn the_strongest_jail_is_taken_and_every_result_says_it() {
    let renderer = start(options()).await;
    assert_eq!(renderer.isolation(), Isolation::L3);
    let film = rendered(
        renderer
            .render(&construct("self.wait()"), low(), &())
            .await
            .unwrap(),
    );
    assert_eq!(film.info.isolation, Isolation::L3);
}

#[tokio::test]
async fn without_namespaces_it_is_l2_and_frames_are_the_same() {
    let renderer = start(at(Isolation::L2)).await;
    let body = "self.play(Create(Text('Hallo')), run_time=0.5)";
    let film = rendered(renderer.render(&construct(body), low(), &()).await.unwrap());
    assert_eq!(film.info.isolation, Isolation::L2);
    let other = crate::support::render_low(&construct(body)).await;
    assert_eq!(
        film.video.bytes().await.unwrap(),
        other.video.bytes().await.unwrap()
    );
}

/// Not a test: run by the next one where there are no user namespaces.
#[tokio::test]
#[ignore = "run by the test that takes the namespaces away"]
async fn level_here() {
    if std::env::var_os("LEVEL_ASKED").is_none() {
        return;
    }
    let renderer = match LocalRenderer::start(environment(), options()).await {
        Ok(renderer) => renderer,
        Err(error) => return println!("{:?} error: {error}", error.kind()),
    };
    let film = rendered(
        renderer
            .render(&construct("self.wait()"), low(), &())
            .await
            .unwrap(),
    );
    println!("level {}", film.info.isolation);
}

const LEVEL_HERE: &str = "jail::level_here --exact --ignored --nocapture";

/// What `level_here` says when this program starts it.
fn level_under(program: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program)
        .args(arguments)
        .arg(std::env::current_exe().unwrap())
        .args(LEVEL_HERE.split(' '))
        .env("LEVEL_ASKED", "1")
        .output()
        .unwrap();
    let both = [output.stdout, output.stderr];
    both.map(|said| String::from_utf8_lossy(&said).into_owned())
        .concat()
}

#[test]
fn where_there_are_no_user_namespaces_it_is_l2() {
    // The number of namespaces is a setting of the namespace that this makes.
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\" \"$@\"";
    let said = level_under("unshare", &["--user", "--map-root-user", "sh", "-c", script]);
    assert!(said.contains("level L2"), "{said}");
}

#[test]
fn where_proc_is_hidden_it_is_refused_and_the_remedy_is_named() {
    let script = "mount -t tmpfs none /proc && exec \"$0\" \"$@\"";
    let said = level_under(
        "unshare",
        &["--user", "--map-root-user", "--mount", "sh", "-c", script],
    );
    assert!(
        said.contains("Isolation error") && said.contains("mount -t proc"),
        "{said}"
    );
}

#[cfg(target_arch = "x86_64")]
#[test]
fn without_landlock_it_is_refused_and_the_remedy_is_named() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/scenes/without_landlock.py");
    let said = level_under(environment().python().to_str().unwrap(), &["-I", script]);
    assert!(
        said.contains("Isolation error") && said.contains("lsm=landlock"),
        "{said}"
    );
}

#[tokio::test]
async fn less_than_the_minimum_is_refused_with_the_reason() {
    let options = options()
        .accept_isolation(Isolation::L3)
        .with_isolation_at_most(Isolation::L2);
    let error = LocalRenderer::start(environment(), options).await.unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Isolation);
    assert!(error.subject().contains("accept_isolation"), "{error}");
}

#[tokio::test]
async fn a_lockdown_that_fails_runs_no_byte_of_the_users() {
    let renderer = start(options().with_failing_step(0)).await;
    let error = renderer
        .inspect(&construct("self.wait()"), low())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Isolation, "{error}");
}

#[tokio::test]
async fn a_scene_sees_no_file_of_the_machine_no_network_and_no_other_process() {
    for level in [Isolation::L3, Isolation::L2] {
        let renderer = start(at(level)).await;
        let body = r#"
import os, socket
def refused(action):
    try: action()
    except OSError: return True
    return False
assert refused(lambda: open('/etc/passwd'))
assert refused(lambda: open('/etc/hostname'))
assert refused(lambda: os.listdir('/root'))
assert refused(lambda: os.listdir('/home'))
assert refused(lambda: socket.socket())
assert refused(lambda: socket.socketpair())
assert refused(os.fork)
assert refused(lambda: os.execv('/bin/true', ['true']))
assert refused(lambda: os.kill(1, 0))
assert refused(lambda: open('/proc/1/environ').read())
assert refused(lambda: open(os.__file__, 'a'))
assert refused(lambda: open('/usr/lib/x', 'w'))
open('own', 'w').write('x')
self.wait()"#;
        holds(&renderer, body).await;
    }
}

#[tokio::test]
async fn a_layer_left_out_lets_something_through() {
    let renderer = start(options().without_layers(&[Layer::Calls])).await;
    holds(&renderer, "import socket\nsocket.socket()\nself.wait()").await;
}

#[tokio::test]
async fn formulas_are_set_by_a_jail_of_their_own_and_read_no_file() {
    let renderer = start(options().with_first_user(0x7100_0000)).await;
    let body = "self.add(Tex(r'\\input{/etc/hostname}'))";
    let finding = refused(renderer.inspect(&construct(body), low()).await.unwrap());
    assert_eq!(finding.code, "latex-error", "{finding}");
    holds(
        &renderer,
        "self.add(MathTex(r'\\sqrt{2} + \\text{fresh 4711}'))\nself.wait()",
    )
    .await;
}

#[tokio::test]
async fn an_endless_formula_is_named() {
    let limits = Limits::default().with_formula_wall(Duration::from_secs(2));
    let renderer = start(options().with_limits(limits)).await;
    let finding = refused(
        renderer
            .inspect(&construct(r"self.add(Tex(r'\def\x{\x}\x'))"), low())
            .await
            .unwrap(),
    );
    assert_eq!(finding.code, "latex-timeout");
    assert!(finding.message.contains("2 s"), "{finding}");
}

#[tokio::test]
async fn too_many_new_formulas_are_named() {
    let empty = tempfile::tempdir().unwrap();
    let limits = Limits::default().with_formulas(3);
    let options = options().with_limits(limits);
    let renderer = LocalRenderer::start(environment().with_tex_cache(empty.path()), options)
        .await
        .unwrap();
    let finding = refused(
        renderer
            .inspect(&construct("for n in range(4): self.add(MathTex(n))"), low())
            .await
            .unwrap(),
    );
    assert_eq!(finding.code, "formula-limit");
    assert!(finding.message.contains('3'), "{finding}");
}

#[tokio::test]
async fn memory_scratch_and_processor_time_are_limits_with_names() {
    let limits = Limits::default()
        .with_memory_bytes(512 << 20)
        .with_scratch_bytes(8 << 20)
        .with_inspect_wall(Duration::from_secs(20));
    for level in [Isolation::L3, Isolation::L2] {
        let renderer = start(at(level).with_limits(limits.clone())).await;
        for (body, code) in [
            (
                "x = []\nwhile True: x.append(bytearray(b'1') * 1_000_000)",
                "memory-limit",
            ),
            (
                "with open('f', 'wb') as f:\n    while True: f.write(bytes(1_000_000))",
                "scratch-limit",
            ),
            (
                "n = 0\nwhile True:\n    n += 1\n    open(f'{n}', 'w').close()",
                "scratch-limit",
            ),
        ] {
            let finding = refused(renderer.inspect(&construct(body), low()).await.unwrap());
            assert_eq!(finding.code, code, "{level}: {finding}");
            assert!(finding.message.contains("MiB"), "{finding}");
        }
        holds(&renderer, "self.wait()").await;
    }
}

#[tokio::test]
async fn no_users_file_outlives_its_job() {
    let renderer = start(options()).await;
    holds(&renderer, "open('mark', 'w')\nself.wait()").await;
    holds(
        &renderer,
        "import os\nassert not os.path.exists('mark')\nself.wait()",
    )
    .await;
}

/// Not a test: the cost of the jail, for the benchmark's table.
#[tokio::test]
#[ignore = "measures"]
async fn cost_of_the_jail() {
    let levels = [Isolation::L1, Isolation::L2, Isolation::L3];
    let mut renderers = Vec::new();
    for level in levels {
        renderers.push((level, start(at(level)).await, Vec::new()));
    }
    let broken = scene("def");
    // In turns, so that a busy machine is as busy for each.
    for round in 0..44 {
        for (_, renderer, times) in &mut renderers {
            let began = Instant::now();
            let inspected = renderer.inspect(&broken, low()).await.unwrap();
            assert!(matches!(inspected, Inspection::Rejected(_)));
            if round >= 3 {
                times.push(began.elapsed().as_secs_f64() * 1000.0);
            }
        }
    }
    for (level, _, mut times) in renderers {
        times.sort_by(f64::total_cmp);
        println!(
            "{level}: median {:.2} ms, least {:.2} ms",
            times[times.len() / 2],
            times[0]
        );
    }
}

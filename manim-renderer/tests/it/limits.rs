//! Each limit that is reached is named, and nothing is left of the job.

use std::time::Duration;

use manim_core::{Diagnostic, RenderErrorKind, Renderer, Scene};
use manim_renderer::{Limits, LocalRenderer};
use tokio::sync::OnceCell;

use crate::support::{construct, job_directories, low, options, refused, rejected, start};

/// Where the tight renderer of these tests works.
fn scratch() -> std::path::PathBuf {
    let place = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("tight");
    std::fs::create_dir_all(&place).unwrap();
    place
}

/// A renderer with little patience.
async fn tight() -> &'static LocalRenderer {
    static TIGHT: OnceCell<LocalRenderer> = OnceCell::const_new();
    let limits = Limits::default()
        .with_render_wall(Duration::from_secs(4))
        .with_inspect_wall(Duration::from_secs(4))
        .with_film_bytes(5_000)
        .with_drawn_pixels(854 * 480 * 1000);
    TIGHT
        .get_or_init(|| start(options().with_scratch(scratch()).with_limits(limits)))
        .await
}

async fn found(scene: &Scene) -> Diagnostic {
    rejected(tight().await.render(scene, low(), &()).await.unwrap())
}

#[tokio::test]
async fn an_endless_loop_ends_at_the_wall_and_the_message_names_the_limit() {
    let finding = found(&construct("while True: pass")).await;
    assert_eq!(finding.code, "timeout");
    assert!(finding.message.contains("4 s"), "{finding}");
    assert_eq!(
        refused(
            tight()
                .await
                .inspect(&construct("while True: pass"), low())
                .await
                .unwrap()
        )
        .code,
        "timeout"
    );
    assert_eq!(job_directories(&scratch()), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn a_job_that_ignores_every_signal_ends_at_the_wall() {
    let body = "import os, signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\n\
        while True: time.sleep(1)";
    assert_eq!(found(&construct(body)).await.code, "timeout");
}

#[tokio::test]
async fn too_many_frames_are_refused_by_both_looks() {
    let scene = construct("self.wait(100)");
    let finding = refused(tight().await.inspect(&scene, low()).await.unwrap());
    assert_eq!(finding.code, "frame-limit");
    assert!(finding.message.contains("1000 frames"), "{finding}");
    assert_eq!(found(&scene).await.code, "frame-limit");
}

#[tokio::test]
async fn a_dry_run_without_end_is_ended_by_the_count_of_its_frames() {
    let endless = [
        "while True: self.wait(20)",
        "while True:\n    try: self.wait(20)\n    except BaseException: pass",
        "self.add(Dot().add_updater(lambda mobject, dt: mobject.shift(RIGHT * dt)))\nself.wait(1_000_000)",
        "while True: self.play(Rotate(Square()), run_time=20)",
        "self.wait(1e25)",
    ];
    // The wall is far away, so that it is the count that ends them on a busy machine too.
    let limits = Limits::default().with_drawn_pixels(854 * 480 * 1000);
    let renderer = start(options().with_scratch(scratch()).with_limits(limits)).await;
    for body in endless {
        let finding = refused(renderer.inspect(&construct(body), low()).await.unwrap());
        assert_eq!(finding.code, "frame-limit", "{body}: {finding}");
        assert!(finding.message.contains("1000 frames of 854x480"), "{finding}");
    }
}

#[tokio::test]
async fn a_film_that_is_too_large_is_refused() {
    let body = "self.play(Rotate(VGroup(*[Square(n) for n in range(6)]), 3), run_time=3)";
    let finding = found(&construct(body)).await;
    assert_eq!(finding.code, "film-size", "{finding}");
}

#[tokio::test]
async fn a_flood_of_output_is_ended() {
    let finding = found(&construct("while True: print('x' * 1_000_000)")).await;
    assert_eq!(finding.code, "log-flood");
}

#[tokio::test]
async fn a_job_that_talks_garbage_is_ended_and_the_next_one_is_fine() {
    let garbage = [
        "s.sendall(b'\\xff' * 100)",
        "s.sendall((5).to_bytes(4, 'little') + b'hello')",
        "say('{\"type\":\"frame\",\"slot\":99,\"repeat\":1}')",
        "say('{\"type\":\"frame\",\"slot\":0,\"repeat\":0}')",
        "say('{\"type\":\"answer\",\"value\":1}'); say('{\"type\":\"play\"}')",
        "for _ in range(1_000_000): say('{\"type\":\"frame\",\"slot\":0,\"repeat\":0}')",
    ];
    for line in garbage {
        let body = format!(
            "import socket, time\ns = socket.socket(fileno=[f for f in range(3, 20) if ours(f)][0])\n\
             def say(t): s.sendall(len(t).to_bytes(4, 'little') + t.encode())\n{line}\ntime.sleep(60)"
        );
        let find = "def ours(f):\n    import os\n    import stat\n    try: return stat.S_ISSOCK(os.fstat(f).st_mode)\n    except OSError: return False\n";
        let error = tight()
            .await
            .render(&construct(&format!("{find}{body}")), low(), &())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), RenderErrorKind::Protocol, "{line}: {error}");
    }
    assert_eq!(found(&construct("x")).await.code, "name-error");
}

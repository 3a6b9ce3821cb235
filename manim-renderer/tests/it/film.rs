//! What comes out is what is said of it.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use manim_core::{Film, Format, Isolation, Progress, ProgressSink, Quality, Renderer};
use serde_json::Value;

use crate::support::{construct, low, passed, render_low, rendered, renderer};

/// What `ffprobe` sees.
struct Probe {
    stream: Value,
    frames: u64,
}

impl Probe {
    async fn of(film: &Film) -> Self {
        let said = tool(
            "ffprobe",
            &[
                "-v",
                "error",
                "-count_frames",
                "-show_streams",
                "-of",
                "json",
                "-i",
                "pipe:0",
            ],
            film,
        )
        .await;
        let stream = serde_json::from_slice::<Value>(&said).unwrap()["streams"][0].clone();
        let frames = stream["nb_read_frames"].as_str().unwrap().parse().unwrap();
        Self { stream, frames }
    }

    fn says(&self, key: &str) -> &str {
        self.stream[key].as_str().unwrap_or_default()
    }
}

/// Decodes to RGB with the matrix that the stream names.
async fn decoded(film: &Film) -> Vec<u8> {
    let filter = "scale=in_color_matrix=auto:flags=accurate_rnd+full_chroma_int";
    tool(
        "ffmpeg",
        &[
            "-v", "error", "-i", "pipe:0", "-vf", filter, "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1",
        ],
        film,
    )
    .await
}

async fn tool(program: &str, arguments: &[&str], film: &Film) -> Vec<u8> {
    let video = film.video.bytes().await.unwrap();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || drop(stdin.write_all(&video)));
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    assert!(output.status.success());
    output.stdout
}

#[tokio::test]
async fn an_mp4_is_h264_with_its_index_in_front_and_plays_everywhere() {
    let film = render_low(&construct("self.play(Create(Square()))\nself.wait()")).await;
    let probe = Probe::of(&film).await;
    let facts = [
        "codec_name",
        "pix_fmt",
        "color_range",
        "color_space",
        "avg_frame_rate",
    ]
    .map(|key| probe.says(key));
    assert_eq!(facts, ["h264", "yuv420p", "tv", "bt709", "15/1"]);
    assert_eq!(
        (probe.stream["width"].as_u64(), probe.stream["height"].as_u64()),
        (Some(854), Some(480))
    );
    assert_eq!((probe.frames, film.info.frames), (30, 30));
    let video = film.video.bytes().await.unwrap();
    let find = |name: &[u8]| video.windows(4).position(|window| window == name).unwrap();
    assert!(find(b"moov") < find(b"mdat"), "the index is behind the film");
}

#[tokio::test]
async fn a_webm_is_vp9() {
    let scene = construct("self.play(Create(Square()))");
    let settings = low().with_format(Format::WebM);
    let film = rendered(renderer().await.render(&scene, settings, &()).await.unwrap());
    let probe = Probe::of(&film).await;
    assert_eq!(
        (probe.says("codec_name"), probe.says("pix_fmt"), probe.frames),
        ("vp9", "yuv420p", 15)
    );
    assert_eq!(
        (probe.says("color_space"), probe.says("color_range")),
        ("bt709", "tv")
    );
}

#[tokio::test]
async fn every_quality_has_its_size_and_rate() {
    let scene = construct("self.add(Square())\nself.wait(0.2)");
    for quality in Quality::ALL {
        let film = rendered(
            renderer()
                .await
                .render(&scene, low().with_quality(quality), &())
                .await
                .unwrap(),
        );
        let (width, height) = quality.pixels();
        let frames = u64::from(quality.frame_rate()) / 5;
        assert_eq!(
            (film.info.width, film.info.height, film.info.frames),
            (width, height, frames),
            "{quality}"
        );
        assert_eq!(Probe::of(&film).await.frames, frames, "{quality}");
    }
}

#[tokio::test]
async fn pure_colours_come_back_within_two_of_what_was_drawn() {
    let colours: [[i32; 3]; 8] = [
        [252, 98, 85],
        [131, 193, 103],
        [88, 196, 221],
        [255, 255, 255],
        [0, 0, 0],
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
    ];
    let body: String = colours
        .iter()
        .map(|[r, g, b]| {
            format!("self.camera.background_color = ManimColor.from_rgb(({r}, {g}, {b}))\nself.wait(0.1)\n")
        })
        .collect();
    let film = render_low(&construct(&body)).await;
    let pixels = decoded(&film).await;
    let middle = (240 * 854 + 427) * 3;
    for (index, drawn) in colours.iter().enumerate() {
        let seen = &pixels[index * 854 * 480 * 3 + middle..][..3];
        let far = drawn.iter().zip(seen).any(|(a, b)| (a - i32::from(*b)).abs() > 2);
        assert!(!far, "{drawn:?} became {seen:?}");
    }
}

#[tokio::test]
async fn equal_frames_are_counted_and_not_drawn_again() {
    let film = render_low(&construct("self.add(Square())\nself.wait(3)\nself.wait(2)")).await;
    assert_eq!(
        (film.info.frames, film.info.distinct_frames, film.info.plays),
        (75, 1, 2)
    );
    assert_eq!(film.info.isolation, Isolation::L3);
    assert_eq!(film.info.bytes, film.video.len());
}

#[tokio::test]
async fn a_scene_that_plays_nothing_is_shown_for_a_second_with_a_note() {
    let scene = construct("self.add(Square())");
    let estimate = passed(renderer().await.inspect(&scene, low()).await.unwrap());
    let film = render_low(&scene).await;
    assert_eq!(
        (film.info.frames, film.info.distinct_frames, film.info.plays),
        (15, 1, 0)
    );
    assert_eq!((estimate.frames, estimate.plays), (15, 0));
    assert!(estimate.findings.iter().any(|note| note.code == "still-scene"));
}

#[tokio::test]
async fn a_scene_whose_sections_are_all_skipped_is_a_still_too() {
    let scene = construct("self.next_section(skip_animations=True)\nself.play(FadeIn(Square()))");
    assert_eq!(render_low(&scene).await.info.frames, 15);
    assert_eq!(
        passed(renderer().await.inspect(&scene, low()).await.unwrap()).frames,
        15
    );
}

#[tokio::test]
async fn poster_and_storyboard_show_the_film() {
    let body = "square = Square(fill_opacity=1, color='#ff0000', side_length=6)\nself.add(square)\nself.wait()\nself.play(square.animate.set_color('#0000ff'))\nself.wait()\nself.play(FadeOut(square))\nself.wait()";
    let film = render_low(&construct(body)).await;
    let (size, poster) = picture(&film.poster);
    assert_eq!(size, (854, 480));
    assert_eq!(poster[(240 * 854 + 427) * 3..][..3], [0, 0, 255]);
    let ((width, height), sheet) = picture(&film.storyboard);
    assert_eq!(
        (width, height),
        (2 * 328 + 8, 2 * 188 + 8),
        "red, blue, nearly nothing and nothing are three tiles"
    );
    assert_eq!(sheet[((8 + 90) * width + 8 + 160) * 3..][..3], [255, 0, 0]);
    assert_eq!(sheet[((8 + 90) * width + 328 + 8 + 160) * 3..][..3], [0, 0, 255]);
}

fn picture(png: &[u8]) -> ((usize, usize), Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    ((info.width as usize, info.height as usize), pixels)
}

#[derive(Default)]
struct Positions(Mutex<Vec<Progress>>);

impl ProgressSink for Positions {
    fn progress(&self, progress: Progress) {
        self.0.lock().unwrap().push(progress);
    }
}

#[tokio::test]
async fn progress_only_grows_and_knows_its_total_after_a_dry_run() {
    let scene = construct("self.play(Create(Square()), run_time=2)\nself.wait()");
    let renderer = renderer().await;
    let total = passed(renderer.inspect(&scene, low()).await.unwrap()).frames;
    let positions = Positions::default();
    rendered(renderer.render(&scene, low(), &positions).await.unwrap());
    let told = positions.0.into_inner().unwrap();
    assert!(
        told.windows(2)
            .all(|pair| pair[0].frames_done < pair[1].frames_done),
        "{told:?}"
    );
    assert!(
        told.iter().all(|position| position.frames_total == Some(total)),
        "{told:?}"
    );
    assert_eq!(told.last().unwrap().frames_done, total);
}

#[tokio::test]
async fn ten_thousand_plays_become_a_film() {
    let scene = construct(
        "dot = Dot()\nfor _ in range(10_000): self.play(dot.animate.shift(0.0005 * RIGHT), run_time=0.01)",
    );
    let film = render_low(&scene).await;
    assert_eq!((film.info.frames, film.info.plays), (10_000, 10_000));
}

#[tokio::test]
async fn what_a_scene_prints_does_not_disturb_it() {
    let scene = construct(
        "import sys\nfor _ in range(5): print('x' * 1_000_000); sys.stderr.write('y' * 1_000_000)\nself.wait()",
    );
    assert_eq!(render_low(&scene).await.info.frames, 15);
}

/// A sign that no font has is drawn as a box, which is as large for one such sign as for any.
#[tokio::test]
async fn words_of_every_large_script_are_drawn_with_their_own_signs() {
    let body = r#"
        def size(sign):
            drawn = Text(sign, font_size=96)
            return round(float(drawn.width), 3), round(float(drawn.height), 3)

        box = size("\u0378")
        assert box == size("\u0379"), "a sign without a meaning was drawn"
        signs = "Яж Ωλ é समीक 解方程 をク 해 حل שא ไท".replace(" ", "")
        missing = [sign for sign in signs if size(sign) == box]
        assert not missing, f"no font has {missing}"
        self.wait()
"#;
    let inspection = renderer().await.inspect(&construct(body), low()).await;
    passed(inspection.unwrap());
}

//! The stub's film is what its info says, read from the bytes themselves.

use manim_core::testing::{StubRenderer, stub_film};
use manim_core::{
    Diagnostic, Diagnostics, Format, Inspection, RenderErrorKind, RenderOutcome, RenderSettings, Renderer,
    Stage,
};
use std::time::Duration;
use tokio::time::Instant;

use crate::sample;

/// The payload of the first box of type `name` anywhere in `bytes`.
fn mp4_box<'a>(bytes: &'a [u8], name: &[u8; 4]) -> &'a [u8] {
    let at = bytes
        .windows(4)
        .position(|window| window == name)
        .expect("the box is there");
    &bytes[at + 4..]
}

fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

#[tokio::test]
async fn the_mp4_has_the_size_rate_and_frames_that_the_info_tells() {
    let film = stub_film(Format::Mp4);
    let bytes = film.video.bytes().await.unwrap();
    assert_eq!(&bytes[4..8], b"ftyp");
    // ISO/IEC 14496-12, version 0 boxes: sizes are 16.16 fixed point at the end of tkhd.
    let tkhd = mp4_box(&bytes, b"tkhd");
    assert_eq!(
        (be32(tkhd, 76) >> 16, be32(tkhd, 80) >> 16),
        (film.info.width, film.info.height)
    );
    let frames = be32(mp4_box(&bytes, b"stsz"), 8);
    assert_eq!(u64::from(frames), film.info.frames);
    let mvhd = mp4_box(&bytes, b"mvhd");
    let seconds = f64::from(be32(mvhd, 16)) / f64::from(be32(mvhd, 12));
    assert!((seconds - film.info.duration_s()).abs() < 0.01, "{seconds}");
    assert_eq!(bytes.len() as u64, film.info.bytes);
}

#[tokio::test]
async fn the_index_of_the_mp4_comes_before_its_frames() {
    let bytes = stub_film(Format::Mp4).video.bytes().await.unwrap();
    let place = |name: &[u8]| bytes.windows(4).position(|window| window == name);
    assert!(place(b"moov") < place(b"mdat"));
}

#[tokio::test]
async fn the_webm_is_a_webm() {
    let film = stub_film(Format::WebM);
    let bytes = film.video.bytes().await.unwrap();
    assert_eq!(&bytes[..4], [0x1a, 0x45, 0xdf, 0xa3]);
    assert_eq!(bytes.len() as u64, film.info.bytes);
}

#[tokio::test]
async fn a_rejecting_stub_rejects_in_both_looks() {
    let findings = Diagnostics::from(Diagnostic::new(Stage::Inspect, "name-error", "no Sqare"));
    let stub = StubRenderer::new().rejecting(findings.clone());
    let inspection = stub
        .inspect(&sample::scene(), RenderSettings::default())
        .await
        .unwrap();
    assert_eq!(inspection, Inspection::Rejected(findings));
    let outcome = stub
        .render(&sample::scene(), RenderSettings::default(), &())
        .await
        .unwrap();
    assert!(matches!(outcome, RenderOutcome::Rejected(_)));
    assert_eq!((stub.inspections(), stub.renders()), (1, 1));
}

#[tokio::test]
async fn a_failing_stub_fails_with_the_kind_it_was_given() {
    let stub = StubRenderer::new().failing(RenderErrorKind::Busy);
    let error = stub
        .inspect(&sample::scene(), RenderSettings::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Busy);
    let error = stub
        .render(&sample::scene(), RenderSettings::default(), &())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), RenderErrorKind::Busy);
}

#[tokio::test(start_paused = true)]
async fn a_delayed_stub_takes_its_time() {
    let stub = StubRenderer::new().with_delay(Duration::from_secs(3));
    let start = Instant::now();
    let RenderOutcome::Rendered(film) = stub
        .render(&sample::scene(), RenderSettings::default(), &())
        .await
        .unwrap()
    else {
        panic!("rejected");
    };
    assert_eq!(start.elapsed().as_secs(), 3);
    assert!(film.info.wall_ms >= 3000);
}

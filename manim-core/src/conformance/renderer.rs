//! Laws of [`Renderer`].

use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::{POLL, SOON};
use crate::diagnostic::Diagnostics;
use crate::film::Film;
use crate::memory::locked;
use crate::renderer::{Estimate, Inspection, Progress, ProgressSink, RenderOutcome, Renderer};
use crate::scene::{Format, RenderSettings, Scene};

/// Runs every law of [`Renderer`] on what the function makes: an async function without
/// arguments that returns a [`RendererFixture`].
#[macro_export]
macro_rules! renderer_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(renderer, $($make)*, [
            a_bad_scene_is_rejected_by_both_looks,
            a_rejection_says_what_is_wrong_and_where,
            a_rejecting_renderer_goes_on_with_the_next_scene,
            inspect_tells_the_frames_that_render_makes,
            inspect_tells_the_length_of_the_film,
            an_inspection_that_passes_holds_no_error,
            the_info_tells_of_the_film_that_is_there,
            the_pictures_are_png,
            both_formats_are_what_they_say,
            progress_never_goes_back_and_ends_with_the_film,
            the_total_never_changes_once_known,
            the_engine_is_named_and_stable,
            two_films_are_made_at_once,
            a_dropped_render_leaves_nothing,
        ]);
    };
}

/// A renderer, and scenes to try it with.
pub struct RendererFixture {
    /// The renderer.
    pub renderer: Arc<dyn Renderer>,
    /// A scene that becomes a film within seconds, of more than one frame.
    pub good: Scene,
    /// A scene that is at fault on a line of its own.
    pub bad: Scene,
    /// A scene whose render lasts for minutes and tells its progress.
    pub long: Scene,
    /// Jobs that are under way in the renderer: processes, where it has any.
    pub active: Box<dyn Fn() -> usize + Send + Sync>,
    /// Whatever has to live as long as the renderer.
    pub guard: Box<dyn Any + Send>,
}

impl RendererFixture {
    async fn film(&self, settings: RenderSettings, progress: &dyn ProgressSink) -> Film {
        let outcome = self.renderer.render(&self.good, settings, progress).await;
        match outcome.expect("the renderer does its job") {
            RenderOutcome::Rendered(film) => film,
            RenderOutcome::Rejected(findings) => panic!("the good scene was rejected: {findings}"),
        }
    }

    async fn estimate(&self) -> Estimate {
        let inspection = self.renderer.inspect(&self.good, RenderSettings::default()).await;
        match inspection.expect("the renderer does its job") {
            Inspection::Passed(estimate) => estimate,
            Inspection::Rejected(findings) => panic!("the good scene was rejected: {findings}"),
        }
    }

    async fn rejections(&self) -> [Diagnostics; 2] {
        let settings = RenderSettings::default();
        let inspection = self.renderer.inspect(&self.bad, settings).await;
        let outcome = self.renderer.render(&self.bad, settings, &()).await;
        let inspection = inspection.expect("a scene at fault is no failure of inspect");
        let outcome = outcome.expect("a scene at fault is no failure of render");
        match (inspection, outcome) {
            (Inspection::Rejected(first), RenderOutcome::Rejected(second)) => [first, second],
            (Inspection::Passed(_), _) => panic!("inspect passed the bad scene"),
            (_, RenderOutcome::Rendered(_)) => panic!("render made a film of the bad scene"),
        }
    }
}

impl fmt::Debug for RendererFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RendererFixture").field(&self.renderer).finish()
    }
}

#[derive(Default)]
struct Watch {
    seen: Mutex<Vec<Progress>>,
    begun: Notify,
}

impl Watch {
    fn seen(&self) -> Vec<Progress> {
        locked(&self.seen).clone()
    }
}

impl ProgressSink for Watch {
    fn progress(&self, progress: Progress) {
        locked(&self.seen).push(progress);
        self.begun.notify_one();
    }
}

/// Promise 1.
pub async fn a_bad_scene_is_rejected_by_both_looks(fixture: RendererFixture) {
    fixture.rejections().await;
}

/// Promise 2.
pub async fn a_rejection_says_what_is_wrong_and_where(fixture: RendererFixture) {
    for findings in fixture.rejections().await {
        let error = findings.errors().next().expect("a rejection holds an error");
        assert!(!error.message.trim().is_empty());
        let line = error.line.expect("the scene is at fault on a line of its own");
        assert!(
            fixture.bad.code.line(line).is_some(),
            "the scene has no line {line}"
        );
    }
}

/// Promise 1: a scene at fault is no harm to the renderer.
pub async fn a_rejecting_renderer_goes_on_with_the_next_scene(fixture: RendererFixture) {
    fixture.rejections().await;
    fixture.film(RenderSettings::default(), &()).await;
}

/// Promise 3.
pub async fn inspect_tells_the_frames_that_render_makes(fixture: RendererFixture) {
    let estimate = fixture.estimate().await;
    let film = fixture.film(RenderSettings::default(), &()).await;
    assert_eq!(
        (estimate.frames, estimate.plays),
        (film.info.frames, film.info.plays)
    );
}

/// Promise 3.
pub async fn inspect_tells_the_length_of_the_film(fixture: RendererFixture) {
    let told = fixture.estimate().await.duration.as_secs_f64();
    let film = fixture.film(RenderSettings::default(), &()).await;
    let frame = 1.0 / f64::from(film.info.frame_rate);
    assert!(
        (told - film.info.duration_s()).abs() <= frame,
        "{told} s told, {} s made",
        film.info.duration_s()
    );
}

/// Promise 3.
pub async fn an_inspection_that_passes_holds_no_error(fixture: RendererFixture) {
    assert!(!fixture.estimate().await.findings.has_errors());
}

/// Promise 4.
pub async fn the_info_tells_of_the_film_that_is_there(fixture: RendererFixture) {
    let film = fixture.film(RenderSettings::default(), &()).await;
    let info = &film.info;
    assert_eq!(info.bytes, film.video.len());
    assert_eq!(
        film.video.bytes().await.expect("the film can be read").len() as u64,
        info.bytes
    );
    assert!(
        info.frames > 1 && (1..=info.frames).contains(&info.distinct_frames),
        "{info:?}"
    );
    assert!(
        info.width > 0 && info.height > 0 && info.frame_rate > 0,
        "{info:?}"
    );
    assert_eq!(info.isolation, fixture.renderer.isolation());
}

/// Promise 4.
pub async fn the_pictures_are_png(fixture: RendererFixture) {
    let film = fixture.film(RenderSettings::default(), &()).await;
    for picture in [film.poster, film.storyboard] {
        assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n"));
    }
}

/// Promise 4.
pub async fn both_formats_are_what_they_say(fixture: RendererFixture) {
    for format in [Format::Mp4, Format::WebM] {
        let film = fixture
            .film(RenderSettings::default().with_format(format), &())
            .await;
        assert_eq!(film.info.format, format);
        let bytes = film.video.bytes().await.expect("the film can be read");
        let opens = match format {
            Format::Mp4 => bytes.get(4..8) == Some(b"ftyp"),
            Format::WebM => bytes.starts_with(b"\x1a\x45\xdf\xa3"),
        };
        assert!(opens, "the film is no {format}");
    }
}

/// Promise 5.
pub async fn progress_never_goes_back_and_ends_with_the_film(fixture: RendererFixture) {
    let watch = Watch::default();
    let film = fixture.film(RenderSettings::default(), &watch).await;
    let seen = watch.seen();
    assert!(seen.is_sorted_by_key(|progress| progress.frames_done), "{seen:?}");
    assert_eq!(seen.last().map(|last| last.frames_done), Some(film.info.frames));
}

/// Promise 5.
pub async fn the_total_never_changes_once_known(fixture: RendererFixture) {
    let watch = Watch::default();
    let film = fixture.film(RenderSettings::default(), &watch).await;
    let totals: Vec<_> = watch
        .seen()
        .into_iter()
        .map(|progress| progress.frames_total)
        .collect();
    let known: Vec<_> = totals.into_iter().skip_while(Option::is_none).collect();
    assert!(
        known.iter().all(|total| *total == Some(film.info.frames)),
        "{known:?}"
    );
}

/// Promise 6.
pub async fn the_engine_is_named_and_stable(fixture: RendererFixture) {
    let engine = fixture.renderer.engine().to_owned();
    fixture.film(RenderSettings::default(), &()).await;
    assert!(!engine.is_empty());
    assert_eq!(fixture.renderer.engine(), engine);
}

/// A renderer is shared by many jobs.
pub async fn two_films_are_made_at_once(fixture: RendererFixture) {
    let make = || fixture.film(RenderSettings::default(), &());
    let (one, other) = tokio::join!(make(), make());
    assert_eq!(one.info.frames, other.info.frames);
}

/// Cancellation.
pub async fn a_dropped_render_leaves_nothing(fixture: RendererFixture) {
    let before = (fixture.active)();
    let watch = Watch::default();
    let mut render = fixture
        .renderer
        .render(&fixture.long, RenderSettings::default(), &watch);
    // A render may be told of before the first of its processes is there.
    let under_way = async {
        watch.begun.notified().await;
        while (fixture.active)() <= before {
            sleep(POLL).await;
        }
    };
    tokio::select! {
        _ = &mut render => panic!("the long scene ended at once"),
        begun = timeout(3 * SOON, under_way) => begun.expect("the long scene tells its progress and is under way"),
    }
    drop(render);
    let ended = async {
        while (fixture.active)() > before {
            sleep(POLL).await;
        }
    };
    timeout(SOON, ended).await.expect("nothing of the job is left");
}

//! Things that tests need and do not care about.

use manim_core::testing::{ManualClock, stub_film};
use manim_core::{
    Access, AccessToken, BlobKey, Clock, Format, Job, JobId, ProblemText, RenderSettings, Scene, SceneCode,
    SessionId, StoredFilm, Timestamp,
};

pub(crate) fn problem() -> ProblemText {
    ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap()
}

pub(crate) fn scene() -> Scene {
    Scene::new(SceneCode::new("class MainScene(Scene): ...").unwrap())
}

pub(crate) fn job() -> Job {
    let now = ManualClock::new().now();
    Job::new(
        JobId::new(),
        SessionId::new(),
        problem(),
        RenderSettings::default(),
        2,
        now,
    )
}

pub(crate) fn stored_film() -> StoredFilm {
    let key = |name: &str| BlobKey::parse(name).unwrap();
    StoredFilm {
        info: stub_film(Format::Mp4).info,
        video: key("films/a.mp4"),
        poster: key("films/a.png"),
        storyboard: key("films/a-storyboard.png"),
    }
}

pub(crate) fn access() -> Access {
    let token = AccessToken::parse("0123456789abcdef0123456789abcdef").unwrap();
    Access::new(&token, Timestamp::UNIX_EPOCH)
}

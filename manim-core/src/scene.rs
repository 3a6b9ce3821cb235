//! What goes into a renderer: Python source, and how the film should be made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::digest::digest;

/// Python source of one scene, at most [`SceneCode::MAX_BYTES`]. Hostile until proven otherwise.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SceneCode(String);

/// A source text larger than [`SceneCode::MAX_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scene's source is {0} bytes long; at most {max} are accepted", max = SceneCode::MAX_BYTES)]
pub struct SourceTooLong(pub usize);

impl SceneCode {
    /// 256 KiB: fifty times the longest scene seen in a corpus of model-written ones.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Proves the length. Nothing else about the text is believed.
    pub fn new(source: impl Into<String>) -> Result<Self, SourceTooLong> {
        let source = source.into();
        if source.len() > Self::MAX_BYTES {
            return Err(SourceTooLong(source.len()));
        }
        Ok(Self(source))
    }

    /// The source text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Line `number` (from 1), without its line break.
    pub fn line(&self, number: u32) -> Option<&str> {
        self.0.lines().nth(number.checked_sub(1)? as usize)
    }
}

impl fmt::Debug for SceneCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SceneCode({} bytes)", self.0.len())
    }
}

impl TryFrom<String> for SceneCode {
    type Error = SourceTooLong;

    fn try_from(source: String) -> Result<Self, SourceTooLong> {
        Self::new(source)
    }
}

impl From<SceneCode> for String {
    fn from(code: SceneCode) -> Self {
        code.0
    }
}

/// The name of a scene class: an ASCII Python identifier of at most 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SceneName(String);

/// A text that cannot be a scene's class name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a class name: use letters, digits and _, at most 64")]
pub struct InvalidSceneName(String);

impl SceneName {
    /// The class that our prompts and templates ask for.
    pub const OURS: &'static str = "MainScene";

    /// Proves `text`.
    pub fn parse(text: impl Into<String>) -> Result<Self, InvalidSceneName> {
        let text = text.into();
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let leads = text.bytes().next().is_some_and(|b| !b.is_ascii_digit());
        if leads && text.len() <= 64 && text.bytes().all(word) {
            return Ok(Self(text));
        }
        Err(InvalidSceneName(text.chars().take(80).collect()))
    }

    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SceneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for SceneName {
    type Error = InvalidSceneName;

    fn try_from(text: String) -> Result<Self, InvalidSceneName> {
        Self::parse(text)
    }
}

impl From<SceneName> for String {
    fn from(name: SceneName) -> Self {
        name.0
    }
}

/// Size and smoothness of the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// 854 × 480 pixels, 15 frames a second.
    Low,
    /// 1280 × 720 pixels, 30 frames a second.
    #[default]
    Medium,
    /// 1920 × 1080 pixels, 60 frames a second.
    High,
}

impl Quality {
    /// All qualities, smallest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// Width and height in pixels; both even, as 4:2:0 video needs.
    pub const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Low => (854, 480),
            Self::Medium => (1280, 720),
            Self::High => (1920, 1080),
        }
    }

    /// Frames per second.
    pub const fn frame_rate(self) -> u32 {
        match self {
            Self::Low => 15,
            Self::Medium => 30,
            Self::High => 60,
        }
    }

    /// The name on the wire and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// Container and codec of the film.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// H.264 in MP4, yuv420p, index at the front: plays everywhere.
    #[default]
    Mp4,
    /// VP9 in WebM.
    #[serde(rename = "webm")]
    WebM,
}

impl Format {
    /// File name extension, without the dot. Also the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::WebM => "webm",
        }
    }

    /// Media type for HTTP.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Mp4 => "video/mp4",
            Self::WebM => "video/webm",
        }
    }
}

/// A word that names none of the choices; `Display` lists them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not one of {choices}")]
pub struct UnknownChoice {
    given: String,
    choices: &'static str,
}

impl FromStr for Quality {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        let found = Self::ALL.into_iter().find(|quality| quality.as_str() == text);
        found.ok_or_else(|| UnknownChoice {
            given: text.chars().take(40).collect(),
            choices: "low, medium, high",
        })
    }
}

impl FromStr for Format {
    type Err = UnknownChoice;

    fn from_str(text: &str) -> Result<Self, UnknownChoice> {
        match text {
            "mp4" => Ok(Self::Mp4),
            "webm" => Ok(Self::WebM),
            _ => Err(UnknownChoice {
                given: text.chars().take(40).collect(),
                choices: "mp4, webm",
            }),
        }
    }
}

impl fmt::Display for Quality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a film should be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct RenderSettings {
    /// Size and smoothness.
    #[serde(default)]
    pub quality: Quality,
    /// Container and codec.
    #[serde(default)]
    pub format: Format,
}

impl RenderSettings {
    /// The same settings in another quality.
    #[must_use]
    pub const fn with_quality(mut self, quality: Quality) -> Self {
        self.quality = quality;
        self
    }

    /// The same settings in another format.
    #[must_use]
    pub const fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}

/// One scene: source, and which class of it to play.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scene {
    /// The Python source.
    pub code: SceneCode,
    /// The class to play. `None`: the only scene class of the source, or its last one.
    pub class: Option<SceneName>,
}

impl Scene {
    /// A scene whose class is found in the source.
    pub fn new(code: SceneCode) -> Self {
        Self { code, class: None }
    }

    /// The same source with the class named.
    #[must_use]
    pub fn with_class(mut self, class: SceneName) -> Self {
        self.class = Some(class);
        self
    }

    /// A SHA-256 (lower-case hex) over everything of the scene, `settings` and `engine`
    /// that determines the film: equal addresses, equal films.
    pub fn content_address(&self, settings: RenderSettings, engine: &str) -> String {
        let class = self.class.as_ref().map_or("", SceneName::as_str);
        digest([
            engine,
            settings.quality.as_str(),
            settings.format.as_str(),
            class,
            self.code.as_str(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(source: &str) -> Scene {
        Scene::new(SceneCode::new(source).unwrap())
    }

    #[test]
    fn oversized_source_is_refused() {
        let source = "x".repeat(SceneCode::MAX_BYTES + 1);
        assert_eq!(
            SceneCode::new(source),
            Err(SourceTooLong(SceneCode::MAX_BYTES + 1))
        );
    }

    #[test]
    fn class_names_are_identifiers() {
        assert!(SceneName::parse("MainScene").is_ok());
        for text in ["", "9Lives", "a b", "a.b", "é", &"x".repeat(65)] {
            assert!(SceneName::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn every_quality_has_even_sides() {
        for quality in Quality::ALL {
            let (width, height) = quality.pixels();
            assert!(width % 2 == 0 && height % 2 == 0, "{quality}");
        }
    }

    #[test]
    fn names_read_back() {
        for quality in Quality::ALL {
            assert_eq!(quality.as_str().parse(), Ok(quality));
        }
        assert_eq!("webm".parse(), Ok(Format::WebM));
        let error = "4k".parse::<Quality>().unwrap_err().to_string();
        assert_eq!(error, "\"4k\" is not one of low, medium, high");
    }

    #[test]
    fn the_address_changes_with_everything_that_changes_the_film() {
        let settings = RenderSettings::default();
        let base = scene("a").content_address(settings, "1");
        let others = [
            scene("b").content_address(settings, "1"),
            scene("a").content_address(settings, "2"),
            scene("a").content_address(settings.with_quality(Quality::High), "1"),
            scene("a").content_address(settings.with_format(Format::WebM), "1"),
            scene("a")
                .with_class(SceneName::parse("A").unwrap())
                .content_address(settings, "1"),
        ];
        assert_eq!(base.len(), 64);
        assert!(others.iter().all(|other| *other != base));
    }
}

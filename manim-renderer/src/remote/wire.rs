//! What the two sides say to each other, as JSON.

use std::time::Duration;

use manim_core::{
    Diagnostics, Estimate, FilmInfo, Inspection, Isolation, JobId, Progress, RenderErrorKind, RenderSettings,
    Scene, SceneCode, SceneName, ScriptErrorKind,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The largest message in JSON: the longest scene with every character escaped, and more.
pub(crate) const MAX_MESSAGE_BYTES: usize = 4 << 20;
/// The signing context of a completion.
pub(crate) const CALLBACK: &str = "callback";

/// `GET /about`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) engine: String,
    pub(crate) isolation: Isolation,
    /// Renders at the same time.
    pub(crate) slots: usize,
    /// Renders under way and waiting.
    pub(crate) busy: usize,
}

/// A scene, in the bodies of `POST /inspect` and `POST /render`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SceneOrder {
    pub(crate) code: SceneCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) class: Option<SceneName>,
    #[serde(default)]
    pub(crate) settings: RenderSettings,
    /// The engine that the film must be made by; another one refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) engine: Option<String>,
}

impl SceneOrder {
    pub(crate) fn scene(&self) -> Scene {
        Scene {
            code: self.code.clone(),
            class: self.class.clone(),
        }
    }
}

/// `POST /render`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RenderOrder {
    /// The render's name. The same one sent again is the same render.
    pub(crate) id: JobId,
    #[serde(flatten)]
    pub(crate) scene: SceneOrder,
    /// Told when the render has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) callback: Option<String>,
    /// A presigned address: the video is put there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) upload: Option<String>,
    /// The render is given up when nobody has asked for it for so many seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) leash_s: Option<u64>,
}

/// `GET /render/{id}`, and the answer to `POST /render`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RenderStatus {
    pub(crate) id: JobId,
    #[serde(flatten)]
    pub(crate) state: State,
}

/// Where a render is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum State {
    Waiting,
    Running {
        #[serde(flatten)]
        progress: Progress,
    },
    Rendered {
        info: FilmInfo,
        /// Whether the video is where it was to be put; else it is fetched here.
        uploaded: bool,
    },
    Rejected {
        findings: Diagnostics,
    },
    Failed(Fault),
}

impl State {
    pub(crate) fn has_ended(&self) -> bool {
        !matches!(self, Self::Waiting | Self::Running { .. })
    }
}

/// A renderer's failure, for the other side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fault {
    pub(crate) kind: RenderErrorKind,
    pub(crate) message: String,
}

/// The body of a completion.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Completion {
    pub(crate) id: JobId,
    /// `rendered`, `rejected` or `failed`. A hint: the rest is asked for.
    pub(crate) state: String,
}

/// The answer to `POST /inspect`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inspected {
    Passed {
        frames: u64,
        duration: Duration,
        plays: u32,
        findings: Diagnostics,
    },
    Rejected {
        findings: Diagnostics,
    },
    Failed(Fault),
}

impl From<Inspection> for Inspected {
    fn from(inspection: Inspection) -> Self {
        match inspection {
            Inspection::Rejected(findings) => Self::Rejected { findings },
            Inspection::Passed(Estimate {
                frames,
                duration,
                plays,
                findings,
            }) => Self::Passed {
                frames,
                duration,
                plays,
                findings,
            },
        }
    }
}

/// `POST /script`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ScriptOrder {
    pub(crate) name: String,
    pub(crate) modules: Vec<(String, String)>,
    pub(crate) input: Value,
}

/// The answer to `POST /script`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ScriptAnswer {
    Answer(Value),
    Failed { kind: ScriptErrorKind, message: String },
}

/// A refusal (RFC 9457, <https://www.rfc-editor.org/rfc/rfc9457>).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// A stable kebab-case name, for programs.
    pub(crate) code: String,
    pub(crate) detail: String,
}

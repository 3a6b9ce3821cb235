//! Renders Manim scenes on this machine.
//!
//! ```no_run
//! use manim_core::{RenderOutcome, RenderSettings, Renderer, Scene, SceneCode};
//! use manim_renderer::{Environment, LocalRenderer, Options};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let renderer = LocalRenderer::start(Environment::locate()?, Options::default()).await?;
//! let code = SceneCode::new("from manim import *\nclass Hi(Scene):\n  def construct(self): self.play(Create(Circle()))")?;
//! match renderer.render(&Scene::new(code), RenderSettings::default(), &()).await? {
//!     RenderOutcome::Rendered(film) => std::fs::write("hi.mp4", film.video.bytes().await?)?,
//!     RenderOutcome::Rejected(why) => eprintln!("{why}"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! - [`Environment`] says where Python, Manim, ffmpeg and LaTeX are; it can install the
//!   first two for one user.
//! - [`LocalRenderer`] keeps a Python process that has imported Manim and forks it for
//!   each job. Frames come through shared memory; the film is encoded on our side, and
//!   nothing that a scene writes to disk is ever opened.
//! - `RenderServer` (feature `server`) renders for other machines, and `RemoteRenderer`
//!   (feature `remote`) is a renderer that has it done there.
//! - [`Limits`] bounds a job; [`Options`] bounds the renderer.
//!
//! Scenes are untrusted. Each runs in a jail that is as strong as the machine allows and
//! never weaker than [accepted](Options::accept_isolation); see
//! [`Isolation`](manim_core::Isolation).

mod content;
mod diagnose;
mod driver;
mod encode;
mod environment;
mod film;
mod group;
mod jail;
mod limits;
mod local;
mod log;
mod memory;
mod options;
mod overrun;
mod pages;
mod picture;
mod progress;
mod protocol;
mod provision;
#[cfg(any(feature = "remote", feature = "server"))]
mod remote;
mod ring;
mod running;
mod scratch;
mod settle;
mod svg;
mod tex;
mod totals;
mod wait;
mod zygote;

pub use environment::Environment;
pub use group::MemoryGuard;
#[doc(hidden)]
pub use jail::Layer;
pub use limits::Limits;
pub use local::LocalRenderer;
pub use options::Options;
#[cfg(any(feature = "remote", feature = "server"))]
pub use remote::{InvalidOrigin, Origin};
#[cfg(feature = "remote")]
pub use remote::{RemoteOptions, RemoteRenderer, orphaned_uploads};
#[cfg(feature = "server")]
pub use remote::{RenderServer, ServerOptions};
pub use scratch::{OrphanedScratch, orphaned_scratch};

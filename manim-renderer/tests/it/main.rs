//! The renderer against a real Python, Manim, LaTeX and ffmpeg.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod claims;
mod contract;
mod diagnosis;
mod exact;
mod film;
mod formulas;
mod jail;
mod layout;
mod lifecycle;
mod limits;
mod machine;
mod python;
#[cfg(all(feature = "remote", feature = "server"))]
mod remote;
mod scripts;
mod support;

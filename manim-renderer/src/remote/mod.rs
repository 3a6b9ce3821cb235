//! Rendering on another machine: a server that renders for others, and the renderer that has
//! it done there.
//!
//! Every message is signed with one shared secret, in both directions; the secret itself never
//! travels. Neither side believes what the other sends beyond the signature: sizes are
//! bounded, addresses come from a list, and a film is looked at before it is a film.

#[cfg(feature = "remote")]
mod call;
#[cfg(feature = "remote")]
mod callback;
#[cfg(feature = "remote")]
mod client;
#[cfg(feature = "remote")]
mod container;
#[cfg(feature = "server")]
mod desk;
#[cfg(feature = "server")]
mod dispatch;
#[cfg(feature = "remote")]
mod errand;
#[cfg(feature = "remote")]
mod fetch;
#[cfg(feature = "remote")]
mod fleet;
mod http;
#[cfg(feature = "remote")]
mod options;
mod origin;
#[cfg(feature = "server")]
mod programs;
mod seal;
#[cfg(feature = "server")]
mod server;
mod wire;

#[cfg(feature = "remote")]
pub use client::{RemoteRenderer, orphaned_uploads};
#[cfg(feature = "remote")]
pub use options::RemoteOptions;
pub use origin::{InvalidOrigin, Origin};
#[cfg(feature = "server")]
pub use server::{RenderServer, ServerOptions};

//! A pipeline's front door on the web: an API, films that are handed over once, and a page.
//!
//! ```
//! use std::sync::Arc;
//! use manim_core::testing::{ScriptedProvider, StubRenderer};
//! use manim_core::{Pipeline, Provider};
//! use manim_http::{Http, ServeOptions, SigningKeys, serve};
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let provider: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("scripted"));
//! let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new())).build();
//! let router = Http::builder(pipeline, SigningKeys::random()).build().router();
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
//! let server = serve(listener, router, ServeOptions::default(), async { drop(stopped.await) });
//! # let asking = async {
//! #     let mut connection = tokio::net::TcpStream::connect(address).await?;
//! #     connection.write_all(b"GET /health/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
//! #     let mut answer = String::new();
//! #     connection.read_to_string(&mut answer).await?;
//! #     drop(stop);
//! #     Ok::<_, std::io::Error>(answer)
//! # };
//! # let (served, answer) = tokio::join!(server, asking);
//! # served?;
//! # assert!(answer?.ends_with(r#"{"status":"ready"}"#));
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Nouns
//! - [`Http`] is the front door; [`Http::router`] has all routes and can be nested anywhere.
//! - [`HttpOptions`] are its numbers and choices, [`SigningKeys`] sign sessions and links.
//! - [`serve`] puts a router before a hostile network; any other server of axum routers will do.
//! - [`ProblemCode`] lists what can go wrong.
//!
//! The routes, the errors and a walk through them with curl are in `docs/http.md`.
//!
//! # Features
//! | feature | what it gives | default |
//! |---|---|---|
//! | `dashboard` | the page at `/` | yes |
//! | `prometheus` | `GET /metrics` and `Recorder` | yes |
#![cfg_attr(docsrs, feature(doc_cfg))]

mod cookie;
mod film;
mod gate;
mod http;
mod key;
mod layer;
mod link;
#[cfg(feature = "prometheus")]
mod metrics;
mod offer;
mod openapi;
mod options;
mod page;
mod problem;
mod range;
mod route;
mod serve;
mod session;
mod view;

pub use http::{Http, HttpBuilder};
pub use key::{SigningKeys, WeakKey};
#[cfg(feature = "prometheus")]
pub use metrics::Recorder;
pub use options::HttpOptions;
pub use problem::ProblemCode;
pub use route::blob::LinkRefusal;
pub use serve::{ServeOptions, serve};

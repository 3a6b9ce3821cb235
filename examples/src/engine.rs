//! The machine's engine and the providers that its environment names.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use manim_core::{BlobStore, Isolation, Provider, ScriptRunner, chain};
use manim_providers::{OfflineSolver, configured_services, service};
use manim_renderer::{Environment, LocalRenderer, Options};
use manim_storage::ObjectBlobStore;

/// Starts the renderer of this machine.
///
/// # Errors
/// Python, Manim or ffmpeg is missing; the message says what to do.
pub async fn renderer(options: Options) -> anyhow::Result<Arc<LocalRenderer>> {
    let environment = tokio::task::spawn_blocking(Environment::locate).await??;
    let renderer = LocalRenderer::start(environment, options)
        .await
        .context("cannot start the renderer")?;
    Ok(Arc::new(renderer))
}

/// Reads a level of isolation from a flag.
///
/// # Errors
/// Anything but `L1`, `L2` and `L3`.
pub fn isolation(text: &str) -> Result<Isolation, String> {
    match text {
        "L1" => Ok(Isolation::L1),
        "L2" => Ok(Isolation::L2),
        "L3" => Ok(Isolation::L3),
        _ => Err("choose one of L1, L2, L3".to_owned()),
    }
}

/// This user's cache of films: `manim-engine/films` in the cache directory. `None` when
/// there is no such directory, or it cannot be written: then everything is rendered.
pub fn film_cache() -> Option<Arc<dyn BlobStore>> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(home)?;
    match ObjectBlobStore::local(cache.join("manim-engine/films")) {
        Ok(films) => Some(Arc::new(films)),
        Err(error) => {
            tracing::debug!(error = chain(&error), "no cache of films");
            None
        }
    }
}

/// Who answers: the providers named, in that order; by default the offline solver, then
/// every service whose key is set in the environment.
///
/// # Errors
/// A name that is unknown, or whose variables are missing or wrong.
pub fn providers(names: &[String], scripts: Arc<dyn ScriptRunner>) -> anyhow::Result<Vec<Arc<dyn Provider>>> {
    let offline: Arc<dyn Provider> = Arc::new(OfflineSolver::new(scripts));
    if names.is_empty() {
        let services = configured_services()?;
        return Ok(std::iter::once(offline).chain(services).collect());
    }
    let named = |name: &String| match name.as_str() {
        OFFLINE => Ok(Arc::clone(&offline)),
        other => service(other).with_context(|| format!("cannot use the provider {other:?}")),
    };
    names.iter().map(named).collect()
}

const OFFLINE: &str = "offline";

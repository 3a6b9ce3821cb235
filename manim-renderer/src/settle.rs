//! Finds the strongest jail that can be had here, by building it.

use std::sync::Arc;

use manim_core::{Isolation, RenderError, RenderErrorKind};

use crate::encode::Program;
use crate::environment::Environment;
use crate::group::{Groups, MemoryGuard};
use crate::jail::{Jail, Purpose};
use crate::options::Options;
use crate::scratch::Scratch;
use crate::tex::Broker;
use crate::zygote::Zygote;

/// Memory, threads and processes of jobs are watched through it.
const ABOUT_PROCESSES: &str = "/proc/self/status";

/// The strongest jail that can be had.
pub(crate) struct Settled {
    pub(crate) zygote: Zygote,
    pub(crate) jail: Arc<Jail>,
    pub(crate) broker: Broker,
    pub(crate) ffmpeg: Program,
}

/// Tries each level, from the strongest down to the weakest that is accepted.
pub(crate) fn settle(
    environment: &Environment,
    options: &Options,
    scratch: &Arc<Scratch>,
) -> Result<Settled, RenderError> {
    if cfg!(target_os = "linux") && std::fs::metadata(ABOUT_PROCESSES).is_err() {
        return Err(without_proc());
    }
    let canary = scratch.path().join("canary");
    std::fs::write(&canary, "not for jobs").map_err(|e| {
        RenderError::new(RenderErrorKind::Resources, "write", canary.display().to_string()).with_source(e)
    })?;
    let groups = groups();
    let mut refusals = Vec::new();
    for (level, pooled) in candidates(options) {
        let jail = |purpose| {
            Jail::new(
                level,
                purpose,
                &options.jail,
                pooled,
                &canary,
                // A scene, and beside it what hears and sets its formulas ahead.
                2 * options.concurrency,
            )
            .with_groups(groups.clone())
        };
        let scenes = Arc::new(jail(Purpose::Scenes));
        match Zygote::start(environment, scratch, &scenes) {
            Ok(zygote) => {
                announce(level, pooled, &refusals);
                let broker = Broker::new(environment, scratch, &options.limits, jail(Purpose::Formulas));
                return Ok(Settled {
                    ffmpeg: encoder(environment, scratch, level, &canary)?,
                    zygote,
                    jail: scenes,
                    broker,
                });
            }
            Err(e) if e.kind() == RenderErrorKind::Isolation => refusals.push(e.subject().to_owned()),
            Err(e) => return Err(e),
        }
    }
    Err(too_weak(options.minimum, &refusals))
}

/// Where the machine has no groups for us, the watchdog is alone, and the log says so.
fn groups() -> Option<Arc<Groups>> {
    match Groups::find() {
        Ok(groups) => {
            tracing::info!(by = %MemoryGuard::ControlGroup, "the memory of jobs is bounded");
            Some(Arc::new(groups))
        }
        Err(why) => {
            tracing::info!(by = %MemoryGuard::Watchdog, %why, "the memory of jobs is bounded");
            None
        }
    }
}

/// Locked in wherever scenes are.
fn encoder(
    environment: &Environment,
    scratch: &Scratch,
    level: Isolation,
    canary: &std::path::Path,
) -> Result<Program, RenderError> {
    if level == Isolation::L1 {
        return Ok(Program::free(environment.ffmpeg()));
    }
    Program::locked_in(environment.ffmpeg(), scratch.path(), canary)
}

/// Levels, and whether jobs run as users of a pool. Without a root of its own, a job of
/// such a user may be unable to read the Python environment; then it runs as the
/// supervisor, as it does where the supervisor is not root.
fn candidates(options: &Options) -> Vec<(Isolation, bool)> {
    let is_root = rustix::process::geteuid().is_root();
    let all = [
        (Isolation::L3, true),
        (Isolation::L2, true),
        (Isolation::L2, false),
        (Isolation::L1, false),
    ];
    let wanted = |(level, pooled): &(Isolation, bool)| {
        let exists = *level == Isolation::L1 || Jail::exists();
        let sensible = *level != Isolation::L2 || *pooled || is_root;
        exists && sensible && (options.minimum..=options.maximum).contains(level)
    };
    all.into_iter().filter(wanted).collect()
}

fn announce(level: Isolation, pooled: bool, refusals: &[String]) {
    if level == Isolation::L2 && !pooled {
        tracing::warn!(
            "scenes run as root without capabilities, because users of the pool cannot: keep the Python environment where every user may read it"
        );
    }
    if level == Isolation::L1 {
        tracing::warn!(
            "scenes run at isolation level L1: resource limits, no boundary. Render only code that you trust with this user's files"
        );
    }
    for refusal in refusals {
        tracing::warn!(%level, "stronger isolation is not available: {refusal}");
    }
}

fn without_proc() -> RenderError {
    let subject = "/proc is hidden, and the memory of jobs is watched through it: mount it (`mount -t proc proc /proc`), and in a container do not cover it";
    RenderError::new(RenderErrorKind::Isolation, "isolate scenes:", subject)
}

fn too_weak(minimum: Isolation, refusals: &[String]) -> RenderError {
    let reasons = if refusals.is_empty() {
        "this system has no jail".into()
    } else {
        refusals.join("; ")
    };
    let subject = format!(
        "level {minimum} is the weakest accepted, and it cannot be had: {reasons}. For code that you trust, Options::accept_isolation takes less"
    );
    RenderError::new(RenderErrorKind::Isolation, "isolate scenes:", subject)
}

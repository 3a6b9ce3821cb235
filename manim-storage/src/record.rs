//! A job as text in a numbered version: what the engines keep, and how they read what an older
//! program wrote. A text of a newer program is refused, never guessed at.

use manim_core::{Job, JobId, StoreError, StoreErrorKind};
use serde_json::Value;

/// Brings a text from one version to the next.
type Upgrade = fn(Value) -> Value;

/// The upgrade at place `n` makes version `n + 2` of version `n + 1`. A job that was upgraded
/// is written in the newest version by its next save.
const UPGRADES: &[Upgrade] = &[];

/// The version that this program writes.
pub(crate) const VERSION: u8 = newest(UPGRADES);

/// The longest text of one job. A scene has at most 256 KiB, and a job keeps a few.
const MAX_BYTES: usize = 4 * 1024 * 1024;

const fn newest(upgrades: &[Upgrade]) -> u8 {
    upgrades.len() as u8 + 1
}

/// # Errors
/// `Invalid` for a job that is too large.
pub(crate) fn encode(job: &Job) -> Result<String, StoreError> {
    let refuse = |subject| StoreError::new(StoreErrorKind::Invalid, "save job", subject);
    let text = serde_json::to_string(job);
    let text = text.map_err(|source| refuse(job.id().to_string()).with_source(source))?;
    if text.len() > MAX_BYTES {
        let subject = format!(
            "{} (its record has {} bytes, and at most {MAX_BYTES} are kept; the one before stays)",
            job.id(),
            text.len()
        );
        return Err(refuse(subject));
    }
    Ok(text)
}

/// # Errors
/// `Unsupported` for a newer version, `Corrupt` for what is no job.
pub(crate) fn decode(id: JobId, version: u64, text: &[u8]) -> Result<Job, StoreError> {
    decode_by(UPGRADES, id, version, text)
}

fn decode_by(upgrades: &[Upgrade], id: JobId, version: u64, text: &[u8]) -> Result<Job, StoreError> {
    let newest = u64::from(newest(upgrades));
    if version > newest {
        let subject = format!(
            "{id} (a newer version of the program wrote it, in version {version}; this one reads up to {newest}: upgrade)"
        );
        return Err(StoreError::new(StoreErrorKind::Unsupported, "read job", subject));
    }
    let read = match version {
        0 => return Err(damaged(id)),
        _ if version == newest => serde_json::from_slice(text),
        _ => upgraded(&upgrades[version as usize - 1..], text),
    };
    read.map_err(|source| damaged(id).with_source(source))
}

fn upgraded(upgrades: &[Upgrade], text: &[u8]) -> serde_json::Result<Job> {
    let value = serde_json::from_slice(text)?;
    serde_json::from_value(upgrades.iter().fold(value, |value, upgrade| upgrade(value)))
}

fn damaged(id: JobId) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, "read job", id.to_string())
}

#[cfg(test)]
mod tests {
    use manim_core::{Clock, ProblemText, RenderSettings, SessionId, SystemClock};

    use super::*;

    fn job() -> Job {
        let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
        let settings = RenderSettings::default();
        Job::new(
            JobId::new(),
            SessionId::new(),
            problem,
            settings,
            3,
            SystemClock.now(),
        )
    }

    /// What the first version called a task, and the second a question, is a problem.
    const STEPS: &[Upgrade] = &[
        |value| renamed(value, "task", "question"),
        |value| renamed(value, "question", "problem"),
    ];

    fn renamed(mut value: Value, old: &str, new: &str) -> Value {
        let kept = value[old].take();
        value[new] = kept;
        value
    }

    #[test]
    fn a_text_of_every_version_is_read() {
        let job = job();
        let newest = serde_json::to_value(&job).unwrap();
        let second = renamed(newest.clone(), "problem", "question");
        let first = renamed(second.clone(), "question", "task");
        for (version, value) in [(1, first), (2, second), (3, newest)] {
            let text = value.to_string();
            let read = decode_by(STEPS, job.id(), version, text.as_bytes());
            assert_eq!(read.unwrap(), job, "version {version}");
        }
    }

    #[test]
    fn a_text_of_a_newer_version_is_refused_by_name() {
        let job = job();
        let text = encode(&job).unwrap();
        let error = decode(job.id(), 99, text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        assert!(error.to_string().contains("version 99"), "{error}");
        assert!(error.to_string().contains(&job.id().to_string()), "{error}");
    }

    #[test]
    fn what_is_no_job_is_corrupt() {
        let job = job();
        let text = encode(&job).unwrap();
        for (version, text) in [(1, &text[..40]), (1, "{}"), (1, ""), (0, &text)] {
            let error = decode(job.id(), version, text.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt, "version {version}: {text}");
        }
    }
}

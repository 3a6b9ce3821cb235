//! Our own Python on untrusted data: the only way to Python besides a renderer.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Kind, Retry};

/// Runs one of our own programs on untrusted JSON.
///
/// # Contract
/// 1. The program's `main(input)` is called once with `input`; what it returns comes back.
/// 2. The program runs in the same isolation as a scene, with the same limits.
/// 3. An exception is [`ScriptErrorKind::Raised`], and the error or its source names it; an
///    endless loop or an oversized answer is [`ScriptErrorKind::Limit`], never a hang.
/// 4. Calls share nothing: no state of one is seen by another.
///
/// # Cancellation
/// Dropping the future ends the process.
///
/// # Errors
/// [`ScriptErrorKind`].
#[async_trait]
pub trait ScriptRunner: fmt::Debug + Send + Sync + 'static {
    /// Runs `program` on `input`.
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError>;
}

/// A Python program that ships inside a crate of ours. Trusted; its input is not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Stable name, for logs and errors.
    pub name: &'static str,
    /// Modules by name. The last one defines `main(input)`; earlier ones can be imported
    /// by it and by those after them.
    pub modules: &'static [(&'static str, &'static str)],
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Program({})", self.name)
    }
}

/// A script's failure.
pub type ScriptError = Error<ScriptErrorKind>;

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ScriptErrorKind {
    /// The program raised an exception.
    Raised,
    /// The program used up its time, memory or answer size.
    Limit,
    /// The worker could not run it.
    Worker,
}

impl Kind for ScriptErrorKind {
    fn retry(self) -> Retry {
        match self {
            Self::Raised | Self::Limit => Retry::Never,
            Self::Worker => Retry::Now,
        }
    }
}

impl fmt::Display for ScriptErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raised => "the program raised an exception",
            Self::Limit => "the program exceeded a limit",
            Self::Worker => "the program could not be run",
        })
    }
}

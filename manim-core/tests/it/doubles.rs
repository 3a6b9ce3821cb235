//! The plainest implementations of the traits that have no reference of their own: enough
//! to see that their laws can be kept.

use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    DeltaSink, FinishReason, Generation, GenerationRequest, Program, Provider, ProviderError,
    ProviderErrorKind, ScriptError, ScriptErrorKind, ScriptRunner, Usage,
};
use serde_json::{Value, json};
use tokio::time::timeout;

/// The other end of a provider.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    pub(crate) requests: AtomicUsize,
    pub(crate) open: AtomicUsize,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Mood {
    Answers,
    Fails,
    Hangs,
}

pub(crate) struct Moody {
    pub(crate) mood: Mood,
    pub(crate) key: String,
    pub(crate) peer: Arc<Peer>,
}

impl fmt::Debug for Moody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Moody({:?}, a key of {} bytes)", self.mood, self.key.len())
    }
}

/// Counts as one for as long as it lives.
struct Open<'a>(&'a AtomicUsize);

impl<'a> Open<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Provider for Moody {
    fn name(&self) -> &str {
        "moody"
    }

    fn model(&self) -> &str {
        ""
    }

    async fn generate(
        &self,
        _: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        self.peer.requests.fetch_add(1, SeqCst);
        let _open = Open::new(&self.peer.open);
        match self.mood {
            Mood::Answers => {
                deltas.delta("co");
                deltas.delta("de");
                Ok(Generation {
                    text: "code".to_owned(),
                    model: "m".to_owned(),
                    finish: FinishReason::Stop,
                    usage: Usage::default(),
                })
            }
            Mood::Fails => Err(ProviderError::new(
                ProviderErrorKind::Unauthorized,
                "generate with",
                "moody",
            )),
            Mood::Hangs => pending().await,
        }
    }
}

/// How long a program may run; longer than a law needs to see that it does.
const LIMIT: Duration = Duration::from_secs(1);

/// Answers like the Python of the laws would, without any.
#[derive(Debug, Default)]
pub(crate) struct Pretender {
    pub(crate) active: AtomicUsize,
}

#[async_trait]
impl ScriptRunner for Pretender {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        let _active = Open::new(&self.active);
        let failure = |kind| ScriptError::new(kind, "run", program.name);
        match program.name {
            "conformance-echo" => Ok(input),
            "conformance-module" => Ok(json!([input])),
            "conformance-raise" => Err(failure(ScriptErrorKind::Raised).with_source("ValueError: odd input")),
            "conformance-flood" => Err(failure(ScriptErrorKind::Limit)),
            "conformance-loop" => {
                let endless = timeout(LIMIT, pending::<()>()).await;
                endless.expect_err("a loop never ends");
                Err(failure(ScriptErrorKind::Limit))
            }
            "conformance-count" => Ok(json!(1)),
            name => panic!("no law runs {name}"),
        }
    }
}

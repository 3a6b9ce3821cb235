//! Our own programs in the jail, on input that is anybody's.

use std::sync::Arc;

use async_trait::async_trait;
use manim_core::{Program, ScriptError, ScriptErrorKind, ScriptRunner, Stage};
use serde_json::Value;

use super::LocalRenderer;
use crate::diagnose;
use crate::protocol::FromJob;
use crate::wait::Stop;

#[async_trait]
impl ScriptRunner for LocalRenderer {
    async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError> {
        let wall = self.inner.shared.options.limits.script_wall;
        let input = Arc::new(input);
        let failed =
            |kind, why: &str| ScriptError::new(kind, "run the program", format!("{} ({why})", program.name));
        let ended = Self::run(self, wall, move |bench| bench.script(program, &input)).await;
        let ending = match ended {
            Ok(Ok(ending)) => ending,
            Ok(Err(Stop::TimeUp)) => {
                return Err(failed(
                    ScriptErrorKind::Limit,
                    &format!("it did not end within {} s", wall.as_secs_f64()),
                ));
            }
            Ok(Err(Stop::OverLimit(_, text))) => return Err(failed(ScriptErrorKind::Limit, &text)),
            Ok(Err(Stop::Fault(e))) | Err(e) => {
                return Err(failed(ScriptErrorKind::Worker, "its worker failed").with_source(e));
            }
            Ok(Err(Stop::Cancelled)) => return Err(failed(ScriptErrorKind::Worker, "it was cancelled")),
        };
        match ending.last {
            Some(FromJob::Answer { value }) => Ok(value),
            Some(FromJob::Failed(why)) => {
                let kind = if why.code == "answer-too-large" {
                    ScriptErrorKind::Limit
                } else {
                    ScriptErrorKind::Raised
                };
                Err(failed(kind, &crate::log::printable(&why.message)))
            }
            _ => Err(failed(
                ScriptErrorKind::Raised,
                &diagnose::silent_end(Stage::Claims, ending.exit).message,
            )),
        }
    }
}

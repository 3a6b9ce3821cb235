//! A front door on a real port, with workers behind it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::testing::StubRenderer;
use manim_core::{
    DeltaSink, Diagnostic, Diagnostics, FinishReason, Generation, GenerationRequest, Pipeline,
    PipelineOptions, Program, Provider, ProviderError, ScriptError, ScriptRunner, Severity, Stage, Usage,
};
use manim_http::{Http, HttpOptions, ServeOptions, SigningKeys, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) struct Live {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    tasks: Vec<JoinHandle<()>>,
}

/// Answers every problem; those that ask to fail get code that the renderer rejects.
#[derive(Debug)]
struct Teacher(Duration);

#[async_trait]
impl Provider for Teacher {
    fn name(&self) -> &str {
        "teacher"
    }

    fn model(&self) -> &str {
        "teacher-1"
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        let mark = if request.problem.as_str().contains("fail") {
            "broken"
        } else {
            "curve"
        };
        let text = format!("{}{}", REPLY.replace("MARK", mark), CLAIMS);
        for piece in text.split_inclusive('\n') {
            deltas.delta(piece);
            tokio::time::sleep(self.0).await;
        }
        Ok(Generation {
            text,
            model: "teacher-1".to_owned(),
            finish: FinishReason::Stop,
            usage: Usage {
                input_tokens: 812,
                output_tokens: 431,
            },
        })
    }
}

const REPLY: &str = "```python
from manim import *


class MainScene(Scene):
    \"\"\"The derivative as the slope of the curve.\"\"\"

    def construct(self):
        MARK = Circle(radius=1.5)  # drawn first
        self.play(Create(MARK), run_time=2)
        self.wait(1)
```
";

const CLAIMS: &str = r#"```json
{"claims": [
  {"kind": "derivative", "function": "x^2 sin(x)", "value": "2x sin(x) + x^2 cos(x)"},
  {"kind": "value", "function": "x^2 sin(x)", "at": "0", "value": "0"},
  {"kind": "limit", "function": "sin(x)/x", "to": "0", "value": "1"}
]}
```
"#;

/// Says what the checker says of true claims, and of one that it cannot read.
#[derive(Debug)]
struct Checker;

#[async_trait]
impl ScriptRunner for Checker {
    async fn run(&self, _: Program, _: Value) -> Result<Value, ScriptError> {
        Ok(json!([
            {"verdict": "verified", "why": "SymPy and numbers at 12 places agree"},
            {"verdict": "verified", "why": "the value at 0 is 0"},
            {"verdict": "unverified", "why": "no time was left for it"},
        ]))
    }
}

impl Live {
    /// Each call of the renderer takes `delay`.
    pub(crate) async fn with_delay(delay: Duration, serving: ServeOptions) -> Self {
        let renderer = StubRenderer::new().with_delay(delay).rejecting_if(|scene| {
            let note =
                Diagnostic::new(Stage::Inspect, "name", "name 'broken' is not defined").at(8, None, None);
            let hint = Diagnostic::new(
                Stage::Check,
                "style",
                "the circle is larger than the frame is high",
            );
            let findings = [note, hint.with_severity(Severity::Warning)];
            scene
                .code
                .as_str()
                .contains("broken")
                .then(|| findings.into_iter().collect::<Diagnostics>())
        });
        let provider: Arc<dyn Provider> = Arc::new(Teacher(delay / 40));
        let options = PipelineOptions {
            workers: 4,
            repair_attempts: 1,
            ..PipelineOptions::default()
        };
        let pipeline = Pipeline::builder([provider], Arc::new(renderer))
            .claims(Arc::new(Checker))
            .options(options)
            .build();
        let http = Http::builder(pipeline.clone(), SigningKeys::random())
            .options(HttpOptions::default().with_request_timeout(Duration::from_secs(2)))
            .build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = http.router();
        let server = tokio::spawn(async move {
            serve(listener, router, serving, async { drop(stopped.await) })
                .await
                .unwrap();
        });
        let worker = tokio::spawn(async move { pipeline.run(std::future::pending()).await });
        Self {
            address,
            stop: Some(stop),
            tasks: vec![server, worker],
        }
    }

    /// Takes no more connections; returns when the server has ended.
    pub(crate) async fn stop(&mut self) {
        drop(self.stop.take());
        self.tasks.swap_remove(0).await.unwrap();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

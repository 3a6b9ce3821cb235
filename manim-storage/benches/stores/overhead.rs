//! What the pipeline adds to a job: the model and the renderer here are done at once.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use manim_core::testing::StubRenderer;
use manim_core::{
    DeltaSink, FinishReason, Generation, GenerationRequest, JobQueue, Pipeline, PipelineOptions, ProblemText,
    Provider, ProviderError, SessionId, SessionStore, Status, Submission, Usage,
};
use manim_storage::RedbStore;

const JOBS: usize = 300;

pub(crate) async fn redb(home: &Path) {
    let store = Arc::new(RedbStore::open(home.join("overhead.redb")).unwrap());
    measure("redb", store.clone(), store).await;
}

#[cfg(all(feature = "postgres", unix))]
pub(crate) async fn postgres(server: &crate::postgres_server::Server) {
    let store = manim_storage::PostgresStore::connect(server.url()).await.unwrap();
    let store = Arc::new(store);
    measure("PostgreSQL", store.clone(), store).await;
}

/// One job after the other, and eight at the same time.
async fn measure(name: &str, sessions: Arc<dyn SessionStore>, queue: Arc<dyn JobQueue>) {
    let alone = pipeline(sessions.clone(), queue.clone(), PipelineOptions::default());
    let mut times = Vec::with_capacity(JOBS);
    for _ in 0..JOBS {
        let start = Instant::now();
        let id = submit(&alone).await;
        let job = alone.run_until_settled(id).await.unwrap();
        assert_eq!(job.status(), Status::Ready);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!(
        "{name}: a job alone takes {:?} of the pipeline's time",
        times[JOBS / 2]
    );

    let eight = PipelineOptions {
        workers: 8,
        ..PipelineOptions::default()
    };
    let together = pipeline(sessions, queue.clone(), eight);
    for _ in 0..JOBS {
        submit(&together).await;
    }
    let start = Instant::now();
    let done = async {
        while queue.len().await.unwrap() > 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let working = together.run(async move { drop(stopped.await) });
    futures::future::join(working, async {
        done.await;
        drop(stop);
    })
    .await;
    let each = start.elapsed() / JOBS as u32;
    println!("{name}: each of {JOBS} jobs of eight workers takes {each:?}");
}

async fn submit(pipeline: &Pipeline) -> manim_core::JobId {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    let submission = Submission::new(SessionId::new(), problem);
    pipeline.submit(submission).await.unwrap()
}

pub(crate) fn pipeline(
    sessions: Arc<dyn SessionStore>,
    queue: Arc<dyn JobQueue>,
    options: PipelineOptions,
) -> Pipeline {
    let provider: Arc<dyn Provider> = Arc::new(AtOnce);
    Pipeline::builder([provider], Arc::new(StubRenderer::new()))
        .sessions(sessions)
        .queue(queue)
        .options(options)
        .build()
}

#[derive(Debug)]
struct AtOnce;

#[async_trait]
impl Provider for AtOnce {
    fn name(&self) -> &str {
        "at once"
    }

    fn model(&self) -> &str {
        ""
    }

    async fn generate(&self, _: &GenerationRequest, _: &dyn DeltaSink) -> Result<Generation, ProviderError> {
        Ok(Generation {
            text:
                "```python\nfrom manim import *\nclass MainScene(Scene):\n    def construct(self):\n        \
                   self.wait()\n```"
                    .to_owned(),
            model: String::new(),
            usage: Usage::default(),
            finish: FinishReason::Stop,
        })
    }
}

//! What a job sees when the first provider dies in the middle of its answer.

use std::sync::Arc;

use futures::StreamExt;
use manim_core::testing::StubRenderer;
use manim_core::{
    ChainOptions, Change, Pipeline, PipelineOptions, ProblemText, Provider, ProviderErrorKind, SessionId,
    Status, Submission,
};
use manim_providers::{Dialect, OpenAiCompatible};

use super::{aimock, llama, peer};
use crate::support::KEY;

#[tokio::test]
async fn when_the_first_provider_is_killed_in_mid_answer_the_second_one_answers() {
    let dying = Arc::new(peer::llama(KEY));
    let first = OpenAiCompatible::builder(dying.url("/v1"), "smollm2")
        .name("first")
        .key(KEY)
        .limits(llama::patient())
        .max_output_tokens(4000)
        .build()
        .unwrap();
    let providers: [Arc<dyn Provider>; 2] =
        [Arc::new(first), aimock::compatible(Dialect::OPENAI, "/v1").await];
    let chain = ChainOptions {
        timeout: llama::PATIENCE,
        ..ChainOptions::default()
    };
    let options = PipelineOptions {
        chain,
        ..PipelineOptions::default()
    };
    let pipeline = Pipeline::builder(providers, Arc::new(StubRenderer::new()))
        .options(options)
        .build();
    let problem = ProblemText::parse("Solve this: case plain").unwrap();
    let id = pipeline
        .submit(Submission::new(SessionId::new(), problem))
        .await
        .unwrap();

    let events = pipeline.events(id).await.unwrap();
    let kill = async {
        let writing = |event: &manim_core::JobEvent| matches!(event.change, Change::Writing { .. });
        let mut begun = Box::pin(events.filter(|event| futures::future::ready(writing(event))));
        begun.next().await.expect("the first provider begins to answer");
        dying.kill();
    };
    let (job, ()) = tokio::join!(pipeline.run_until_settled(id), kill);
    let job = job.unwrap();

    assert_eq!(job.status(), Status::Ready, "{:?}", job.failure());
    let [killed, answered] = job.attempts() else {
        panic!("{:?}", job.attempts());
    };
    let error = killed.error.as_ref().expect("the first attempt failed");
    assert_eq!(
        (killed.provider.as_str(), error.kind),
        ("first", ProviderErrorKind::Unavailable)
    );
    assert!(
        error.message.contains("in the middle of the reply"),
        "{}",
        error.message
    );
    assert_eq!((answered.provider.as_str(), &answered.error), ("openai", &None));
}

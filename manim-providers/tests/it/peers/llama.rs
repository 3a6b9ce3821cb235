//! A real model server (llama.cpp) with a real, very small model. It writes no usable
//! scenes; it is the protocol, the timing and the cancellation of a real service.

use std::time::Duration;

use manim_core::{FinishReason, Provider, ProviderErrorKind, Retry};
use manim_providers::{Limits, OpenAiCompatible, OpenAiCompatibleBuilder};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use super::peer::{self, Peer};
use crate::support::{Heard, KEY, request};

/// Reading our prompt takes this model seconds on an idle machine and minutes on a busy one.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

pub(super) fn patient() -> Limits {
    Limits::default()
        .with_idle_timeout(PATIENCE)
        .with_total_timeout(PATIENCE)
}

async fn llama() -> &'static Peer {
    static PEER: OnceCell<Peer> = OnceCell::const_new();
    PEER.get_or_init(async || peer::llama(KEY)).await
}

/// The server has one slot, and these tests look at it: one at a time.
async fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::const_new(());
    ONE.lock().await
}

async fn builder() -> OpenAiCompatibleBuilder {
    OpenAiCompatible::builder(llama().await.url("/v1"), "smollm2")
        .key(KEY)
        .limits(patient())
}

async fn is_working() -> bool {
    let url = llama().await.url("/slots");
    let reply = reqwest::Client::new()
        .get(url)
        .bearer_auth(KEY)
        .send()
        .await
        .unwrap();
    let slots: serde_json::Value = reply.json().await.unwrap();
    slots[0]["is_processing"].as_bool().unwrap()
}

#[tokio::test]
async fn a_real_model_streams_an_answer_with_its_usage() {
    let _alone = alone().await;
    let heard = Heard::default();
    let provider = builder().await.max_output_tokens(12).build().unwrap();
    let generation = provider.generate(&request(), &heard).await.unwrap();
    assert_eq!(heard.joined(), generation.text);
    assert!(heard.pieces() > 1, "the answer came in one piece");
    assert!(
        generation.usage.input_tokens > 1000,
        "the prompt was cut: {:?}",
        generation.usage
    );
    assert!(
        (1..=12).contains(&generation.usage.output_tokens),
        "{:?}",
        generation.usage
    );
    assert!(matches!(
        generation.finish,
        FinishReason::Length | FinishReason::Stop
    ));
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized() {
    let provider = builder().await.key("wrong").build().unwrap();
    let error = provider.generate(&request(), &()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ProviderErrorKind::Unauthorized, Retry::Never)
    );
}

#[tokio::test]
async fn a_problem_longer_than_the_context_is_an_invalid_request() {
    let _alone = alone().await;
    let long = manim_core::ProblemText::parse("積分 ".repeat(1600)).unwrap();
    let code = manim_core::SceneCode::new("x = 1\n".repeat(4000)).unwrap();
    let request = manim_core::GenerationRequest::new(long, manim_core::RenderSettings::default());
    let request = request.repairing(code, manim_core::Diagnostics::default());
    let error = builder()
        .await
        .build()
        .unwrap()
        .generate(&request, &())
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        ProviderErrorKind::InvalidRequest,
        "{}",
        manim_core::chain(&error)
    );
}

/// The model is much too small to write a scene, and is made to answer with code all the same.
#[tokio::test]
async fn a_schema_makes_a_small_model_answer_with_code() {
    let _alone = alone().await;
    let heard = Heard::default();
    let held = builder().await.with_json_schema().max_output_tokens(60);
    let generation = held.build().unwrap().generate(&request(), &heard).await.unwrap();
    assert!(generation.text.starts_with(&heard.joined()));
    assert!(!heard.joined().is_empty(), "the code came only with its end");
    let code = manim_core::extract_code(&generation.text).unwrap();
    assert!(!code.as_str().contains("\"code\""), "{}", generation.text);
}

/// Drops the call as soon as the model has begun to speak.
#[tokio::test]
async fn a_dropped_call_stops_the_model() {
    let _alone = alone().await;
    let provider = builder().await.max_output_tokens(4000).build().unwrap();
    let (spoke, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let call = tokio::spawn(async move { provider.generate(&request(), &Announce(spoke)).await });
    begun.recv().await.expect("the model says something");
    assert!(is_working().await);
    call.abort();
    let idle = async { while is_working().await {} };
    tokio::time::timeout(PATIENCE, idle)
        .await
        .expect("the model stops");
}

/// Tells that something was said.
struct Announce(tokio::sync::mpsc::UnboundedSender<()>);

impl manim_core::DeltaSink for Announce {
    fn delta(&self, _: &str) {
        let _ = self.0.send(());
    }
}

//! The vendors' protocols as an independent mock speaks them. It checks what we ask; its
//! journal tells what arrived.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use manim_core::{
    FinishReason, Generation, GenerationRequest, ProblemText, Provider, ProviderError, ProviderErrorKind,
    RenderSettings, Retry,
};
use manim_providers::{Dialect, Gemini, OpenAiCompatible};
use tokio::sync::OnceCell;

use super::peer::{self, Peer};
use crate::support::{Heard, KEY};

async fn aimock() -> &'static Peer {
    static PEER: OnceCell<Peer> = OnceCell::const_new();
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/peers/aimock.json"));
    PEER.get_or_init(async || peer::aimock(fixtures, KEY)).await
}

pub(super) async fn compatible(dialect: Dialect, path: &str) -> Arc<dyn Provider> {
    let url = aimock().await.url(path);
    Arc::new(
        OpenAiCompatible::builder(url, "gpt-4o")
            .dialect(dialect)
            .key(KEY)
            .build()
            .unwrap(),
    )
}

async fn gemini() -> Arc<dyn Provider> {
    let url = aimock().await.url("/v1beta");
    Arc::new(
        Gemini::builder(KEY)
            .base_url(url)
            .model("gemini-2.5-flash")
            .build()
            .unwrap(),
    )
}

async fn openai() -> Arc<dyn Provider> {
    compatible(Dialect::OPENAI, "/v1").await
}

async fn ask(provider: &dyn Provider, case: &str) -> Result<Generation, ProviderError> {
    let problem = ProblemText::parse(format!("Solve this: case {case}")).unwrap();
    let heard = Heard::default();
    let outcome = provider
        .generate(
            &GenerationRequest::new(problem, RenderSettings::default()),
            &heard,
        )
        .await;
    if let Ok(generation) = &outcome {
        assert_eq!(heard.joined(), generation.text);
    }
    outcome
}

#[track_caller]
fn fails(outcome: Result<Generation, ProviderError>, kind: ProviderErrorKind, retry: Retry) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (kind, retry),
        "{}",
        manim_core::chain(&error)
    );
}

#[tokio::test]
async fn every_vendors_path_answers() {
    for (dialect, path) in [
        (Dialect::OPENAI, "/v1"),
        (Dialect::GROQ, "/openai/v1"),
        (Dialect::DEEPSEEK, "/v1"),
        (Dialect::HUGGINGFACE, "/v1"),
        (Dialect::CLOUDFLARE, "/client/v4/accounts/a1/ai/v1"),
        (Dialect::GENERIC, "/v1"),
    ] {
        let generation = ask(&*compatible(dialect, path).await, "plain").await.unwrap();
        assert!(
            generation.text.contains("class MainScene(Scene)"),
            "{}",
            dialect.name()
        );
        assert_eq!(generation.finish, FinishReason::Stop);
        assert!(
            generation.usage.output_tokens > 0,
            "{} lost its usage",
            dialect.name()
        );
    }
}

#[tokio::test]
async fn gemini_answers() {
    let generation = ask(&*gemini().await, "plain").await.unwrap();
    assert!(generation.text.contains("class MainScene(Scene)"));
    assert_eq!(generation.finish, FinishReason::Stop);
}

#[tokio::test]
async fn reasoning_is_not_the_answer() {
    for provider in [openai().await, gemini().await] {
        assert_eq!(
            ask(&*provider, "reasoning").await.unwrap().text,
            "the answer",
            "{}",
            provider.name()
        );
    }
}

#[tokio::test]
async fn finish_reasons_are_kept() {
    assert_eq!(
        ask(&*openai().await, "length").await.unwrap().finish,
        FinishReason::Length
    );
    assert_eq!(
        ask(&*openai().await, "filter").await.unwrap().finish,
        FinishReason::ContentFilter
    );
    assert_eq!(
        ask(&*gemini().await, "length").await.unwrap().finish,
        FinishReason::Length
    );
    assert_eq!(
        ask(&*gemini().await, "filter").await.unwrap().finish,
        FinishReason::ContentFilter
    );
}

#[tokio::test]
async fn a_tool_call_is_a_bad_reply() {
    fails(
        ask(&*openai().await, "tool").await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
    fails(
        ask(&*gemini().await, "tool").await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
}

#[tokio::test]
async fn a_limit_with_a_pause_is_kept() {
    let pause = Retry::After(Duration::from_secs(7));
    fails(
        ask(&*openai().await, "limited").await,
        ProviderErrorKind::RateLimited,
        pause,
    );
    fails(
        ask(&*gemini().await, "limited").await,
        ProviderErrorKind::RateLimited,
        pause,
    );
}

#[tokio::test]
async fn an_overload_is_unavailable() {
    fails(
        ask(&*openai().await, "overloaded").await,
        ProviderErrorKind::Unavailable,
        Retry::Now,
    );
    fails(
        ask(&*gemini().await, "overloaded").await,
        ProviderErrorKind::Unavailable,
        Retry::Now,
    );
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized() {
    let url = aimock().await.url("/v1");
    let stranger = OpenAiCompatible::builder(url, "gpt-4o")
        .key("wrong")
        .build()
        .unwrap();
    fails(
        ask(&stranger, "plain").await,
        ProviderErrorKind::Unauthorized,
        Retry::Never,
    );
}

#[tokio::test]
async fn an_unknown_path_is_not_found() {
    let url = aimock().await.url("/nowhere");
    let lost = Gemini::builder(KEY).base_url(url).build().unwrap();
    fails(
        ask(&lost, "plain").await,
        ProviderErrorKind::NotFound,
        Retry::Never,
    );
}

#[tokio::test]
async fn a_stream_cut_in_the_middle_is_no_answer() {
    for provider in [openai().await, gemini().await] {
        let error = ask(&*provider, "truncated").await.unwrap_err();
        let kinds = [ProviderErrorKind::BadReply, ProviderErrorKind::Unavailable];
        assert!(kinds.contains(&error.kind()), "{}", manim_core::chain(&error));
        assert_eq!(error.retry(), Retry::Now);
    }
}

#[tokio::test]
async fn a_lost_connection_is_unavailable() {
    fails(
        ask(&*openai().await, "disconnect").await,
        ProviderErrorKind::Unavailable,
        Retry::Now,
    );
}

#[tokio::test]
async fn malformed_json_is_a_bad_reply() {
    fails(
        ask(&*openai().await, "malformed").await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
}

#[tokio::test]
async fn one_call_is_one_request() {
    let journal = aimock().await.url("/__aimock/journal");
    let marked = |entries: serde_json::Value| entries.to_string().matches("one-request-only").count();
    let problem = ProblemText::parse("case limited one-request-only").unwrap();
    let request = GenerationRequest::new(problem, RenderSettings::default());
    openai().await.generate(&request, &()).await.unwrap_err();
    let reply = reqwest::Client::new()
        .get(journal)
        .bearer_auth(KEY)
        .send()
        .await
        .unwrap();
    assert_eq!(marked(reply.json().await.unwrap()), 1);
}

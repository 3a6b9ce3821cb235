//! Gemini's own API over a real socket.

use std::time::Duration;

use manim_core::{FinishReason, Generation, Provider, ProviderError, ProviderErrorKind, Retry};
use manim_providers::{Gemini, GeminiBuilder};
use serde_json::json;
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Heard, KEY, request};

fn builder(server: &MockServer) -> GeminiBuilder {
    Gemini::builder(KEY)
        .base_url(format!("{}/v1beta", server.uri()))
        .model("g-1")
}

fn events(chunks: &[serde_json::Value]) -> ResponseTemplate {
    let body: String = chunks
        .iter()
        .map(|chunk| format!("data: {chunk}\r\n\r\n"))
        .collect();
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream")
}

fn text(piece: &str) -> serde_json::Value {
    json!({"candidates": [{"content": {"role": "model", "parts": [{"text": piece}]}, "index": 0}]})
}

fn last(reason: &str) -> serde_json::Value {
    json!({"candidates": [{"content": {"role": "model", "parts": []}, "finishReason": reason, "index": 0}],
           "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 4}, "modelVersion": "g-1-001"})
}

async fn outcome(template: ResponseTemplate) -> Result<Generation, ProviderError> {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(template)
        .expect(1)
        .mount(&server)
        .await;
    builder(&server).build().unwrap().generate(&request(), &()).await
}

#[tokio::test]
async fn a_streamed_answer_arrives_whole_and_in_pieces() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1beta/models/g-1:streamGenerateContent"))
        .and(query_param("alt", "sse"))
        .and(header("x-goog-api-key", KEY))
        .and(body_partial_json(
            json!({"generationConfig": {"maxOutputTokens": 99}}),
        ))
        .respond_with(events(&[text("from "), text("manim"), last("STOP")]))
        .expect(1)
        .mount(&server)
        .await;
    let heard = Heard::default();
    let gemini = builder(&server).max_output_tokens(99).build().unwrap();
    let generation = gemini.generate(&request(), &heard).await.unwrap();
    assert_eq!(
        (generation.text.as_str(), heard.joined().as_str()),
        ("from manim", "from manim")
    );
    assert_eq!(
        (generation.model.as_str(), generation.finish),
        ("g-1-001", FinishReason::Stop)
    );
    assert_eq!(
        (generation.usage.input_tokens, generation.usage.output_tokens),
        (11, 4)
    );
    let body: serde_json::Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    assert!(
        body["systemInstruction"]["parts"][0]["text"]
            .as_str()
            .unwrap()
            .contains("Manim")
    );
    assert_eq!(body["contents"].as_array().unwrap().len(), 1);
    assert_eq!(body["contents"][0]["role"], "user");
}

#[tokio::test]
async fn an_answer_in_one_piece_is_understood() {
    let server = MockServer::start().await;
    let whole =
        json!({"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "MAX_TOKENS"}]});
    Mock::given(path("/v1beta/models/g-1:generateContent"))
        .respond_with(ResponseTemplate::new(200).set_body_json(whole))
        .expect(1)
        .mount(&server)
        .await;
    let generation = builder(&server)
        .without_streaming()
        .build()
        .unwrap()
        .generate(&request(), &())
        .await
        .unwrap();
    assert_eq!(
        (generation.text.as_str(), generation.finish),
        ("hi", FinishReason::Length)
    );
}

#[tokio::test]
async fn a_blocked_prompt_is_a_refusal_that_names_the_reason() {
    let error = outcome(events(&[json!({"promptFeedback": {"blockReason": "SAFETY"}})]))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Refused);
    assert!(error.to_string().contains("SAFETY"), "{error}");
}

#[tokio::test]
async fn a_stream_that_just_ends_is_a_bad_reply() {
    assert_eq!(
        outcome(events(&[text("from ma")])).await.unwrap_err().kind(),
        ProviderErrorKind::BadReply
    );
}

#[tokio::test]
async fn a_quota_with_a_pause_is_kept() {
    let body = json!({"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED",
                                "details": [{"retryDelay": "46s"}]}});
    let error = outcome(ResponseTemplate::new(429).set_body_json(body))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::RateLimited);
    assert_eq!(error.retry(), Retry::After(Duration::from_secs(46)));
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized_although_the_status_is_400() {
    let body = json!({"error": {"code": 400, "message": format!("bad {KEY}"), "status": "INVALID_ARGUMENT",
                                "details": [{"reason": "API_KEY_INVALID"}]}});
    let error = outcome(ResponseTemplate::new(400).set_body_json(body))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unauthorized);
    assert!(!format!("{error} {error:?}").contains(KEY), "{error}");
}

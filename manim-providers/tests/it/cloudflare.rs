//! Cloudflare's own path over a real socket. The protocol mock has no `/ai/run/`, so the
//! replies here follow the vendor's documentation and recorded bug reports.

use manim_core::{FinishReason, Provider, ProviderErrorKind};
use manim_providers::{CloudflareWorkersAi, CloudflareWorkersAiBuilder};
use serde_json::json;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Heard, KEY, request};

fn builder(server: &MockServer) -> CloudflareWorkersAiBuilder {
    let base_url = format!("{}/client/v4/accounts/{{account}}/ai", server.uri());
    CloudflareWorkersAi::builder("acc-1", KEY)
        .base_url(base_url)
        .model("@cf/org/m")
}

const STREAM: &str = "data: {\"response\":\"x = \",\"p\":\"abc\"}\n\n\
                      data: {\"response\":4}\n\n\
                      data: {\"response\":\"\",\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3}}\n\n\
                      data: [DONE]\n\n";

fn stream() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(STREAM, "text/event-stream")
}

#[tokio::test]
async fn a_streamed_answer_arrives_whole_and_in_pieces() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/client/v4/accounts/acc-1/ai/run/@cf/org/m"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(body_partial_json(json!({"stream": true, "max_tokens": 8192})))
        .respond_with(stream())
        .expect(1)
        .mount(&server)
        .await;
    let heard = Heard::default();
    let generation = builder(&server)
        .build()
        .unwrap()
        .generate(&request(), &heard)
        .await
        .unwrap();
    assert_eq!(
        (generation.text.as_str(), heard.joined().as_str()),
        ("x = 4", "x = 4")
    );
    assert_eq!(
        (generation.finish, generation.usage.output_tokens),
        (FinishReason::Other, 3)
    );
    assert_eq!(generation.model, "@cf/org/m");
}

#[tokio::test]
async fn an_answer_as_long_as_the_limit_was_cut() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(stream())
        .mount(&server)
        .await;
    let provider = builder(&server).max_output_tokens(3).build().unwrap();
    assert_eq!(
        provider.generate(&request(), &()).await.unwrap().finish,
        FinishReason::Length
    );
}

#[tokio::test]
async fn an_envelope_is_opened_or_refused() {
    let server = MockServer::start().await;
    let good =
        json!({"success": true, "errors": [], "result": {"response": "hi", "usage": {"prompt_tokens": 1}}});
    let bad = json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}], "result": null});
    let first = Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_json(good));
    first.up_to_n_times(1).mount(&server).await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401).set_body_json(bad))
        .mount(&server)
        .await;
    let provider = builder(&server).build().unwrap();
    assert_eq!(provider.generate(&request(), &()).await.unwrap().text, "hi");
    let error = provider.generate(&request(), &()).await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::Unauthorized);
    assert!(
        error.to_string().contains("HTTP 401: Authentication error"),
        "{error}"
    );
}

//! Chat completions over a real socket: what is asked, what is understood.

use manim_core::{FinishReason, Provider, ProviderErrorKind, Retry};
use manim_providers::{Dialect, OpenAiCompatible};
use std::time::Duration;
use wiremock::matchers::{body_partial_json, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Heard, KEY, ask, ending, piece, provider, request};

fn stream(body: String) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/event-stream; charset=utf-8")
}

async fn answering(template: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(template)
        .expect(1)
        .mount(&server)
        .await;
    server
}

async fn outcome(template: ResponseTemplate) -> Result<manim_core::Generation, manim_core::ProviderError> {
    let server = answering(template).await;
    ask(&provider(&format!("{}/v1", server.uri()))).await
}

#[track_caller]
fn fails(
    outcome: Result<manim_core::Generation, manim_core::ProviderError>,
    kind: ProviderErrorKind,
    retry: Retry,
) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (kind, retry),
        "{}",
        manim_core::chain(&error)
    );
}

#[tokio::test]
async fn a_streamed_answer_arrives_whole_and_in_pieces() {
    let server = answering(stream(piece("from ") + &piece("manim") + &ending("stop"))).await;
    let heard = Heard::default();
    let generation = provider(&format!("{}/v1/", server.uri()))
        .generate(&request(), &heard)
        .await
        .unwrap();
    assert_eq!(generation.text, "from manim");
    assert_eq!(heard.joined(), generation.text);
    assert_eq!(heard.pieces(), 2);
    assert_eq!(generation.model, "test-model-1");
    assert_eq!(generation.finish, FinishReason::Stop);
    assert_eq!(
        (generation.usage.input_tokens, generation.usage.output_tokens),
        (11, 4)
    );
}

#[tokio::test]
async fn the_request_carries_key_model_and_conversation() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/v1/chat/completions"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(header("content-type", "application/json"))
        .and(body_partial_json(serde_json::json!({
            "model": "test-model", "stream": true, "stream_options": {"include_usage": true}
        })))
        .respond_with(stream(piece("x") + &ending("stop")))
        .expect(1)
        .mount(&server)
        .await;
    ask(&provider(&format!("{}/v1", server.uri()))).await.unwrap();
    let body: serde_json::Value = server.received_requests().await.unwrap()[0].body_json().unwrap();
    let roles: Vec<_> = body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| &message["role"])
        .collect();
    assert_eq!(roles, ["system", "user"]);
    assert!(
        body["messages"][1]["content"]
            .as_str()
            .unwrap()
            .contains("Solve x + 1 = 2 for x")
    );
}

#[tokio::test]
async fn no_key_means_no_authorization_header() {
    let server = answering(stream(piece("x") + &ending("stop"))).await;
    let provider = OpenAiCompatible::builder(server.uri(), "m").build().unwrap();
    ask(&provider).await.unwrap();
    assert!(
        !server.received_requests().await.unwrap()[0]
            .headers
            .contains_key("authorization")
    );
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let whole = serde_json::json!({
        "model": "local", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1}
    });
    let server = answering(ResponseTemplate::new(200).set_body_json(whole)).await;
    let heard = Heard::default();
    let generation = provider(&server.uri())
        .generate(&request(), &heard)
        .await
        .unwrap();
    assert_eq!((generation.text.as_str(), heard.joined().as_str()), ("hi", "hi"));
}

#[tokio::test]
async fn a_cut_answer_says_so() {
    let generation = outcome(stream(piece("from ma") + &ending("length")))
        .await
        .unwrap();
    assert_eq!(generation.finish, FinishReason::Length);
    let generation = outcome(stream(piece("from ma") + &ending("content_filter")))
        .await
        .unwrap();
    assert_eq!(generation.finish, FinishReason::ContentFilter);
}

#[tokio::test]
async fn a_stream_that_just_ends_is_a_bad_reply() {
    fails(
        outcome(stream(piece("from ma"))).await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
    fails(
        outcome(stream(String::new())).await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
}

#[tokio::test]
async fn nothing_but_an_end_is_a_refusal() {
    for reason in ["stop", "length", "content_filter"] {
        fails(
            outcome(stream(ending(reason))).await,
            ProviderErrorKind::Refused,
            Retry::Never,
        );
    }
    let refusal = r#"data: {"choices":[{"delta":{"refusal":"I cannot"},"finish_reason":"stop"}]}"#;
    fails(
        outcome(stream(format!("{refusal}\n\ndata: [DONE]\n\n"))).await,
        ProviderErrorKind::Refused,
        Retry::Never,
    );
}

#[tokio::test]
async fn an_error_inside_the_stream_is_an_error() {
    let limit = "data: {\"error\":{\"message\":\"slow down\",\"code\":\"rate_limit_exceeded\"}}\n\n";
    fails(
        outcome(stream(piece("x") + limit)).await,
        ProviderErrorKind::RateLimited,
        Retry::Now,
    );
    let named = "event: error\ndata: {\"message\":\"boom\"}\n\n";
    fails(
        outcome(stream(piece("x") + named)).await,
        ProviderErrorKind::Unavailable,
        Retry::Now,
    );
    let envelope = serde_json::json!({"error": {"message": "no", "code": 401}});
    let in_body = ResponseTemplate::new(200).set_body_json(envelope);
    fails(
        outcome(in_body).await,
        ProviderErrorKind::Unauthorized,
        Retry::Never,
    );
}

#[tokio::test]
async fn events_that_are_not_completions_are_a_bad_reply() {
    fails(
        outcome(stream("data: {\"choi\n\n".to_owned())).await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
    fails(
        outcome(stream("data: 7\n\n".to_owned())).await,
        ProviderErrorKind::BadReply,
        Retry::Now,
    );
}

#[tokio::test]
async fn a_web_page_is_not_an_answer() {
    let page = ResponseTemplate::new(200).set_body_raw("<html>Log in</html>", "text/html");
    let error = outcome(page).await.unwrap_err();
    assert_eq!(error.kind(), ProviderErrorKind::BadReply);
    assert!(error.to_string().contains("check the base URL"), "{error}");
    let text = ResponseTemplate::new(200).set_body_raw("hello", "text/plain");
    fails(outcome(text).await, ProviderErrorKind::BadReply, Retry::Now);
}

#[tokio::test]
async fn a_refused_call_is_classified() {
    let limited = ResponseTemplate::new(429)
        .insert_header("retry-after", "7")
        .set_body_json(serde_json::json!({"error": {"message": "slow", "code": "rate_limit_exceeded"}}));
    fails(
        outcome(limited).await,
        ProviderErrorKind::RateLimited,
        Retry::After(Duration::from_secs(7)),
    );
    let broke = ResponseTemplate::new(429)
        .set_body_json(serde_json::json!({"error": {"message": "pay", "code": "insufficient_quota"}}));
    fails(
        outcome(broke).await,
        ProviderErrorKind::QuotaExhausted,
        Retry::Never,
    );
    let page = ResponseTemplate::new(503).set_body_raw("<html>down</html>", "text/html");
    fails(outcome(page).await, ProviderErrorKind::Unavailable, Retry::Now);
    fails(
        outcome(ResponseTemplate::new(401)).await,
        ProviderErrorKind::Unauthorized,
        Retry::Never,
    );
}

#[tokio::test]
async fn an_error_names_provider_status_code_and_message() {
    let body =
        serde_json::json!({"error": {"message": "The model `m` does not exist", "code": "model_not_found"}});
    let error = outcome(ResponseTemplate::new(404).set_body_json(body))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "generate with openai-compatible (HTTP 404, model_not_found: The model `m` does not exist): \
         the model or the address does not exist"
    );
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let other = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(stream(piece("x")))
        .expect(0)
        .mount(&other)
        .await;
    let away =
        ResponseTemplate::new(307).insert_header("location", format!("{}/v1/chat/completions", other.uri()));
    fails(outcome(away).await, ProviderErrorKind::NotFound, Retry::Never);
}

#[tokio::test]
async fn a_redirect_within_the_host_keeps_key_and_body() {
    let server = MockServer::start().await;
    Mock::given(path("/v1/chat/completions"))
        .respond_with(ResponseTemplate::new(308).insert_header("location", "/v2/chat/completions"))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path("/v2/chat/completions"))
        .and(header("authorization", format!("Bearer {KEY}")))
        .and(body_partial_json(serde_json::json!({"model": "test-model"})))
        .respond_with(stream(piece("x") + &ending("stop")))
        .expect(1)
        .mount(&server)
        .await;
    ask(&provider(&format!("{}/v1", server.uri()))).await.unwrap();
}

#[tokio::test]
async fn a_redirect_that_would_drop_the_body_is_not_followed() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(stream(piece("x") + &ending("stop")))
        .expect(0)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/elsewhere"))
        .expect(1)
        .mount(&server)
        .await;
    fails(
        ask(&provider(&server.uri())).await,
        ProviderErrorKind::NotFound,
        Retry::Never,
    );
}

#[tokio::test]
async fn a_vendors_name_is_in_its_errors() {
    let server = answering(ResponseTemplate::new(500)).await;
    let groq = OpenAiCompatible::builder(server.uri(), "m")
        .dialect(Dialect::GROQ)
        .key(KEY)
        .build()
        .unwrap();
    assert!(
        ask(&groq)
            .await
            .unwrap_err()
            .to_string()
            .starts_with("generate with groq (HTTP 500)")
    );
}

//! No key, password or query reaches a log, an error or `Debug`, at any level.

use std::io;
use std::sync::{Arc, Mutex};

use manim_core::{ProviderError, chain};
use manim_providers::OpenAiCompatible;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{KEY, ask, ending, piece, serve_bytes};

const PASSWORD: &str = "pa55word";
const QUERY: &str = "qu3ry-s3cret";

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The base URL with a user's name, a password and a secret in its query.
fn private(base_url: &str) -> String {
    let address = base_url.strip_prefix("http://").unwrap();
    format!("http://user:{PASSWORD}@{address}/v1?token={QUERY}")
}

#[track_caller]
fn assert_clean(text: &str) {
    for secret in [KEY, PASSWORD, QUERY, &KEY[..12]] {
        assert!(!text.contains(secret), "{secret} is in:\n{text}");
    }
}

fn told(error: &ProviderError) -> String {
    format!("{} {error:?}", chain(error))
}

#[tokio::test]
async fn nothing_secret_is_logged_told_or_shown() {
    let logs = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(logs.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let server = MockServer::start().await;
    let echo =
        serde_json::json!({"error": {"message": format!("bad key {KEY}"), "code": format!("code-{KEY}")}});
    let good = ResponseTemplate::new(200).set_body_raw(piece("x") + &ending("stop"), "text/event-stream");
    Mock::given(method("POST"))
        .respond_with(good)
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .respond_with(ResponseTemplate::new(401).set_body_json(echo))
        .mount(&server)
        .await;
    let builder = OpenAiCompatible::builder(private(&server.uri()), "m").key(KEY);
    assert_clean(&format!("{builder:?}"));
    let provider = builder.build().unwrap();

    ask(&provider).await.unwrap();
    let refused = ask(&provider).await.unwrap_err();
    let address = serve_bytes("").await;
    let gone = OpenAiCompatible::builder(private(address.trim_end_matches("/v1")), "m")
        .key(KEY)
        .build()
        .unwrap();
    let broken = ask(&gone).await.unwrap_err();
    let unreachable = ask(&gone).await.unwrap_err();

    for error in [refused, broken, unreachable] {
        assert_clean(&told(&error));
    }
    assert_clean(&format!("{provider:?}"));
    assert_clean(&logs.text());
    assert!(
        logs.text().contains("hyper"),
        "the capture caught nothing of the HTTP library"
    );
}

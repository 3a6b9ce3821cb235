//! What every suite needs: a request, a sink that remembers, a server that misbehaves.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use manim_core::{
    DeltaSink, Generation, GenerationRequest, ProblemText, Provider, ProviderError, RenderSettings,
};
use manim_providers::{Limits, OpenAiCompatible};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

pub(crate) fn request() -> GenerationRequest {
    let problem = ProblemText::parse("Solve x + 1 = 2 for x").unwrap();
    GenerationRequest::new(problem, RenderSettings::default())
}

/// Remembers every piece.
#[derive(Debug, Default)]
pub(crate) struct Heard(Mutex<Vec<String>>);

impl Heard {
    pub(crate) fn joined(&self) -> String {
        self.0.lock().unwrap().concat()
    }

    pub(crate) fn pieces(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl DeltaSink for Heard {
    fn delta(&self, text: &str) {
        self.0.lock().unwrap().push(text.to_owned());
    }
}

pub(crate) async fn ask(provider: &dyn Provider) -> Result<Generation, ProviderError> {
    provider.generate(&request(), &()).await
}

pub(crate) fn provider(base_url: &str) -> OpenAiCompatible {
    OpenAiCompatible::builder(base_url, "test-model")
        .key(KEY)
        .build()
        .unwrap()
}

/// A provider whose deadlines end within a test.
pub(crate) fn hasty(base_url: &str, idle: Duration, total: Duration) -> OpenAiCompatible {
    let limits = Limits::default()
        .with_idle_timeout(idle)
        .with_total_timeout(total);
    OpenAiCompatible::builder(base_url, "test-model")
        .key(KEY)
        .limits(limits)
        .build()
        .unwrap()
}

/// A chat completion event with text.
pub(crate) fn piece(text: &str) -> String {
    let chunk =
        serde_json::json!({"model": "test-model-1", "choices": [{"index": 0, "delta": {"content": text}}]});
    format!("data: {chunk}\n\n")
}

/// The events that end a chat completion.
pub(crate) fn ending(reason: &str) -> String {
    let stop = serde_json::json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]});
    let usage = serde_json::json!({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 4}});
    format!("data: {stop}\n\ndata: {usage}\n\ndata: [DONE]\n\n")
}

/// The head of a stream whose body ends with the connection.
pub(crate) const STREAM_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
/// The head of a stream in chunks.
pub(crate) const CHUNKED_HEAD: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

/// Serves one connection: reads the request, then does `act` with the socket.
pub(crate) async fn serve_once<F, R>(
    act: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (String, tokio::task::JoinHandle<R>)
where
    F: Future<Output = R> + Send,
    R: Send + 'static,
{
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        read_request(&mut socket).await;
        act(socket).await
    });
    (base_url, task)
}

/// Serves every connection so, until the test ends.
pub(crate) async fn serve_always<F>(act: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .unwrap();
    let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            read_request(&mut socket).await;
            act(socket).await;
        }
    });
    base_url
}

/// Serves one connection with these bytes, then closes it.
pub(crate) async fn serve_bytes(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    let (base_url, _) = serve_once(move |mut socket| async move {
        // The client may hang up in the middle: that is its right.
        let _ = socket.write_all(&bytes).await;
        let _ = socket.shutdown().await;
    })
    .await;
    base_url
}

pub(crate) async fn read_request(socket: &mut TcpStream) {
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while !is_whole(&seen) {
        let count = socket.read(&mut buffer).await.unwrap();
        assert!(count > 0, "the request ended early");
        seen.extend_from_slice(&buffer[..count]);
    }
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

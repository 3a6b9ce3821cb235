//! How many times a second a job can be read over loopback, by 64 callers that keep their
//! connections. Prints; the floor is 5 000 a second on two cores, callers included.
#![expect(clippy::print_stdout, reason = "the figures are what the program is for")]
#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot be set up should end loudly"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use manim_core::testing::{ScriptedProvider, StubRenderer};
use manim_core::{JobId, Pipeline, Provider};
use manim_http::{Http, HttpOptions, ServeOptions, SigningKeys, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CALLERS: usize = 64;
const TIME: Duration = Duration::from_secs(4);
const CODE: &str =
    "from manim import *\n\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let reply = format!("```python\n{}```", CODE.repeat(20));
    let provider: Arc<dyn Provider> = Arc::new(ScriptedProvider::new("scripted").replying(reply));
    let pipeline = Pipeline::builder([provider], Arc::new(StubRenderer::new())).build();
    let http = Http::builder(pipeline.clone(), SigningKeys::random()).options(HttpOptions::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = http.build().router();
    tokio::spawn(serve(
        listener,
        router,
        ServeOptions::default(),
        std::future::pending(),
    ));

    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = r#"{"problem": "Differentiate x^2 sin(x)"}"#;
    let submit = format!(
        "POST /api/v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(&mut stream, &submit).await;
    let line = |name: &str| {
        answer
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
            .to_owned()
    };
    let (token, path) = (line("session-token: "), line("location: "));
    let id: JobId = path.rsplit('/').next().unwrap().parse().unwrap();
    pipeline.run_until_settled(id).await.unwrap();

    let read = format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    let begun = Instant::now();
    let callers = (0..CALLERS).map(|_| tokio::spawn(call(address, read.clone(), begun + TIME)));
    let mut took = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        took.extend(caller.await.unwrap());
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    println!(
        "GET /api/v1/jobs/{{id}}: {rate:.0} a second by {CALLERS} callers (floor 5000), p99 {:.1} ms",
        p99.as_secs_f64() * 1000.0
    );
}

async fn call(address: std::net::SocketAddr, request: String, end: Instant) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut took = Vec::new();
    while Instant::now() < end {
        let begun = Instant::now();
        let answer = exchange(&mut stream, &request).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        took.push(begun.elapsed());
    }
    took
}

/// One request, one whole answer.
async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut text, mut piece) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "the connection was closed");
        text.extend_from_slice(&piece[..read]);
        let whole = String::from_utf8_lossy(&text);
        let Some((head, body)) = whole.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if length.is_some_and(|length| body.len() >= length.parse().unwrap()) {
            return whole.into_owned();
        }
    }
}

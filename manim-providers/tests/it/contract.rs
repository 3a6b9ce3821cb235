//! The laws of `Provider`, on every dialect over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use manim_core::conformance::provider::{Counter, ProviderFixture};
use manim_core::{ProblemText, Provider};
use manim_providers::{CloudflareWorkersAi, Gemini, OpenAiCompatible};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{KEY, STREAM_HEAD, ending, piece, read_request};

/// A service's base URL for its server, and a provider that asks there.
type Make = fn(&str) -> Arc<dyn Provider>;

/// What the servers of one fixture have seen.
#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    open: AtomicUsize,
}

impl Seen {
    fn counter(self: &Arc<Self>, which: fn(&Self) -> &AtomicUsize) -> Counter {
        let seen = self.clone();
        Box::new(move || which(&seen).load(SeqCst))
    }

    /// Answers every request with `bytes`; with none, waits until the client hangs up.
    async fn serve(self: &Arc<Self>, bytes: Option<String>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = self.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(answer(seen.clone(), socket, bytes.clone()));
            }
        });
        address
    }
}

async fn answer(seen: Arc<Seen>, mut socket: TcpStream, bytes: Option<String>) {
    read_request(&mut socket).await;
    seen.requests.fetch_add(1, SeqCst);
    seen.open.fetch_add(1, SeqCst);
    match bytes {
        Some(bytes) => drop(socket.write_all(bytes.as_bytes()).await),
        // Nothing more is sent: this ends when the connection does.
        None => drop(socket.read(&mut [0; 1]).await),
    }
    seen.open.fetch_sub(1, SeqCst);
}

async fn fixture(make: Make, events: String) -> ProviderFixture {
    let seen = Arc::new(Seen::default());
    // A service that is so indiscreet as to repeat the key.
    let complaint = json!({"error": {"message": format!("too many requests for {KEY}")}}).to_string();
    let refusal = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{complaint}",
        complaint.len()
    );
    let mut providers = Vec::new();
    for bytes in [Some(STREAM_HEAD.to_owned() + &events), Some(refusal), None] {
        let address = seen.serve(bytes).await;
        providers.push(make(&format!("http://{address}")));
    }
    let [answering, failing, hanging] = providers.try_into().unwrap();
    ProviderFixture {
        problem: ProblemText::parse("Löse x² − 5x + 6 = 0 🙂").unwrap(),
        answering,
        failing,
        hanging,
        key: Some(KEY.to_owned()),
        requests: seen.counter(|seen| &seen.requests),
        open: seen.counter(|seen| &seen.open),
        guard: Box::new(()),
    }
}

mod openai_compatible {
    use super::*;

    manim_core::provider_conformance!(make);

    async fn make() -> ProviderFixture {
        let make: Make = |site| {
            let builder = OpenAiCompatible::builder(format!("{site}/v1"), "test-model").key(KEY);
            Arc::new(builder.build().unwrap())
        };
        fixture(make, piece("from ") + &piece("manim") + &ending("stop")).await
    }
}

mod gemini {
    use super::*;

    manim_core::provider_conformance!(make);

    async fn make() -> ProviderFixture {
        let make: Make = |site| {
            Arc::new(
                Gemini::builder(KEY)
                    .base_url(format!("{site}/v1beta"))
                    .build()
                    .unwrap(),
            )
        };
        let part = |text: &str| json!({"content": {"role": "model", "parts": [{"text": text}]}, "index": 0});
        let mut last = part("manim");
        last["finishReason"] = "STOP".into();
        let events =
            [part("from "), last].map(|part| format!("data: {}\r\n\r\n", json!({"candidates": [part]})));
        fixture(make, events.concat()).await
    }
}

mod cloudflare {
    use super::*;

    manim_core::provider_conformance!(make);

    async fn make() -> ProviderFixture {
        let make: Make = |site| {
            let base_url = format!("{site}/client/v4/accounts/{{account}}/ai");
            let builder = CloudflareWorkersAi::builder("acc-1", KEY).base_url(base_url);
            Arc::new(builder.build().unwrap())
        };
        let events = ["from ", "manim"].map(|text| format!("data: {}\n\n", json!({"response": text})));
        fixture(make, events.concat() + "data: [DONE]\n\n").await
    }
}

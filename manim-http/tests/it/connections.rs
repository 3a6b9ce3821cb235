//! What a hostile network does to a server.

use std::time::Duration;

use manim_http::ServeOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::live::Live;

/// Longer than every limit below: whoever needs it was not cut off.
const PATIENCE: Duration = Duration::from_secs(20);

async fn live() -> Live {
    let serving = ServeOptions::default().with_header_timeout(Duration::from_millis(300));
    Live::with_delay(Duration::ZERO, serving).await
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut text)).await;
    let _ = read.expect("the server keeps a connection that says nothing");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn heads_that_drip_are_cut_off_while_others_are_served() {
    let live = live().await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(live.address).await.unwrap();
        stream
            .write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nx-")
            .await
            .unwrap();
        slow.push(stream);
    }
    let mut quick = TcpStream::connect(live.address).await.unwrap();
    let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    quick.write_all(request).await.unwrap();
    assert!(answer(&mut quick).await.starts_with("HTTP/1.1 200"));
    for stream in &mut slow {
        let text = answer(stream).await;
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 408"), "{text}");
    }
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_given_up() {
    let live = live().await;
    let mut stream = TcpStream::connect(live.address).await.unwrap();
    let head = b"POST /api/v1/jobs HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 40\r\n\r\n{";
    stream.write_all(head).await.unwrap();
    let text = answer(&mut stream).await;
    assert!(
        text.starts_with("HTTP/1.1 408") && text.contains("request-timeout"),
        "{text}"
    );
}

#[tokio::test]
async fn an_oversized_head_and_an_oversized_body_are_refused() {
    let live = live().await;
    let mut stream = TcpStream::connect(live.address).await.unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-big: {}\r\n\r\n",
        "a".repeat(100_000)
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let text = answer(&mut stream).await;
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 431"), "{text}");

    let mut stream = TcpStream::connect(live.address).await.unwrap();
    let head = "POST /api/v1/jobs HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let text = answer(&mut stream).await;
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
}

#[tokio::test]
async fn a_path_leads_nowhere_but_to_its_route() {
    let live = live().await;
    for path in [
        "/assets/../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%2e%2e/lib.rs",
        "/assets/style.css%00",
        "/api/v1/video/..%2f..%2fetc/access",
        "//etc/passwd",
    ] {
        let mut stream = TcpStream::connect(live.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let text = answer(&mut stream).await;
        assert!(text.starts_with("HTTP/1.1 404"), "{path}: {text}");
    }
}

#[tokio::test]
async fn shutdown_ends_what_is_under_way_and_takes_no_more() {
    let serving = ServeOptions::default().with_drain(Duration::from_millis(200));
    let mut live = Live::with_delay(Duration::ZERO, serving).await;
    let mut idle = TcpStream::connect(live.address).await.unwrap();
    timeout(PATIENCE, live.stop())
        .await
        .expect("an idle connection holds the server up");
    assert_eq!(answer(&mut idle).await, "");
    assert!(TcpStream::connect(live.address).await.is_err());
}

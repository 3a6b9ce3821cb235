//! Servers that misbehave below the protocol. Every wait in here is a deadline under test.

use std::time::Duration;

use manim_core::{Generation, Provider, ProviderError, ProviderErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    CHUNKED_HEAD, Heard, STREAM_HEAD, ask, ending, hasty, piece, provider, request, serve_bytes, serve_once,
};

const SOON: Duration = Duration::from_millis(60);
const NEVER: Duration = Duration::from_secs(60);

#[track_caller]
fn fails(outcome: Result<Generation, ProviderError>, kind: ProviderErrorKind) -> String {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), kind, "{}", manim_core::chain(&error));
    error.to_string()
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// Closes with a reset instead of an end.
fn reset(socket: TcpStream) {
    socket.set_zero_linger().unwrap();
    drop(socket);
}

async fn send(socket: &mut TcpStream, text: &str) {
    socket.write_all(text.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn silence_before_the_head_ends_at_the_idle_deadline() {
    let (url, server) =
        serve_once(|mut socket| async move { socket.read(&mut [0; 1]).await.unwrap_or(0) }).await;
    let text = fails(ask(&hasty(&url, SOON, NEVER)).await, ProviderErrorKind::TimedOut);
    assert!(text.contains("no byte came for too long"), "{text}");
    assert_eq!(server.await.unwrap(), 0, "the connection was not closed");
}

#[tokio::test]
async fn silence_in_the_middle_ends_at_the_idle_deadline() {
    let (url, _server) = serve_once(|mut socket| async move {
        send(&mut socket, &(STREAM_HEAD.to_owned() + &piece("from "))).await;
        socket.read(&mut [0; 1]).await.unwrap_or(0)
    })
    .await;
    let heard = Heard::default();
    let outcome = hasty(&url, SOON, NEVER).generate(&request(), &heard).await;
    fails(outcome, ProviderErrorKind::TimedOut);
    assert_eq!(heard.joined(), "from ");
}

#[tokio::test]
async fn a_stream_without_end_stops_at_the_total_deadline() {
    let (url, _server) = serve_once(|mut socket| async move {
        send(&mut socket, STREAM_HEAD).await;
        while socket.write_all(b": keep-alive\n\n").await.is_ok() {}
    })
    .await;
    let text = fails(ask(&hasty(&url, NEVER, SOON)).await, ProviderErrorKind::TimedOut);
    assert!(text.contains("the reply took too long"), "{text}");
}

#[tokio::test]
async fn nobody_listening_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let text = fails(ask(&provider(&url)).await, ProviderErrorKind::Unavailable);
    assert!(text.contains("no connection"), "{text}");
}

#[tokio::test]
async fn a_connection_closed_before_the_head_is_unavailable() {
    fails(
        ask(&provider(&serve_bytes("").await)).await,
        ProviderErrorKind::Unavailable,
    );
}

#[tokio::test]
async fn a_reset_in_the_middle_is_unavailable() {
    let (url, _server) = serve_once(|mut socket| async move {
        send(&mut socket, &(CHUNKED_HEAD.to_owned() + &chunk(&piece("from ")))).await;
        reset(socket);
    })
    .await;
    fails(ask(&provider(&url)).await, ProviderErrorKind::Unavailable);
}

#[tokio::test]
async fn a_close_inside_a_chunk_is_unavailable() {
    let url = serve_bytes(CHUNKED_HEAD.to_owned() + "ff\r\n" + &piece("from ")).await;
    fails(ask(&provider(&url)).await, ProviderErrorKind::Unavailable);
}

#[tokio::test]
async fn a_reset_after_the_finish_reason_costs_nothing() {
    let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let url = serve_bytes(CHUNKED_HEAD.to_owned() + &chunk(&(piece("whole") + stop))).await;
    assert_eq!(ask(&provider(&url)).await.unwrap().text, "whole");
}

#[tokio::test]
async fn a_server_that_keeps_the_stream_open_after_its_end_is_not_waited_for() {
    let (url, server) = serve_once(|mut socket| async move {
        send(
            &mut socket,
            &(CHUNKED_HEAD.to_owned() + &chunk(&(piece("whole") + &ending("stop")))),
        )
        .await;
        socket.read(&mut [0; 1]).await.unwrap_or(0)
    })
    .await;
    assert_eq!(
        ask(&hasty(&url, NEVER, NEVER)).await.unwrap().usage.output_tokens,
        4
    );
    assert_eq!(server.await.unwrap(), 0);
}

#[tokio::test]
async fn broken_chunking_is_a_bad_reply() {
    let url = serve_bytes(CHUNKED_HEAD.to_owned() + "zz-not-hex\r\ngarbage\r\n").await;
    fails(ask(&provider(&url)).await, ProviderErrorKind::BadReply);
}

#[tokio::test]
async fn a_line_of_ten_megabytes_is_cut_off_early() {
    let (url, server) = serve_once(|mut socket| async move {
        send(&mut socket, &(STREAM_HEAD.to_owned() + "data: ")).await;
        let block = vec![b'x'; 64 << 10];
        let mut sent = 0_usize;
        while sent < 10 << 20 && socket.write_all(&block).await.is_ok() {
            sent += block.len();
        }
        sent
    })
    .await;
    let text = fails(ask(&provider(&url)).await, ProviderErrorKind::BadReply);
    assert!(text.contains("a line is longer than 1048576 bytes"), "{text}");
    assert!(server.await.unwrap() < 10 << 20, "the client read it all");
}

#[tokio::test]
async fn a_whole_reply_without_bound_is_cut_off() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let url = serve_bytes(head.to_owned() + &" ".repeat(5 << 20)).await;
    let text = fails(ask(&provider(&url)).await, ProviderErrorKind::BadReply);
    assert!(text.contains("larger than"), "{text}");
}

#[tokio::test]
async fn an_error_body_without_bound_is_read_to_its_first_part() {
    let head = "HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let url = serve_bytes(head.to_owned() + &"x".repeat(1 << 20)).await;
    fails(ask(&provider(&url)).await, ProviderErrorKind::Unavailable);
}

#[tokio::test]
async fn an_error_whose_body_breaks_off_keeps_its_status() {
    let url = serve_bytes("HTTP/1.1 401 No\r\ncontent-length: 99\r\n\r\n{\"err").await;
    fails(ask(&provider(&url)).await, ProviderErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_reply_that_is_not_http_is_an_error() {
    let error = ask(&provider(&serve_bytes("SSH-2.0-OpenSSH_9.9\r\n").await))
        .await
        .unwrap_err();
    assert!(matches!(
        error.kind(),
        ProviderErrorKind::Unavailable | ProviderErrorKind::BadReply
    ));
}

#[tokio::test]
async fn dropping_the_call_closes_the_connection() {
    let (first_piece_sent, sent) = tokio::sync::oneshot::channel();
    let (url, server) = serve_once(|mut socket| async move {
        send(&mut socket, &(STREAM_HEAD.to_owned() + &piece("from "))).await;
        first_piece_sent.send(()).unwrap();
        // Ends with 0 bytes or an error as soon as the client is gone.
        socket.read(&mut [0; 1]).await.unwrap_or(0)
    })
    .await;
    let provider = provider(&url);
    let call = tokio::spawn(async move { ask(&provider).await });
    sent.await.unwrap();
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(server.await.unwrap(), 0);
}

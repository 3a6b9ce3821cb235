//! What the chain does about each fault of a service: the kind in the record, who is asked
//! next, and whether the service is asked again when it is the only one.

use std::sync::Arc;
use std::time::Duration;

use manim_core::ProviderErrorKind::{
    BadReply, QuotaExhausted, RateLimited, Refused, TimedOut, Unauthorized, Unavailable,
};
use manim_core::testing::{ScriptedProvider, StubRenderer};
use manim_core::{
    ChainOptions, Job, Pipeline, PipelineOptions, ProblemText, Provider, ProviderErrorKind, SessionId,
    Status, Submission,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{CHUNKED_HEAD, STREAM_HEAD, ending, hasty, piece, serve_always};

const CODE: &str = "class MainScene(Scene):\n    def construct(self):\n        self.wait()";
const SOON: Duration = Duration::from_millis(100);
const LATE: Duration = Duration::from_secs(600);

/// How a service fails, every time.
#[derive(Debug, Clone)]
enum Fault {
    /// It sends this and closes.
    Says(String),
    /// It sends this and resets the connection.
    Resets(String),
    /// It sends this and no more, and keeps the connection.
    Stalls(String),
    /// It sends this, and a line that does not end.
    Endless(String),
}

async fn act(fault: Fault, mut socket: TcpStream) {
    let (Fault::Says(text) | Fault::Resets(text) | Fault::Stalls(text) | Fault::Endless(text)) = &fault;
    // The client may hang up at any time.
    let _ = socket.write_all(text.as_bytes()).await;
    match fault {
        Fault::Says(_) => {
            let _ = socket.shutdown().await;
        }
        Fault::Resets(_) => socket.set_zero_linger().unwrap(),
        Fault::Stalls(_) => {
            let _ = socket.read(&mut [0; 1]).await;
        }
        Fault::Endless(_) => while socket.write_all(&[b'x'; 1 << 16]).await.is_ok() {},
    }
}

fn says(status: &str, headers: &str, body: &str) -> Fault {
    Fault::Says(format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n{body}"
    ))
}

fn refuses(status: &str, headers: &str, body: &str) -> Fault {
    says(
        status,
        &format!("content-type: application/json\r\n{headers}"),
        body,
    )
}

fn streams(events: &str) -> Fault {
    Fault::Says(format!("{STREAM_HEAD}{events}"))
}

/// Asks the service, and a second provider if there is one.
async fn solve(fault: &Fault, second: Option<ScriptedProvider>) -> Job {
    // Only silence has to be waited for.
    let patience = match fault {
        Fault::Stalls(_) => SOON,
        _ => LATE,
    };
    let fault = fault.clone();
    let url = serve_always(move |socket| act(fault.clone(), socket)).await;
    let first: Arc<dyn Provider> = Arc::new(hasty(&url, patience, LATE));
    let second = second.map(|second| Arc::new(second) as Arc<dyn Provider>);
    let options = PipelineOptions {
        chain: ChainOptions {
            rounds: 2,
            backoff: Duration::ZERO,
            ..ChainOptions::default()
        },
        ..PipelineOptions::default()
    };
    let pipeline = Pipeline::builder([first].into_iter().chain(second), Arc::new(StubRenderer::new()))
        .options(options)
        .build();
    let problem = ProblemText::parse("Solve x + 1 = 2 for x").unwrap();
    let submission = Submission::new(SessionId::new(), problem);
    let id = pipeline.submit(submission).await.unwrap();
    pipeline.run_until_settled(id).await.unwrap()
}

fn asked(job: &Job) -> Vec<(&str, Option<ProviderErrorKind>)> {
    let kind = |attempt: &manim_core::Attempt| attempt.error.as_ref().map(|error| error.kind);
    let attempts = job.attempts().iter();
    attempts
        .map(|attempt| (attempt.provider.as_str(), kind(attempt)))
        .collect()
}

const FAULTY: &str = "openai-compatible";

/// The service fails with `kind`, the next provider is asked at once; alone, the service is
/// asked `calls` times.
async fn moves(what: &str, fault: Fault, kind: ProviderErrorKind, calls: usize) {
    let job = solve(&fault, Some(ScriptedProvider::new("second").replying(CODE))).await;
    assert_eq!(asked(&job), [(FAULTY, Some(kind)), ("second", None)], "{what}");
    assert_eq!(job.status(), Status::Ready, "{what}");
    let alone = solve(&fault, None).await;
    assert_eq!(asked(&alone), vec![(FAULTY, Some(kind)); calls], "{what}");
    assert_eq!(alone.status(), Status::Failed, "{what}");
}

const AGAIN: usize = 2;
const ONCE: usize = 1;

#[tokio::test]
async fn a_limit_is_waited_out_only_when_the_pause_is_short() {
    let limited = r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#;
    let status = "429 Too Many Requests";
    moves("429", refuses(status, "", limited), RateLimited, AGAIN).await;
    moves(
        "429 for an hour",
        refuses(status, "retry-after: 3600\r\n", limited),
        RateLimited,
        ONCE,
    )
    .await;
    moves(
        "429 for no time",
        refuses(status, "retry-after: 0\r\n", limited),
        RateLimited,
        AGAIN,
    )
    .await;
    let used_up = r#"{"error":{"message":"pay","code":"insufficient_quota"}}"#;
    moves(
        "429 without credit",
        refuses(status, "", used_up),
        QuotaExhausted,
        ONCE,
    )
    .await;
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again() {
    moves("500", refuses("500 Oops", "", "{}"), Unavailable, AGAIN).await;
    let page = says(
        "502 Bad Gateway",
        "content-type: text/html\r\n",
        "<html>down</html>",
    );
    moves("an HTML error page", page, Unavailable, AGAIN).await;
}

#[tokio::test]
async fn a_refused_key_is_not_tried_again() {
    moves("401", refuses("401 No", "", "{}"), Unauthorized, ONCE).await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again() {
    let begun = format!("{:x}\r\n{}\r\n", piece("from ").len(), piece("from "));
    moves(
        "a reset",
        Fault::Resets(format!("{CHUNKED_HEAD}{begun}")),
        Unavailable,
        AGAIN,
    )
    .await;
    moves("an early end", streams(&piece("from ")), BadReply, AGAIN).await;
}

#[tokio::test]
async fn silence_ends_at_the_deadline_and_is_tried_again() {
    moves("no head", Fault::Stalls(String::new()), TimedOut, AGAIN).await;
    moves(
        "no end",
        Fault::Stalls(format!("{STREAM_HEAD}{}", piece("from "))),
        TimedOut,
        AGAIN,
    )
    .await;
}

#[tokio::test]
async fn what_is_no_answer_is_a_bad_reply_and_tried_again() {
    moves("malformed events", streams("data: {\"choi\n\n"), BadReply, AGAIN).await;
    moves(
        "a line without end",
        Fault::Endless(format!("{STREAM_HEAD}data: ")),
        BadReply,
        AGAIN,
    )
    .await;
    let page = says("200 OK", "content-type: text/html\r\n", "<html>Log in</html>");
    moves("a web page", page, BadReply, AGAIN).await;
    let text = says("200 OK", "content-type: text/plain\r\n", "hello");
    moves("a wrong content type", text, BadReply, AGAIN).await;
}

#[tokio::test]
async fn who_declines_is_not_asked_again() {
    moves("an empty answer", streams(&ending("stop")), Refused, ONCE).await;
    moves(
        "a filter that leaves nothing",
        streams(&ending("content_filter")),
        Refused,
        ONCE,
    )
    .await;
    let refusal =
        "data: {\"choices\":[{\"delta\":{\"refusal\":\"I cannot\"},\"finish_reason\":\"stop\"}]}\n\n";
    moves(
        "a refusal",
        streams(&format!("{refusal}data: [DONE]\n\n")),
        Refused,
        ONCE,
    )
    .await;
}

/// An answer that is not whole is an answer: its writer is told, and may try once more.
#[tokio::test]
async fn who_is_cut_short_twice_gives_way_to_the_next() {
    for reason in ["length", "content_filter"] {
        let fault = streams(&(piece("```python\nfrom ma") + &ending(reason)));
        let second = ScriptedProvider::new("second").replying(CODE);
        let job = solve(&fault, Some(second)).await;
        assert_eq!(
            asked(&job),
            [(FAULTY, None), (FAULTY, None), ("second", None)],
            "{reason}"
        );
        assert_eq!(job.status(), Status::Ready, "{reason}");
    }
}

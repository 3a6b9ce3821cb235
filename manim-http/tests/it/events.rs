//! Streams of events: the whole way, what was missed, many listeners.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::http::Method;
use futures::StreamExt;
use futures::future::join_all;
use manim_http::HttpOptions;
use tower::ServiceExt;

use crate::door::{Door, Submitted, request};

async fn listen(door: &Door, job: &Submitted, known: &str) -> BodyDataStream {
    let mut headers = vec![job.auth()];
    if !known.is_empty() {
        headers.push(("last-event-id", known));
    }
    let path = format!("{}/events", job.path());
    let request = request(Method::GET, &path, &headers, "");
    let response = door.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    Body::into_data_stream(response.into_body())
}

/// The ids and statuses told until the stream ends.
async fn statuses(stream: BodyDataStream) -> Vec<(String, String)> {
    let text: Vec<u8> = stream.map(|piece| piece.unwrap().to_vec()).concat().await;
    let text = String::from_utf8(text).unwrap();
    let events = text.split("\n\n").filter(|event| event.contains("event: status"));
    let told = |event: &str| {
        let line = |name: &str| {
            event
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap()
                .to_owned()
        };
        let data: serde_json::Value = serde_json::from_str(&line("data: ")).unwrap();
        (line("id: "), data["status"].as_str().unwrap().to_owned())
    };
    events.map(told).collect()
}

const WAY: [&str; 6] = [
    "queued",
    "ai_generating",
    "code_validating",
    "rendering",
    "uploading",
    "ready",
];

fn names(told: &[(String, String)]) -> Vec<&str> {
    told.iter().map(|(_, status)| status.as_str()).collect()
}

#[tokio::test]
async fn a_listener_hears_the_whole_way_and_the_stream_ends() {
    let door = Door::answering(1);
    let job = door.submit().await;
    let stream = listen(&door, &job, "").await;
    let (told, _) = tokio::join!(statuses(stream), door.pipeline.run_until_settled(job.id));
    assert_eq!(names(&told), WAY);
}

#[tokio::test]
async fn whoever_was_cut_off_hears_what_it_missed_and_nothing_twice() {
    let door = Door::answering(1);
    let job = door.film().await;
    let all = statuses(listen(&door, &job, "").await).await;
    assert_eq!(names(&all), WAY);
    for (at, (id, _)) in all.iter().enumerate().take(WAY.len() - 1) {
        let missed = statuses(listen(&door, &job, id).await).await;
        assert_eq!(missed, all[at + 1..]);
    }
    let path = format!("{}/events", job.path());
    let known = all.last().unwrap().0.as_str();
    let settled = door.get(&path, &[job.auth(), ("last-event-id", known)]).await;
    assert_eq!(settled.status, 204, "a browser is told not to come back");
    let rubbish = statuses(listen(&door, &job, "rubbish").await).await;
    assert_eq!(rubbish, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_listeners_hear_the_end() {
    let door = Door::answering(1);
    let job = door.submit().await;
    let streams = join_all((0..1000).map(|_| listen(&door, &job, ""))).await;
    let listeners = join_all(streams.into_iter().map(|stream| tokio::spawn(statuses(stream))));
    let (told, _) = tokio::join!(listeners, door.pipeline.run_until_settled(job.id));
    assert_eq!(told.len(), 1000);
    assert!(told.iter().all(|told| names(told.as_ref().unwrap()) == WAY));
}

#[tokio::test]
async fn listeners_beyond_the_limit_are_asked_to_read_instead() {
    let door = Door::with(0, HttpOptions::default().with_max_listeners(1));
    let job = door.submit().await;
    let first = listen(&door, &job, "").await;
    let path = format!("{}/events", job.path());
    door.get(&path, &[job.auth()]).await.assert_problem(503, "busy");
    drop(first);
    drop(listen(&door, &job, "").await);
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_shows_that_it_lives() {
    let door = Door::with(0, HttpOptions::default().with_keep_alive(Duration::from_secs(15)));
    let job = door.submit().await;
    let mut stream = listen(&door, &job, "").await;
    assert!(
        stream
            .next()
            .await
            .unwrap()
            .unwrap()
            .starts_with(b"event: status")
    );
    assert_eq!(stream.next().await.unwrap().unwrap(), ":\n\n");
}

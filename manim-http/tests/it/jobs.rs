//! Problems in, records out, and whose they are.

use axum::http::Method;
use manim_core::{JobId, Quota};
use manim_http::HttpOptions;
use serde_json::json;

use crate::door::{Door, PROBLEM, request};

#[tokio::test]
async fn a_problem_is_taken_in_and_its_job_is_the_sessions_own() {
    let door = Door::answering(0);
    let answer = door.post(&[], PROBLEM).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["status"], "queued");
    let bearer = format!("Bearer {}", answer.header("session-token"));
    let read = door
        .get(answer.header("location"), &[("authorization", &bearer)])
        .await;
    assert_eq!(read.json()["problem"], "Differentiate x^2 sin(x)");
    let cookie = answer.cookie("manim_session").unwrap();
    let read = door.get(answer.header("location"), &[("cookie", &cookie)]).await;
    assert_eq!(read.status, 200);
}

#[tokio::test]
async fn another_sessions_job_does_not_exist() {
    let door = Door::answering(0);
    let (mine, other) = (door.submit().await, door.submit().await);
    let nowhere = format!("/api/v1/jobs/{}", JobId::new());
    let absent = door.get(&nowhere, &[other.auth()]).await;
    for path in [
        mine.path(),
        format!("{}/events", mine.path()),
        mine.video("access"),
        mine.video("poster"),
    ] {
        for headers in [&[other.auth()][..], &[]] {
            let answer = door.get(&path, headers).await;
            answer.assert_problem(404, "not-found");
            assert_eq!(
                answer.body, absent.body,
                "{path} tells more than a job that is not there"
            );
        }
    }
    let cancel = request(Method::DELETE, &mine.path(), &[other.auth()], "");
    door.send(cancel).await.assert_problem(404, "not-found");
    assert_eq!(
        door.get(&mine.path(), &[mine.auth()]).await.json()["status"],
        "queued"
    );
}

#[tokio::test]
async fn the_same_key_and_problem_are_one_job() {
    let door = Door::answering(0);
    let first = door.submit().await;
    let headers = [first.auth(), ("idempotency-key", "k1")];
    let (one, two) = (
        door.post(&headers, PROBLEM).await,
        door.post(&headers, PROBLEM).await,
    );
    assert_eq!(one.json()["id"], two.json()["id"]);
    let other = door.post(&headers, r#"{"problem": "Solve x^2 = 4 for x"}"#).await;
    other.assert_problem(422, "idempotency-key-reused");
    let stranger = door.post(&[("idempotency-key", "k1")], PROBLEM).await;
    assert_ne!(
        stranger.json()["id"],
        one.json()["id"],
        "a key belongs to its session"
    );
}

#[tokio::test]
async fn jobs_are_listed_in_parts_newest_first() {
    let door = Door::answering(0);
    let first = door.submit().await;
    for _ in 0..4 {
        door.post(&[first.auth()], PROBLEM).await;
    }
    door.submit().await;
    let mut seen = Vec::new();
    let mut path = "/api/v1/jobs?limit=2".to_owned();
    loop {
        let part = door.get(&path, &[first.auth()]).await.json();
        seen.extend(
            part["jobs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|job| job["id"].clone()),
        );
        let Some(next) = part["next_before"].as_str() else {
            break;
        };
        path = format!("/api/v1/jobs?limit=2&before={next}");
    }
    assert_eq!(seen.len(), 5);
    assert_eq!(seen.last().unwrap(), &json!(first.id));
    assert_eq!(door.get("/api/v1/jobs", &[]).await.json(), json!({"jobs": []}));
}

#[tokio::test]
async fn a_job_is_cancelled_by_its_owner() {
    let door = Door::answering(0);
    let job = door.submit().await;
    let answer = door
        .send(request(Method::DELETE, &job.path(), &[job.auth()], ""))
        .await;
    assert_eq!(answer.json()["status"], "cancelled");
}

#[tokio::test]
async fn what_is_wrong_with_a_submission_is_said() {
    let door = Door::answering(0);
    let plain = request(
        Method::POST,
        "/api/v1/jobs",
        &[("content-type", "text/plain")],
        PROBLEM,
    );
    door.send(plain)
        .await
        .assert_problem(415, "unsupported-media-type");
    door.post(&[], "{").await.assert_problem(400, "invalid-json");
    door.post(&[], r#"{"problem": "Solve x^2 = 4", "x": 1}"#)
        .await
        .assert_problem(400, "invalid-json");
    door.post(&[], r#"{"problem": "short"}"#)
        .await
        .assert_problem(422, "invalid-problem");
    let long = json!({"problem": "x".repeat(5001)}).to_string();
    door.post(&[], &long).await.assert_problem(422, "invalid-problem");
    let huge = json!({"problem": "x".repeat(1 << 20)}).to_string();
    door.post(&[], &huge).await.assert_problem(413, "too-large");
    door.post(&[("idempotency-key", "")], PROBLEM)
        .await
        .assert_problem(400, "invalid-parameter");
    door.get("/api/v1/jobs?limit=x", &[])
        .await
        .assert_problem(400, "invalid-parameter");
}

#[tokio::test]
async fn the_longest_problem_is_accepted_however_it_is_escaped() {
    let escaped = r"\ud835\udc65".repeat(5000);
    let answer = Door::answering(0)
        .post(&[], &format!("{{\"problem\": \"{escaped}\"}}"))
        .await;
    assert_eq!(answer.status, 202, "{}", answer.text());
}

#[tokio::test]
async fn the_eleventh_problem_of_a_minute_waits() {
    let door = Door::answering(0);
    let job = door.submit().await;
    for _ in 1..10 {
        assert_eq!(door.post(&[job.auth()], PROBLEM).await.status, 202);
    }
    let refused = door.post(&[job.auth()], PROBLEM).await;
    refused.assert_problem(429, "rate-limited");
    assert_eq!(refused.header("retry-after"), "60");
    door.pass(60);
    assert_eq!(door.post(&[job.auth()], PROBLEM).await.status, 202);
}

#[tokio::test]
async fn new_sessions_do_not_get_round_the_quota_of_an_address() {
    let options = HttpOptions::default()
        .with_address_quota(Some(Quota::per_minute(2)))
        .with_forwarded_hops(1);
    let door = Door::with(0, options);
    let from = |address| [("x-forwarded-for", address)];
    for _ in 0..2 {
        assert_eq!(door.post(&from("6.6.6.6, 1.2.3.4"), PROBLEM).await.status, 202);
    }
    door.post(&from("7.7.7.7, 1.2.3.4"), PROBLEM)
        .await
        .assert_problem(429, "rate-limited");
    assert_eq!(door.post(&from("1.2.3.5"), PROBLEM).await.status, 202);
}

#[tokio::test]
async fn a_forged_session_is_told_so_and_a_page_of_another_site_is_refused() {
    let door = Door::answering(0);
    let job = door.submit().await;
    let forged = [("authorization", "Bearer 00.00.00")];
    door.get("/api/v1/jobs", &forged)
        .await
        .assert_problem(401, "invalid-session");
    let evil = ("origin", "https://evil.example");
    door.post(&[evil], PROBLEM)
        .await
        .assert_problem(403, "foreign-origin");
    assert_eq!(
        door.post(&[evil, job.auth()], PROBLEM).await.status,
        202,
        "a token is proof"
    );
}

#[tokio::test]
async fn a_session_ends_a_week_after_its_last_use() {
    const DAY: u64 = 24 * 60 * 60;
    let door = Door::answering(0);
    let cookie = door.post(&[], PROBLEM).await.cookie("manim_session").unwrap();
    door.pass(6 * DAY);
    let renewed = door.get("/api/v1/jobs", &[("cookie", &cookie)]).await;
    let renewed = renewed.cookie("manim_session").unwrap();
    door.pass(3 * DAY);
    let old = door.get("/api/v1/jobs", &[("cookie", &cookie)]).await;
    assert_eq!(old.json(), json!({"jobs": []}), "the old token is nobody's");
    let new = door.get("/api/v1/jobs", &[("cookie", &renewed)]).await;
    assert!(
        new.cookie("manim_session").is_some(),
        "the new one is known, and renewed again"
    );
}

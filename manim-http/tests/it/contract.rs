//! What every answer carries, and what the documents say.

use axum::http::Method;
use manim_core::Secret;
use manim_http::{HttpOptions, ProblemCode, Recorder};

use crate::door::{Door, request};

#[tokio::test]
async fn every_answer_is_named_traced_and_guarded() {
    let door = Door::answering(0);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    for path in [
        "/",
        "/health/live",
        "/nothing",
        "/api/v1/jobs",
        "/assets/style.css",
    ] {
        let answer = door
            .get(path, &[("traceparent", trace), ("x-request-id", "abc-1")])
            .await;
        assert_eq!(answer.header("x-request-id"), "abc-1");
        assert!(
            answer
                .header("traceparent")
                .starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
    }
    door.get("/nothing", &[]).await.assert_problem(404, "not-found");
    let wrong = door.send(request(Method::PUT, "/api/v1/jobs", &[], "")).await;
    wrong.assert_problem(405, "method-not-allowed");
    assert!(wrong.header("allow").contains("POST"));
}

#[tokio::test]
async fn a_jobs_trace_is_its_requests() {
    let door = Door::answering(0);
    let trace = (
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    );
    let answer = door.post(&[trace], crate::door::PROBLEM).await;
    let id = answer.json()["id"].as_str().unwrap().parse().unwrap();
    let job = door.pipeline.job(id).await.unwrap();
    assert_eq!(job.trace().unwrap().as_str(), answer.header("traceparent"));
}

#[tokio::test]
async fn only_allowed_origins_may_read() {
    let door = Door::with(
        0,
        HttpOptions::default().with_allowed_origins(["https://app.example"]),
    );
    let allowed = door
        .get("/api/v1/jobs", &[("origin", "https://app.example")])
        .await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://app.example"
    );
    let other = door
        .get("/api/v1/jobs", &[("origin", "https://evil.example")])
        .await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
}

#[tokio::test]
async fn operators_addresses_do_not_exist_without_the_token() {
    let closed = Door::answering(0);
    for path in ["/debug/providers", "/metrics"] {
        closed.get(path, &[]).await.assert_problem(404, "not-found");
    }
    let options = HttpOptions::default().with_admin_token(Secret::new("let-me-in"));
    let open = Door::with(0, options);
    open.get("/debug/providers", &[])
        .await
        .assert_problem(401, "unauthorized");
    let wrong = [("authorization", "Bearer let-me-i")];
    open.get("/debug/providers", &wrong)
        .await
        .assert_problem(401, "unauthorized");
    let right = [("authorization", "Bearer let-me-in")];
    let answer = open.get("/debug/providers", &right).await;
    assert_eq!(answer.json()["providers"][0]["provider"], "scripted");
}

#[tokio::test]
async fn health_tells_of_every_part() {
    let door = Door::answering(0);
    assert_eq!(door.get("/health/ready", &[]).await.status, 200);
    let relays = door.get("/health/relays", &[]).await.json();
    assert_eq!(relays["status"], "ok");
    assert_eq!(relays["renderer"]["isolation"], "L3");
    assert_eq!(relays["providers"][0]["state"], "unknown");
    let stores = relays["stores"].as_array().unwrap();
    assert_eq!(stores.len(), 3);
    assert!(
        stores
            .iter()
            .all(|store| store["state"] == "up" && store["latency_ms"].is_u64())
    );
}

#[tokio::test]
async fn requests_are_counted_by_their_route() {
    let recorder = Recorder::install().unwrap();
    let options = HttpOptions::default().with_admin_token(Secret::new("let-me-in"));
    let door = Door::recording(options, recorder);
    door.get("/api/v1/jobs/0190-nothing", &[]).await;
    let counted = door
        .get("/metrics", &[("authorization", "Bearer let-me-in")])
        .await
        .text();
    let line = r#"manim_http_requests_total{method="GET",route="/api/v1/jobs/{id}",status="404"}"#;
    assert!(counted.contains(line), "{counted}");
    assert!(
        counted.contains(r#"manim_store_up{store="queue"} 1"#),
        "{counted}"
    );
    assert!(!counted.contains("0190-nothing"));
}

#[tokio::test]
async fn the_document_lists_routes_that_exist() {
    let door = Door::answering(0);
    let document = door.get("/openapi.json", &[]).await.json();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 9);
    for (path, methods) in paths {
        for method in methods.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = door
                .send(request(method.clone(), &path.replace("{id}", "x"), &[], ""))
                .await;
            let text = answer.text();
            assert!(
                !text.contains("no such address") && answer.status != 405,
                "{method} {path}: {text}"
            );
        }
    }
}

#[tokio::test]
async fn the_manual_lists_every_code() {
    let manual = include_str!("../../../docs/http.md");
    for code in ProblemCode::ALL {
        let row = format!("| {} | `{}` |", code.status().as_u16(), code.as_str());
        assert!(manual.contains(&row), "docs/http.md lacks the row {row}");
    }
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let door = Door::answering(0);
    let first = door.get("/assets/app.js", &[]).await;
    let again = door
        .get("/assets/app.js", &[("if-none-match", first.header("etag"))])
        .await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
}

#[tokio::test]
async fn the_page_works_wherever_it_is_nested() {
    let door = Door::answering(0);
    let nested = axum::Router::new().nest("/manim", door.http.router());
    let door = Door {
        router: nested,
        ..door
    };
    let page = door.get("/manim", &[]).await.text();
    assert!(page.contains("src=\"/manim/assets/app.js\""), "{page}");
    assert_eq!(door.get("/manim/assets/app.js", &[]).await.status, 200);
    let headers = [("content-type", "application/json")];
    let submit = request(Method::POST, "/manim/api/v1/jobs", &headers, crate::door::PROBLEM);
    assert!(
        door.send(submit)
            .await
            .header("location")
            .starts_with("/manim/api/v1/jobs/")
    );
}

//! One access, to one viewer, who may come back for a while.

use std::sync::Arc;

use axum::http::Method;
use manim_core::memory::MemoryBlobs;
use manim_core::testing::stub_film;
use manim_core::{BlobKey, BlobMeta, BlobStore, Content, Format};
use manim_http::{HttpOptions, LinkRefusal};

use crate::door::{Answer, Door, request};

async fn stub() -> Vec<u8> {
    stub_film(Format::Mp4).video.bytes().await.unwrap().to_vec()
}

#[tokio::test]
async fn the_first_access_is_the_only_one() {
    let door = Door::answering(1);
    let job = door.film().await;
    let first = door.get(&job.video("access"), &[job.auth()]).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.body, stub().await);
    assert_eq!(first.header("content-type"), "video/mp4");
    assert_eq!(
        door.get(&job.path(), &[job.auth()]).await.json()["status"],
        "delivered"
    );
    door.get(&job.video("access"), &[job.auth()])
        .await
        .assert_problem(410, "film-gone");
}

#[tokio::test]
async fn its_viewer_comes_back_for_ten_minutes() {
    let door = Door::answering(1);
    let job = door.film().await;
    let first = door.get(&job.video("access"), &[job.auth()]).await;
    let cookie = first.cookie("manim_viewer").unwrap();
    let token = first.header("film-token").to_owned();
    for proof in [("cookie", cookie.as_str()), ("film-token", token.as_str())] {
        let range = ("range", "bytes=10-19");
        let part = door.get(&job.video("access"), &[job.auth(), proof, range]).await;
        assert_eq!(part.status, 206);
        assert_eq!(part.body, stub().await[10..20]);
        assert_eq!(
            part.header("content-range"),
            format!("bytes 10-19/{}", stub().await.len())
        );
        assert_eq!(
            door.get(&job.video("storyboard"), &[job.auth(), proof])
                .await
                .status,
            200
        );
    }
    door.pass(10 * 60);
    let late = door
        .get(&job.video("access"), &[job.auth(), ("film-token", &token)])
        .await;
    late.assert_problem(410, "film-gone");
}

#[tokio::test]
async fn a_viewer_with_a_token_of_its_own_may_ask_again_when_the_answer_was_lost() {
    let door = Door::answering(1);
    let job = door.film().await;
    let page = door.get("/", &[]).await;
    let cookie = page.cookie("manim_viewer").unwrap();
    let asked = [job.auth(), ("cookie", cookie.as_str())];
    drop(door.get(&job.video("access"), &asked).await);
    assert_eq!(door.get(&job.video("access"), &asked).await.body, stub().await);
    door.get(&job.video("access"), &[job.auth()])
        .await
        .assert_problem(410, "film-gone");
}

#[tokio::test]
async fn looking_uses_nothing_up() {
    let door = Door::answering(1);
    let job = door.film().await;
    let head = door.head(&job.video("access"), &[job.auth()]).await;
    assert_eq!((head.status.as_u16(), head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), stub().await.len().to_string());
    assert_eq!(door.get(&job.video("poster"), &[job.auth()]).await.status, 200);
    assert_eq!(
        door.get(&job.video("storyboard"), &[job.auth()])
            .await
            .header("content-type"),
        "image/png"
    );
    let ahead = [job.auth(), ("sec-purpose", "prefetch;prerender")];
    door.get(&job.video("access"), &ahead)
        .await
        .assert_problem(403, "prefetch");
    let beyond = door
        .get(&job.video("access"), &[job.auth(), ("range", "bytes=999999-")])
        .await;
    beyond.assert_problem(416, "range-not-satisfiable");
    assert_eq!(
        beyond.header("content-range"),
        format!("bytes */{}", stub().await.len())
    );
    let visit = [
        job.auth(),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "navigate"),
    ];
    assert_eq!(door.get(&job.video("access"), &visit).await.status, 303);
    assert_eq!(
        door.get(&job.path(), &[job.auth()]).await.json()["status"],
        "ready"
    );
}

#[tokio::test]
async fn a_film_that_is_not_there_yet_says_so() {
    let door = Door::answering(0);
    let job = door.submit().await;
    door.get(&job.video("access"), &[job.auth()])
        .await
        .assert_problem(409, "film-not-ready");
}

#[tokio::test]
async fn of_rival_viewers_one_gets_the_film() {
    let door = Door::answering(1);
    let job = door.film().await;
    let (path, headers) = (job.video("access"), [job.auth()]);
    let rivals = (0..16).map(|_| door.get(&path, &headers));
    let answers: Vec<Answer> = futures::future::join_all(rivals).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.status == 410).count(), 15);
}

async fn linked() -> (Door, String) {
    let options = HttpOptions::default().with_public_url("https://films.example/");
    let door = Door::with(1, options);
    let job = door.film().await;
    let job = door.pipeline.job(job.id).await.unwrap();
    let link = door.http.film_link(&job).unwrap();
    let path = link.strip_prefix("https://films.example").unwrap().to_owned();
    (door, path)
}

#[tokio::test]
async fn previews_of_a_link_do_not_use_the_film_up() {
    let (door, path) = linked().await;
    for agent in [
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.23",
        "Slackbot-LinkExpanding 1.0",
    ] {
        let page = door.get(&path, &[("user-agent", agent)]).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Watch the film"), "{}", page.text());
        assert!(page.text().contains("og:image"));
        assert_eq!(door.head(&path, &[("user-agent", agent)]).await.status, 200);
        assert_eq!(door.get(&format!("{path}/poster"), &[]).await.status, 200);
        door.get(&format!("{path}/video"), &[])
            .await
            .assert_problem(409, "film-not-ready");
    }
    let opened = door.send(request(Method::POST, &path, &[], "")).await;
    assert_eq!(opened.status, 303);
    let cookie = opened.cookie("__Host-manim_viewer").unwrap();
    let video = door.get(&format!("{path}/video"), &[("cookie", &cookie)]).await;
    assert_eq!(video.body, stub().await);
    assert!(
        door.get(&path, &[("cookie", &cookie)])
            .await
            .text()
            .contains("<video")
    );
    let stranger = door.get(&path, &[]).await;
    assert_eq!(stranger.status, 410);
    assert!(stranger.text().contains("This film is gone"));
    door.get(&format!("{path}/video"), &[])
        .await
        .assert_problem(410, "film-gone");
}

#[tokio::test]
async fn a_link_that_was_altered_leads_nowhere() {
    let (door, path) = linked().await;
    let altered = format!("{}0", &path[..path.len() - 1]);
    let altered = if altered == path {
        format!("{}1", &path[..path.len() - 1])
    } else {
        altered
    };
    for path in [
        altered.as_str(),
        "/film/x",
        "/film/..%2f..%2fetc%2fpasswd",
        "/film/%00",
    ] {
        assert_eq!(door.get(path, &[]).await.status, 404, "{path}");
        let opened = door.send(request(Method::POST, path, &[], "")).await;
        assert!(opened.cookie("__Host-manim_viewer").is_none());
    }
}

/// A store that signs addresses and serves none: one signature is good, one was.
#[tokio::test]
async fn a_signed_address_of_a_store_opens_one_blob_until_its_end() {
    let door = Door::answering(0);
    let key = BlobKey::parse("films/a.mp4").unwrap();
    let blobs = Arc::new(MemoryBlobs::new());
    let content = Content::from(b"0123456789".to_vec());
    blobs.put(&key, content, BlobMeta::of(&key)).await.unwrap();
    let door = door.also(|http| {
        http.store_links("/blobs", blobs, |path, query| match query {
            "good" => Ok(BlobKey::parse(path).unwrap()),
            "old" => Err(LinkRefusal::Expired),
            _ => Err(LinkRefusal::Forged),
        })
    });
    let whole = door.get("/blobs/films/a.mp4?good", &[]).await;
    assert_eq!(
        (whole.status.as_u16(), whole.text().as_str()),
        (200, "0123456789")
    );
    assert_eq!(whole.header("content-type"), "video/mp4");
    assert_eq!(whole.header("x-content-type-options"), "nosniff");
    let part = door
        .get("/blobs/films/a.mp4?good", &[("range", "bytes=2-4")])
        .await;
    assert_eq!((part.status.as_u16(), part.text().as_str()), (206, "234"));
    let head = door.head("/blobs/films/a.mp4?good", &[]).await;
    assert_eq!((head.header("content-length"), head.body.len()), ("10", 0));
    for (address, status, code) in [
        ("/blobs/films/a.mp4?old", 410, "film-gone"),
        ("/blobs/films/a.mp4?bad", 404, "not-found"),
        ("/blobs/films/b.mp4?good", 410, "film-gone"),
    ] {
        door.get(address, &[]).await.assert_problem(status, code);
    }
    door.get("/blobs/films/a.mp4?good", &[("range", "bytes=10-")])
        .await
        .assert_problem(416, "range-not-satisfiable");
}

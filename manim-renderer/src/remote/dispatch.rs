//! What a server sends of its own accord: films to where they were asked to go, and completions.
//! Addresses are of [allowed](super::Origin) origins by the time they come here.

use std::time::Duration;

use bytes::Bytes;
use manim_core::{Clock, Content, JobId, SystemClock};
use reqwest::{Body, Client, StatusCode, Url};

use super::seal::Seal;
use super::wire::{CALLBACK, Completion};

/// 50 MB over a slow line.
const UPLOAD_LIMIT: Duration = Duration::from_secs(300);
const UPLOAD_TRIES: u32 = 4;
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// With the pauses between them these last for about four minutes.
const CALL_TRIES: u32 = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What an answer means to the sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Taken,
    Again,
    Refused,
}

/// Puts a film to a presigned address. `false`: it is not there.
pub(crate) async fn upload(client: &Client, to: &Url, film: &Content, media_type: &str) -> bool {
    for attempt in 0..UPLOAD_TRIES {
        pause(attempt).await;
        let request = client
            .put(to.clone())
            .timeout(UPLOAD_LIMIT)
            .header("content-type", media_type)
            .header("content-length", film.len())
            .body(Body::wrap_stream(film.stream()));
        match sent(request.send().await, &[]) {
            Sent::Taken => return true,
            Sent::Refused => return false,
            Sent::Again => {}
        }
    }
    false
}

/// Tells that a render has ended, under one delivery id however often it takes.
pub(crate) async fn call_back(client: &Client, to: &Url, seal: &Seal, completion: &Completion) {
    let Ok(body) = serde_json::to_vec(completion).map(Bytes::from) else {
        return;
    };
    let delivery = JobId::new().to_string();
    for attempt in 0..CALL_TRIES {
        pause(attempt).await;
        let sealed = seal.sign_delivery(&delivery, CALLBACK, &body, SystemClock.now());
        let request = client.post(to.clone()).timeout(CALL_LIMIT);
        let request = sealed
            .headers()
            .into_iter()
            .fold(request, |request, (name, value)| request.header(name, value));
        let request = request
            .header("content-type", "application/json")
            .body(body.clone());
        // A conflict says that this delivery was taken and only its answer was lost.
        match sent(request.send().await, &[StatusCode::CONFLICT]) {
            Sent::Taken => return,
            Sent::Refused => {
                tracing::warn!(render = %completion.id, "a completion was refused");
                return;
            }
            Sent::Again => {}
        }
    }
    tracing::warn!(render = %completion.id, "a completion could not be delivered");
}

/// Doubles with each attempt; none before the first.
async fn pause(attempt: u32) {
    if attempt > 0 {
        tokio::time::sleep((FIRST_PAUSE * (1 << (attempt - 1).min(10))).min(LONGEST_PAUSE)).await;
    }
}

fn sent(answer: reqwest::Result<reqwest::Response>, also_taken: &[StatusCode]) -> Sent {
    match answer {
        Ok(answer) => judged(answer.status(), also_taken),
        Err(error) => {
            tracing::debug!(error = %error.without_url(), "an address is out of reach");
            Sent::Again
        }
    }
}

fn judged(status: StatusCode, also_taken: &[StatusCode]) -> Sent {
    let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    match status {
        status if status.is_success() || also_taken.contains(&status) => Sent::Taken,
        status if status.is_server_error() || passing.contains(&status) => Sent::Again,
        _ => Sent::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_tried_again() {
        for (status, also, verdict) in [
            (200, &[][..], Sent::Taken),
            (204, &[], Sent::Taken),
            (302, &[], Sent::Refused),
            (403, &[], Sent::Refused),
            (409, &[], Sent::Refused),
            (409, &[StatusCode::CONFLICT], Sent::Taken),
            (408, &[], Sent::Again),
            (429, &[], Sent::Again),
            (503, &[], Sent::Again),
        ] {
            assert_eq!(
                judged(StatusCode::from_u16(status).unwrap(), also),
                verdict,
                "{status}"
            );
        }
    }
}

//! Blobs by addresses that their store has signed. Whoever has such an address may read that one
//! blob while the address holds; it asks for no session.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::get;
use manim_core::{BlobKey, BlobStore, StoreError, chain};

use crate::offer::{Offer, last_part};
use crate::problem::{Problem, ProblemCode};

/// Why a signed address opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    /// Nobody of ours has signed it, or it was altered.
    Forged,
    /// Its time is over.
    Expired,
}

type Judge = Arc<dyn Fn(&str, &str) -> Result<BlobKey, LinkRefusal> + Send + Sync>;

#[derive(Clone)]
struct Counter {
    blobs: Arc<dyn BlobStore>,
    judge: Judge,
}

impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").finish_non_exhaustive()
    }
}

/// `GET` and `HEAD path/KEY?SIGNATURE`.
pub(crate) fn routes(path: &str, blobs: Arc<dyn BlobStore>, judge: Judge) -> Router {
    let path = format!("{}/{{*key}}", path.trim_end_matches('/'));
    Router::new()
        .route(&path, get(hand_out))
        .with_state(Counter { blobs, judge })
}

async fn hand_out(
    State(counter): State<Counter>,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let key = (counter.judge)(&path, query.as_deref().unwrap_or_default()).map_err(refused)?;
    let found = counter.blobs.head(&key).await.map_err(unread)?;
    let info = found.ok_or_else(gone)?;
    let offer = Offer::new(&key, info.bytes, &info.meta.media_type, last_part(&key));
    if method == Method::HEAD {
        return Ok(offer.head());
    }
    if let Some(refusal) = offer.refused_range(&headers) {
        return Ok(refusal);
    }
    let blob = counter.blobs.get(&key, Some(offer.range(&headers))).await;
    Ok(offer.send(&headers, Body::from_stream(blob.map_err(unread)?.stream)))
}

fn refused(why: LinkRefusal) -> Problem {
    match why {
        LinkRefusal::Forged => Problem::new(
            ProblemCode::NotFound,
            "This address leads nowhere. Ask for the film again.",
        ),
        LinkRefusal::Expired => gone(),
    }
}

fn gone() -> Problem {
    let detail = "The time of this address is over. Ask for the film again.";
    Problem::new(ProblemCode::FilmGone, detail)
}

fn unread(error: StoreError) -> Problem {
    tracing::warn!(error = chain(&error), "a signed address could not be served");
    let detail = "The service cannot reach its store. Send the same request again in a few seconds.";
    Problem::new(ProblemCode::StoreUnavailable, detail).after(std::time::Duration::from_secs(5))
}

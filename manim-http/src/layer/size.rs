//! Refuses a body that says that it is too large before any of it is read; one that says nothing
//! is cut by the limit of axum's own.

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::http::MAX_BODY_BYTES;
use crate::problem::Problem;

pub(crate) async fn bound(request: Request, next: Next) -> Response {
    let said = request.headers().get(CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if said.is_none_or(|length| length <= MAX_BODY_BYTES as u64) {
        return next.run(request).await;
    }
    let mut response = Problem::too_large().into_response();
    // The rest of the body would be taken for the next request.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

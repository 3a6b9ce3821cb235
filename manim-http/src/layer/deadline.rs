//! No request keeps us busy for longer than a while. What an answer streams afterwards is not
//! counted: a stream of events lives as long as its job.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::http::Http;
use crate::problem::{Problem, ProblemCode};

pub(crate) async fn bound(State(http): State<Http>, request: Request, next: Next) -> Response {
    let limit = http.options().request_timeout;
    let late = |_| {
        let detail = "The request did not arrive, or was not answered, in time. Send it again.";
        Problem::new(ProblemCode::RequestTimeout, detail).into_response()
    };
    timeout(limit, next.run(request)).await.unwrap_or_else(late)
}

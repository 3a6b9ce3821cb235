//! The table of refusals: status, headers, body → kind and retry.

use reqwest::header::{HeaderName, HeaderValue};

use super::*;

const JSON: (&str, &str) = ("content-type", "application/json");
const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

fn refuse(status: u16, headers: &[(&'static str, &str)], body: &str) -> Fault {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let refusal = Refusal {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        body: body.as_bytes(),
    };
    classify(refusal, SystemTime::UNIX_EPOCH, &Secret::new("sk-1234"))
}

#[track_caller]
fn check(status: u16, headers: &[(&'static str, &str)], body: &str, kind: Kind, retry: Retry) {
    let error = refuse(status, headers, body).blame("p");
    assert_eq!((error.kind(), error.retry()), (kind, retry), "{status} {body}");
}

const fn seconds(seconds: u64) -> Retry {
    Retry::After(Duration::from_secs(seconds))
}

#[test]
fn a_status_alone_gives_a_kind() {
    for (status, kind) in [
        (301, NotFound),
        (400, InvalidRequest),
        (401, Unauthorized),
        (402, QuotaExhausted),
        (403, Unauthorized),
        (404, NotFound),
        (405, NotFound),
        (410, NotFound),
        (408, TimedOut),
        (409, Unavailable),
        (413, InvalidRequest),
        (418, InvalidRequest),
        (422, InvalidRequest),
        (429, RateLimited),
        (498, Unavailable),
        (500, Unavailable),
        (501, InvalidRequest),
        (502, Unavailable),
        (503, Unavailable),
        (504, TimedOut),
        (520, Unavailable),
        (524, TimedOut),
        (529, Unavailable),
    ] {
        check(status, &[], "", kind, kind.retry());
    }
}

#[test]
fn openai_codes() {
    let quota = r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#;
    check(
        429,
        &[JSON, ("retry-after", "3")],
        quota,
        QuotaExhausted,
        Retry::Never,
    );
    let limit =
        r#"{"error":{"message":"Rate limit reached","type":"requests","code":"rate_limit_exceeded"}}"#;
    check(429, &[JSON], limit, RateLimited, Retry::Now);
    check(
        429,
        &[JSON, ("retry-after", "20")],
        limit,
        RateLimited,
        seconds(20),
    );
    let model =
        r#"{"error":{"message":"no such model","type":"invalid_request_error","code":"model_not_found"}}"#;
    check(404, &[JSON], model, NotFound, Retry::Never);
    check(403, &[JSON], model, NotFound, Retry::Never);
    let context = r#"{"error":{"message":"too long","code":"context_length_exceeded","param":"messages"}}"#;
    check(400, &[JSON], context, InvalidRequest, Retry::Never);
    let filter = r#"{"error":{"message":"filtered","type":null,"code":"content_filter","status":400}}"#;
    check(400, &[JSON], filter, Refused, Retry::Never);
    let overloaded = r#"{"error":{"message":"try later","type":"server_error","code":null}}"#;
    check(
        503,
        &[JSON, ("retry-after", "5")],
        overloaded,
        Unavailable,
        seconds(5),
    );
}

#[test]
fn groq_codes() {
    let large =
        r#"{"error":{"message":"Request too large for model","type":"tokens","code":"rate_limit_exceeded"}}"#;
    check(413, &[JSON], large, InvalidRequest, Retry::Never);
    let limit =
        r#"{"error":{"message":"Please try again in 5.2s","type":"tokens","code":"rate_limit_exceeded"}}"#;
    let windows = [
        JSON,
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-tokens", "1m2s"),
    ];
    check(429, &windows, limit, RateLimited, seconds(62));
    let gone = r#"{"error":{"message":"decommissioned","type":"invalid_request_error","code":"model_decommissioned"}}"#;
    check(400, &[JSON], gone, NotFound, Retry::Never);
    let flex = r#"{"error":{"message":"busy","type":"capacity_exceeded"}}"#;
    check(498, &[JSON], flex, Unavailable, Retry::Now);
}

#[test]
fn deepseek_and_huggingface_bodies() {
    let balance = r#"{"error":{"message":"Insufficient Balance","type":"unknown_error","code":"invalid_request_error"}}"#;
    check(402, &[JSON], balance, QuotaExhausted, Retry::Never);
    check(
        402,
        &[JSON],
        r#"{"error":"monthly included credits used up"}"#,
        QuotaExhausted,
        Retry::Never,
    );
    check(
        401,
        &[JSON],
        r#"{"error":"Invalid username or password."}"#,
        Unauthorized,
        Retry::Never,
    );
    let unsupported = r#"{"error":{"message":"not supported by any provider","code":"model_not_supported"}}"#;
    check(400, &[JSON], unsupported, NotFound, Retry::Never);
}

#[test]
fn cloudflare_envelopes() {
    let envelope = |code: u32| {
        format!(r#"{{"success":false,"errors":[{{"code":{code},"message":"m"}}],"result":null}}"#)
    };
    check(429, &[JSON], &envelope(3036), QuotaExhausted, Retry::Never);
    check(429, &[JSON], &envelope(3040), Unavailable, Retry::Now);
    check(400, &[JSON], &envelope(5007), NotFound, Retry::Never);
    check(401, &[JSON], &envelope(10000), Unauthorized, Retry::Never);
    check(408, &[JSON], &envelope(3007), TimedOut, Retry::Now);
    check(403, &[JSON], &envelope(5018), Unauthorized, Retry::Never);
}

#[test]
fn gemini_errors() {
    let key = r#"{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}"#;
    check(400, &[JSON], key, Unauthorized, Retry::Never);
    let minute = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"46s"}]}}"#;
    check(429, &[JSON], minute, RateLimited, seconds(46));
    let day = r#"{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"46s"}]}}"#;
    check(429, &[JSON], day, QuotaExhausted, Retry::Never);
    check(
        402,
        &[JSON],
        r#"{"error":{"code":402,"status":"RESOURCE_EXHAUSTED"}}"#,
        QuotaExhausted,
        Retry::Never,
    );
    check(
        400,
        &[JSON],
        r#"{"error":{"code":400,"status":"INVALID_ARGUMENT"}}"#,
        InvalidRequest,
        Retry::Never,
    );
    check(
        404,
        &[JSON],
        r#"{"error":{"code":404,"status":"NOT_FOUND"}}"#,
        NotFound,
        Retry::Never,
    );
    check(
        503,
        &[JSON],
        r#"{"error":{"code":503,"status":"UNAVAILABLE"}}"#,
        Unavailable,
        Retry::Now,
    );
    check(
        504,
        &[JSON],
        r#"[{"error":{"code":504,"status":"DEADLINE_EXCEEDED"}}]"#,
        TimedOut,
        Retry::Now,
    );
}

#[test]
fn local_servers_number_their_errors() {
    check(
        401,
        &[JSON],
        r#"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#,
        Unauthorized,
        Retry::Never,
    );
    check(
        400,
        &[JSON],
        r#"{"error":{"code":400,"message":"too long","type":"exceed_context_size_error"}}"#,
        InvalidRequest,
        Retry::Never,
    );
    check(
        503,
        &[JSON],
        r#"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#,
        Unavailable,
        Retry::Now,
    );
    check(
        404,
        &[JSON],
        r#"{"object":"error","message":"The model `x` does not exist.","type":"NotFoundError","code":404}"#,
        NotFound,
        Retry::Never,
    );
}

#[test]
fn web_pages_are_named_and_never_quoted() {
    let fault = refuse(502, &[HTML], "<html><h1>Bad gateway at 10.0.0.7</h1></html>");
    assert_eq!(fault.detail(), "HTTP 502, a web page instead of an API reply");
    check(502, &[HTML], "<html>", Unavailable, Retry::Now);
    check(403, &[HTML], "<html>blocked</html>", Unavailable, Retry::Never);
    check(404, &[], "  <!doctype html>", NotFound, Retry::Never);
}

#[test]
fn a_refused_key_is_not_repeated() {
    let body = r#"{"error":{"message":"Incorrect key: sk-1234 or sk-1***4.","code":"invalid_api_key"}}"#;
    assert_eq!(
        refuse(401, &[JSON], body).detail(),
        "HTTP 401, invalid_api_key: Incorrect key: [key] or [key]"
    );
}

#[test]
fn a_message_is_one_short_line() {
    let body = format!(
        r#"{{"error":{{"message":"a\u001b[31m\n\nb{}"}}}}"#,
        "x".repeat(5000)
    );
    let detail = refuse(400, &[JSON], &body).detail().to_owned();
    assert!(
        detail.starts_with("HTTP 400: a [31m b") && detail.len() < 300,
        "{detail}"
    );
}

#[test]
fn errors_inside_a_reply_are_classified_by_code() {
    let judge = |body: &str| {
        let value = serde_json::from_str(body).unwrap();
        let error = classify_in_band(&value, &Secret::new("")).blame("p");
        (error.kind(), error.retry())
    };
    assert_eq!(
        judge(r#"{"message":"boom","type":"server_error"}"#),
        (Unavailable, Retry::Now)
    );
    assert_eq!(judge(r#"{"message":"boom"}"#), (Unavailable, Retry::Now));
    assert_eq!(judge(r#""just words""#), (Unavailable, Retry::Now));
    assert_eq!(judge(r#"{"code":429,"message":"m"}"#), (RateLimited, Retry::Now));
    assert_eq!(
        judge(r#"{"code":"insufficient_quota"}"#),
        (QuotaExhausted, Retry::Never)
    );
    assert_eq!(
        judge(r#"{"error":{"code":401,"message":"m"}}"#),
        (Unauthorized, Retry::Never)
    );
}

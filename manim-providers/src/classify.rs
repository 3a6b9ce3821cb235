//! Turns a refused call into a kind and a retry. The only place that knows which status
//! and which vendor's code means what.

use std::time::{Duration, SystemTime};

use manim_core::ProviderErrorKind::{self as Kind, *};
use manim_core::{Kind as _, Retry};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use crate::complaint::Complaint;
use crate::fault::Fault;
use crate::pause;
use crate::secret::Secret;

/// Longest part of a vendor's message that enters an error.
const MAX_MESSAGE_CHARS: usize = 240;

/// A refused reply: status, headers and the beginning of the body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal<'a> {
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// What a refused reply means.
pub(crate) fn classify(refusal: Refusal<'_>, now: SystemTime, key: &Secret) -> Fault {
    let complaint = Complaint::parse(refusal.body);
    let page = is_page(refusal.headers, refusal.body);
    let kind = kind_of(refusal.status, &complaint, page);
    let wait = pause::from_headers(refusal.headers, now)
        .or_else(|| complaint.pause.as_deref().and_then(pause::written));
    let blocked = page && refusal.status == StatusCode::FORBIDDEN;
    let retry = if blocked {
        Retry::Never
    } else {
        retry_of(kind, wait)
    };
    let head = match page {
        true => format!(
            "HTTP {}, a web page instead of an API reply",
            refusal.status.as_u16()
        ),
        false => format!("HTTP {}", refusal.status.as_u16()),
    };
    Fault::new(kind, describe(&head, &complaint, key)).with_retry(retry)
}

/// What an error inside a reply that began well means.
pub(crate) fn classify_in_band(error: &serde_json::Value, key: &Secret) -> Fault {
    let complaint = Complaint::read(error);
    let status = complaint
        .codes
        .iter()
        .find_map(|code| StatusCode::from_bytes(code.as_bytes()).ok());
    let status = status.filter(|status| status.is_client_error() || status.is_server_error());
    let kind = match status {
        Some(status) => kind_of(status, &complaint, false),
        None => kind_of_codes(&complaint).unwrap_or(Unavailable),
    };
    let wait = complaint.pause.as_deref().and_then(pause::written);
    Fault::new(kind, describe("error in the reply", &complaint, key)).with_retry(retry_of(kind, wait))
}

fn kind_of(status: StatusCode, complaint: &Complaint, page: bool) -> Kind {
    match status {
        // These two are never refined: 413 carries `rate_limit_exceeded` at Groq although no
        // pause helps, and 402 carries `RESOURCE_EXHAUSTED` at Google.
        StatusCode::PAYLOAD_TOO_LARGE => InvalidRequest,
        StatusCode::PAYMENT_REQUIRED => QuotaExhausted,
        // A firewall's or a proxy's page says nothing about the key.
        StatusCode::FORBIDDEN if page => Unavailable,
        _ => kind_of_codes(complaint).unwrap_or_else(|| kind_of_status(status)),
    }
}

fn kind_of_status(status: StatusCode) -> Kind {
    match status.as_u16() {
        300..=399 | 404 | 405 | 410 => NotFound,
        401 | 403 => Unauthorized,
        408 | 504 | 522 | 524 => TimedOut,
        429 => RateLimited,
        // 498 is Groq's "flex capacity exceeded", 499 a proxy's "client closed".
        407 | 409 | 423..=425 | 498 | 499 => Unavailable,
        501 | 505 => InvalidRequest,
        500..=599 => Unavailable,
        _ => InvalidRequest,
    }
}

fn kind_of_codes(complaint: &Complaint) -> Option<Kind> {
    if complaint.quotas.iter().any(|quota| quota.contains("PerDay")) {
        return Some(QuotaExhausted);
    }
    let meaning = |code: &String| CODES.iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
    let known: Vec<Kind> = complaint
        .codes
        .iter()
        .filter_map(meaning)
        .map(|(_, kind)| *kind)
        .collect();
    // Google sends INVALID_ARGUMENT first and the telling reason (API_KEY_INVALID) after it.
    known
        .iter()
        .copied()
        .find(|kind| *kind != InvalidRequest)
        .or(known.first().copied())
}

/// Codes whose meaning is narrower than their status. From the vendors' error references;
/// the numbers are Cloudflare Workers AI's.
const CODES: &[(&str, Kind)] = &[
    ("insufficient_quota", QuotaExhausted),
    ("billing_hard_limit_reached", QuotaExhausted),
    ("billing_not_active", QuotaExhausted),
    ("quota_exceeded", QuotaExhausted),
    ("insufficient_balance", QuotaExhausted),
    ("3036", QuotaExhausted),
    ("invalid_api_key", Unauthorized),
    ("api_key_invalid", Unauthorized),
    ("authentication_error", Unauthorized),
    ("permission_denied", Unauthorized),
    ("unauthenticated", Unauthorized),
    ("account_deactivated", Unauthorized),
    ("model_terms_required", Unauthorized),
    ("10000", Unauthorized),
    ("model_not_found", NotFound),
    ("model_decommissioned", NotFound),
    ("model_not_supported", NotFound),
    ("not_found", NotFound),
    ("not_found_error", NotFound),
    ("3042", NotFound),
    ("5007", NotFound),
    ("context_length_exceeded", InvalidRequest),
    ("exceed_context_size_error", InvalidRequest),
    ("invalid_argument", InvalidRequest),
    ("failed_precondition", InvalidRequest),
    ("content_filter", Refused),
    ("content_policy_violation", Refused),
    ("rate_limit_exceeded", RateLimited),
    ("rate_limit_error", RateLimited),
    ("resource_exhausted", RateLimited),
    ("server_error", Unavailable),
    ("overloaded_error", Unavailable),
    ("capacity_exceeded", Unavailable),
    ("unavailable", Unavailable),
    ("internal", Unavailable),
    ("3040", Unavailable),
    ("deadline_exceeded", TimedOut),
    ("3007", TimedOut),
];

fn retry_of(kind: Kind, wait: Option<Duration>) -> Retry {
    match (kind.retry(), wait) {
        (Retry::Now, Some(wait)) if !wait.is_zero() => Retry::After(wait),
        (usual, _) => usual,
    }
}

fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
    declared || body.trim_ascii_start().first() == Some(&b'<')
}

fn describe(head: &str, complaint: &Complaint, key: &Secret) -> String {
    let mut text = head.to_owned();
    if let Some(code) = complaint.codes.iter().find(|code| code.parse::<u16>().is_err()) {
        text.push_str(", ");
        text.push_str(&tidy(code));
    }
    if let Some(message) = &complaint.message {
        text.push_str(": ");
        text.push_str(&tidy(message));
    }
    // Last and over all of it: a service may echo the key in any field.
    key.redact(&text)
}

/// One short line without control characters.
pub(crate) fn tidy(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let short: String = visible.take(MAX_MESSAGE_CHARS).collect();
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;

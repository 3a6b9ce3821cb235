//! The rules that a bucket goes by of itself: one document for each kind of them. Ours goes in
//! beside the others, which stay as they were written.

use std::time::Duration;

use manim_core::{StoreError, StoreErrorKind};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use sha2::{Digest, Sha256};

use super::ObjectBlobStore;
use super::bucket::Bucket;
use super::conditional::reply_text;

/// What our rule is called, of whatever kind.
pub(super) const RULE: &str = "manim-films";

const SIGNED_FOR: Duration = Duration::from_secs(60);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// A thousand rules, the most that S3 keeps, are a third of it. What is longer is not replaced.
const DOCUMENT_BYTES: usize = 1024 * 1024;

/// Of an answer that says no, so much is shown.
const REFUSAL_CHARS: usize = 2000;

/// Not the MD5 that was asked for once: S3 and R2 take either.
const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

/// One kind of rules: how its document is asked for and written.
pub(super) struct RuleKind {
    /// The part of the bucket that is asked for.
    pub(super) query: &'static str,
    /// The document's outermost tag.
    pub(super) document: &'static str,
    /// The tag of one rule.
    pub(super) rule: &'static str,
    /// The code of an answer 404 from a bucket that has none.
    pub(super) none: &'static str,
    /// `set the … rules of`
    pub(super) operation: &'static str,
    /// What S3 calls the right to set them.
    pub(super) action: &'static str,
    /// That a service has none, and what follows from it.
    pub(super) unsupported: &'static str,
    /// That a directory and memory have none.
    pub(super) no_bucket: &'static str,
}

/// A rule of ours, and how it is known again.
pub(super) struct OwnRule<'a> {
    pub(super) text: String,
    /// Whether a rule is what we set once, for whatever it said then.
    pub(super) is_ours: &'a (dyn Fn(&str) -> bool + Sync),
    /// Whether a rule says all that ours says now.
    pub(super) says_it: &'a (dyn Fn(&str) -> bool + Sync),
}

impl ObjectBlobStore {
    /// Adds the rule to the bucket's, or brings it up to date, and returns the document that the
    /// bucket then tells.
    pub(super) async fn apply_rule(&self, kind: &RuleKind, own: OwnRule<'_>) -> Result<String, StoreError> {
        let Some(bucket) = &self.bucket else {
            return Err(StoreError::new(
                StoreErrorKind::Unsupported,
                kind.operation,
                kind.no_bucket,
            ));
        };
        let corrupt = |why| bucket.rules_error(kind, StoreErrorKind::Corrupt, why);
        let present = bucket.rules(kind).await?;
        let wanted = kind.with_rule(present.as_deref(), &own);
        let wanted = wanted.ok_or_else(|| corrupt("its rules are no configuration"))?;
        bucket.set_rules(kind, wanted).await?;
        let told = bucket.rules(kind).await?.unwrap_or_default();
        let kept = kind.split(&told).unwrap_or_default();
        match kept.into_iter().any(own.says_it) {
            true => Ok(told),
            false => Err(corrupt("it took the rule and does not tell it")),
        }
    }
}

impl RuleKind {
    /// `present` with our rule in it: the other rules are kept as they were written.
    pub(super) fn with_rule(&self, present: Option<&str>, own: &OwnRule<'_>) -> Option<String> {
        let others = present.map_or(Some(Vec::new()), |present| self.split(present))?;
        let document = self.document;
        let mut text = format!("<{document} xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        for other in others.into_iter().filter(|other| !(own.is_ours)(other)) {
            text.push_str(other);
        }
        Some(text + &own.text + "</" + document + ">")
    }

    /// Every rule of a document, with its tags.
    fn split<'a>(&self, document: &'a str) -> Option<Vec<&'a str>> {
        let (opening, closing) = (format!("<{}>", self.rule), format!("</{}>", self.rule));
        let (_, mut rest) = document.split_once(&format!("<{}", self.document))?;
        let mut found = Vec::new();
        while let Some(start) = rest.find(&opening) {
            let end = start + rest.get(start..)?.find(&closing)? + closing.len();
            found.push(rest.get(start..end)?);
            rest = rest.get(end..)?;
        }
        let whole = rest.contains(&format!("</{}>", self.document)) || rest.trim_end().ends_with("/>");
        whole.then_some(found)
    }
}

impl Bucket {
    async fn rules(&self, kind: &RuleKind) -> Result<Option<String>, StoreError> {
        let (status, text) = self.ask(kind, Method::GET, None).await?;
        match status {
            StatusCode::OK => Ok(Some(text)),
            StatusCode::NOT_FOUND if text.contains(kind.none) => Ok(None),
            _ => Err(self.rules_refused(kind, status, &text)),
        }
    }

    async fn set_rules(&self, kind: &RuleKind, document: String) -> Result<(), StoreError> {
        let (status, text) = self.ask(kind, Method::PUT, Some(document)).await?;
        match status.is_success() {
            true => Ok(()),
            false => Err(self.rules_refused(kind, status, &text)),
        }
    }

    async fn ask(
        &self,
        kind: &RuleKind,
        method: Method,
        body: Option<String>,
    ) -> Result<(StatusCode, String), StoreError> {
        let failed = |error: StoreErrorKind| self.rules_error(kind, error, "the request failed");
        let mut options = SignedUrlOptions::default().with_query([(kind.query, "")]);
        let checksum = body.as_ref().map(|body| base64(&Sha256::digest(body)));
        if let Some(checksum) = &checksum {
            let value = HeaderValue::from_str(checksum)
                .map_err(|cause| failed(StoreErrorKind::Invalid).with_source(cause))?;
            options = options.with_signed_header(CHECKSUM, value);
        }
        let signed = self
            .s3
            .signed_url_opts(method.clone(), &Path::default(), SIGNED_FOR, &options)
            .await;
        let signed = signed.map_err(|cause| failed(StoreErrorKind::Unauthorized).with_source(cause))?;
        let mut request = self.http.request(method, signed).timeout(ANSWER_WITHIN);
        if let (Some(body), Some(checksum)) = (body, checksum) {
            request = request
                .header(CHECKSUM, checksum)
                .header(CONTENT_TYPE, "application/xml")
                .body(body);
        }
        let reply = request
            .send()
            .await
            .map_err(|cause| failed(StoreErrorKind::Unavailable).with_source(cause.without_url()))?;
        let status = reply.status();
        Ok((status, reply_text(reply, DOCUMENT_BYTES).await))
    }

    fn rules_refused(&self, kind: &RuleKind, status: StatusCode, text: &str) -> StoreError {
        let (error, why) = match status.as_u16() {
            501 | 405 => (StoreErrorKind::Unsupported, kind.unsupported.to_owned()),
            401 | 403 => (
                StoreErrorKind::Unauthorized,
                format!(
                    "the access key may not change the bucket: R2 needs a token with \"Admin Read & Write\", \
                     S3 the action {}",
                    kind.action
                ),
            ),
            404 => (StoreErrorKind::NotFound, "there is no such bucket".to_owned()),
            429 | 500.. => (
                StoreErrorKind::Unavailable,
                "the service cannot answer now".to_owned(),
            ),
            _ => (
                StoreErrorKind::Invalid,
                "the service does not accept the rule".to_owned(),
            ),
        };
        let text: String = text.chars().take(REFUSAL_CHARS).collect();
        self.rules_error(kind, error, &why)
            .with_source(format!("{status}: {text}"))
    }

    fn rules_error(&self, kind: &RuleKind, error: StoreErrorKind, why: &str) -> StoreError {
        StoreError::new(error, kind.operation, format!("{} ({why})", self.name()))
    }
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| {
            bits << 8 | group.get(at).map_or(0, |byte| usize::from(*byte))
        });
        for at in 0..4 {
            let digit = DIGITS.get(bits >> (18 - 6 * at) & 63).copied().unwrap_or(b'=');
            text.push(if at <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_rfcs_examples() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }
}

//! The bucket's own rule that removes what nobody fetched: a second broom, for the time when no
//! worker runs. Other rules of the bucket stay.

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

const RULE: &str = "manim-films";

/// Days are the finest that S3 and R2 know; a film lives for 24 hours.
const DAYS: u32 = 1;

const SIGNED_FOR: Duration = Duration::from_secs(60);
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Not the MD5 that was asked for once: S3 and R2 take either.
const CHECKSUM: HeaderName = HeaderName::from_static("x-amz-checksum-sha256");

impl ObjectBlobStore {
    /// The rule that removes films after 24 hours, and uploads that were broken off: one `<Rule>`
    /// of the configuration that S3 and R2 take. Nothing for a directory and for memory, which
    /// the pipeline's own sweep keeps clean.
    pub fn lifecycle_rule(&self) -> Option<String> {
        self.bucket.as_ref().map(|_| rule(self.root.as_ref()))
    }

    /// Adds the rule to the bucket's, or brings it up to date, and returns the configuration that
    /// the bucket then tells. Other rules stay as they are.
    ///
    /// # Errors
    /// `Unsupported` where the service has no such rules or this is no bucket, `Unauthorized` for
    /// a key that may not change the bucket, `Corrupt` for a configuration that cannot be read.
    pub async fn apply_lifecycle(&self) -> Result<String, StoreError> {
        let Some(bucket) = &self.bucket else {
            let why = "of a directory or memory (there are none; the pipeline's sweep removes films)";
            return Err(StoreError::new(
                StoreErrorKind::Unsupported,
                "set the lifecycle rules",
                why,
            ));
        };
        let present = bucket.lifecycle().await?;
        let wanted = with_rule(present.as_deref(), &rule(self.root.as_ref())).ok_or_else(|| {
            bucket.lifecycle_error(StoreErrorKind::Corrupt, "its rules are no configuration")
        })?;
        bucket.set_lifecycle(wanted).await?;
        let told = bucket.lifecycle().await?.unwrap_or_default();
        match told.contains(RULE) {
            true => Ok(told),
            false => {
                Err(bucket.lifecycle_error(StoreErrorKind::Corrupt, "it took the rule and does not tell it"))
            }
        }
    }
}

impl Bucket {
    async fn lifecycle(&self) -> Result<Option<String>, StoreError> {
        let (status, text) = self.ask(Method::GET, None).await?;
        match status {
            StatusCode::OK => Ok(Some(text)),
            StatusCode::NOT_FOUND if text.contains("NoSuchLifecycleConfiguration") => Ok(None),
            _ => Err(self.lifecycle_refused(status, text)),
        }
    }

    async fn set_lifecycle(&self, configuration: String) -> Result<(), StoreError> {
        let (status, text) = self.ask(Method::PUT, Some(configuration)).await?;
        match status.is_success() {
            true => Ok(()),
            false => Err(self.lifecycle_refused(status, text)),
        }
    }

    async fn ask(&self, method: Method, body: Option<String>) -> Result<(StatusCode, String), StoreError> {
        let failed = |error: StoreErrorKind| self.lifecycle_error(error, "the request failed");
        let mut options = SignedUrlOptions::default().with_query([("lifecycle", "")]);
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
        Ok((status, reply_text(reply).await))
    }

    fn lifecycle_refused(&self, status: StatusCode, text: String) -> StoreError {
        let (kind, why) = match status.as_u16() {
            501 | 405 => (
                StoreErrorKind::Unsupported,
                "this service has no lifecycle rules; the pipeline's sweep removes films while a worker runs",
            ),
            401 | 403 => (
                StoreErrorKind::Unauthorized,
                "the access key may not change the bucket: R2 needs a token with \"Admin Read & Write\", \
                 S3 the action s3:PutLifecycleConfiguration",
            ),
            404 => (StoreErrorKind::NotFound, "there is no such bucket"),
            429 | 500.. => (StoreErrorKind::Unavailable, "the service cannot answer now"),
            _ => (StoreErrorKind::Invalid, "the service does not accept the rule"),
        };
        self.lifecycle_error(kind, why)
            .with_source(format!("{status}: {text}"))
    }

    fn lifecycle_error(&self, kind: StoreErrorKind, why: &str) -> StoreError {
        StoreError::new(
            kind,
            "set the lifecycle rules of",
            format!("{} ({why})", self.name()),
        )
    }
}

/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>. A prefix of
/// ours has no character that XML would need escaped.
fn rule(root: &str) -> String {
    let folder = match root {
        "" => "films/".to_owned(),
        root => format!("{root}/films/"),
    };
    format!(
        "<Rule><ID>{RULE}</ID><Filter><Prefix>{folder}</Prefix></Filter><Status>Enabled</Status>\
         <Expiration><Days>{DAYS}</Days></Expiration>\
         <AbortIncompleteMultipartUpload><DaysAfterInitiation>{DAYS}</DaysAfterInitiation>\
         </AbortIncompleteMultipartUpload></Rule>"
    )
}

/// `present` with our rule in it: the other rules are kept as they were written.
fn with_rule(present: Option<&str>, rule: &str) -> Option<String> {
    let others = present.map_or(Some(Vec::new()), rules)?;
    let mut text = String::from("<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for other in others.into_iter().filter(|other| !is_ours(other)) {
        text.push_str(other);
    }
    Some(text + rule + "</LifecycleConfiguration>")
}

fn is_ours(rule: &str) -> bool {
    rule.contains(&format!("<ID>{RULE}</ID>"))
}

/// Every `<Rule>` of a configuration, with its tags.
fn rules(configuration: &str) -> Option<Vec<&str>> {
    let (_, mut rest) = configuration.split_once("<LifecycleConfiguration")?;
    let mut found = Vec::new();
    while let Some(start) = rest.find("<Rule>") {
        let end = start + rest.get(start..)?.find("</Rule>")? + "</Rule>".len();
        found.push(rest.get(start..end)?);
        rest = rest.get(end..)?;
    }
    let whole = rest.contains("</LifecycleConfiguration>") || rest.trim_end().ends_with("/>");
    whole.then_some(found)
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
    fn a_bucket_without_rules_gets_ours() {
        let text = with_rule(None, &rule("a")).unwrap();
        assert!(
            text.contains("<Prefix>a/films/</Prefix>") && text.contains("<Days>1</Days>"),
            "{text}"
        );
    }

    #[test]
    fn other_rules_stay_and_ours_is_not_doubled() {
        let other = "<Rule><ID>logs</ID><Status>Enabled</Status></Rule>";
        let once = with_rule(
            Some(&format!(
                "<?xml?><LifecycleConfiguration>{other}</LifecycleConfiguration>"
            )),
            &rule(""),
        )
        .unwrap();
        let twice = with_rule(Some(&once), &rule("")).unwrap();
        assert_eq!(once, twice);
        assert_eq!(twice.matches(other).count(), 1);
        assert_eq!(twice.matches("manim-films").count(), 1);
    }

    #[test]
    fn what_is_no_whole_configuration_is_not_replaced() {
        for text in ["", "<html>", "<LifecycleConfiguration><Rule><ID>logs</ID>"] {
            assert_eq!(with_rule(Some(text), &rule("")), None, "{text}");
        }
    }

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

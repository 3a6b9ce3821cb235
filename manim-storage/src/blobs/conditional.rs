//! One upload to a bucket: written under its key from the start, and visible from the last
//! request on, which the service refuses when the key is taken (`If-None-Match: *`).
//!
//! Amazon S3 and R2 honour that condition on a multipart upload's end as on a plain put. A
//! service that ignores it there is asked for the key just before, so a rival can slip in only
//! between those two requests.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use manim_core::{BlobKey, BlobMeta, Clock, Content, StoreError, StoreErrorKind, SystemClock};
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::signer::{SignedUrlOptions, Signer};
use object_store::{
    Attribute, Attributes, GetOptions, ObjectStore, PutMode, PutMultipartOptions, PutOptions,
};
use reqwest::header::{CONTENT_TYPE, HeaderValue, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::attributes::{UPLOAD, attributes};
use super::bucket::Bucket;
use super::classify::failed;
use super::parts::{PART_BYTES, Parts};

/// How long the request that ends an upload may wait before it is sent.
const SIGNED_FOR: Duration = Duration::from_secs(15 * 60);

/// A service that puts large uploads together may take minutes before it answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);

/// A reply is a few hundred bytes. Of a longer one, this much is looked at.
const REPLY_BYTES: usize = 16 * 1024;

/// Stores `content` at `at` unless something is there.
pub(super) async fn put(
    bucket: &Arc<Bucket>,
    key: &BlobKey,
    at: Path,
    content: &Content,
    meta: &BlobMeta,
) -> Result<(), StoreError> {
    let upload = Uuid::now_v7().to_string();
    let said = attributes(key, meta, &upload, SystemClock.now());
    let target = Target {
        bucket: bucket.clone(),
        key: key.clone(),
        at,
        upload,
    };
    match content.len() <= PART_BYTES as u64 {
        true => put_whole(target, said, content).await,
        false => put_parts(target, said, content).await,
    }
}

/// Where an upload goes, and whose it is.
struct Target {
    bucket: Arc<Bucket>,
    key: BlobKey,
    at: Path,
    upload: String,
}

async fn put_whole(target: Target, said: Attributes, content: &Content) -> Result<(), StoreError> {
    let mut parts = Parts::of(&target.key, content);
    let bytes = parts.next().await?.unwrap_or_default();
    // The end of content of the right length; of another one, the error.
    parts.next().await?;
    spawned(async move {
        let options = PutOptions {
            mode: PutMode::Create,
            attributes: said,
            ..PutOptions::default()
        };
        match target.bucket.s3.put_opts(&target.at, bytes.into(), options).await {
            Ok(_) => Ok(()),
            Err(cause) => target.unless_ours(failed("put", &target.key, cause)).await,
        }
    })
    .await
}

async fn put_parts(target: Target, said: Attributes, content: &Content) -> Result<(), StoreError> {
    if target.owner().await?.is_some() {
        return Err(target.error(StoreErrorKind::AlreadyExists));
    }
    let mut upload = Multipart::begin(target, said).await?;
    let key = upload.target.key.clone();
    let mut parts = Parts::of(&key, content);
    while let Some(part) = parts.next().await? {
        upload.part(part).await?;
    }
    spawned(async move { upload.complete().await }).await
}

/// Goes on when the caller is dropped: what has been sent cannot be taken back.
async fn spawned(
    work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) -> Result<(), StoreError> {
    tokio::spawn(work).await.unwrap_or_else(|cause| {
        Err(StoreError::new(StoreErrorKind::Unavailable, "put", "a blob").with_source(cause))
    })
}

impl Target {
    fn error(&self, kind: StoreErrorKind) -> StoreError {
        StoreError::new(kind, "put", self.key.as_str())
    }

    /// Which upload made what lies there, if something does.
    async fn owner(&self) -> Result<Option<String>, StoreError> {
        let options = GetOptions {
            head: true,
            ..GetOptions::default()
        };
        match self.bucket.s3.get_opts(&self.at, options).await {
            Ok(found) => {
                let owner = found.attributes.get(&Attribute::Metadata(UPLOAD.into()));
                Ok(Some(owner.map(|owner| owner.to_string()).unwrap_or_default()))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(cause) => Err(failed("put", &self.key, cause)),
        }
    }

    /// An answer that says no, or never came, may follow a request that was carried out.
    async fn unless_ours(&self, error: StoreError) -> Result<(), StoreError> {
        if !matches!(
            error.kind(),
            StoreErrorKind::AlreadyExists | StoreErrorKind::Unavailable
        ) {
            return Err(error);
        }
        match self.owner().await {
            Ok(Some(owner)) if owner == self.upload => Ok(()),
            Ok(Some(_)) => Err(self.error(StoreErrorKind::AlreadyExists)),
            // Nobody is there: the rival has left, or was none.
            Ok(None) => Err(self.error(StoreErrorKind::Unavailable).with_source(error)),
            Err(_) => Err(error),
        }
    }
}

/// A multipart upload under way. Dropping it gives it up.
struct Multipart {
    target: Target,
    id: Option<String>,
    parts: Vec<PartId>,
}

impl Multipart {
    async fn begin(target: Target, said: Attributes) -> Result<Self, StoreError> {
        let options = PutMultipartOptions {
            attributes: said,
            ..PutMultipartOptions::default()
        };
        let begun = target.bucket.s3.create_multipart_opts(&target.at, options).await;
        let id = begun.map_err(|cause| failed("put", &target.key, cause))?;
        Ok(Self {
            target,
            id: Some(id),
            parts: Vec::new(),
        })
    }

    async fn part(&mut self, bytes: bytes::Bytes) -> Result<(), StoreError> {
        let Some(id) = &self.id else { return Ok(()) };
        let target = &self.target;
        let sent = target
            .bucket
            .s3
            .put_part(&target.at, id, self.parts.len(), bytes.into())
            .await;
        self.parts
            .push(sent.map_err(|cause| failed("put", &target.key, cause))?);
        Ok(())
    }

    async fn complete(mut self) -> Result<(), StoreError> {
        if self.target.owner().await?.is_some() {
            return Err(self.target.error(StoreErrorKind::AlreadyExists));
        }
        match self.ask_to_complete().await {
            Ok(()) => {
                self.id = None;
                Ok(())
            }
            Err(error) => self.target.unless_ours(error).await,
        }
    }

    async fn ask_to_complete(&self) -> Result<(), StoreError> {
        let (target, id) = (&self.target, self.id.clone().unwrap_or_default());
        let once = HeaderValue::from_static("*");
        let options = SignedUrlOptions::default()
            .with_query([("uploadId", id)])
            .with_signed_header(IF_NONE_MATCH, once.clone());
        let signed = target
            .bucket
            .s3
            .signed_url_opts(Method::POST, &target.at, SIGNED_FOR, &options)
            .await;
        let reply = target
            .bucket
            .http
            .post(signed.map_err(|cause| failed("put", &target.key, cause))?)
            .header(IF_NONE_MATCH, once)
            .header(CONTENT_TYPE, "application/xml")
            .body(list(&self.parts))
            .timeout(ANSWER_WITHIN)
            .send()
            .await
            // The address holds a signature, and an error is shown.
            .map_err(|cause| {
                target
                    .error(StoreErrorKind::Unavailable)
                    .with_source(cause.without_url())
            })?;
        let status = reply.status();
        let text = reply_text(reply, REPLY_BYTES).await;
        match completed(status, &text) {
            None => Ok(()),
            Some(kind) => Err(target.error(kind).with_source(format!("{status}: {text}"))),
        }
    }
}

/// What a reply to the end of an upload means, if it is no success. A service that takes long
/// sends its status before it knows, and the failure in the text.
fn completed(status: StatusCode, text: &str) -> Option<StoreErrorKind> {
    match status {
        StatusCode::OK if !text.contains("<Error") => None,
        // 409: a rival is at it, or the winner of a race.
        StatusCode::PRECONDITION_FAILED | StatusCode::CONFLICT => Some(StoreErrorKind::AlreadyExists),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Some(StoreErrorKind::Unauthorized),
        // The upload is not known any more: it was completed, or given up by a rule.
        StatusCode::NOT_FOUND | StatusCode::OK => Some(StoreErrorKind::Unavailable),
        status if status.is_server_error() => Some(StoreErrorKind::Unavailable),
        _ => Some(StoreErrorKind::Invalid),
    }
}

/// What a reply says, up to `most` bytes of it.
pub(super) async fn reply_text(mut reply: reqwest::Response, most: usize) -> String {
    let mut text = Vec::new();
    while let Ok(Some(piece)) = reply.chunk().await {
        text.extend_from_slice(&piece);
        if text.len() > most {
            text.truncate(most);
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The body of CompleteMultipartUpload.
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
fn list(parts: &[PartId]) -> String {
    let mut text = String::from("<CompleteMultipartUpload>");
    for (at, part) in parts.iter().enumerate() {
        let etag = part.content_id.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(
            text,
            "<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>",
            at + 1
        );
    }
    text + "</CompleteMultipartUpload>"
}

impl Drop for Multipart {
    fn drop(&mut self) {
        if let (Some(id), Ok(runtime)) = (self.id.take(), Handle::try_current()) {
            let (bucket, at) = (self.target.bucket.clone(), self.target.at.clone());
            // What is not given up here is by the bucket's lifecycle rule.
            runtime.spawn(async move { bucket.s3.abort_multipart(&at, &id).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_end_of_an_upload_is_answered() {
        use StoreErrorKind as Kind;

        for (status, text, expected) in [
            (200, "<CompleteMultipartUploadResult/>", None),
            (
                200,
                "<Error><Code>InternalError</Code></Error>",
                Some(Kind::Unavailable),
            ),
            (
                412,
                "<Error><Code>PreconditionFailed</Code></Error>",
                Some(Kind::AlreadyExists),
            ),
            (
                409,
                "<Error><Code>ConditionalRequestConflict</Code></Error>",
                Some(Kind::AlreadyExists),
            ),
            (
                403,
                "<Error><Code>SignatureDoesNotMatch</Code></Error>",
                Some(Kind::Unauthorized),
            ),
            (
                404,
                "<Error><Code>NoSuchUpload</Code></Error>",
                Some(Kind::Unavailable),
            ),
            (503, "", Some(Kind::Unavailable)),
            (
                400,
                "<Error><Code>EntityTooSmall</Code></Error>",
                Some(Kind::Invalid),
            ),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(completed(status, text), expected, "{status} {text}");
        }
    }

    #[test]
    fn parts_are_listed_in_their_order() {
        let part = |id: &str| PartId {
            content_id: id.to_owned(),
        };
        assert_eq!(
            list(&[part("\"a\""), part("b&")]),
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"a\"</ETag></Part>\
             <Part><PartNumber>2</PartNumber><ETag>b&amp;</ETag></Part></CompleteMultipartUpload>"
        );
    }
}

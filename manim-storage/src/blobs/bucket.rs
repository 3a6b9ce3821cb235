//! A bucket of S3, R2 or a service that speaks like them: how it is reached, and what is wrong
//! when it is not.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use manim_core::{BlobKey, Retry, Secret, StoreError, StoreErrorKind};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, RetryConfig};

use super::classify::classify;
use super::{ObjectBlobStore, place};
use crate::settings::{Settings, refused};
use crate::tls::choose_cryptography;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A part of 5 MiB within this time is 0.7 Mbit/s.
const SILENT_FOR: Duration = Duration::from_secs(60);

/// How often, and how long, a request is repeated that the service could not answer.
const RETRIES: usize = 4;
const RETRY_WITHIN: Duration = Duration::from_secs(30);

/// A bucket, and a client for the few requests that `object_store` does not make.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(super) s3: AmazonS3,
    pub(super) http: reqwest::Client,
    service: Service,
    bucket: String,
    endpoint: String,
}

/// Whose settings a bucket is reached by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    R2,
    S3,
}

impl Service {
    const fn credentials(self) -> &'static str {
        match self {
            Self::R2 => "R2_ACCESS_KEY_ID and R2_SECRET_ACCESS_KEY",
            Self::S3 => "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        }
    }

    const fn address(self) -> &'static str {
        match self {
            Self::R2 => "the account in the r2:// URL, or R2_ENDPOINT",
            Self::S3 => "AWS_REGION, or AWS_ENDPOINT_URL_S3",
        }
    }
}

impl Bucket {
    /// A bucket of Cloudflare R2.
    pub(crate) fn r2(account: &str, bucket: String, settings: &Settings) -> Result<Self, StoreError> {
        let endpoint = match settings.get("R2_ENDPOINT") {
            Some(endpoint) => address("R2_ENDPOINT", endpoint)?,
            None => format!("https://{account}.r2.cloudflarestorage.com"),
        };
        let key = settings.need("R2_ACCESS_KEY_ID", "the access key of an R2 API token")?;
        let secret = settings.need("R2_SECRET_ACCESS_KEY", "the secret of an R2 API token")?;
        let builder = AmazonS3Builder::new()
            .with_region("auto")
            .with_access_key_id(key.expose())
            .with_secret_access_key(secret.expose());
        Self::build(Service::R2, builder, bucket, endpoint)
    }

    /// A bucket of Amazon S3, or of the service at `AWS_ENDPOINT_URL_S3`.
    pub(crate) fn s3(bucket: String, settings: &Settings) -> Result<Self, StoreError> {
        let has_role = [
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ]
        .iter()
        .any(|name| settings.get(name).is_some());
        if !has_role {
            settings.need(
                "AWS_ACCESS_KEY_ID",
                "the access key of a user who may use the bucket",
            )?;
            settings.need("AWS_SECRET_ACCESS_KEY", "the secret of that access key")?;
        }
        let named = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
            .into_iter()
            .find_map(|name| settings.get(name).map(|value| address(name, value)));
        let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(|name| settings.get(name));
        let region = region.map_or("us-east-1", Secret::expose);
        let endpoint = match named {
            Some(endpoint) => endpoint?,
            None => format!("https://s3.{region}.amazonaws.com"),
        };
        let builder = settings
            .iter()
            .filter(|(name, _)| name.starts_with("AWS_"))
            .filter_map(|(name, value)| {
                Some((
                    name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().ok()?,
                    value,
                ))
            })
            .fold(AmazonS3Builder::new(), |builder, (key, value)| {
                builder.with_config(key, value.expose())
            });
        Self::build(Service::S3, builder.with_region(region), bucket, endpoint)
    }

    fn build(
        service: Service,
        builder: AmazonS3Builder,
        bucket: String,
        endpoint: String,
    ) -> Result<Self, StoreError> {
        choose_cryptography();
        let options = ClientOptions::new()
            .with_allow_http(endpoint.starts_with("http://"))
            .with_connect_timeout(CONNECT_WITHIN)
            .with_read_timeout(SILENT_FOR)
            .with_timeout_disabled();
        let retry = RetryConfig {
            max_retries: RETRIES,
            retry_timeout: RETRY_WITHIN,
            ..RetryConfig::default()
        };
        let s3 = builder
            .with_config(AmazonS3ConfigKey::S3Endpoint, &endpoint)
            .with_bucket_name(&bucket)
            .with_client_options(options)
            .with_retry(retry)
            .build()
            .map_err(|cause| refused(format!("{bucket} cannot be set up")).with_source(cause))?;
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENT_FOR)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|cause| refused("the HTTP client cannot be set up").with_source(cause))?;
        Ok(Self {
            s3,
            http,
            service,
            bucket,
            endpoint,
        })
    }

    /// Proves that the bucket can be read, and gives its store.
    pub(crate) async fn open(self, prefix: Option<BlobKey>) -> Result<ObjectBlobStore, StoreError> {
        let root = prefix.as_ref().map_or_else(Path::default, place);
        // One page, of which one name is looked at: any answer but an error will do.
        let first = self.s3.list(Some(&root)).next().await;
        match first {
            Some(Err(cause)) => Err(self.refused(cause)),
            _ => Ok(ObjectBlobStore::in_bucket(Arc::new(self), root)),
        }
    }

    /// Where the bucket is, for people.
    pub(super) fn name(&self) -> String {
        format!("{}/{}", self.endpoint, self.bucket)
    }

    /// The first request failed: which setting is to blame.
    fn refused(&self, cause: object_store::Error) -> StoreError {
        let said = manim_core::chain(&cause);
        let (kind, why) = self.blame(classify(&cause), &said);
        let error = StoreError::new(kind, "open", format!("{} ({why})", self.name()));
        match kind {
            // The client has tried for half a minute; who starts a program wants to know.
            StoreErrorKind::Unavailable => error.with_retry(Retry::Now).with_source(cause),
            _ => error.with_source(cause),
        }
    }

    fn blame(&self, kind: StoreErrorKind, said: &str) -> (StoreErrorKind, String) {
        let (credentials, address) = (self.service.credentials(), self.service.address());
        if said.contains("RequestTimeTooSkewed") {
            let why = "the clock of this machine is wrong, so its signatures are not believed: set it by NTP";
            return (StoreErrorKind::Unauthorized, why.to_owned());
        }
        if said.contains("PermanentRedirect") || said.contains("AuthorizationHeaderMalformed") {
            return (
                StoreErrorKind::Misconfigured,
                format!("the bucket is in another region: set {address}"),
            );
        }
        let why = match kind {
            StoreErrorKind::NotFound => format!(
                "there is no bucket {:?}: create it, or name another in the URL; or check {address}",
                self.bucket
            ),
            StoreErrorKind::Unauthorized => {
                format!("{credentials} are refused, or may not list and write this bucket")
            }
            StoreErrorKind::Unavailable => format!("nobody answers there as S3 does: check {address}"),
            _ => format!("check {address} and {credentials}"),
        };
        (kind, why)
    }
}

fn address(name: &str, value: &Secret) -> Result<String, StoreError> {
    let url = value.expose().trim_end_matches('/');
    let parsed = reqwest::Url::parse(url).ok().filter(|parsed| {
        matches!(parsed.scheme(), "http" | "https")
            && parsed.has_host()
            && parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.query().is_none()
            && parsed.fragment().is_none()
    });
    match parsed {
        Some(_) => Ok(url.to_owned()),
        None => Err(refused(format!(
            "{name}: it is an http:// or https:// address without keys and parameters"
        ))),
    }
}

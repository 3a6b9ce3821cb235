//! What opening a store needs beside its URL: keys and addresses, by the names that people
//! set them with.

use std::collections::BTreeMap;
use std::fmt;

use manim_core::{Secret, StoreError, StoreErrorKind};

/// Named values, all of them treated as secrets. `Debug` shows the names.
///
/// | name | for | what it is |
/// |---|---|---|
/// | `R2_ACCESS_KEY_ID`, `R2_SECRET_ACCESS_KEY` | `r2://` | an R2 API token's S3 credentials |
/// | `R2_ENDPOINT` | `r2://` | where R2 is, if not at `https://ACCOUNT.r2.cloudflarestorage.com`: a jurisdiction's address, or a simulator's |
/// | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | `s3://` | credentials; without them those of `AWS_WEB_IDENTITY_TOKEN_FILE` with `AWS_ROLE_ARN`, or of a container (`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or `…_FULL_URI` with `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`) |
/// | `AWS_REGION` (or `AWS_DEFAULT_REGION`) | `s3://` | the bucket's region; without it `us-east-1` |
/// | `AWS_ENDPOINT_URL_S3` (or `AWS_ENDPOINT_URL`) | `s3://` | the address of a service that is not Amazon's |
/// | `CLOUDFLARE_API_TOKEN` | `kv://` | an API token that may edit Workers KV |
/// | `CLOUDFLARE_KV_BASE_URL` | `kv://` | where the API is, if not at `https://api.cloudflare.com/client/v4` |
/// | `MANIM_LINK_BASE` | `file://`, `memory://` | where signed links are served, for example `https://films.example/blobs` |
/// | `MANIM_LINK_KEYS` | `file://`, `memory://` | the keys that links are signed with, newest first, with commas between |
#[derive(Clone, Default)]
pub struct Settings(BTreeMap<&'static str, Secret>);

/// Every name in the table above.
const NAMES: [&str; 19] = [
    "R2_ACCESS_KEY_ID",
    "R2_SECRET_ACCESS_KEY",
    "R2_ENDPOINT",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "CLOUDFLARE_API_TOKEN",
    "CLOUDFLARE_KV_BASE_URL",
    "MANIM_LINK_BASE",
    "MANIM_LINK_KEYS",
];

impl Settings {
    /// No setting at all: enough for memory, files and PostgreSQL.
    pub fn new() -> Self {
        Self::default()
    }

    /// The settings among the environment variables. Empty ones count as missing.
    pub fn from_env() -> Self {
        let mut settings = Self::new();
        for name in NAMES {
            if let Ok(value) = std::env::var(name) {
                settings.set(name, value.into());
            }
        }
        settings
    }

    /// These and one more. A name that the table does not list is never looked at.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Secret>) -> Self {
        if let Some(known) = NAMES.into_iter().find(|known| *known == name) {
            self.set(known, value.into());
        }
        self
    }

    fn set(&mut self, name: &'static str, value: Secret) {
        if !value.expose().is_empty() {
            self.0.insert(name, value);
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.0.get(name)
    }

    /// The setting, or the error that says what it is for.
    #[cfg(any(feature = "s3", feature = "cloudflare-kv"))]
    pub(crate) fn need(&self, name: &str, what_for: &str) -> Result<&Secret, StoreError> {
        self.get(name)
            .ok_or_else(|| refused(format!("{name} is not set; it is {what_for}")))
    }

    #[cfg(feature = "s3")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &Secret)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Nothing can be opened by what was set.
pub(crate) fn refused(why: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Misconfigured, "open the store,", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_names_and_no_values() {
        let settings = Settings::new().with("R2_SECRET_ACCESS_KEY", "s3cret");
        let shown = format!("{settings:?}");
        assert!(
            shown.contains("R2_SECRET_ACCESS_KEY") && !shown.contains("s3cret"),
            "{shown}"
        );
    }

    #[test]
    fn an_empty_value_counts_as_missing() {
        assert!(
            Settings::new()
                .with("R2_ENDPOINT", " ")
                .get("R2_ENDPOINT")
                .is_none()
        );
    }
}

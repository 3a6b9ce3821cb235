//! What a store's URL says. Opens nothing.

use std::path::PathBuf;

use manim_core::{BlobKey, StoreError};

use crate::settings::refused;

/// Where blobs are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BlobPlace {
    Memory,
    Directory(PathBuf),
    R2 {
        account: String,
        bucket: String,
        prefix: Option<BlobKey>,
    },
    S3 {
        bucket: String,
        prefix: Option<BlobKey>,
    },
}

/// Where sessions and jobs are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RecordPlace {
    Memory,
    File(PathBuf),
    Postgres,
    Kv { account: String, namespace: String },
}

const BLOB_FORMS: &str = "r2://ACCOUNT/BUCKET, s3://BUCKET, file:///DIRECTORY or memory://";
const RECORD_FORMS: &str =
    "redb:///FILE, postgres://USER:PASSWORD@HOST/DATABASE, kv://ACCOUNT/NAMESPACE or memory://";

impl BlobPlace {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let form = |scheme| Url {
            scheme,
            forms: BLOB_FORMS,
        };
        let (scheme, rest) = split(url, BLOB_FORMS)?;
        match scheme {
            "memory" => form("memory").nothing(rest).map(|()| Self::Memory),
            "file" => form("file").path(rest).map(Self::Directory),
            "r2" => {
                let rest = form("r2").plain(rest)?;
                let (account, rest) = rest.split_once('/').unwrap_or((rest, ""));
                let (bucket, prefix) = form("r2").bucket(rest)?;
                let account = form("r2").name("the account", account)?;
                Ok(Self::R2 {
                    account,
                    bucket,
                    prefix,
                })
            }
            "s3" => {
                let rest = form("s3").plain(rest)?;
                let (bucket, prefix) = form("s3").bucket(rest)?;
                Ok(Self::S3 { bucket, prefix })
            }
            _ => Err(unknown("blobs", BLOB_FORMS)),
        }
    }
}

impl RecordPlace {
    pub(crate) fn parse(url: &str) -> Result<Self, StoreError> {
        let form = |scheme| Url {
            scheme,
            forms: RECORD_FORMS,
        };
        let (scheme, rest) = split(url, RECORD_FORMS)?;
        match scheme {
            "memory" => form("memory").nothing(rest).map(|()| Self::Memory),
            "redb" => form("redb").path(rest).map(Self::File),
            "postgres" | "postgresql" => Ok(Self::Postgres),
            "kv" => {
                let rest = form("kv").plain(rest)?;
                let (account, namespace) = rest.split_once('/').unwrap_or((rest, ""));
                Ok(Self::Kv {
                    account: form("kv").name("the account", account)?,
                    namespace: form("kv").name("the namespace", namespace)?,
                })
            }
            _ => Err(unknown("sessions and jobs", RECORD_FORMS)),
        }
    }
}

/// A URL may hold a password, so no error repeats more of it than its scheme.
struct Url {
    scheme: &'static str,
    forms: &'static str,
}

impl Url {
    fn wrong(&self, why: &str) -> StoreError {
        refused(format!(
            "{}:// URL: {why} (it is one of {})",
            self.scheme, self.forms
        ))
    }

    fn nothing(&self, rest: &str) -> Result<(), StoreError> {
        match rest.trim_matches('/') {
            "" => Ok(()),
            _ => Err(self.wrong("nothing may follow the slashes")),
        }
    }

    fn path(&self, rest: &str) -> Result<PathBuf, StoreError> {
        if !rest.starts_with('/') {
            return Err(self.wrong("three slashes begin an absolute path"));
        }
        let path = percent_decoded(rest).ok_or_else(|| self.wrong("a % begins no %XX"))?;
        if path.trim_matches('/').is_empty() || path.contains('\0') {
            return Err(self.wrong("it names no file"));
        }
        Ok(path.into())
    }

    fn plain<'a>(&self, rest: &'a str) -> Result<&'a str, StoreError> {
        if rest.contains('@') {
            return Err(self.wrong("keys are settings of their own and not part of it"));
        }
        if rest.contains(['?', '#', '%']) {
            return Err(self.wrong("it has no parameters and no %XX"));
        }
        Ok(rest)
    }

    fn bucket(&self, rest: &str) -> Result<(String, Option<BlobKey>), StoreError> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            return Err(self.wrong("a bucket's name is 3 to 63 lower case letters, digits, dots and hyphens"));
        }
        let prefix = match prefix.trim_end_matches('/') {
            "" => None,
            text => Some(BlobKey::parse(text).map_err(|_| self.wrong("the prefix is not a plain path"))?),
        };
        Ok((bucket.to_owned(), prefix))
    }

    fn name(&self, what: &str, text: &str) -> Result<String, StoreError> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        match text.trim_end_matches('/') {
            text if (1..=64).contains(&text.len()) && text.bytes().all(plain) => Ok(text.to_owned()),
            _ => Err(self.wrong(&format!("{what} is missing or no plain name"))),
        }
    }
}

fn split<'a>(url: &'a str, forms: &str) -> Result<(&'a str, &'a str), StoreError> {
    url.trim()
        .split_once("://")
        .ok_or_else(|| refused(format!("the URL is none: it is one of {forms}")))
}

fn unknown(what: &str, forms: &str) -> StoreError {
    refused(format!(
        "the URL for {what} begins with an unknown scheme: it is one of {forms}"
    ))
}

/// The rules that S3 and R2 share.
fn is_bucket(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    (3..=63).contains(&name.len())
        && name.bytes().all(plain)
        && !name.contains("..")
        && !name.starts_with(['-', '.'])
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => u8::try_from(hex(rest.next()?)? * 16 + hex(rest.next()?)?).ok()?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_blobs() {
        let some = |text: &str| Some(BlobKey::parse(text).unwrap());
        for (url, place) in [
            ("memory://", BlobPlace::Memory),
            (
                "file:///srv/my%20films",
                BlobPlace::Directory("/srv/my films".into()),
            ),
            (
                "r2://0a1b/films",
                BlobPlace::R2 {
                    account: "0a1b".into(),
                    bucket: "films".into(),
                    prefix: None,
                },
            ),
            (
                " s3://my.films/a/b/\n",
                BlobPlace::S3 {
                    bucket: "my.films".into(),
                    prefix: some("a/b"),
                },
            ),
        ] {
            assert_eq!(BlobPlace::parse(url).unwrap(), place, "{url}");
        }
    }

    #[test]
    fn the_forms_of_records() {
        let kv = RecordPlace::Kv {
            account: "a1".into(),
            namespace: "0f".into(),
        };
        for (url, place) in [
            ("memory://", RecordPlace::Memory),
            (
                "redb:///srv/jobs.redb",
                RecordPlace::File("/srv/jobs.redb".into()),
            ),
            ("postgresql://a:b@c/d", RecordPlace::Postgres),
            ("kv://a1/0f", kv),
        ] {
            assert_eq!(RecordPlace::parse(url).unwrap(), place, "{url}");
        }
    }

    #[test]
    fn a_malformed_url_is_told_with_the_right_forms_and_without_its_secrets() {
        for (url, part) in [
            ("", "r2://ACCOUNT/BUCKET"),
            ("films", "file:///DIRECTORY"),
            ("ftp://s3c/ret", "unknown scheme"),
            ("memory://s3cret", "nothing may follow"),
            ("file://s3cret/a", "three slashes"),
            ("file:///", "names no file"),
            ("file:///a%2", "%XX"),
            ("file:///a%00s3cret", "names no file"),
            ("r2://account", "a bucket's name"),
            ("r2:///films", "the account"),
            ("r2://key:s3cret@account/films", "settings of their own"),
            ("s3://Films", "lower case"),
            ("s3://..", "lower case"),
            ("s3://films?key=s3cret", "no parameters"),
            ("s3://films/../s3cret", "not a plain path"),
        ] {
            let error = BlobPlace::parse(url).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("s3c"), "{url}: {error}");
        }
        for (url, part) in [
            ("jobs.redb", "redb:///FILE"),
            ("redb://jobs.redb", "three slashes"),
            ("kv://account", "the namespace"),
            ("sqlite:///jobs", "unknown scheme"),
        ] {
            let error = RecordPlace::parse(url).unwrap_err().to_string();
            assert!(error.contains(part), "{url}: {error}");
        }
    }
}

//! What a bucket is told of a blob beside its bytes: for people who look into the bucket, and
//! for browsers that follow a signed link.

use std::time::Duration;

use manim_core::{BlobKey, BlobMeta, JobId, Timestamp, later};
use object_store::{Attribute, Attributes};

/// Films are removed after this time if nobody has fetched them before.
const FILM_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells who put a blob, so that one whose answer was lost knows its own.
pub(super) const UPLOAD: &str = "manim-upload";
const JOB: &str = "manim-job";
const EXPIRES: &str = "manim-expires";

/// Media type, disposition, and, for what belongs to a job, the job and when it is due to go.
pub(super) fn attributes(key: &BlobKey, meta: &BlobMeta, upload: &str, now: Timestamp) -> Attributes {
    let mut said = Attributes::new();
    said.insert(Attribute::ContentType, meta.media_type.clone().into());
    said.insert(Attribute::ContentDisposition, disposition(key).into());
    said.insert(Attribute::Metadata(UPLOAD.into()), upload.to_owned().into());
    if let Some(job) = job(key) {
        said.insert(Attribute::Metadata(JOB.into()), job.to_string().into());
        let end = later(now, FILM_TTL).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        said.insert(Attribute::Metadata(EXPIRES.into()), end.into());
    }
    said
}

/// Shown in place, and saved under its own name. A key has no character that needs quoting.
fn disposition(key: &BlobKey) -> String {
    let name = key.as_str().rsplit('/').next().unwrap_or_default();
    format!("inline; filename=\"{name}\"")
}

/// A job's blobs are `films/JOB/…`.
fn job(key: &BlobKey) -> Option<JobId> {
    key.as_str()
        .strip_prefix("films/")?
        .split('/')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_tells_its_job_its_name_and_its_end() {
        let job = JobId::new();
        let key = BlobKey::parse(format!("films/{job}/0a.mp4")).unwrap();
        let said = attributes(&key, &BlobMeta::of(&key), "u1", Timestamp::UNIX_EPOCH);
        let tells = |attribute| said.get(&attribute).map(|value| value.to_string());
        let meta = |name: &'static str| tells(Attribute::Metadata(name.into()));
        assert_eq!(tells(Attribute::ContentType).as_deref(), Some("video/mp4"));
        assert_eq!(
            tells(Attribute::ContentDisposition).as_deref(),
            Some("inline; filename=\"0a.mp4\"")
        );
        assert_eq!(meta(JOB), Some(job.to_string()));
        assert_eq!(meta(EXPIRES).as_deref(), Some("1970-01-02T00:00:00Z"));
        assert_eq!(meta(UPLOAD).as_deref(), Some("u1"));
    }

    #[test]
    fn what_is_no_jobs_has_no_end() {
        let key = BlobKey::parse("cache/0a.json").unwrap();
        let said = attributes(&key, &BlobMeta::of(&key), "u1", Timestamp::UNIX_EPOCH);
        assert_eq!(said.get(&Attribute::Metadata(EXPIRES.into())), None);
    }
}

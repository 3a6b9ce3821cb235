//! A link to one film: whoever has it may open the film, once, without a session. Opening takes
//! a press of a button, so that neither a preview of the link nor a scanner uses it up.

use std::time::Duration;

use manim_core::{JobId, Timestamp, later};
use uuid::Uuid;

use crate::key::SigningKeys;

/// Films wait for 24 hours; after that the link says so for another day.
const LIFETIME: Duration = Duration::from_secs(2 * 24 * 60 * 60);

const PURPOSE: &str = "film link";

/// `JOB.END.TAG`, the end in hexadecimal seconds since 1970.
pub(crate) fn write(keys: &SigningKeys, job: JobId, now: Timestamp) -> String {
    let end = later(now, LIFETIME).timestamp();
    let text = format!("{}.{end:x}", job.as_uuid().simple());
    let tag = keys.sign(PURPOSE, &text);
    format!("{text}.{tag}")
}

/// The film that the link leads to.
pub(crate) fn read(keys: &SigningKeys, link: &str, now: Timestamp) -> Option<JobId> {
    let (text, tag) = link.rsplit_once('.')?;
    if !keys.verify(PURPOSE, text, tag) {
        return None;
    }
    let (job, end) = text.split_once('.')?;
    let end = i64::from_str_radix(end, 16).ok()?;
    let job = JobId::from_uuid(Uuid::try_parse(job).ok()?);
    (now.timestamp() < end).then_some(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_its_film_until_its_time_is_over() {
        let (keys, job) = (SigningKeys::random(), JobId::new());
        let start = Timestamp::UNIX_EPOCH;
        let link = write(&keys, job, start);
        assert_eq!(read(&keys, &link, start), Some(job));
        assert_eq!(read(&keys, &link, later(start, LIFETIME)), None);
        assert_eq!(read(&SigningKeys::random(), &link, start), None);
    }
}

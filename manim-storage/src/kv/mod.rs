//! Sessions in Cloudflare KV. What it cannot do is said in [`KvSessions::CAPABILITIES`], and
//! follows from the service: a value written is read elsewhere up to a minute later, and there
//! is no write that depends on what is stored.

mod client;
mod record;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use manim_core::{
    Clock, Job, JobId, Page, RenderSettings, Retention, Revision, Session, SessionId, SessionStore,
    StoreError, StoreErrorKind, SystemClock, Timestamp, Versioned, later,
};
use serde::Serialize;

use crate::RecordCapabilities;
use crate::settings::Settings;
use client::{Client, Did, error};
use record::{JobRecord, Preference, SessionRecord};

/// Keeps sessions, and copies of jobs, in a namespace of Cloudflare KV.
///
/// A save compares revisions with what it reads, and not with what is stored: of two saves at
/// the same time both may succeed, and a stale read lets a stale save pass. So this is no store
/// for a pipeline's jobs ([`open_records`](crate::open_records) refuses it); what a person
/// prefers, and how long a session lives, it keeps, and reads that come late lose none of it.
#[derive(Debug)]
pub struct KvSessions {
    client: Client,
    clock: Arc<dyn Clock>,
    retention: Retention,
}

/// The longest text of one job, as in the other stores.
const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

impl KvSessions {
    /// What can be relied on.
    pub const CAPABILITIES: RecordCapabilities = RecordCapabilities {
        compare_and_set: false,
        consistent: false,
        queue: false,
    };

    /// Opens the namespace, which is asked for a listing: a wrong token or name is told now.
    ///
    /// # Errors
    /// `Misconfigured` without `CLOUDFLARE_API_TOKEN`, `Unauthorized`, `NotFound`, `Unavailable`.
    pub async fn open(account: &str, namespace: &str, settings: &Settings) -> Result<Self, StoreError> {
        let client = Client::new(account, namespace, settings)?;
        client
            .names(("open", &"the KV namespace"), "session:", "")
            .await?;
        Ok(Self {
            client,
            clock: Arc::new(SystemClock),
            retention: Retention::default(),
        })
    }

    /// The same store on another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The same store with other times to keep records.
    #[must_use]
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    async fn write(
        &self,
        did: Did<'_>,
        key: &str,
        value: &impl Serialize,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_vec(value).map_err(|cause| {
            error(did, StoreErrorKind::Invalid, "it cannot be written").with_source(cause)
        })?;
        if text.len() > MAX_TEXT_BYTES {
            let why = format!("{} bytes; at most {MAX_TEXT_BYTES}", text.len());
            return Err(error(did, StoreErrorKind::Invalid, &why));
        }
        self.client.put(did, key, text, ttl).await
    }

    async fn kept_session(
        &self,
        did: Did<'_>,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let kept: Option<SessionRecord> = self.client.get(did, &SessionRecord::key(id)).await?;
        Ok(kept.filter(|kept| kept.expires_at > now))
    }

    /// What the session prefers lies under a key of its own, which only [`prefer`] writes while it
    /// is young: a touch that reads late cannot bring back what was preferred before.
    ///
    /// [`prefer`]: SessionStore::prefer
    async fn preference(
        &self,
        did: Did<'_>,
        id: SessionId,
        lives: bool,
        now: Timestamp,
    ) -> Result<RenderSettings, StoreError> {
        let kept: Option<Preference> = self.client.get(did, &Preference::key(id)).await?;
        let held = kept.filter(|kept| lives || kept.proves_a_session(now, self.retention.session));
        Ok(held.map_or_else(RenderSettings::default, |kept| kept.settings))
    }

    async fn touched(
        &self,
        did: Did<'_>,
        id: SessionId,
        preferred: Option<RenderSettings>,
    ) -> Result<Session, StoreError> {
        let now = self.clock.now();
        let kept = self.kept_session(did, id, now).await?;
        let record = SessionRecord {
            created_at: kept.as_ref().map_or(now, |kept| kept.created_at),
            expires_at: later(now, self.retention.session),
        };
        let settings = match preferred {
            Some(settings) => {
                self.keep_preference(did, id, settings, now).await?;
                settings
            }
            None => self.renewed_preference(did, id, kept.is_some(), now).await?,
        };
        self.write(did, &SessionRecord::key(id), &record, self.retention.session)
            .await?;
        Ok(record.session(id, settings))
    }

    async fn keep_preference(
        &self,
        did: Did<'_>,
        id: SessionId,
        settings: RenderSettings,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let preference = Preference {
            written_at: now,
            settings,
        };
        self.write(did, &Preference::key(id), &preference, 2 * self.retention.session)
            .await
    }

    /// A preference lives twice as long as a session does, is written again when half of that
    /// is over, and goes when its session has ended.
    async fn renewed_preference(
        &self,
        did: Did<'_>,
        id: SessionId,
        lives: bool,
        now: Timestamp,
    ) -> Result<RenderSettings, StoreError> {
        let kept: Option<Preference> = self.client.get(did, &Preference::key(id)).await?;
        let Some(kept) = kept else {
            return Ok(RenderSettings::default());
        };
        match (kept.proves_a_session(now, self.retention.session), lives) {
            (true, _) => Ok(kept.settings),
            (false, true) => {
                self.keep_preference(did, id, kept.settings, now).await?;
                Ok(kept.settings)
            }
            (false, false) => {
                self.client.delete(did, &Preference::key(id)).await?;
                Ok(RenderSettings::default())
            }
        }
    }

    async fn kept_job(&self, did: Did<'_>, id: JobId) -> Result<Option<JobRecord>, StoreError> {
        let now = self.clock.now();
        let kept: Option<JobRecord> = self.client.get(did, &JobRecord::key(id)).await?;
        Ok(kept.filter(|kept| kept.expires_at > now))
    }

    /// Every name that begins with `prefix`.
    async fn names(&self, did: Did<'_>, prefix: &str) -> Result<Vec<String>, StoreError> {
        let (mut names, mut next) = self.client.names(did, prefix, "").await?;
        while let Some(cursor) = next {
            let (more, after) = self.client.names(did, prefix, &cursor).await?;
            names.extend(more);
            next = after;
        }
        Ok(names)
    }
}

#[async_trait]
impl SessionStore for KvSessions {
    async fn touch(&self, session: SessionId) -> Result<Session, StoreError> {
        self.touched(("touch session", &session), session, None).await
    }

    async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError> {
        let did: Did<'_> = ("load session", &session);
        let now = self.clock.now();
        let Some(kept) = self.kept_session(did, session, now).await? else {
            return Ok(None);
        };
        let settings = self.preference(did, session, true, now).await?;
        Ok(Some(kept.session(session, settings)))
    }

    async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<Session, StoreError> {
        self.touched(("prefer in session", &session), session, Some(settings))
            .await
    }

    async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError> {
        let kept = self.kept_job(("load job", &job), job).await?;
        Ok(kept.map(JobRecord::versioned))
    }

    async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError> {
        let id = job.id();
        let did: Did<'_> = ("save job", &id);
        let kept = self.kept_job(did, id).await?;
        let live = kept.as_ref().map(|kept| kept.revision);
        if live != expected {
            return Err(StoreError::new(StoreErrorKind::Conflict, did.0, id.to_string()));
        }
        let ttl = self.retention.job(job.status());
        let record = JobRecord {
            revision: live.map_or(Revision::FIRST, Revision::next),
            expires_at: later(self.clock.now(), ttl),
            job: job.clone(),
        };
        // The record first: an index that leads to nothing would be worse than a late one.
        self.write(did, &JobRecord::key(id), &record, ttl).await?;
        self.client
            .put(did, &record.listing_key(), Vec::new(), ttl)
            .await?;
        let (before, after) = (kept.and_then(|kept| kept.untold_key()), record.untold_key());
        if let Some(key) = &after {
            self.client.put(did, key, Vec::new(), ttl).await?;
        }
        if let Some(key) = before.filter(|before| Some(before) != after.as_ref()) {
            self.client.delete(did, &key).await?;
        }
        self.touched(did, job.session(), None).await?;
        Ok(record.revision)
    }

    async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError> {
        let did: Did<'_> = ("list jobs of", &session);
        let names = self.names(did, &JobRecord::listing_prefix(session)).await?;
        let mut found = Vec::new();
        let mut begun = page.before.is_none();
        for id in names.iter().filter_map(|name| record::job_of(name)) {
            if found.len() == page.limit {
                break;
            }
            if !begun {
                begun = page.before == Some(id);
                if begun && self.kept_job(did, id).await?.is_none() {
                    break;
                }
                continue;
            }
            let kept = self.kept_job(did, id).await?;
            found.extend(kept.map(JobRecord::versioned));
        }
        Ok(found)
    }

    async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError> {
        let did: Did<'_> = ("list", &"jobs with something to tell");
        let mut found = Vec::new();
        for name in self.names(did, record::UNTOLD).await? {
            if found.len() == limit {
                break;
            }
            let Some(id) = record::job_of(&name) else { continue };
            let kept = self.kept_job(did, id).await?;
            // A name that an interrupted save left behind leads to a record that says otherwise.
            if kept.and_then(|kept| kept.untold_key()).as_ref() == Some(&name) {
                found.push(id);
            }
        }
        Ok(found)
    }
}

//! Mocks of every trait, for tests that state their expectations with `mockall`.
//!
//! An `async` method is mocked as the plain function that it looks like:
//! `mock.expect_job().returning(|_| Ok(None))`.

use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use mockall::mock;
use serde_json::Value;

use crate::blob::{Blob, BlobCapabilities, BlobInfo, BlobMeta, BlobStore, SignedMethod};
use crate::film::{Content, Isolation};
use crate::id::{BlobKey, JobId, Revision, ScopedKey, SessionId};
use crate::inbox::{Acceptance, Inbox};
use crate::job::Job;
use crate::limit::{Admission, Quota, RateLimiter};
use crate::memo::Memo;
use crate::notifier::Notice;
use crate::notifier::{Delivery, Notifier, NotifyError, Receipt};
use crate::provider::{DeltaSink, Generation, GenerationRequest, Provider, ProviderError};
use crate::queue::{DeadLetter, JobQueue, Lease, Settlement};
use crate::renderer::{Inspection, ProgressSink, RenderError, RenderOutcome, Renderer};
use crate::scene::{RenderSettings, Scene};
use crate::script::{Program, ScriptError, ScriptRunner};
use crate::session::{Page, Session, SessionStore, StoreError, Versioned};

// mockall rewrites the lifetimes of a `dyn` that it sees; behind a name it lets them be.
type Deltas<'a> = dyn DeltaSink + 'a;
type Positions<'a> = dyn ProgressSink + 'a;

mock! {
    #[derive(Debug)]
    pub Provider {}

    #[async_trait]
    impl Provider for Provider {
        fn name(&self) -> &str;
        fn model(&self) -> &str;
        async fn generate<'a, 'b, 'c>(
            &'a self,
            request: &'b GenerationRequest,
            deltas: &'c Deltas<'c>,
        ) -> Result<Generation, ProviderError>;
    }
}

mock! {
    #[derive(Debug)]
    pub Renderer {}

    #[async_trait]
    impl Renderer for Renderer {
        fn engine(&self) -> &str;
        fn isolation(&self) -> Isolation;
        async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError>;
        async fn render<'a, 'b, 'c>(
            &'a self,
            scene: &'b Scene,
            settings: RenderSettings,
            progress: &'c Positions<'c>,
        ) -> Result<RenderOutcome, RenderError>;
    }
}

mock! {
    #[derive(Debug)]
    pub SessionStore {}

    #[async_trait]
    impl SessionStore for SessionStore {
        async fn touch(&self, session: SessionId) -> Result<Session, StoreError>;
        async fn prefer(&self, session: SessionId, settings: RenderSettings) -> Result<Session, StoreError>;
        async fn session(&self, session: SessionId) -> Result<Option<Session>, StoreError>;
        async fn job(&self, job: JobId) -> Result<Option<Versioned<Job>>, StoreError>;
        async fn save_job(&self, job: &Job, expected: Option<Revision>) -> Result<Revision, StoreError>;
        async fn jobs(&self, session: SessionId, page: Page) -> Result<Vec<Versioned<Job>>, StoreError>;
        async fn untold(&self, limit: usize) -> Result<Vec<JobId>, StoreError>;
    }
}

mock! {
    #[derive(Debug)]
    pub BlobStore {}

    #[async_trait]
    impl BlobStore for BlobStore {
        fn capabilities(&self) -> BlobCapabilities;
        async fn put(&self, key: &BlobKey, content: Content, meta: BlobMeta) -> Result<(), StoreError>;
        async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<Blob, StoreError>;
        async fn head(&self, key: &BlobKey) -> Result<Option<BlobInfo>, StoreError>;
        async fn delete(&self, key: &BlobKey) -> Result<(), StoreError>;
        async fn list<'a, 'b>(&'a self, prefix: Option<&'b BlobKey>) -> Result<Vec<BlobInfo>, StoreError>;
        async fn sign(&self, key: &BlobKey, method: SignedMethod, ttl: Duration) -> Result<String, StoreError>;
    }
}

mock! {
    #[derive(Debug)]
    pub JobQueue {}

    #[async_trait]
    impl JobQueue for JobQueue {
        async fn enqueue(&self, job: JobId) -> Result<(), StoreError>;
        async fn lease(&self, ttl: Duration) -> Result<Option<Lease>, StoreError>;
        async fn heartbeat(&self, lease: &Lease, ttl: Duration) -> Result<(), StoreError>;
        async fn settle(&self, lease: &Lease, how: Settlement) -> Result<(), StoreError>;
        async fn wait(&self, limit: Duration) -> Result<(), StoreError>;
        async fn len(&self) -> Result<usize, StoreError>;
        async fn dead(&self, limit: usize) -> Result<Vec<DeadLetter>, StoreError>;
    }
}

mock! {
    #[derive(Debug)]
    pub Notifier {}

    #[async_trait]
    impl Notifier for Notifier {
        fn name(&self) -> &str;
        async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError>;
        async fn deliver<'a, 'b, 'c>(&'a self, delivery: &'b Delivery<'c>) -> Result<Receipt, NotifyError>;
    }
}

mock! {
    #[derive(Debug)]
    pub ScriptRunner {}

    #[async_trait]
    impl ScriptRunner for ScriptRunner {
        async fn run(&self, program: Program, input: Value) -> Result<Value, ScriptError>;
    }
}

mock! {
    #[derive(Debug)]
    pub RateLimiter {}

    #[async_trait]
    impl RateLimiter for RateLimiter {
        async fn take(&self, key: &ScopedKey, quota: Quota) -> Result<Admission, StoreError>;
    }
}

mock! {
    #[derive(Debug)]
    pub Inbox {}

    #[async_trait]
    impl Inbox for Inbox {
        async fn accept(&self, key: &ScopedKey, hold: Duration) -> Result<Acceptance, StoreError>;
        async fn finish(&self, key: &ScopedKey, keep: Duration) -> Result<(), StoreError>;
    }
}

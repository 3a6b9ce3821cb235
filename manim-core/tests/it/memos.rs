//! What adapters keep with a job.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use manim_core::testing::StubRenderer;
use manim_core::{
    Delivery, Job, Memo, Notice, Notifier, NotifyError, Receipt, SessionId, Status, Submission,
};

use crate::pipeline::{CODE, builder, writes};
use crate::sample;

/// Says what it remembers, and remembers the status it was told last.
#[derive(Debug, Default)]
struct Remembers(Mutex<Vec<(Status, Option<String>)>>);

#[async_trait]
impl Notifier for Remembers {
    fn name(&self) -> &str {
        "remembers"
    }

    async fn notify(&self, job: &Job, notice: &Notice) -> Result<Option<Memo>, NotifyError> {
        let known = job.memo(self.name()).map(|memo| memo.as_str().to_owned());
        self.0.lock().unwrap().push((notice.status, known));
        Ok(Memo::parse(notice.status.as_str()).ok())
    }

    async fn deliver(&self, _: &Delivery<'_>) -> Result<Receipt, NotifyError> {
        Ok(Receipt::Announced)
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_notifier_remembers_is_handed_back_and_outlives_the_worker() {
    let notifier = Arc::new(Remembers::default());
    let pipeline = builder(&writes(&[CODE]), &Arc::new(StubRenderer::new()))
        .notifier(notifier.clone())
        .build();
    let origin = Memo::parse("chat 7").unwrap();
    let submission = Submission::new(SessionId::new(), sample::problem()).with_origin(origin.clone());
    let id = pipeline.submit(submission).await.unwrap();
    pipeline.run_until_settled(id).await.unwrap();

    let told = notifier.0.lock().unwrap().clone();
    assert_eq!(told[0], (Status::Queued, None));
    for pair in told.windows(2) {
        assert_eq!(pair[1].1.as_deref(), Some(pair[0].0.as_str()));
    }
    let job = pipeline.job(id).await.unwrap();
    assert_eq!(job.memo("remembers").map(Memo::as_str), Some("ready"));
    assert_eq!(job.origin(), Some(&origin));
}

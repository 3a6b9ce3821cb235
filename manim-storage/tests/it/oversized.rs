//! A record that is too large to keep.

use manim_core::{
    Attempt, AttemptError, Clock, Event, Failure, FailureKind, Job, JobId, ProblemText, ProviderErrorKind,
    RenderSettings, Revision, SessionId, SessionStore, StoreErrorKind, SystemClock, Usage,
};

pub(crate) async fn check(store: &dyn SessionStore) {
    let problem = ProblemText::parse("Solve x^2 - 5x + 6 = 0").unwrap();
    let settings = RenderSettings::default();
    let job = Job::new(
        JobId::new(),
        SessionId::new(),
        problem,
        settings,
        3,
        SystemClock.now(),
    );
    store.save_job(&job, None).await.unwrap();

    let refused = store.save_job(&inflated(&job), Some(Revision::FIRST)).await;
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Invalid);
    for words in [job.id().to_string().as_str(), "at most 4194304"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let kept = store.job(job.id()).await.unwrap().unwrap();
    assert_eq!((kept.value, kept.revision), (job, Revision::FIRST));
}

/// The same job after a call that failed with five million characters.
fn inflated(job: &Job) -> Job {
    let attempt = Attempt {
        provider: "talkative".to_owned(),
        model: String::new(),
        usage: Usage::default(),
        cost_micro_usd: None,
        latency_ms: 1,
        finish: None,
        error: Some(AttemptError {
            kind: ProviderErrorKind::Unavailable,
            message: "no ".repeat(1_700_000),
        }),
    };
    let mut job = job.clone();
    job.apply(Event::Started, SystemClock.now()).unwrap();
    let failed = Event::ProvidersFailed {
        failure: Failure::new(FailureKind::Internal, "Nobody answered."),
        attempts: vec![attempt],
    };
    job.apply(failed, SystemClock.now()).unwrap();
    job
}

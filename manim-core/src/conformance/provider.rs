//! Laws of [`Provider`].

use std::fmt;
use std::sync::{Arc, Mutex};

use futures::future::FutureExt;
use tokio::time::{sleep, timeout};

use super::{POLL, SOON};
use crate::error::chain;
use crate::memory::locked;
use crate::problem::ProblemText;
use crate::provider::{DeltaSink, GenerationRequest, Provider, ProviderError};
use crate::scene::RenderSettings;

/// Runs every law of [`Provider`] on what the function makes: an async function without
/// arguments that returns a [`ProviderFixture`].
#[macro_export]
macro_rules! provider_conformance {
    ($($make:tt)*) => {
        $crate::__laws!(provider, $($make)*, [
            its_name_is_plain_and_stable,
            it_returns_a_reply,
            the_deltas_are_the_reply_or_a_prefix_of_it,
            one_call_makes_at_most_one_request,
            a_failed_call_makes_at_most_one_request,
            its_key_is_never_shown,
            a_dropped_call_ends_its_request,
        ]);
    };
}

/// Providers in three moods, made alike but for the peer that answers them.
pub struct ProviderFixture {
    /// What they are asked: within the reach of a provider that cannot do everything.
    pub problem: ProblemText,
    /// Answers the first call.
    pub answering: Arc<dyn Provider>,
    /// Fails the first call, in the way that its service reports failures.
    pub failing: Arc<dyn Provider>,
    /// Does not answer the first call for as long as a law lasts.
    pub hanging: Arc<dyn Provider>,
    /// The key that all of them hold, if they hold one.
    pub key: Option<String>,
    /// Requests that the peers of all of them have seen so far. Zero for ever where none is made.
    pub requests: Counter,
    /// Requests whose other end still waits for an answer.
    pub open: Counter,
    /// Whatever has to live as long as the providers.
    pub guard: Box<dyn std::any::Any + Send>,
}

/// Tells how many there are at the moment.
pub type Counter = Box<dyn Fn() -> usize + Send + Sync>;

impl fmt::Debug for ProviderFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProviderFixture").field(&self.answering).finish()
    }
}

#[derive(Default)]
struct Heard(Mutex<String>);

impl DeltaSink for Heard {
    fn delta(&self, text: &str) {
        locked(&self.0).push_str(text);
    }
}

impl ProviderFixture {
    fn request(&self) -> GenerationRequest {
        GenerationRequest::new(self.problem.clone(), RenderSettings::default())
    }
}

async fn failure(fixture: &ProviderFixture) -> ProviderError {
    fixture
        .failing
        .generate(&fixture.request(), &())
        .await
        .expect_err("the failing provider fails")
}

/// Promise 1.
pub async fn its_name_is_plain_and_stable(fixture: ProviderFixture) {
    let name = fixture.answering.name().to_owned();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    assert!(!name.is_empty() && name.chars().all(plain), "{name:?}");
    fixture
        .answering
        .generate(&fixture.request(), &())
        .await
        .expect("the answering provider answers");
    assert_eq!(fixture.answering.name(), name);
}

/// Promise 2.
pub async fn it_returns_a_reply(fixture: ProviderFixture) {
    let generation = fixture
        .answering
        .generate(&fixture.request(), &())
        .await
        .expect("the answering provider answers");
    assert!(!generation.text.trim().is_empty());
}

/// Promise 3.
pub async fn the_deltas_are_the_reply_or_a_prefix_of_it(fixture: ProviderFixture) {
    let heard = Heard::default();
    let reply = fixture
        .answering
        .generate(&fixture.request(), &heard)
        .await
        .expect("the answering provider answers");
    let heard = locked(&heard.0).clone();
    assert!(
        reply.text.starts_with(&heard),
        "heard {heard:?} of {:?}",
        reply.text
    );
}

/// Promise 4.
pub async fn one_call_makes_at_most_one_request(fixture: ProviderFixture) {
    fixture
        .answering
        .generate(&fixture.request(), &())
        .await
        .expect("the answering provider answers");
    assert!((fixture.requests)() <= 1);
}

/// Promise 4.
pub async fn a_failed_call_makes_at_most_one_request(fixture: ProviderFixture) {
    failure(&fixture).await;
    assert!((fixture.requests)() <= 1);
}

/// Promise 5.
pub async fn its_key_is_never_shown(fixture: ProviderFixture) {
    let error = failure(&fixture).await;
    let shown = [
        chain(&error),
        format!("{error:?}"),
        format!(
            "{:?}{:?}{:?}",
            fixture.answering, fixture.failing, fixture.hanging
        ),
    ];
    if let Some(key) = &fixture.key {
        assert!(key.len() >= 8, "a shorter key may show up by chance");
        assert!(!shown.concat().contains(key.as_str()), "the key is shown");
    }
}

/// Cancellation.
pub async fn a_dropped_call_ends_its_request(fixture: ProviderFixture) {
    let request = fixture.request();
    let mut call = fixture.hanging.generate(&request, &());
    // Until the request is on its way; a provider that makes none is at rest at once.
    for _ in 0..20 {
        assert!(
            (&mut call).now_or_never().is_none(),
            "the hanging provider does not answer"
        );
        if (fixture.open)() > 0 {
            break;
        }
        sleep(POLL).await;
    }
    drop(call);
    let closed = async {
        while (fixture.open)() > 0 {
            sleep(POLL).await;
        }
    };
    timeout(SOON, closed)
        .await
        .expect("the request ends with the call");
}

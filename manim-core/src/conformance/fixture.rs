//! What a law is given: a fresh store, and power over its time.

use std::any::Any;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::testing::ManualClock;

type Advance = Box<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// An empty store under test (with the default [`Retention`](crate::Retention), where that
/// applies). Derefs to the store.
pub struct Fixture<S: ?Sized> {
    store: Arc<S>,
    other: Arc<S>,
    advance: Option<Advance>,
    kept: Vec<Box<dyn Any + Send>>,
}

impl<S: ?Sized> Fixture<S> {
    /// A fixture of `store`, which must be empty.
    pub fn new(store: Arc<S>) -> Self {
        Self {
            other: store.clone(),
            store,
            advance: None,
            kept: Vec::new(),
        }
    }

    /// The store lives by `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Arc<ManualClock>) -> Self {
        self.with_advance(move |by| {
            clock.advance(by);
            Box::pin(std::future::ready(()))
        })
    }

    /// `advance` makes time pass for the store: for a backend with a clock of its own.
    #[must_use]
    pub fn with_advance(
        mut self,
        advance: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Self {
        self.advance = Some(Box::new(advance));
        self
    }

    /// Another handle of the same store, as another process would open it.
    #[must_use]
    pub fn with_other_handle(mut self, other: Arc<S>) -> Self {
        self.other = other;
        self
    }

    /// Keeps `guard` as long as the fixture: a temporary directory, a server.
    #[must_use]
    pub fn keeping(mut self, guard: impl Any + Send) -> Self {
        self.kept.push(Box::new(guard));
        self
    }

    pub(super) fn handle(&self) -> Arc<S> {
        self.store.clone()
    }

    pub(super) fn other(&self) -> &S {
        &self.other
    }

    /// A handle for rival `number`: every second one has the other.
    pub(super) fn rival(&self, number: u64) -> Arc<S> {
        if number.is_multiple_of(2) {
            self.store.clone()
        } else {
            self.other.clone()
        }
    }

    pub(super) async fn advance(&self, by: Duration) {
        let advance = self
            .advance
            .as_ref()
            .expect("the fixture has a clock, or makes time pass");
        advance(by).await;
    }
}

impl<S: ?Sized> Deref for Fixture<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.store
    }
}

impl<S: ?Sized + fmt::Debug> fmt::Debug for Fixture<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fixture").field(&self.store).finish()
    }
}

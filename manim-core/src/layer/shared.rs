//! Renders that are wanted twice at the same time are made once.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::future::{BoxFuture, FutureExt, Shared, WeakShared};
use tokio::sync::watch;

use crate::film::Isolation;
use crate::memory::locked;
use crate::renderer::{Inspection, Progress, ProgressSink, RenderError, RenderOutcome, Renderer};
use crate::scene::{RenderSettings, Scene};

/// A renderer that makes equal scenes in equal settings once when they are asked for at the
/// same time: who comes later waits for the film that is being made, and sees its progress.
///
/// The work belongs to all who wait for it. One who leaves takes nothing from the others;
/// when the last one leaves, it ends. A rejection is the scene's fault and is shared. An error
/// is not: one of those who wait is told of it, the others try for themselves.
///
/// Nothing is kept: see [`CachedRenderer`](super::CachedRenderer), which belongs inside.
pub struct SharedRenderer<R> {
    inner: Arc<R>,
    flights: Arc<Flights>,
    started: AtomicU64,
}

/// Renders under way, by content address.
#[derive(Default)]
struct Flights(Mutex<HashMap<String, Joining>>);

/// A render under way, as those hold it who wait for it.
struct Flight {
    end: Shared<BoxFuture<'static, End>>,
    progress: watch::Receiver<Option<Progress>>,
}

/// The same, as it is found.
struct Joining {
    number: u64,
    end: WeakShared<BoxFuture<'static, End>>,
    progress: watch::Receiver<Option<Progress>>,
}

/// How a render ended, for as many as wait.
#[derive(Clone)]
enum End {
    Decided(RenderOutcome),
    /// The first to look takes it.
    Failed(Arc<Mutex<Option<RenderError>>>),
}

impl<R: Renderer> SharedRenderer<R> {
    /// Shares `inner`'s renders.
    pub fn new(inner: R) -> Self {
        Self {
            inner: Arc::new(inner),
            flights: Arc::default(),
            started: AtomicU64::new(0),
        }
    }

    /// The render under way, or a new one that begins with the first look at its end.
    fn join(&self, scene: &Scene, settings: RenderSettings) -> Flight {
        let address = scene.content_address(settings, self.inner.engine());
        let mut flights = locked(&self.flights.0);
        if let Some(flight) = flights.get(&address).and_then(Joining::join) {
            return flight;
        }
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let flight = self.start(scene.clone(), settings, address.clone(), number);
        flights.extend(flight.joining(number).map(|joining| (address, joining)));
        flight
    }

    fn start(&self, scene: Scene, settings: RenderSettings, address: String, number: u64) -> Flight {
        let (told, progress) = watch::channel(None);
        let inner = Arc::clone(&self.inner);
        let listed = Listed {
            flights: Arc::clone(&self.flights),
            address,
            number,
        };
        let end = async move {
            let _listed = listed;
            match inner.render(&scene, settings, &Told(told)).await {
                Ok(outcome) => End::Decided(outcome),
                Err(error) => End::Failed(Arc::new(Mutex::new(Some(error)))),
            }
        };
        Flight {
            end: end.boxed().shared(),
            progress,
        }
    }
}

/// Takes a render off the list as soon as it has ended, however it ended.
struct Listed {
    flights: Arc<Flights>,
    address: String,
    number: u64,
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut flights = locked(&self.flights.0);
        let ours = flights.get(&self.address);
        if ours.is_some_and(|joining| joining.number == self.number) {
            flights.remove(&self.address);
        }
    }
}

impl Flight {
    fn joining(&self, number: u64) -> Option<Joining> {
        Some(Joining {
            number,
            end: self.end.downgrade()?,
            progress: self.progress.clone(),
        })
    }

    /// Waits for the end, and passes the progress on until then.
    async fn follow(mut self, sink: &Onward<'_>) -> End {
        let told = async {
            sink.pass(*self.progress.borrow_and_update());
            while self.progress.changed().await.is_ok() {
                sink.pass(*self.progress.borrow_and_update());
            }
        };
        let end = finish_first(self.end, told).await;
        sink.pass(*self.progress.borrow());
        end
    }
}

impl Joining {
    fn join(&self) -> Option<Flight> {
        Some(Flight {
            end: self.end.upgrade()?,
            progress: self.progress.clone(),
        })
    }
}

/// The output of `main`; `side` runs beside it for as long as it lasts.
async fn finish_first<T>(main: impl Future<Output = T>, side: impl Future<Output = ()>) -> T {
    tokio::pin!(main);
    tokio::select! {
        output = &mut main => output,
        () = side => main.await,
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<R: Renderer> Renderer for SharedRenderer<R> {
    fn engine(&self) -> &str {
        self.inner.engine()
    }

    fn isolation(&self) -> Isolation {
        self.inner.isolation()
    }

    async fn inspect(&self, scene: &Scene, settings: RenderSettings) -> Result<Inspection, RenderError> {
        self.inner.inspect(scene, settings).await
    }

    async fn render(
        &self,
        scene: &Scene,
        settings: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let onward = Onward::new(progress);
        // Each round one of those who wait leaves with the error, so the rounds are bounded.
        loop {
            match self.join(scene, settings).follow(&onward).await {
                End::Decided(outcome) => return Ok(outcome),
                End::Failed(error) => {
                    if let Some(error) = locked(&error).take() {
                        return Err(error);
                    }
                }
            }
        }
    }
}

/// Passes positions on that are new: a second try begins behind where the first one was.
struct Onward<'a> {
    sink: &'a dyn ProgressSink,
    last: Mutex<Option<Progress>>,
}

impl<'a> Onward<'a> {
    fn new(sink: &'a dyn ProgressSink) -> Self {
        Self {
            sink,
            last: Mutex::new(None),
        }
    }

    fn pass(&self, seen: Option<Progress>) {
        let mut last = locked(&self.last);
        let reached = last.map(|last| last.frames_done);
        if let Some(seen) = seen.filter(|seen| reached.is_none_or(|reached| seen.frames_done > reached)) {
            *last = Some(seen);
            self.sink.progress(seen);
        }
    }
}

/// Keeps the newest position.
struct Told(watch::Sender<Option<Progress>>);

impl ProgressSink for Told {
    fn progress(&self, progress: Progress) {
        self.0.send_replace(Some(progress));
    }
}

impl<R: fmt::Debug> fmt::Debug for SharedRenderer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SharedRenderer").field(&self.inner).finish()
    }
}

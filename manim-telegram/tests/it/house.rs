//! A whole bot in this process: the service, the stores, a scripted model, a stub renderer.

use std::sync::Arc;
use std::time::Duration;

use fake_telegram::FakeTelegram;
use futures::future::BoxFuture;
use manim_core::memory::{MemoryBlobs, MemoryInbox, MemoryLimiter};
use manim_core::testing::{ScriptedProvider, StubRenderer};
use manim_core::{BlobStore, Pipeline, Provider, Secret};
use manim_telegram::{Api, ApiOptions, Delivering, Telegram, TelegramNotifier, TelegramOptions};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(crate) const TOKEN: &str = "42:a-token-of-the-test";
pub(crate) const CODE: &str =
    "from manim import *\n\nclass MainScene(Scene):\n    def construct(self):\n        self.wait()\n";

/// What is running; ends with it.
pub(crate) struct House {
    pub(crate) service: FakeTelegram,
    pub(crate) telegram: Telegram,
    pub(crate) pipeline: Pipeline,
    pub(crate) blobs: Arc<MemoryBlobs>,
    pub(crate) api: Arc<Api>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

pub(crate) fn writes(replies: usize) -> Arc<dyn Provider> {
    let provider = (0..replies).fold(ScriptedProvider::new("scripted"), |provider, _| {
        provider.replying(CODE)
    });
    Arc::new(provider)
}

pub(crate) fn api(service: &FakeTelegram) -> Arc<Api> {
    let options = ApiOptions::default().with_base_url(service.url());
    Arc::new(Api::new(Secret::new(TOKEN), options).unwrap())
}

impl House {
    /// A bot that polls, with a model that answers `replies` times.
    pub(crate) async fn polling(replies: usize) -> Self {
        Self::new(writes(replies), StubRenderer::new(), Delivering::videos(), true).await
    }

    pub(crate) async fn new(
        provider: Arc<dyn Provider>,
        renderer: StubRenderer,
        delivering: Delivering,
        works: bool,
    ) -> Self {
        let service = FakeTelegram::start(TOKEN).await.unwrap();
        let api = api(&service);
        let blobs = Arc::new(MemoryBlobs::new());
        let (notifier, watcher) = TelegramNotifier::new(api.clone(), delivering);
        let pipeline = Pipeline::builder([provider], Arc::new(renderer))
            .blobs(blobs.clone())
            .notifier(Arc::new(notifier))
            .build();
        let telegram = Telegram::start(
            api.clone(),
            pipeline.clone(),
            Arc::new(MemoryInbox::new()),
            Arc::new(MemoryLimiter::new()),
            TelegramOptions::default(),
        )
        .await
        .unwrap();
        let (stop, _) = watch::channel(false);
        let mut house = Self {
            service,
            telegram,
            pipeline,
            blobs,
            api,
            stop,
            tasks: Vec::new(),
        };
        if works {
            house.work(watcher);
        }
        house
    }

    fn work(&mut self, watcher: manim_telegram::Watcher) {
        let (telegram, pipeline) = (self.telegram.clone(), self.pipeline.clone());
        let stopped = self.stopped();
        self.tasks
            .push(tokio::spawn(async move { telegram.poll(stopped).await.unwrap() }));
        let (worker, stopped) = (pipeline.clone(), self.stopped());
        self.tasks
            .push(tokio::spawn(async move { worker.run(stopped).await }));
        let stopped = self.stopped();
        self.tasks.push(tokio::spawn(watcher.run(pipeline, stopped)));
    }

    fn stopped(&self) -> BoxFuture<'static, ()> {
        let mut stop = self.stop.subscribe();
        Box::pin(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        })
    }

    /// Waits until no film is kept any more.
    pub(crate) async fn all_deleted(&self) {
        let deleted = async {
            while !self.blobs.list(None).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(60), deleted).await;
        waited.expect("the film is deleted");
    }

    /// Nothing that the bot sent broke the published schema.
    pub(crate) fn assert_well_spoken(&self) {
        let complaints = self.service.complaints();
        assert!(complaints.is_empty(), "{complaints:#?}");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

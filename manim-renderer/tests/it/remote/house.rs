//! Servers on runtimes of their own, so that one can be killed with all it has in hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use manim_core::testing::StubRenderer;
use manim_core::{BreakerOptions, RenderError, RenderErrorKind, Renderer, ScriptRunner, Secret};
use manim_renderer::{RemoteOptions, RemoteRenderer, RenderServer, ServerOptions};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

pub(crate) const SECRET: &str = "a secret of the tests";

/// A server that can be killed.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    pub(crate) fn start<R: Renderer + ScriptRunner>(renderer: Arc<R>, options: ServerOptions) -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap(), renderer, options)
    }

    pub(crate) fn start_on<R: Renderer + ScriptRunner>(
        address: SocketAddr,
        renderer: Arc<R>,
        options: ServerOptions,
    ) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = RenderServer::new(renderer, Secret::new(SECRET), options).unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            server.serve(listener, std::future::pending()).await
        });
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Killed: nobody is told, nothing is put in order.
impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Limits that a test does not wait for.
pub(crate) fn quick() -> RemoteOptions {
    RemoteOptions::default()
        .with_poll(Duration::from_millis(20))
        .with_patience(Duration::from_secs(60))
        .with_breaker(BreakerOptions {
            failures: 3,
            cool_down: Duration::from_millis(200),
            trials: 1,
        })
}

pub(crate) async fn connect(servers: &[&Server], options: RemoteOptions) -> RemoteRenderer {
    let urls = servers.iter().map(|server| server.url());
    RemoteRenderer::connect(urls, Secret::new(SECRET), options)
        .await
        .unwrap()
}

/// Takes so long for every call.
pub(crate) fn stub(delay: Duration) -> Arc<StubRenderer> {
    Arc::new(StubRenderer::new().with_delay(delay))
}

#[track_caller]
pub(crate) fn kind<T: std::fmt::Debug>(end: Result<T, RenderError>) -> RenderErrorKind {
    end.unwrap_err().kind()
}

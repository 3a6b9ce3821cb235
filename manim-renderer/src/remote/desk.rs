//! The renders that a server has in hand: a bounded number, each with a task of its own, each
//! forgotten once it is fetched, given up or too old.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use manim_core::{Film, JobId, Progress, ProgressSink, RenderError, RenderOutcome, Renderer, chain};
use reqwest::{Client, Url};
use tokio::sync::{Semaphore, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::dispatch::{call_back, upload};
use super::seal::Seal;
use super::wire::{Completion, Fault, RenderOrder, State};

/// Finished films that may wait to be fetched, beyond those under way: at 50 MB each, and seldom
/// as large, they fit on a small disk.
const KEPT: usize = 32;

/// How much a desk takes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Renders at the same time.
    pub(crate) slots: usize,
    /// Renders that wait for a slot.
    pub(crate) queue: usize,
    /// How long a finished render waits to be fetched.
    pub(crate) keep: Duration,
}

/// Where a render's news goes; of allowed origins.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    pub(crate) upload: Option<Url>,
    pub(crate) callback: Option<Url>,
}

pub(crate) struct Desk {
    renderer: Arc<dyn Renderer>,
    bounds: Bounds,
    slots: Semaphore,
    client: Client,
    seal: Arc<Seal>,
    renders: Mutex<HashMap<JobId, Entry>>,
}

#[derive(Debug)]
struct Entry {
    render: Arc<Render>,
    task: AbortHandle,
}

/// One render.
#[derive(Debug)]
pub(crate) struct Render {
    state: watch::Sender<State>,
    film: Mutex<Option<Film>>,
    asked: Mutex<Instant>,
    leash: Option<Duration>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("bounds", &self.bounds)
            .finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn new(renderer: Arc<dyn Renderer>, bounds: Bounds, client: Client, seal: Arc<Seal>) -> Self {
        Self {
            renderer,
            slots: Semaphore::new(bounds.slots),
            bounds,
            client,
            seal,
            renders: Mutex::default(),
        }
    }

    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// Renders under way and waiting.
    pub(crate) fn busy(&self) -> usize {
        busy(&self.renders())
    }

    /// Takes a render on; one that is known goes on as it is. `None`: there is no room.
    pub(crate) fn accept(self: &Arc<Self>, order: RenderOrder, addresses: Addresses) -> Option<State> {
        let mut renders = self.renders();
        if let Some(known) = renders.get(&order.id) {
            return Some(known.render.look());
        }
        let room = self.bounds.slots + self.bounds.queue;
        if busy(&renders) >= room || renders.len() >= room + KEPT {
            return None;
        }
        let (id, render) = (order.id, Arc::new(Render::new(order.leash_s)));
        let work = Arc::clone(self).see_through(Arc::clone(&render), order, addresses);
        let task = tokio::spawn(work).abort_handle();
        renders.insert(id, Entry { render, task });
        Some(State::Waiting)
    }

    pub(crate) fn find(&self, id: JobId) -> Option<Arc<Render>> {
        self.renders().get(&id).map(|entry| Arc::clone(&entry.render))
    }

    /// Ends a render and forgets it.
    pub(crate) fn remove(&self, id: JobId) {
        if let Some(entry) = self.renders().remove(&id) {
            entry.task.abort();
        }
    }

    /// Ends all renders and forgets them.
    pub(crate) fn clear(&self) {
        for (_, entry) in self.renders().drain() {
            entry.task.abort();
        }
    }

    /// One render from first to last; then it is forgotten.
    async fn see_through(self: Arc<Self>, render: Arc<Render>, order: RenderOrder, addresses: Addresses) {
        let id = order.id;
        let life = async {
            let (state, film) = self.play(&render, &order, addresses.upload.as_ref()).await;
            *render.film() = film;
            tracing::info!(render = %id, state = name(&state), "render ended");
            let completion = Completion {
                id,
                state: name(&state).to_owned(),
            };
            render.state.send_replace(state);
            let told = async {
                if let Some(callback) = &addresses.callback {
                    call_back(&self.client, callback, &self.seal, &completion).await;
                }
            };
            tokio::join!(told, sleep(self.bounds.keep));
        };
        tokio::select! {
            () = life => {}
            () = render.forsaken() => tracing::info!(render = %id, "render given up: nobody asks for it"),
        }
        self.forget(id, &render);
    }

    async fn play(&self, render: &Render, order: &RenderOrder, to: Option<&Url>) -> (State, Option<Film>) {
        let Ok(_slot) = self.slots.acquire().await else {
            return (State::Waiting, None);
        };
        tracing::info!(render = %order.id, "render begun");
        render.progress(Progress {
            frames_done: 0,
            frames_total: None,
        });
        let (scene, settings) = (order.scene.scene(), order.scene.settings);
        match self.renderer.render(&scene, settings, render).await {
            Ok(RenderOutcome::Rejected(findings)) => (State::Rejected { findings }, None),
            Err(error) => (State::Failed(fault(&error)), None),
            Ok(RenderOutcome::Rendered(film)) => {
                let uploaded = match to {
                    Some(to) => upload(&self.client, to, &film.video, film.info.format.media_type()).await,
                    None => false,
                };
                let info = film.info.clone();
                (State::Rendered { info, uploaded }, Some(film))
            }
        }
    }

    /// Unless another render has the name by now.
    fn forget(&self, id: JobId, render: &Arc<Render>) {
        let mut renders = self.renders();
        if renders
            .get(&id)
            .is_some_and(|entry| Arc::ptr_eq(&entry.render, render))
        {
            renders.remove(&id);
        }
    }

    fn renders(&self) -> MutexGuard<'_, HashMap<JobId, Entry>> {
        self.renders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn busy(renders: &HashMap<JobId, Entry>) -> usize {
    let under_way = |entry: &&Entry| !entry.render.state.borrow().has_ended();
    renders.values().filter(under_way).count()
}

impl Render {
    fn new(leash_s: Option<u64>) -> Self {
        Self {
            state: watch::Sender::new(State::Waiting),
            film: Mutex::default(),
            asked: Mutex::new(Instant::now()),
            leash: leash_s.map(Duration::from_secs),
        }
    }

    /// Where it is. Whoever looks still wants it.
    pub(crate) fn look(&self) -> State {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.state.borrow().clone()
    }

    /// Its film, once there is one.
    pub(crate) fn film(&self) -> MutexGuard<'_, Option<Film>> {
        self.film.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when nobody has asked for as long as the leash is.
    async fn forsaken(&self) {
        let Some(leash) = self.leash else {
            return std::future::pending().await;
        };
        loop {
            let end = *self.asked.lock().unwrap_or_else(PoisonError::into_inner) + leash;
            if end <= Instant::now() {
                return;
            }
            sleep_until(end).await;
        }
    }
}

impl ProgressSink for Render {
    fn progress(&self, progress: Progress) {
        self.state.send_replace(State::Running { progress });
    }
}

fn name(state: &State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Running { .. } => "running",
        State::Rendered { .. } => "rendered",
        State::Rejected { .. } => "rejected",
        State::Failed(_) => "failed",
    }
}

/// For the other side's developer.
pub(crate) fn fault(error: &RenderError) -> Fault {
    Fault {
        kind: error.kind(),
        message: chain(error),
    }
}

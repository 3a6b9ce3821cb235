//! Leases jobs and walks each through its steps. Every transition is one compare-and-set,
//! so a worker may die between any two lines and another goes on.

use std::future::Future;
use std::time::Duration;

use super::events::{Change, Hub, JobEvent};
use super::fault::{Fault, poisoned};
use super::sweep::{Staleness, staleness};
use super::{Pipeline, PipelineError, PipelineErrorKind, illegal, stored};
use crate::claim::{CheckedClaim, Claim, check_claims, unverified};
use crate::error::{Retry, chain};
use crate::failure::FailureKind;
use crate::film::Film;
use crate::film::StoredFilm;
use crate::id::JobId;
use crate::job::{Event, Job, Step};
use crate::queue::{Lease, Settlement};
use crate::renderer::{Inspection, Progress, ProgressSink, RenderOutcome};
use crate::scene::Scene;
use crate::session::{StoreErrorKind, Versioned};
use crate::status::Status;
use futures::future::{self, BoxFuture, Shared};
use futures::{FutureExt, StreamExt};

/// How long an idle worker sleeps before it looks for work nobody woke it for.
const IDLE: Duration = Duration::from_secs(5);

impl Pipeline {
    /// Works until `shutdown` is ready, then lets go of the jobs in hand (after
    /// [`drain`](super::PipelineOptions::drain)) so that another worker can go on at once; and
    /// sweeps meanwhile ([`sweep_films`](Self::sweep_films)). Jobs are never lost by dropping this future either; they
    /// are handed out again when their leases lapse.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let shutdown = shutdown.boxed().shared();
        let workers = (0..self.0.options.workers.max(1)).map(|_| self.work(shutdown.clone()));
        future::join(future::join_all(workers), self.keep_swept(shutdown.clone())).await;
    }

    /// Works, in this task, until one job has nothing left for a worker to do: its film is
    /// ready, or it has ended. Other jobs of the queue are worked on meanwhile. For programs
    /// that want one film; a service awaits [`run`](Self::run).
    ///
    /// # Errors
    /// [`PipelineErrorKind::NotFound`].
    pub async fn run_until_settled(&self, id: JobId) -> Result<Job, PipelineError> {
        let events = self.events(id).await?;
        let unsettled = |event: &JobEvent| {
            let settled = matches!(event.change, Change::Entered { status } if status.is_settled());
            future::ready(!settled)
        };
        self.run(events.take_while(unsettled).for_each(|_| future::ready(())))
            .await;
        self.job(id).await
    }

    async fn work(&self, shutdown: Shutdown<'_>) {
        while shutdown.peek().is_none() {
            self.turn(shutdown.clone()).await;
        }
    }

    /// One job, or one wait for one. Ends soon after `shutdown`.
    async fn turn(&self, mut shutdown: Shutdown<'_>) {
        let lease = tokio::select! {
            biased;
            () = &mut shutdown => return,
            lease = self.look_for_work() => lease,
        };
        match lease {
            Some(lease) => self.hold(lease, shutdown).await,
            None => tokio::select! {
                () = shutdown => {}
                () = self.idle() => {}
            },
        }
    }

    async fn look_for_work(&self) -> Option<Lease> {
        let leased = self.0.queue.lease(self.0.options.lease).await;
        let found = match leased {
            Ok(Some(lease)) => return Some(lease),
            Ok(None) => self.sweep_records().await,
            Err(error) => Err(error),
        };
        if let Err(error) = found {
            tracing::warn!(error = chain(&error), "the stores are out of reach");
        }
        None
    }

    async fn idle(&self) {
        if self.0.queue.wait(IDLE).await.is_err() {
            tokio::time::sleep(self.0.options.pause).await;
        }
    }

    /// Walks the job until it rests; says how the lease ends. `None`: it is not ours any more.
    pub(super) async fn advance(&self, lease: &Lease) -> Option<Settlement> {
        let mut hands = Hands::default();
        loop {
            match self.advance_once(lease, &mut hands).await {
                Ok(Walk::On) => {}
                Ok(Walk::Rest(settlement)) => return Some(settlement),
                Ok(Walk::Lost) => return None,
                Err(error) if error.kind() == PipelineErrorKind::NotFound => return Some(Settlement::Done),
                Err(error) => {
                    tracing::warn!(job = %lease.job, error = chain(&error), "job put back");
                    return Some(self.again(lease));
                }
            }
        }
    }

    async fn advance_once(&self, lease: &Lease, hands: &mut Hands) -> Result<Walk, PipelineError> {
        let mut job = match hands.job.take() {
            Some(job) => job,
            None => self.load(lease.job).await?,
        };
        let step = job.value.step();
        let next = match hands.done_for(&step) {
            Some(event) => Next::Event(event),
            None => self.next_event(lease, &job.value, step.clone(), hands).await,
        };
        let event = match next {
            Next::Event(event) => event,
            Next::Rest(_) if job.value.status().is_terminal() => {
                return Ok(Walk::Rest(self.finish(lease, &mut job).await));
            }
            Next::Rest(settlement) => {
                self.clear_outbox(&mut job, hands.told).await;
                return Ok(Walk::Rest(settlement));
            }
            Next::Lost => return Ok(Walk::Lost),
        };
        let applied = job.value.apply(event.clone(), self.0.clock.now());
        applied.map_err(|error| illegal(lease.job, error))?;
        match self.save(&mut job).await {
            Ok(()) => {}
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                return Ok(self.overtaken(lease, step, event, hands).await);
            }
            Err(error) => return Err(stored("save", lease.job, error)),
        }
        tracing::info!(job = %lease.job, status = %job.value.status(), "job advanced");
        if job.value.status().is_terminal() {
            return Ok(Walk::Rest(self.finish(lease, &mut job).await));
        }
        if job.value.status() == Status::Ready {
            self.keep_answer(&job.value).await;
        }
        // What is told now is forgotten by the save of the next transition.
        hands.told = self.tell(&mut job).await;
        hands.job = Some(job);
        Ok(Walk::On)
    }

    /// Somebody else wrote: its owner, a sweep that told news, or a worker that has the job
    /// now. What was done stands if the job still asks for it; a film that was handed over is
    /// written down whoever has the job.
    async fn overtaken(&self, lease: &Lease, step: Step, event: Event, hands: &mut Hands) -> Walk {
        if event == Event::Accessed || self.still_holds(lease).await {
            hands.done = Some((step, event));
            Walk::On
        } else {
            Walk::Lost
        }
    }

    async fn next_event(&self, lease: &Lease, job: &Job, step: Step, hands: &mut Hands) -> Next {
        if self.is_poison(lease, job) {
            return Next::Event(Event::Broken(poisoned(lease.deliveries)));
        }
        // A film that was handed over cannot be taken back.
        if matches!(step, Step::Deliver(_)) && !self.0.notifiers.is_empty() && !self.still_holds(lease).await
        {
            return Next::Lost;
        }
        match self.perform(job, step, hands).await {
            Ok(Some(event)) => Next::Event(event),
            Ok(None) => Next::Rest(Settlement::Done),
            Err(fault) => self.judge(lease, fault),
        }
    }

    /// Tells of the end, and cleans up behind it, unless a viewer may come back.
    async fn finish(&self, lease: &Lease, job: &mut Versioned<Job>) -> Settlement {
        self.clear_outbox(job, false).await;
        let now = self.0.clock.now();
        if staleness(Some(&job.value), now, now, &self.0.options) == Some(Staleness::Ended) {
            self.remove_film(lease.job).await;
        }
        match job.value.failure() {
            Some(failure) if failure.kind == FailureKind::Poisoned => {
                Settlement::Dead(format!("handed out {} times", lease.deliveries))
            }
            _ => Settlement::Done,
        }
    }

    /// Does the job's next step. `None`: there is nothing to do.
    async fn perform(&self, job: &Job, step: Step, hands: &mut Hands) -> Result<Option<Event>, Fault> {
        let event = match step {
            Step::Start => Event::Started,
            Step::Generate(request) => self.generate(job, &request).await,
            Step::CheckClaims(claims) => Event::ClaimsChecked(self.check_claims(claims).await),
            Step::Validate(scene) => self.validate(job, scene).await?,
            Step::Render(scene) => self.render(job, &scene, hands).await?,
            Step::Upload(scene) => self.upload(job, &scene, hands).await?,
            Step::Deliver(film) => return self.deliver(job, &film).await,
            Step::Rest => return Ok(None),
        };
        Ok(Some(event))
    }

    /// Without a runner nobody can say.
    async fn check_claims(&self, claims: Vec<Claim>) -> Vec<CheckedClaim> {
        match &self.0.claims {
            Some(runner) => check_claims(runner.as_ref(), claims).await,
            None => unverified(claims, "claims are not checked here"),
        }
    }

    async fn validate(&self, job: &Job, scene: Scene) -> Result<Event, Fault> {
        let (scene, mut findings) = checked(scene);
        if findings.has_errors() {
            return Ok(Event::CodeRejected(findings));
        }
        match self.0.renderer.inspect(&scene, job.settings()).await? {
            Inspection::Rejected(errors) => {
                findings.extend(errors);
                Ok(Event::CodeRejected(findings))
            }
            Inspection::Passed(estimate) => {
                findings.extend(estimate.findings);
                Ok(Event::CodeAccepted {
                    code: scene.code,
                    frames: estimate.frames,
                    findings,
                })
            }
        }
    }

    async fn render(&self, job: &Job, scene: &Scene, hands: &mut Hands) -> Result<Event, Fault> {
        if let Some(film) = self.find_film(job, scene).await? {
            return Ok(Event::Stored(film));
        }
        let drawn = Drawn {
            hub: &self.0.hub,
            job: job.id(),
        };
        match self.0.renderer.render(scene, job.settings(), &drawn).await? {
            RenderOutcome::Rejected(findings) => Ok(Event::CodeRejected(findings)),
            RenderOutcome::Rendered(film) => {
                hands.film = Some(film);
                Ok(Event::Rendered)
            }
        }
    }

    async fn upload(&self, job: &Job, scene: &Scene, hands: &mut Hands) -> Result<Event, Fault> {
        if let Some(film) = self.find_film(job, scene).await? {
            return Ok(Event::Stored(film));
        }
        match &hands.film {
            Some(film) => Ok(Event::Stored(self.store_film(job, scene, film).await?)),
            None => Ok(Event::FilmLost),
        }
    }

    async fn deliver(&self, job: &Job, film: &StoredFilm) -> Result<Option<Event>, Fault> {
        match self.offer(job, film).await {
            Ok(true) => Ok(Some(Event::Accessed)),
            Ok(false) => Ok(None),
            Err(error) => Err(Fault::Notifier(error.retry())),
        }
    }

    fn is_poison(&self, lease: &Lease, job: &Job) -> bool {
        lease.deliveries > self.0.options.deliveries && !job.status().is_settled()
    }

    /// A fault that may pass is waited out while hand-outs remain. A film that nobody could
    /// be told of still waits for its access.
    fn judge(&self, lease: &Lease, fault: Fault) -> Next {
        tracing::warn!(job = %lease.job, error = fault.text(), "step failed");
        let passing = !matches!(fault.retry(), Retry::Never);
        if passing && lease.deliveries < self.0.options.deliveries {
            return Next::Rest(self.again(lease));
        }
        match fault.failure() {
            Some(failure) => Next::Event(Event::Broken(failure)),
            None => Next::Rest(Settlement::Done),
        }
    }

    fn again(&self, lease: &Lease) -> Settlement {
        Settlement::Again(self.0.options.pause * lease.deliveries.min(30))
    }
}

pub(super) type Shutdown<'a> = Shared<BoxFuture<'a, ()>>;

/// What a worker holds between steps, and loses when it dies.
#[derive(Default)]
struct Hands {
    job: Option<Versioned<Job>>,
    /// Something was told that the saved record still owes.
    told: bool,
    film: Option<Film>,
    /// A step that was done, and whose save met another's.
    done: Option<(Step, Event)>,
}

impl Hands {
    /// What came of `step`, if it was done and not written down.
    fn done_for(&mut self, step: &Step) -> Option<Event> {
        self.done
            .take_if(|(done, _)| done == step)
            .map(|(_, event)| event)
    }
}

enum Walk {
    On,
    Rest(Settlement),
    Lost,
}

enum Next {
    Event(Event),
    Rest(Settlement),
    Lost,
}

#[cfg(feature = "check")]
fn checked(scene: Scene) -> (Scene, crate::diagnostic::Diagnostics) {
    let report = crate::check::check_code(&scene.code);
    let scene = Scene {
        code: report.code,
        ..scene
    };
    (scene, report.findings)
}

#[cfg(not(feature = "check"))]
fn checked(scene: Scene) -> (Scene, crate::diagnostic::Diagnostics) {
    (scene, crate::diagnostic::Diagnostics::default())
}

/// Tells listeners how many frames are made.
struct Drawn<'a> {
    hub: &'a Hub,
    job: JobId,
}

impl ProgressSink for Drawn<'_> {
    fn progress(&self, progress: Progress) {
        self.hub.send(self.job, Change::Rendering(progress));
    }
}

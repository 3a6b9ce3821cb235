//! What is asked of one server: a dry run, a program, a render from first to last.

use std::sync::Arc;
use std::time::Duration;

use manim_core::{
    BlobKey, Diagnostics, Estimate, Inspection, JobId, RenderError, RenderOutcome, RenderSettings,
    SignedMethod, chain,
};
use reqwest::{Method, Url};
use tokio::time::sleep;

use super::call::{Line, Missed, clip, nonsense};
use super::callback::Waiting;
use super::fetch::{BucketPlace, Parcel};
use super::options::RemoteOptions;
use super::wire::{
    Fault, Inspected, RenderOrder, RenderStatus, SceneOrder, ScriptAnswer, ScriptOrder, State,
};
use crate::log::printable;
use crate::progress::Teller;

/// A short question.
const ASK_LIMIT: Duration = Duration::from_secs(10);
/// A dry run or a program, with its wait for a slot.
const CALL_LIMIT: Duration = Duration::from_secs(600);
/// Looks in a row that fail before a server is given up.
const LOST_LOOKS: u32 = 3;
/// How long a presigned address lasts: a render and its upload.
const UPLOAD_TTL: Duration = Duration::from_secs(3600);
/// Findings of one scene; ours are a handful.
const MAX_FINDINGS: usize = 200;
/// Where uploads go on their way. Other folders of the bucket are other people's.
pub(super) const UPLOADS: &str = "renders";

/// One server, and what is needed to have something done there.
#[derive(Clone, Copy)]
pub(super) struct Errand<'a> {
    pub(super) line: &'a Arc<Line>,
    pub(super) waiting: &'a Arc<Waiting>,
    pub(super) options: &'a RemoteOptions,
    pub(super) server: &'a Url,
}

impl Errand<'_> {
    pub(super) async fn inspect(self, order: &SceneOrder) -> Result<Inspection, Missed> {
        match self.line.post(self.server, "/inspect", order, CALL_LIMIT).await? {
            Inspected::Rejected { findings } => self.rejection(findings).map(Inspection::Rejected),
            Inspected::Failed(fault) => Err(Missed::Final(failed(&fault))),
            Inspected::Passed {
                frames,
                duration,
                plays,
                findings,
            } => Ok(Inspection::Passed(Estimate {
                frames,
                duration,
                plays,
                findings: tidy(findings),
            })),
        }
    }

    pub(super) async fn script(self, order: &ScriptOrder) -> Result<ScriptAnswer, Missed> {
        self.line.post(self.server, "/script", order, CALL_LIMIT).await
    }

    pub(super) async fn render(
        self,
        scene: SceneOrder,
        settings: RenderSettings,
        teller: &mut Teller<'_>,
    ) -> Result<RenderOutcome, Missed> {
        let id = JobId::new();
        let (place, upload) = self.place(id, settings).await.unzip();
        let order = RenderOrder {
            id,
            scene,
            callback: self.options.callback.clone(),
            upload,
            leash_s: Some(self.options.leash.as_secs().max(1)),
        };
        // From here on, dropping this future ends the render there.
        let _recall = Recall {
            line: Arc::clone(self.line),
            server: self.server.clone(),
            id,
        };
        let _taken: RenderStatus = self.line.post(self.server, "/render", &order, ASK_LIMIT).await?;
        match self.wait(id, teller).await? {
            State::Rejected { findings } => self.rejection(findings).map(RenderOutcome::Rejected),
            State::Failed(fault) => Err(Missed::Final(failed(&fault))),
            State::Rendered { info, uploaded } => {
                let parcel = Parcel {
                    line: self.line,
                    server: self.server,
                    id,
                    options: self.options,
                    bucket: place.filter(|_| uploaded),
                };
                parcel.open(info, settings).await.map(RenderOutcome::Rendered)
            }
            State::Waiting | State::Running { .. } => Err(Missed::Lost(nonsense(self.server, "no end"))),
        }
    }

    /// Asks until the render has ended: now and then, and when the server says so.
    async fn wait(self, id: JobId, teller: &mut Teller<'_>) -> Result<State, Missed> {
        let expected = self.waiting.expect(id);
        let path = format!("/render/{id}");
        let mut failures = 0;
        loop {
            tokio::select! {
                () = expected.rung() => {}
                () = sleep(self.options.poll) => {}
            }
            match self.line.get(self.server, &path, ASK_LIMIT).await {
                Ok(RenderStatus { state, .. }) if state.has_ended() => return Ok(state),
                Ok(RenderStatus { state, .. }) => {
                    failures = 0;
                    if let State::Running { progress } = state {
                        teller.learn(progress.frames_total);
                        teller.tell(progress.frames_done);
                    }
                }
                Err(Missed::Busy(_)) => {}
                Err(Missed::Unheard(_)) if failures + 1 < LOST_LOOKS => failures += 1,
                Err(missed) => return Err(missed),
            }
        }
    }

    /// Where the server may put the video, and the address for it.
    async fn place(self, id: JobId, settings: RenderSettings) -> Option<(BucketPlace, String)> {
        let bucket = self.options.bucket.as_ref()?;
        if !bucket.capabilities().signed_put {
            return None;
        }
        let key = BlobKey::parse(format!("{UPLOADS}/{id}.{}", settings.format.as_str())).ok()?;
        match bucket.sign(&key, SignedMethod::Put, UPLOAD_TTL).await {
            Ok(url) => Some((BucketPlace::new(Arc::clone(bucket), key), url)),
            Err(error) => {
                tracing::warn!(
                    error = chain(&error),
                    "no address to put a film to; it is fetched"
                );
                None
            }
        }
    }

    /// A rejection says why, or it is none.
    fn rejection(self, findings: Diagnostics) -> Result<Diagnostics, Missed> {
        let findings = tidy(findings);
        if findings.has_errors() {
            return Ok(findings);
        }
        Err(Missed::Lost(nonsense(
            self.server,
            "a rejection without a reason",
        )))
    }
}

/// Ends a render on its server when it goes: also when the film has been fetched.
struct Recall {
    line: Arc<Line>,
    server: Url,
    id: JobId,
}

impl Drop for Recall {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (line, server, id) = (Arc::clone(&self.line), self.server.clone(), self.id);
        runtime.spawn(async move {
            let path = format!("/render/{id}");
            // If this fails, the leash ends it.
            let _ = line
                .open(&server, Method::DELETE, &path, None::<&()>, ASK_LIMIT)
                .await;
        });
    }
}

fn failed(fault: &Fault) -> RenderError {
    RenderError::new(fault.kind, "render remotely", clip(&fault.message))
}

/// What another machine found, fit to be shown and stored.
fn tidy(findings: Diagnostics) -> Diagnostics {
    let tidied = findings.into_iter().take(MAX_FINDINGS).map(|mut finding| {
        finding.message = clip(&finding.message);
        finding.code = printable(&finding.code).chars().take(80).collect();
        finding.excerpt = finding
            .excerpt
            .map(|text| printable(&text).chars().take(200).collect());
        finding
    });
    tidied.collect()
}

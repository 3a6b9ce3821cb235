//! Doubles that play a script: the replies in order, a panic on a call too many, and a
//! panic when they are dropped with replies that nobody asked for.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;
use std::thread;

use async_trait::async_trait;

use crate::film::Isolation;
use crate::memory::locked;
use crate::provider::{
    DeltaSink, FinishReason, Generation, GenerationRequest, Provider, ProviderError, ProviderErrorKind, Usage,
};
use crate::renderer::{Inspection, Progress, ProgressSink, RenderError, RenderOutcome, Renderer};
use crate::scene::{RenderSettings, Scene};

/// Replies still to be given, and the calls seen.
struct Script<C, R> {
    owner: &'static str,
    calls: Mutex<Vec<C>>,
    replies: Mutex<VecDeque<R>>,
}

impl<C: Clone, R> Script<C, R> {
    fn new(owner: &'static str) -> Self {
        Self {
            owner,
            calls: Mutex::default(),
            replies: Mutex::default(),
        }
    }

    fn push(&self, reply: R) {
        locked(&self.replies).push_back(reply);
    }

    fn play(&self, call: C) -> R {
        let number = {
            let mut calls = locked(&self.calls);
            calls.push(call);
            calls.len()
        };
        let reply = locked(&self.replies).pop_front();
        reply.unwrap_or_else(|| panic!("unexpected call {number} of {}", self.owner))
    }

    fn calls(&self) -> Vec<C> {
        locked(&self.calls).clone()
    }
}

impl<C, R> Script<C, R> {
    #[track_caller]
    fn assert_done(&self) {
        let left = locked(&self.replies).len();
        assert!(
            left == 0,
            "{} replies of {} were never asked for",
            left,
            self.owner
        );
    }
}

impl<C, R> Drop for Script<C, R> {
    fn drop(&mut self) {
        if !thread::panicking() {
            self.assert_done();
        }
    }
}

enum Reply {
    Answer(Generation),
    Failure(ProviderError),
    Never,
}

/// A [`Provider`] that gives the replies it was given, in order, and no other.
///
/// Panics on a call after the last reply, and when it is dropped (unless its thread already
/// panics) before the last reply was asked for.
pub struct ScriptedProvider {
    name: &'static str,
    script: Script<GenerationRequest, Reply>,
}

impl ScriptedProvider {
    /// A provider that expects no call yet.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            script: Script::new("ScriptedProvider::generate"),
        }
    }

    /// Then replies with `text`, in two deltas.
    #[must_use]
    pub fn replying(self, text: impl Into<String>) -> Self {
        let (text, model) = (text.into(), self.model().to_owned());
        self.answering(Generation {
            text,
            model,
            finish: FinishReason::Stop,
            usage: Usage::default(),
        })
    }

    /// Then replies with all of `generation`.
    #[must_use]
    pub fn answering(self, generation: Generation) -> Self {
        self.script.push(Reply::Answer(generation));
        self
    }

    /// Then fails with `kind`.
    #[must_use]
    pub fn failing(self, kind: ProviderErrorKind) -> Self {
        let error = ProviderError::new(kind, "generate with", self.name);
        self.failing_with(error)
    }

    /// Then fails with `error`.
    #[must_use]
    pub fn failing_with(self, error: ProviderError) -> Self {
        self.script.push(Reply::Failure(error));
        self
    }

    /// Then never answers: the caller has to give up.
    #[must_use]
    pub fn hanging(self) -> Self {
        self.script.push(Reply::Never);
        self
    }

    /// The requests seen so far.
    pub fn requests(&self) -> Vec<GenerationRequest> {
        self.script.calls()
    }

    /// Panics if a reply was not asked for. For a double that a background task holds,
    /// where a panic at the drop would not reach the test.
    #[track_caller]
    pub fn assert_done(&self) {
        self.script.assert_done();
    }
}

#[async_trait]
impl Provider for ScriptedProvider {
    fn name(&self) -> &str {
        self.name
    }

    fn model(&self) -> &str {
        "scripted"
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        match self.script.play(request.clone()) {
            Reply::Answer(generation) => {
                let (first, rest) = halves(&generation.text);
                deltas.delta(first);
                deltas.delta(rest);
                Ok(generation)
            }
            Reply::Failure(error) => Err(error),
            Reply::Never => std::future::pending().await,
        }
    }
}

fn halves(text: &str) -> (&str, &str) {
    let middle = (text.len() / 2..).find(|&at| text.is_char_boundary(at));
    text.split_at(middle.unwrap_or(text.len()))
}

impl fmt::Debug for ScriptedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScriptedProvider({})", self.name)
    }
}

/// A [`Renderer`] that gives the outcomes it was given, in order, and no other; inspections
/// and renders have a script each. Strict like [`ScriptedProvider`].
pub struct ScriptedRenderer {
    inspections: Script<Scene, Result<Inspection, RenderError>>,
    renders: Script<Scene, Result<RenderOutcome, RenderError>>,
}

impl Default for ScriptedRenderer {
    fn default() -> Self {
        Self::new()
    }
}

impl ScriptedRenderer {
    /// A renderer that expects no call yet.
    pub fn new() -> Self {
        Self {
            inspections: Script::new("ScriptedRenderer::inspect"),
            renders: Script::new("ScriptedRenderer::render"),
        }
    }

    /// The next inspection ends so.
    #[must_use]
    pub fn inspecting(self, end: Result<Inspection, RenderError>) -> Self {
        self.inspections.push(end);
        self
    }

    /// The next render ends so. A film's progress is told from 0 to its end.
    #[must_use]
    pub fn rendering(self, end: Result<RenderOutcome, RenderError>) -> Self {
        self.renders.push(end);
        self
    }

    /// The scenes inspected so far.
    pub fn inspected(&self) -> Vec<Scene> {
        self.inspections.calls()
    }

    /// The scenes rendered so far.
    pub fn rendered(&self) -> Vec<Scene> {
        self.renders.calls()
    }

    /// Panics if an outcome was not asked for; see [`ScriptedProvider::assert_done`].
    #[track_caller]
    pub fn assert_done(&self) {
        self.inspections.assert_done();
        self.renders.assert_done();
    }
}

#[async_trait]
impl Renderer for ScriptedRenderer {
    fn engine(&self) -> &str {
        "scripted 1"
    }

    fn isolation(&self) -> Isolation {
        Isolation::L3
    }

    async fn inspect(&self, scene: &Scene, _: RenderSettings) -> Result<Inspection, RenderError> {
        self.inspections.play(scene.clone())
    }

    async fn render(
        &self,
        scene: &Scene,
        _: RenderSettings,
        progress: &dyn ProgressSink,
    ) -> Result<RenderOutcome, RenderError> {
        let end = self.renders.play(scene.clone());
        if let Ok(RenderOutcome::Rendered(film)) = &end {
            let frames_total = Some(film.info.frames);
            for frames_done in [0, film.info.frames] {
                progress.progress(Progress {
                    frames_done,
                    frames_total,
                });
            }
        }
        end
    }
}

impl fmt::Debug for ScriptedRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScriptedRenderer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemText;

    fn request() -> GenerationRequest {
        let problem = ProblemText::parse("Solve x^2 = 4 for x").unwrap();
        GenerationRequest::new(problem, RenderSettings::default())
    }

    #[tokio::test]
    async fn replies_come_in_order_and_requests_are_kept() {
        let provider = ScriptedProvider::new("one")
            .replying("é=a")
            .failing(ProviderErrorKind::RateLimited);
        assert_eq!(provider.generate(&request(), &()).await.unwrap().text, "é=a");
        let error = provider.generate(&request(), &()).await.unwrap_err();
        assert_eq!(error.kind(), ProviderErrorKind::RateLimited);
        assert_eq!(provider.requests(), [request(), request()]);
    }

    #[tokio::test]
    #[should_panic(expected = "unexpected call 1 of ScriptedProvider::generate")]
    async fn a_call_too_many_panics() {
        let _ = ScriptedProvider::new("none").generate(&request(), &()).await;
    }

    #[test]
    #[should_panic(expected = "1 replies of ScriptedProvider::generate were never asked for")]
    fn a_leftover_panics_at_the_drop() {
        drop(ScriptedProvider::new("unused").replying("code"));
    }

    #[test]
    #[should_panic(expected = "ScriptedRenderer::inspect were never asked for")]
    fn a_renderers_leftover_panics_too() {
        drop(ScriptedRenderer::new().inspecting(Ok(Inspection::Rejected(Default::default()))));
    }

    #[test]
    #[should_panic(expected = "the first panic")]
    fn a_leftover_does_not_hide_an_earlier_panic() {
        let _provider = ScriptedProvider::new("unused").replying("code");
        panic!("the first panic");
    }
}

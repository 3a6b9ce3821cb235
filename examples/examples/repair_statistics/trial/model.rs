//! A model that knows every answer and spoils some of its replies, the same ones in every run.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use manim_core::{
    DeltaSink, FinishReason, Generation, GenerationRequest, ProblemText, Provider, ProviderError,
    ProviderErrorKind, Usage, extract_code,
};
use manim_providers::OfflineSolver;

use super::chance::Chance;
use super::faults::{Fault, Mix, fenced};
use super::problems::{Exercise, Source};

/// How a trial's model behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Habits {
    pub(crate) mix: Mix,
    /// Replies in a hundred that are spoilt, repairs included.
    pub(crate) spoilt_percent: u64,
    pub(crate) seed: u64,
}

pub(crate) struct FaultyModel {
    habits: Habits,
    solver: OfflineSolver,
    sources: HashMap<String, Source>,
    replies: Mutex<HashMap<String, Vec<Option<Fault>>>>,
}

impl FaultyModel {
    pub(crate) const NAME: &'static str = "faulty";

    pub(crate) fn new(habits: Habits, solver: OfflineSolver, exercises: &[Exercise]) -> Arc<Self> {
        let source = |exercise: &Exercise| (exercise.text.clone(), exercise.source.clone());
        Arc::new(Self {
            habits,
            solver,
            sources: exercises.iter().map(source).collect(),
            replies: Mutex::default(),
        })
    }

    /// What was wrong with each reply to a problem.
    pub(crate) fn replies(&self, problem: &str) -> Vec<Option<Fault>> {
        self.all_replies().get(problem).cloned().unwrap_or_default()
    }

    fn all_replies(&self) -> MutexGuard<'_, HashMap<String, Vec<Option<Fault>>>> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn good_code(&self, request: &GenerationRequest) -> Result<String, ProviderError> {
        let asked = match &self.sources[request.problem.as_str()] {
            Source::Scene(code) => return Ok(code.clone()),
            Source::Solver(asked) => asked,
        };
        let problem = ProblemText::parse(asked).expect("an exercise is a problem");
        let first = GenerationRequest::new(problem, request.settings);
        let reply = self.solver.generate(&first, &()).await?;
        let code = extract_code(&reply.text).expect("the solver writes code");
        Ok(code.as_str().to_owned())
    }

    /// The reply, whether it was cut off, and what is wrong with it.
    fn reply(&self, code: &str, chance: &mut Chance) -> (String, bool, Option<Fault>) {
        if chance.below(100) >= self.habits.spoilt_percent {
            return (fenced(code), false, None);
        }
        loop {
            let fault = self.habits.mix.draw(chance);
            if let Some((text, cut)) = fault.reply(code, chance) {
                return (text, cut, Some(fault));
            }
        }
    }
}

#[async_trait]
impl Provider for FaultyModel {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn model(&self) -> &str {
        "scripted"
    }

    async fn generate(
        &self,
        request: &GenerationRequest,
        deltas: &dyn DeltaSink,
    ) -> Result<Generation, ProviderError> {
        let problem = request.problem.as_str();
        if !self.sources.contains_key(problem) {
            return Err(ProviderError::new(
                ProviderErrorKind::Unsupported,
                "generate with",
                Self::NAME,
            ));
        }
        let code = self.good_code(request).await?;
        let earlier = self.replies(problem).len() as u64;
        let mut chance = Chance::of(self.habits.seed, problem, earlier);
        let (text, cut, fault) = self.reply(&code, &mut chance);
        self.all_replies()
            .entry(problem.to_owned())
            .or_default()
            .push(fault);
        deltas.delta(&text);
        let asked: usize = request
            .messages()
            .iter()
            .map(|message| message.content.len())
            .sum();
        Ok(Generation {
            usage: Usage {
                input_tokens: tokens(asked),
                output_tokens: tokens(text.len()),
            },
            text,
            model: self.model().to_owned(),
            finish: if cut {
                FinishReason::Length
            } else {
                FinishReason::Stop
            },
        })
    }
}

/// About four bytes make a token of code.
fn tokens(bytes: usize) -> u64 {
    bytes as u64 / 4
}

impl fmt::Debug for FaultyModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FaultyModel").field(&self.habits).finish()
    }
}

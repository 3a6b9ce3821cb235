//! Has claims checked by a program of ours in the jail. What fails there costs no film: a claim
//! that nobody could look at is unverified.

use serde::Deserialize;
use serde_json::Value;

use super::{CheckedClaim, Claim, Verdict};
use crate::diagnostic::{Diagnostic, Stage};
use crate::error::chain;
use crate::script::{Program, ScriptRunner};

macro_rules! modules {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../python/claims/", $name, ".py")))),*]
    };
}

/// Takes a list of claims, gives a list of verdicts. It parses notation itself, evaluates
/// nothing, and ends each claim that takes too long.
const CHECKER: Program = Program {
    name: "claims",
    modules: modules![
        "alarm",
        "formula",
        "numeric",
        "statement",
        "calculus",
        "solution_sets",
        "tending",
        "arrays",
        "claims",
    ],
};

/// Of a sentence that came out of the jail.
const MAX_WHY_CHARS: usize = 300;

/// Checks each claim with SymPy and with numbers put in, in one run of the `runner`. The
/// answers come in the order of the claims.
///
/// Never fails: where the runner does, the claims are unverified. A claim is refuted only when
/// it is false in every reading of its notation. Takes milliseconds for most lists, and at most
/// the runner's own limit. Dropping the future ends the run.
pub async fn check_claims(runner: &dyn ScriptRunner, claims: Vec<Claim>) -> Vec<CheckedClaim> {
    let readable = claims.iter().filter(|claim| is_readable(claim));
    let Ok(input) = serde_json::to_value(readable.collect::<Vec<_>>()) else {
        return unverified(claims, "it could not be written down");
    };
    if input.as_array().is_some_and(Vec::is_empty) {
        return unverified(claims, "");
    }
    match runner.run(CHECKER, input).await {
        Ok(answer) => judged(claims, answer),
        Err(error) => {
            tracing::warn!(error = chain(&error), "claims not checked");
            unverified(claims, "the check could not be run")
        }
    }
}

pub(crate) fn unverified(claims: Vec<Claim>, why: &str) -> Vec<CheckedClaim> {
    let unverified = |claim| match claim {
        Claim::Unreadable { .. } => unread(claim),
        claim => CheckedClaim::unverified(claim, why),
    };
    claims.into_iter().map(unverified).collect()
}

/// A finding for each claim that is false.
pub(crate) fn refutations(claims: &[CheckedClaim]) -> impl Iterator<Item = Diagnostic> {
    let refuted = claims
        .iter()
        .filter(|checked| checked.verdict == Verdict::Refuted);
    refuted.map(|checked| {
        let CheckedClaim { claim, why, .. } = checked;
        let message = format!(
            "The answer claims: {claim}. That is false: {why}. Solve the problem again, and correct the film and the claim."
        );
        Diagnostic::new(Stage::Claims, "claim-refuted", message)
    })
}

fn is_readable(claim: &Claim) -> bool {
    !matches!(claim, Claim::Unreadable { .. })
}

fn unread(claim: Claim) -> CheckedClaim {
    CheckedClaim::unverified(claim, "it could not be read")
}

#[derive(Deserialize)]
struct Answer {
    verdict: Verdict,
    why: String,
}

/// Claims without an answer of their own are unverified.
fn judged(claims: Vec<Claim>, answer: Value) -> Vec<CheckedClaim> {
    let answers = serde_json::from_value::<Vec<Answer>>(answer).unwrap_or_default();
    let mut answers = answers.into_iter();
    let judge = |claim| {
        if !is_readable(&claim) {
            return unread(claim);
        }
        match answers.next() {
            Some(Answer { verdict, why }) => CheckedClaim {
                claim,
                verdict,
                why: why.chars().take(MAX_WHY_CHARS).collect(),
            },
            None => CheckedClaim::unverified(claim, "the check gave no answer"),
        }
    };
    claims.into_iter().map(judge).collect()
}

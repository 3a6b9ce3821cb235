//! What was rejected, whose it was, and whether another request is worth it.

use serde::{Deserialize, Serialize};

use super::Job;
use crate::attempt::Attempt;
use crate::diagnostic::Diagnostics;
use crate::digest::digest;
use crate::failure::{Failure, FailureKind};
use crate::status::Status;

/// Who wrote what was rejected for what. Texts are fingerprints, but for the reason in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rejection {
    provider: String,
    /// Empty when the reply held no code.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) code: String,
    findings: String,
    #[serde(default)]
    why: String,
}

impl Rejection {
    fn repeats(&self, other: &Self) -> bool {
        self.provider == other.provider && self.findings == other.findings
    }
}

impl Job {
    pub(super) fn reject(&mut self, findings: Diagnostics) -> Status {
        let why = self.blame(self.written.clone(), &findings);
        self.findings = findings;
        self.mend_or_give_up(why)
    }

    /// Earlier code and what was found in it stay as they are: a reply that was cut off in the
    /// middle of a repair leaves the repair to be done.
    pub(super) fn ask_again(&mut self, reply_findings: Diagnostics, attempts: Vec<Attempt>) -> Status {
        self.attempts.extend(attempts);
        let why = self.blame(String::new(), &reply_findings);
        self.reply_findings = reply_findings;
        self.mend_or_give_up(why)
    }

    /// Remembers who wrote what was rejected, and why. The reason in one line.
    pub(super) fn blame(&mut self, code: String, findings: &Diagnostics) -> String {
        let headline = findings.headline();
        let why = headline.unwrap_or_else(|| "the code was rejected".to_owned());
        if let Some(attempt) = self.attempts.last() {
            self.rejections.push(Rejection {
                provider: attempt.provider.clone(),
                code,
                findings: fingerprint(findings.errors().map(|finding| finding.message.as_str())),
                why: why.clone(),
            });
        }
        why
    }

    pub(super) fn mend_or_give_up(&mut self, why: String) -> Status {
        self.mend().unwrap_or_else(|| {
            let tries = match self.rejections.len() {
                0 | 1 => "The only try did not become a film".to_owned(),
                tries => format!("None of {tries} tries became a film, the last one for this reason"),
            };
            let message = format!("{tries}: {why}");
            self.fall_back_or_give_up(Failure::new(FailureKind::CodeRejected, message))
        })
    }

    /// Another request, while there are any left.
    pub(super) fn mend(&mut self) -> Option<Status> {
        self.repairs_left = self.repairs_left.checked_sub(1)?;
        Some(Status::AiGenerating)
    }

    /// Providers whose replies were rejected twice for the same findings.
    pub(super) fn stuck_providers(&self) -> Vec<String> {
        let mut stuck: Vec<String> = Vec::new();
        for (index, rejection) in self.rejections.iter().enumerate() {
            let repeats = self.rejections[..index]
                .iter()
                .any(|earlier| earlier.repeats(rejection));
            if repeats && !stuck.contains(&rejection.provider) {
                stuck.push(rejection.provider.clone());
            }
        }
        stuck
    }
}

/// 64 bits of a SHA-256 in hex: tells texts apart, keeps records small.
pub(super) fn fingerprint<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = digest(texts);
    text.truncate(16);
    text
}

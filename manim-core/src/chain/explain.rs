//! One sentence for a person out of what every provider said.

use crate::failure::{Failure, FailureKind};
use crate::provider::{ProviderError, ProviderErrorKind};

/// The failure of a job that no provider answered.
pub(super) fn explain(errors: &[ProviderError]) -> Failure {
    if errors.is_empty() {
        return Failure::new(FailureKind::ProvidersFailed, "No provider is configured.");
    }
    let unsupported: Vec<_> = errors
        .iter()
        .filter(|error| error.kind() == ProviderErrorKind::Unsupported)
        .collect();
    if unsupported.len() == errors.len() {
        let told: Vec<_> = unsupported.iter().map(|error| error.subject()).collect();
        return Failure::new(FailureKind::Unsupported, told.join(" "));
    }
    let others = errors
        .iter()
        .filter(|error| error.kind() != ProviderErrorKind::Unsupported);
    let told: Vec<_> = others.clone().map(ToString::to_string).collect();
    let advice = advice(others.map(ProviderError::kind));
    Failure::new(
        FailureKind::ProvidersFailed,
        format!("No provider could answer. {advice} ({})", told.join("; ")),
    )
}

/// What helps soonest comes first.
fn advice(kinds: impl Iterator<Item = ProviderErrorKind> + Clone) -> &'static str {
    use ProviderErrorKind as Kind;

    let any = |wanted: &[Kind]| kinds.clone().any(|kind| wanted.contains(&kind));
    if any(&[
        Kind::RateLimited,
        Kind::Unavailable,
        Kind::TimedOut,
        Kind::BadReply,
    ]) {
        "Try again in a minute."
    } else if any(&[Kind::Unauthorized]) {
        "Check the key of the provider."
    } else if any(&[Kind::QuotaExhausted]) {
        "Add credit to the account, or configure another provider."
    } else if any(&[Kind::NotFound]) {
        "Check the name of the model and the address of the provider."
    } else {
        "Put the problem in other words, or configure another provider."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kinds: &[ProviderErrorKind]) -> Failure {
        let error = |kind: &ProviderErrorKind| ProviderError::new(*kind, "generate with", "p");
        explain(&kinds.iter().map(error).collect::<Vec<_>>())
    }

    #[track_caller]
    fn advises(kinds: &[ProviderErrorKind], words: &str) {
        let failure = said(kinds);
        assert!(
            failure.message.contains(words),
            "{words:?} is not in {:?}",
            failure.message
        );
        assert_eq!(failure.kind, FailureKind::ProvidersFailed);
    }

    #[test]
    fn the_advice_is_what_helps_soonest() {
        use ProviderErrorKind::{NotFound, QuotaExhausted, RateLimited, Refused, Unauthorized, Unsupported};

        advises(&[Unauthorized, RateLimited], "Try again in a minute.");
        advises(&[Unsupported, Unauthorized], "Check the key");
        advises(&[QuotaExhausted, Refused], "Add credit");
        advises(&[NotFound], "the name of the model");
        advises(&[Refused], "other words");
        advises(&[], "No provider is configured.");
    }

    #[test]
    fn what_nobody_can_do_is_unsupported_in_their_own_words() {
        let failure = said(&[ProviderErrorKind::Unsupported]);
        assert_eq!(
            (failure.kind, failure.message.as_str()),
            (FailureKind::Unsupported, "p")
        );
    }
}

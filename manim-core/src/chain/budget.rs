//! What the calls of one job may cost together.

use std::fmt;
use std::time::Duration;

use crate::attempt::Attempt;
use crate::provider::Usage;

/// What the calls of one job may cost together, repairs included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Calls. Default 16.
    pub attempts: usize,
    /// Tokens in and out. Default 400 000.
    pub tokens: u64,
    /// Time spent waiting for providers. Default 15 min.
    pub time: Duration,
    /// Millionths of a US dollar, where prices are known. Default: no bound.
    pub micro_usd: Option<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            attempts: 16,
            tokens: 400_000,
            time: Duration::from_secs(15 * 60),
            micro_usd: None,
        }
    }
}

/// The part of a [`Budget`] that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exhausted {
    Attempts(usize),
    Tokens(u64),
    Time(Duration),
    Money(u64),
}

impl Budget {
    /// What is used up by these calls, if anything is.
    pub(super) fn exhausted<'a>(&self, calls: impl Iterator<Item = &'a Attempt>) -> Option<Exhausted> {
        let (mut attempts, mut tokens, mut time, mut money) = (0, 0, Duration::ZERO, 0);
        for call in calls {
            let Usage {
                input_tokens,
                output_tokens,
            } = call.usage;
            attempts += 1;
            tokens += input_tokens + output_tokens;
            time += Duration::from_millis(call.latency_ms);
            money += call.cost_micro_usd.unwrap_or(0);
        }
        let over = [
            (attempts >= self.attempts).then_some(Exhausted::Attempts(self.attempts)),
            (tokens >= self.tokens).then_some(Exhausted::Tokens(self.tokens)),
            (time >= self.time).then_some(Exhausted::Time(self.time)),
            self.micro_usd.filter(|most| money >= *most).map(Exhausted::Money),
        ];
        over.into_iter().flatten().next()
    }
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attempts(calls) => write!(f, "the job's budget of {calls} calls is used up"),
            Self::Tokens(tokens) => write!(f, "the job's budget of {tokens} tokens is used up"),
            Self::Time(time) => write!(f, "the job's budget of {} s is used up", time.as_secs()),
            Self::Money(micro_usd) => write!(f, "the job's budget of {micro_usd} µUSD is used up"),
        }
    }
}

/// Knows what calls cost.
pub trait Pricing: fmt::Debug + Send + Sync + 'static {
    /// The price of `usage` in millionths of a US dollar. `None`: not known.
    fn micro_usd(&self, provider: &str, model: &str, usage: Usage) -> Option<u64>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(tokens: u64, latency_ms: u64, cost: Option<u64>) -> Attempt {
        Attempt {
            provider: "p".to_owned(),
            model: "m".to_owned(),
            usage: Usage {
                input_tokens: tokens,
                output_tokens: 0,
            },
            cost_micro_usd: cost,
            latency_ms,
            finish: None,
            error: None,
        }
    }

    #[track_caller]
    fn check(calls: &[Attempt], expected: Option<Exhausted>) {
        let budget = Budget {
            attempts: 3,
            tokens: 100,
            time: Duration::from_secs(1),
            micro_usd: Some(50),
        };
        assert_eq!(budget.exhausted(calls.iter()), expected);
    }

    #[test]
    fn each_part_is_counted_over_all_calls() {
        check(&[call(40, 400, Some(20)), call(40, 400, None)], None);
        check(
            &[call(0, 0, None), call(0, 0, None), call(0, 0, None)],
            Some(Exhausted::Attempts(3)),
        );
        check(
            &[call(60, 0, None), call(40, 0, None)],
            Some(Exhausted::Tokens(100)),
        );
        check(
            &[call(0, 600, None), call(0, 400, None)],
            Some(Exhausted::Time(Duration::from_secs(1))),
        );
        check(
            &[call(0, 0, Some(25)), call(0, 0, Some(25))],
            Some(Exhausted::Money(50)),
        );
    }
}

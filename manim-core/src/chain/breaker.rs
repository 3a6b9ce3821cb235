//! Stops asking a provider, or a server, that keeps failing, and tries it again after a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::clock::Timestamp;

/// When a circuit opens, and how it closes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerOptions {
    /// Failures in a row that open the circuit. Default 5.
    pub failures: u32,
    /// How long an open circuit lets nothing through. Default 30 s.
    pub cool_down: Duration,
    /// Calls let through at a time to see whether the provider is back. Default 1.
    pub trials: u32,
}

impl Default for BreakerOptions {
    fn default() -> Self {
        Self {
            failures: 5,
            cool_down: Duration::from_secs(30),
            trials: 1,
        }
    }
}

/// Whether a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Circuit {
    /// It is.
    Closed,
    /// It is not, for a while.
    Open,
    /// A few calls are let through to see whether it is back.
    HalfOpen,
}

#[derive(Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Timestamp },
    HalfOpen { free: u32 },
}

/// One circuit: counts what fails in a row, and says whether to ask again.
#[derive(Debug)]
pub struct Breaker {
    options: BreakerOptions,
    state: Mutex<State>,
}

impl Breaker {
    /// A closed circuit.
    pub fn new(options: BreakerOptions) -> Self {
        Self {
            options,
            state: State::Closed { failures: 0 }.into(),
        }
    }

    /// The right to make one call now, if the circuit lets it through.
    pub fn admit(&self, now: Timestamp) -> Option<Permit<'_>> {
        let mut state = self.state();
        if matches!(*state, State::Open { until } if until <= now) {
            *state = State::HalfOpen {
                free: self.options.trials.max(1),
            };
        }
        match &mut *state {
            State::Closed { .. } => {}
            State::HalfOpen { free } if *free > 0 => *free -= 1,
            State::HalfOpen { .. } | State::Open { .. } => return None,
        }
        Some(Permit {
            breaker: self,
            reported: false,
        })
    }

    /// How it stands.
    pub fn circuit(&self, now: Timestamp) -> Circuit {
        match *self.state() {
            State::Closed { .. } => Circuit::Closed,
            State::Open { until } if now < until => Circuit::Open,
            State::Open { .. } | State::HalfOpen { .. } => Circuit::HalfOpen,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to make one call through a [`Breaker`]. Dropped without a report, it tells
/// nothing about the other side: the call was cancelled.
#[derive(Debug)]
pub struct Permit<'a> {
    breaker: &'a Breaker,
    reported: bool,
}

impl Permit<'_> {
    /// The call was answered.
    pub fn succeeded(mut self) {
        self.reported = true;
        *self.breaker.state() = State::Closed { failures: 0 };
    }

    /// The call failed by the other side's fault.
    pub fn failed(mut self, now: Timestamp) {
        self.reported = true;
        let BreakerOptions {
            failures, cool_down, ..
        } = self.breaker.options;
        let mut state = self.breaker.state();
        let opens = match &mut *state {
            State::Closed { failures: seen } => {
                *seen += 1;
                *seen >= failures
            }
            State::HalfOpen { .. } => true,
            State::Open { .. } => false,
        };
        if opens {
            *state = State::Open {
                until: now + cool_down,
            };
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.reported
            && let State::HalfOpen { free } = &mut *self.breaker.state()
        {
            *free += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    const OPTIONS: BreakerOptions = BreakerOptions {
        failures: 2,
        cool_down: Duration::from_secs(30),
        trials: 1,
    };

    fn at(second: i64) -> Timestamp {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn opened() -> Breaker {
        let breaker = Breaker::new(OPTIONS);
        breaker.admit(at(0)).unwrap().failed(at(0));
        breaker.admit(at(0)).unwrap().failed(at(0));
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_until_the_cool_down_is_over() {
        let breaker = opened();
        assert!(breaker.admit(at(29)).is_none());
        assert_eq!(breaker.circuit(at(29)), Circuit::Open);
        assert!(breaker.admit(at(30)).is_some());
    }

    #[test]
    fn a_success_in_between_starts_the_count_again() {
        let breaker = Breaker::new(OPTIONS);
        breaker.admit(at(0)).unwrap().failed(at(0));
        breaker.admit(at(0)).unwrap().succeeded();
        breaker.admit(at(0)).unwrap().failed(at(0));
        assert_eq!(breaker.circuit(at(0)), Circuit::Closed);
    }

    #[test]
    fn half_open_lets_as_many_trials_through_as_it_has_permits() {
        let breaker = opened();
        let trial = breaker.admit(at(30)).unwrap();
        assert!(breaker.admit(at(30)).is_none());
        trial.succeeded();
        assert_eq!(breaker.circuit(at(30)), Circuit::Closed);
    }

    #[test]
    fn a_failed_trial_opens_it_again() {
        let breaker = opened();
        breaker.admit(at(30)).unwrap().failed(at(31));
        assert!(breaker.admit(at(60)).is_none());
        assert!(breaker.admit(at(61)).is_some());
    }

    #[test]
    fn a_cancelled_trial_gives_its_permit_back() {
        let breaker = opened();
        drop(breaker.admit(at(30)).unwrap());
        assert!(breaker.admit(at(30)).is_some());
    }
}
